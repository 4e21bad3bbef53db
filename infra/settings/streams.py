"""`streams:` the stack's own Kafka, on Amazon MSK."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from infra.settings.names import LogDays, Once
from infra.settings.network import SubnetId
from infra.validation import Strict, WrongAt

Broker = Literal["kafka.m7g.large", "kafka.m7g.xlarge", "kafka.m7g.2xlarge"]
TopicName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,248}$")]

_MOST_PARTITIONS: dict[Broker, int] = {
    "kafka.m7g.large": 1000,
    "kafka.m7g.xlarge": 1000,
    "kafka.m7g.2xlarge": 2000,
}
"""Of a broker, copies included (MSK developer guide: "Right-size your cluster: Number of partitions per Standard
broker"); with more it takes no change of the cluster."""


class TopicSettings(Strict):
    partitions: Annotated[int, Field(ge=1)] = 3
    """How many readers can share the work. It can grow; then keys move to other partitions, and their order is lost."""
    retention_hours: Annotated[int, Field(ge=1)] | None = None
    """How long records are kept; None: as long as `streams.retention_hours`."""
    compacted: bool = False
    """True: the last record of each key is kept, however old it is, and retention_hours says nothing."""

    @model_validator(mode="after")
    def _one_way_to_keep(self) -> Self:
        if self.compacted and self.retention_hours is not None:
            raise WrongAt(("retention_hours",), "no effect on a compacted topic; remove one of them")
        return self


class StreamsSettings(Strict):
    """Each record has a copy in each of the cluster's zones, two or three."""

    broker: Broker = "kafka.m7g.large"
    """There is none smaller: MSK makes no new cluster of `kafka.t3.small` with Kafka 3.9 or 4 by KRaft ("Unsupported
    InstanceType", seen by others in July and September 2026), although its pages and price lists still name it."""
    brokers_per_zone: Annotated[int, Field(ge=1, le=10)] = 1
    disk_gib: Annotated[int, Field(ge=1, le=16_384)] = 100
    """Disk of a broker when the cluster is made. It grows by itself and never shrinks; a later change of this number
    has no effect."""
    disk_limit_gib: Annotated[int, Field(ge=1, le=16_384)] = 1_000
    """As far as disks grow: a bound on what a flood of records can cost."""
    retention_hours: Annotated[int, Field(ge=1)] = 168
    """How long records are kept: a job that was away for longer than that has lost some of them. A week is longer than
    a long weekend."""
    metrics: Literal["default", "per-broker"] = "default"
    """`default` is free, and has all that the stack's alarms look at, and CPU besides; `per-broker` also says where
    requests wait, by some 50 metrics of each broker that CloudWatch charges for ($45 a month for three brokers): to
    turn on while brokers are slow."""
    log_days: LogDays = 14
    """Days that the brokers' logs are kept."""
    topics: dict[TopicName, TopicSettings] = {}
    """Made with the cluster. None is made by writing to it: a misspelt one is an error."""
    subnet_ids: Annotated[list[SubnetId], Field(min_length=2, max_length=3), Once] | None = None
    """Of an existing network: where brokers stand, each in another zone. None: the first of each zone of
    `network.existing.private_subnet_ids`."""
    client_security_group_id: Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]+$")] | None = None
    """Of an existing cluster: what the nodes of jobs' pods are in. Nobody else reaches a broker."""

    @model_validator(mode="after")
    def _disk_may_grow(self) -> Self:
        if self.disk_limit_gib < self.disk_gib:
            raise WrongAt(("disk_limit_gib",), f"{self.disk_limit_gib} is less than the disk_gib of {self.disk_gib}")
        return self

    @model_validator(mode="after")
    def _partitions_fit(self) -> Self:
        # Every zone has a copy of every partition.
        needed = sum(topic.partitions for topic in self.topics.values()) / self.brokers_per_zone
        most = _MOST_PARTITIONS[self.broker]
        if needed > most:
            problem = (
                f"{needed:.0f} partitions for each broker, and a {self.broker} takes {most}; have fewer of them, or "
                "raise brokers_per_zone"
            )
            raise WrongAt(("topics",), problem)
        return self
