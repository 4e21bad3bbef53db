"""A DuckDB that reads Iceberg tables from the played S3, and nothing from anywhere else."""

import tempfile
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import duckdb

from sandbox.addresses import Aws


def connect(aws: Aws, memory_mib: int) -> duckdb.DuckDBPyConnection:
    """A DuckDB that can read Iceberg on `aws`, from what is installed: nothing is fetched, no other server is asked."""
    endpoint = urlsplit(aws.endpoint).netloc
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
    )
    for name in ("avro", "httpfs", "iceberg"):
        connection.execute(f"LOAD {quoted(str(_extension(name)))}")
    for setting, value in {
        "TimeZone": "UTC",
        # 7 / 2 is 3 in Athena.
        "integer_division": True,
        # Files of an Iceberg table are written once, so what was read stays true: no request asks again.
        "enable_http_metadata_cache": True,
        "validate_external_file_cache": "NO_VALIDATION",
        "httpfs_connection_caching": True,
        # The user's AWS_… variables have no say; nor has HTTP_PROXY, which only another proxy overrides: the server
        # itself, for which a proxy's request is like any other.
        "enable_global_s3_configuration": False,
        "http_proxy": endpoint,
        "python_enable_replacements": False,
        # duckdb-iceberg estimates "rows minus deletes", which an upsert table makes negative; a UNION then trips on it.
        "disabled_optimizers": "statistics_propagation",
        "memory_limit": f"{memory_mib}MiB",
        # Made when memory runs short, removed at the end; two DuckDBs in one would overwrite each other's files.
        "temp_directory": str(Path(tempfile.gettempdir()) / f"lakehouse-duckdb-{uuid4().hex}"),
    }.items():
        literal = quoted(value) if isinstance(value, str) else str(value).lower()
        connection.execute(f"SET GLOBAL {setting} = {literal}")
    connection.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID {quoted(aws.access_key_id)}, SECRET {quoted(aws.secret_access_key)}, "
        f"REGION {quoted(aws.region)}, ENDPOINT {quoted(endpoint)}, URL_STYLE 'path', "
        f"USE_SSL {'true' if aws.endpoint.startswith('https') else 'false'})"
    )
    return connection


def _extension(name: str) -> Path:
    """The file of a DuckDB extension, out of its package from PyPI. Its version must be DuckDB's own."""
    module = import_module(f"duckdb_extension_{name}")
    path = Path(str(module.__file__)).parent / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not path.exists():
        raise ImportError(f"duckdb-extension-{name} is not of DuckDB's version {duckdb.__version__}: no {path}")
    return path


def quoted(text: str) -> str:
    """A string literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
