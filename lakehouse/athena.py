"""Queries by Athena, as a team's role, in its workgroup."""

import time
from typing import TYPE_CHECKING, Any

from lakehouse.contract import Contract, TeamContract
from lakehouse.errors import LakehouseError, NoAccess, QueryFailed
from lakehouse.rows import Rows

if TYPE_CHECKING:
    from boto3.session import Session

_ANEW_SECONDS = 30 * 60
"""A role that was assumed by another one is given for an hour (IAM user guide: "Role chaining"), and a query may take
half of that (Athena user guide: "Service Quotas", DML timeout)."""
_POLL_SECONDS = 0.5


class AthenaEngine:
    """Athena in the contract's account and region. Nothing is asked before the first query."""

    def __init__(self, contract: Contract, team: TeamContract, *, session: "Session | None") -> None:
        """`session`: whose credentials to use as they are. None: the team's role is assumed."""
        self._contract = contract
        self._team = team
        self._session = session
        # PyAthena's own types know nothing of what its cursors take.
        self._connection: Any = None
        self._connected_at = 0.0

    def query(self, sql: str, *, database: str | None) -> Rows:
        connection = self._connect()
        from botocore.exceptions import BotoCoreError, ClientError
        from pyathena.error import Error

        try:
            with connection.cursor(schema_name=database or "default") as cursor:
                cursor.execute(sql)
                described: list[tuple[Any, ...]] = cursor.description or []
                return Rows([str(column[0]) for column in described], cursor.fetchall())
        except Error as error:
            raise QueryFailed(str(error)) from error
        except (BotoCoreError, ClientError) as error:
            raise self._explained(error) from error

    def _connect(self) -> Any:
        if self._connection is not None and time.monotonic() - self._connected_at < _ANEW_SECONDS:
            return self._connection
        try:
            from botocore.exceptions import BotoCoreError, ClientError
            from pyathena.connection import Connection
        except ImportError:
            raise LakehouseError(
                "PyAthena, by which Athena is asked, is not installed: pip install PyAthena, or install "
                "flink-lakehouse-client, which brings it"
            ) from None
        try:
            self._connection = Connection(
                role_arn=None if self._session else self._team.role_arn,
                role_session_name="lakehouse",
                session=self._session,
                region_name=self._contract.region,
                catalog_name=self._contract.catalog,
                work_group=self._team.workgroup,
                s3_staging_dir=self._team.results_location,
                poll_interval=_POLL_SECONDS,
            )
        except (BotoCoreError, ClientError) as error:
            raise self._explained(error) from error
        self._connected_at = time.monotonic()
        return self._connection

    def _explained(self, error: Exception) -> LakehouseError:
        said = str(error)
        response: dict[str, Any] = getattr(error, "response", {})
        if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"):
            return NoAccess(
                f"there are no AWS credentials here ({said}): log in ('aws sso login'), and name the profile in "
                "AWS_PROFILE"
            )
        code = response.get("Error", {}).get("Code", "")
        if getattr(error, "operation_name", "") == "AssumeRole":
            return NoAccess(
                f"the role {self._team.role_arn} cannot be assumed: {said};\n"
                "teams.<team>.principals in the lakehouse's stack file says who may (docs/query.md); "
                "AWS_PROFILE says who you are"
            )
        if "ExpiredToken" in code:
            return NoAccess(f"the AWS credentials have expired: log in again ('aws sso login'): {said}")
        return QueryFailed(said)

    def __str__(self) -> str:
        who = "the session's role" if self._session else self._team.role_arn
        return f"Athena in {self._contract.region}, workgroup {self._team.workgroup}, as {who}"
