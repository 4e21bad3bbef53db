"""`expectations:` how often tables are held against what their jobs promise, and what that may cost."""

from typing import Annotated, Literal

from pydantic import Field

from infra.validation import Strict


class ExpectationSettings(Strict):
    every_hours: Literal[1, 2, 3, 4, 6, 8, 12] = 6
    """Hours between two checks of a table. Each reads every value of the columns that its expectations name: an hour
    instead of six costs six times as much."""
    scan_limit_gib: Annotated[int, Field(ge=1)] = 100
    """The most that one check may scan, in GiB; a larger one is ended, and the table's owner told."""
