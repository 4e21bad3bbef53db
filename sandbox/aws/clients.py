"""The played AWS's clients, as those use them who make declared resources real."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.cloud import Properties


@dataclass(frozen=True)
class Clients:
    """`Any`, since the makers pass on what the program declared."""

    region: str
    athena: Any
    glue: Any
    iam: Any
    kms: Any
    s3: Any
    secretsmanager: Any


Maker = Callable[[Clients, str, Properties], Properties]
"""Makes one resource from its physical name and inputs, and gives the outputs that only its maker knows."""
