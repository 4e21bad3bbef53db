"""`lake:` the buckets; `databases:` what lies in them."""

from typing import Annotated, Literal

from pydantic import Field

from infra.settings.names import GlueName, LfTagText, Name
from infra.validation import Strict


class LakeSettings(Strict):
    noncurrent_days: Annotated[int, Field(ge=1)] = 30
    """Days that a deleted or overwritten object can still be restored: longer than a long holiday."""
    access_log_days: Annotated[int, Field(ge=1)] = 90
    """Days that the record of who read and wrote which object is kept."""
    time_travel_days: Annotated[int, Field(ge=1)] = 1
    """Days that analysts can look back in a table. Every checkpoint is a snapshot, and all that are kept stand in the
    metadata that each commit writes anew: at 10 s checkpoints a day is 8,640 of them, and some megabytes a commit."""
    storage_class: Literal["standard", "intelligent-tiering"] = "standard"
    """Of table data older than 30 days. `intelligent-tiering` moves what nobody reads to cheaper storage, for a fee by
    the object: it pays for large files, so for tables that compaction keeps in shape."""


class DatabaseSettings(Strict):
    name: GlueName
    """The name in Glue, as analysts type it. A Glue catalog is one per account and region: stacks that share one
    differ here."""
    description: Annotated[str, Field(max_length=2048)] = ""
    tags: dict[Name, LfTagText] = {}
    """LF-Tags of all its tables: a tag of `access.tags` → one of its values."""
