"""Catalogs beside the lake's own, for the jobs that name them: how Flink finds them, and what they want to be told."""

from collections.abc import Mapping
from typing import Any

from infra.job_sources import SECRET_KEYS, variable
from infra.jobs import Job
from infra.settings.catalogs import CatalogSettings

_S3 = "org.apache.iceberg.aws.s3.S3FileIO"


def catalogs_of(job: Job, catalogs: Mapping[str, CatalogSettings]) -> dict[str, CatalogSettings]:
    """Those that its job.yaml names."""
    return {name: catalogs[name] for name in job.manifest.catalogs}


def catalog_options(name: str, catalog: CatalogSettings, *, region: str, endpoint: str | None) -> dict[str, str]:
    """What Flink's catalog store has of it; secrets by the names of their variables alone."""
    options = {"type": "iceberg", "io-impl": _S3, "client.region": region}
    if endpoint is not None:
        options |= {"s3.endpoint": endpoint, "s3.path-style-access": "true"}
    if catalog.warehouse:
        options["warehouse"] = catalog.warehouse
    match catalog.type:
        case "hive":
            options |= {"catalog-type": "hive", "uri": catalog.uri}
        case "rest":
            options |= {"catalog-type": "rest", "uri": catalog.uri}
            if catalog.secret:
                # Iceberg's own notation, which its REST catalog alone reads.
                options["credential"] = f"env:{variable('catalog', name, 'credential')}"
        case "jdbc":
            host, port, user, password = (f"${{{variable('catalog', name, key)}}}" for key in SECRET_KEYS)
            options |= {
                "catalog-impl": "lakehouse.catalogs.JdbcCatalog",
                "uri": f"jdbc:postgresql://{host}:{port}/{catalog.database}",
                "jdbc.user": user,
                "jdbc.password": password,
                # With views; the first version of the tables has none (Iceberg docs: "JDBC").
                "jdbc.schema-version": "V1",
            }
    return options | catalog.properties


def secret_data(catalogs: Mapping[str, CatalogSettings]) -> list[dict[str, Any]]:
    """As `job_sources.secret_data`: which key of which entry becomes which variable."""
    return [
        {"secretKey": variable("catalog", name, key), "remoteRef": {"key": entry, "property": key}}
        for name, catalog in catalogs.items()
        for entry, keys in _entries(catalog)
        for key in keys
    ]


def _entries(catalog: CatalogSettings) -> list[tuple[str, tuple[str, ...]]]:
    match catalog.type:
        case "hive":
            return []
        case "rest":
            return [(catalog.secret, ("credential",))] if catalog.secret else []
        case "jdbc":
            return [(catalog.secret, SECRET_KEYS)]


def places(catalogs: Mapping[str, CatalogSettings]) -> list[str]:
    """`bucket/prefix` of those whose tables lie in S3 at a place that is known."""
    known = [catalog.warehouse for catalog in catalogs.values() if catalog.warehouse]
    return [place.removeprefix("s3://").rstrip("/") for place in known if place.startswith("s3://")]
