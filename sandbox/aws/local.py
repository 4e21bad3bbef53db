"""The AWS that the sandbox plays: moto's server in this process, on 127.0.0.1, and clients that reach nothing else.

Everything it holds lives in memory and is gone with `stop()`. The HTTP side is in `http.py`.
"""

import os
import socket
import threading
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import boto3
import botocore.session
from botocore.config import Config

from sandbox.addresses import Aws

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from sandbox.aws.http import Server

_HOST = "127.0.0.1"
# moto's state belongs to the process, not to a server: a second server would show the first one's tables.
_running = threading.Lock()
_sessions = threading.Lock()


class AwsFailed(Exception):
    """The played AWS can't start; `str()` says why and what to do."""


class LocalAws:
    """A running AWS, until `stop()` or the end of a `with` block. `address` is where, and with which keys."""

    def __init__(self, address: Aws, server: "Server") -> None:
        self.address = address
        self._server: Server | None = server

    def stop(self) -> None:
        """Close every connection and forget all that was stored. A second call does nothing."""
        if self._server is None:
            return
        self._server.stop()
        self._server = None
        _forget_everything()
        _running.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start_aws(*, port: int = 0, region: str = "us-east-1", log: Path | None = None) -> LocalAws:
    """Start it on `port` of this machine, 0 for a free one; refused and failed requests go to `log`.

    Raises `AwsFailed` when the port is busy, when this process already runs one, and when moto is not the moto that
    `glue_versions.py` knows.
    """
    if not _running.acquire(blocking=False):
        raise AwsFailed("this process already plays AWS; stop that one first (moto has one state for each process)")
    try:
        listening = _listen(port)
        try:
            # moto takes a second to import: only those who start it pay.
            from sandbox.aws.glue_versions import enforce_table_versions
            from sandbox.aws.http import Server

            enforce_table_versions()
            _forget_everything()
            server = Server(listening, log)
        except BaseException:
            listening.close()
            raise
    except BaseException:
        _running.release()
        raise
    return LocalAws(Aws(endpoint=f"http://{_HOST}:{server.port}", region=region), server)


def _listen(port: int) -> socket.socket:
    """The socket itself, before moto is loaded: werkzeug ends the whole process when its port is busy."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_HOST, port))
    except OSError as error:
        listening.close()
        raise AwsFailed(f"AWS (moto) cannot listen on {_HOST}:{port}: {os.strerror(error.errno or 0)}") from error
    listening.listen(128)
    return listening


def _forget_everything() -> None:
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()


@overload
def aws_client(aws: Aws, service: Literal["athena"]) -> "AthenaClient": ...
@overload
def aws_client(aws: Aws, service: Literal["glue"]) -> "GlueClient": ...
@overload
def aws_client(aws: Aws, service: Literal["iam"]) -> "IAMClient": ...
@overload
def aws_client(aws: Aws, service: Literal["kms"]) -> "KMSClient": ...
@overload
def aws_client(aws: Aws, service: Literal["s3"]) -> "S3Client": ...
@overload
def aws_client(aws: Aws, service: Literal["secretsmanager"]) -> "SecretsManagerClient": ...
@overload
def aws_client(aws: Aws, service: str) -> Any: ...
def aws_client(aws: Aws, service: str) -> Any:
    """A boto3 client for `aws` and nothing else. Keep it: building one takes a while. Threads may share it.

    The user's profile, `AWS_…` variables, `~/.aws` and proxies have no say in it, so no call can reach a real account.
    """
    with _sessions:  # botocore's sessions, unlike its clients, are not for several threads at once
        return _session().client(
            service,
            endpoint_url=aws.endpoint,
            region_name=aws.region,
            aws_access_key_id=aws.access_key_id,
            aws_secret_access_key=aws.secret_access_key,
            config=Config(
                proxies={},
                connect_timeout=5,
                max_pool_connections=32,
                retries={"mode": "standard", "max_attempts": 3},
                s3={"addressing_style": "path"},
            ),
        )


@cache
def _session() -> Any:
    """A session that reads neither environment variables nor files under the home directory."""
    variables: dict[str, Any] = {
        name: (key, None, default, convert)
        for name, (
            key,
            _,
            default,
            convert,
        ) in botocore.session.Session.SESSION_VARIABLES.items()
    }
    for name in ("config_file", "credentials_file"):
        variables[name] = (None, None, os.devnull, None)
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=variables))
