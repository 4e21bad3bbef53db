"""Flink's file catalog store: one file a catalog, the lake's and those beside it (Flink docs: "Catalog Store")."""

from collections.abc import Mapping

from infra.further_catalogs import catalog_options, catalogs_of
from infra.jobs import Job
from infra.settings.catalogs import CatalogSettings


def catalog_files(
    job: Job,
    *,
    warehouse: str,
    region: str,
    endpoint: str | None,
    catalogs: Mapping[str, CatalogSettings] | None = None,
) -> dict[str, str]:
    """Its files, of a job: `lake` has the Iceberg tables in Glue; the others are those of
    `catalogs` (the stack file's) that the job names.

    Flink docs: "Catalog Store". A job without lake tables has no lake.
    """
    named = catalogs_of(job, catalogs or {})
    files = {name: catalog_options(name, each, region=region, endpoint=endpoint) for name, each in named.items()}
    if job.tables:
        # Where a script's table without a database would be; Iceberg's own 'default' does not exist here.
        files["lake"] = lake_options(job.tables[0].database, warehouse=warehouse, region=region, endpoint=endpoint)
    return {f"{name}.yaml": catalog_file(options) for name, options in files.items()}


def lake_options(default_database: str, *, warehouse: str, region: str, endpoint: str | None) -> dict[str, str]:
    """The lake in Glue (Iceberg docs: "AWS integrations")."""
    options = {
        "type": "iceberg",
        "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "warehouse": f"s3://{warehouse}",
        "default-database": default_database,
        "client.region": region,
        # Glue keeps every version of a table otherwise, and stops at 1,000,000 (Iceberg docs: "Skip Archive").
        "glue.skip-archive": "true",
    }
    if endpoint is not None:
        options |= {"glue.endpoint": endpoint, "s3.endpoint": endpoint, "s3.path-style-access": "true"}
    return options


def catalog_file(options: Mapping[str, str]) -> str:
    return "".join(f'{key}: "{value}"\n' for key, value in options.items())
