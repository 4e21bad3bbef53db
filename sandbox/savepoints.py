"""A job's savepoints, as the sandbox remembers them: what belongs to each outside of Flink's own files."""

from pydantic import BaseModel, ConfigDict


class TableAt(BaseModel):
    """A table of the lake as of a savepoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    snapshot: int | None
    """The newest snapshot that has nothing later than the savepoint in it; None: there was none yet."""
    pending: tuple[str, ...] = ()
    """`s3://` paths of the committer's manifests that the savepoint's state names, and whose files are not in
    `snapshot`: the job commits them when it starts from the savepoint."""


class HeldSlot(BaseModel):
    """A replication slot of the job, and its copy, which keeps PostgreSQL's log from the savepoint's position on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slot: str
    copy_name: str
    database: str


class Savepoint(BaseModel):
    """One that `lakehouse savepoint`, `upgrade` or `rewind` took."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: str
    path: str
    checkpoint: int
    """Flink's number of it, among the job's checkpoints."""
    taken_at: float
    """Seconds since the epoch."""
    stopped: bool
    """Whether the job ended with it."""
    tables: dict[str, TableAt]
    """By `<database>.<table>`."""
    slots: tuple[HeldSlot, ...] = ()

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]
