"""What jobs run with, as far as a change of one touches it."""

from dataclasses import dataclass
from typing import Any, Self

from sandbox.addresses import Aws, Login
from sandbox.athena.tables import Lake
from sandbox.aws.local import aws_client


@dataclass(frozen=True)
class Around:
    lake: Lake
    s3: Any
    """boto3's client: of the warehouse and of the jobs' state."""
    postgres: Login | None

    @classmethod
    def of(cls, aws: Aws, postgres: Login | None) -> Self:
        """Takes a while: keep it."""
        return cls(Lake(aws), aws_client(aws, "s3"), postgres)
