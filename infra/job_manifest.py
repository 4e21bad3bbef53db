"""`job.yaml` as a frozen model: what a job reads and writes, who answers for it, how much it gets."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from infra.expectations import Column, Expectations
from infra.settings.catalogs import CatalogName
from infra.settings.flink import Resources
from infra.settings.names import Name
from infra.units import Duration
from infra.validation import Strict, WrongAt

Topic = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]
JavaClass = Annotated[str, StringConstraints(pattern=r"^([a-z_][a-zA-Z0-9_]*\.)*[A-Z][a-zA-Z0-9_$]*$")]


class Read(Strict):
    source: str
    """A source of the stack file."""
    tables: list[str] = []
    """Of a database."""
    topics: list[Topic] = []
    """Of Kafka."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.tables) == bool(self.topics):
            problem = "has both tables and topics" if self.tables else "has neither tables nor topics"
            raise ValueError(f"the source '{self.source}' {problem}; a database has tables, Kafka has topics")
        return self


class Feed(Strict):
    """Tables of an operational database that the job keeps up to date."""

    source: str
    """A source of the stack file, with an account that may write."""
    tables: list[str] = Field(min_length=1)
    freshness: Duration
    """The objective: how long after a change in a source they show it, at the 95th percentile."""


class Write(Strict):
    table: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,38}\.[a-z][a-z0-9_]{0,127}$")]
    """`<database>.<table>`: the database as the stack file calls it."""
    key: list[Column] = []
    """The upsert key: the columns of the table's PRIMARY KEY; the lake holds one row for each of its values. Without
    one rows are only ever added."""
    freshness: Duration
    """The objective: how long after a change in a source analysts see it, at the 95th percentile."""
    description: str = ""
    tags: dict[str, str] = {}
    """LF-Tags of the table beyond those of its database: a tag of the stack file's `access.tags` → one of its values.
    A tag that both have says of the table what stands here."""
    expectations: Expectations = Expectations()
    """What is true of its rows at every commit: checked on a schedule, and told analysts in the contract."""

    @model_validator(mode="after")
    def _unique_key(self) -> Self:
        if self.expectations.unique is True and not self.key:
            raise WrongAt(("expectations", "unique"), "true means the table's key, and it has none; name the columns")
        return self


class TaskManagerResources(Resources):
    slots: Annotated[int, Field(ge=1)] = 1
    """Slots of one TaskManager; as many TaskManagers run as the parallelism needs."""


class JobResources(Strict):
    jobmanager: Resources = Resources(cpu=0.5, memory="1024m")
    taskmanager: TaskManagerResources = TaskManagerResources(cpu=1, memory="1728m")


class JobManifest(Strict):
    """`job.yaml`: paths, image, identity and grants are derived from it and never written in it."""

    description: Annotated[str, StringConstraints(min_length=1)]
    owner: Annotated[str, StringConstraints(min_length=1)]
    """The team that answers for the job and its tables."""
    reads: list[Read] = []
    feeds: list[Feed] = []
    """Operational databases that the job writes to."""
    writes: list[Write] = []
    """Tables of the lake."""
    catalogs: list[CatalogName] = []
    """Catalogs of the stack file, beside the lake's, whose tables the job reads or writes."""
    files: list[Name] = []
    """Folders of files that the job writes to the stack's bucket for them: `${files.<name>}` in its script."""
    entry_class: JavaClass | None = None
    """The main class of a Java job; others have none."""
    mode: Literal["application", "session"] = "application"
    """'session': a SQL job on the session cluster that it shares with others, under one identity; else a cluster of
    its own."""
    resources: JobResources = JobResources()
    parallelism: Annotated[int, Field(ge=1, le=1024)] = 1
    upgrade_mode: Literal["savepoint", "last-state", "stateless"] | None = None
    """How a change of this job restarts it; None: as the stack file says."""
    flink: dict[str, str] = {}
    """Further Flink options; those that the platform owns are refused."""

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        for key, names in (
            ("reads", [read.source for read in self.reads]),
            ("feeds", [feed.source for feed in self.feeds]),
            ("files", self.files),
            ("catalogs", self.catalogs),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice and key in ("files", "catalogs"):
                raise WrongAt((key,), f"'{twice[0]}' stands twice")
            if twice:
                raise ValueError(f"source '{twice[0]}' stands twice in {key}; list its tables under one entry")
        return self
