"""The stack file, `Pulumi.<stack>.yaml`, as one frozen model: every setting, its default and the reason for it.

All of it stands under the one key `flink-lakehouse:settings`. A stack file holds only what differs from the defaults.
No secret value ever stands here: settings name entries of AWS Secrets Manager.
"""

import re
from pathlib import Path
from typing import Any, Self

import pulumi
from pydantic import Field, model_validator

from infra.errors import ConfigurationError
from infra.settings.access import AccessSettings, TeamSettings
from infra.settings.aws import AwsSettings
from infra.settings.catalogs import CatalogName, CatalogSettings
from infra.settings.cluster import ClusterSettings, OperatorSettings
from infra.settings.crosschecks import check_names
from infra.settings.expectations import ExpectationSettings
from infra.settings.flink import AlertSettings, FlinkSettings, ImageSettings
from infra.settings.lake import DatabaseSettings, LakeSettings
from infra.settings.names import Name, ip_network
from infra.settings.neighbours import check_claim
from infra.settings.network import NetworkSettings
from infra.settings.sources import SourceName, SourceSettings
from infra.settings.streams import StreamsSettings
from infra.settings.web_orders import WebOrdersSettings, check_web_orders
from infra.units import seconds
from infra.validation import Strict, WrongAt, place, validate

PROJECT = "flink-lakehouse"
KEY = "settings"

_STACK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")

_MOST_OF_POLICY = 7_300
"""Characters for databases in an inline policy, beside what else a team's role may do."""


class Settings(Strict):
    disposable: bool = False
    """True: `pulumi destroy` deletes data, state and images too, and nothing is protected from it. For short-lived
    stacks only, hence not the default."""
    aws: AwsSettings
    network: NetworkSettings = NetworkSettings()
    cluster: ClusterSettings
    operators: OperatorSettings = OperatorSettings()
    image: ImageSettings = ImageSettings()
    lake: LakeSettings = LakeSettings()
    databases: dict[Name, DatabaseSettings] = Field(min_length=1)
    """The lake's databases, by the name that jobs call them."""
    sources: dict[SourceName, SourceSettings] = {}
    """The operational systems that jobs read from and write to, by the name that jobs call them."""
    catalogs: dict[CatalogName, CatalogSettings] = {}
    """Iceberg catalogs beside the lake's, for jobs whose job.yaml names them."""
    streams: StreamsSettings | None = None
    """The stack's own Kafka. None: jobs read that of others, or none."""
    web_orders: WebOrdersSettings | None = None
    """What enters web orders into the operational databases. None: nothing of the stack does."""
    leave_out: list[str] = []
    """Folders of jobs/ that this stack does not run."""
    access: AccessSettings = AccessSettings()
    teams: dict[Name, TeamSettings] = {}
    """Teams of analysts; `access.grants` says what each may read."""
    flink: FlinkSettings = FlinkSettings()
    expectations: ExpectationSettings = ExpectationSettings()
    """How tables are held against what their job.yaml says of their rows."""
    alerts: AlertSettings = AlertSettings()

    @model_validator(mode="after")
    def _databases_fit(self) -> Self:
        # A team's role names each database twice, in ARNs with some 60 characters around the name.
        needed = sum(2 * len(database.name) + 130 for database in self.databases.values())
        if needed > _MOST_OF_POLICY:
            problem = (
                f"{len(self.databases)} of them, with these names, are too many for the policy of a role (IAM quotas: "
                "10,240 characters); put tables together, or divide the stack"
            )
            raise WrongAt(("databases",), problem)
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        check_names(self.databases, self.access, self.teams)
        return self

    @model_validator(mode="after")
    def _web_orders_come_and_go_somewhere(self) -> Self:
        check_web_orders(self.web_orders, self.sources, self.streams, self.image)
        return self

    @model_validator(mode="after")
    def _played_aws_has_no_clusters(self) -> Self:
        if self.aws.endpoint and not self.cluster.existing:
            raise WrongAt(("cluster", "existing"), "missing; where AWS is played (aws.endpoint) there is no EKS")
        return self

    @model_validator(mode="after")
    def _networks_differ(self) -> Self:
        if self.cluster.existing:
            if self.network.model_fields_set:
                raise WrongAt(("network",), "no effect with cluster.existing, which has its own; remove one of them")
            return self
        services = ip_network(self.cluster.service_cidr)
        gateway = self.network.transit_gateway
        others = [] if self.network.existing else [self.network.cidr]
        for other in [*others, *(gateway.cidrs if gateway else [])]:
            if services.overlaps(ip_network(other)):
                problem = f"{services} overlaps {other} of network, which pods could then not reach; choose another one"
                raise WrongAt(("cluster", "service_cidr"), problem)
        return self

    @property
    def checkpoint_seconds(self) -> float:
        return seconds(self.flink.checkpoint_interval)


def stack_file(stack: str) -> str:
    return f"Pulumi.{stack}.yaml"


def wrong_setting(path: str, problem: str) -> ConfigurationError:
    """For what only a look-up can tell of a key, like `network.zones`, in the stack file that Pulumi is running."""
    return ConfigurationError(f"{stack_file(pulumi.get_stack())}: config.{PROJECT}:{KEY}.{path}: {problem}")


def parse_settings(document: Any, *, stack: str, folder: Path | None = None) -> Settings:
    """The settings in a stack file's `flink-lakehouse:settings`; raises `ConfigurationError`."""
    shown_as = stack_file(stack)
    if not _STACK_NAME.fullmatch(stack):
        raise ConfigurationError(
            f"{shown_as}: the stack '{stack}' cannot be called so: topics, dashboards and the key's alias carry its "
            "name, and take letters, digits, '-' and '_' alone; 'pulumi stack rename' gives it another"
        )
    file = folder / shown_as if folder else None
    key = f"{PROJECT}:{KEY}"
    settings = validate(Settings, document, shown_as=shown_as, file=file, prefix=("config", key))
    if file and settings.access.owns_account_settings:
        try:
            check_claim(settings.aws.region, settings.aws.account, key=key, this=file)
        except WrongAt as error:
            raise ConfigurationError(f"{place(shown_as, file, ('config', key, *error.location))}: {error}") from None
    return settings


def load_settings(folder: Path) -> Settings:
    """The settings of the stack that Pulumi is running; `folder` is the project's, for line numbers in errors."""
    document: Any = pulumi.Config(PROJECT).get_object(KEY)
    return parse_settings(document if document is not None else {}, stack=pulumi.get_stack(), folder=folder)
