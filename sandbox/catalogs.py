"""Catalogs beside the lake's, as far as this machine can be them: a database for one by JDBC, and a place for its
tables."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.settings.catalogs import CatalogSettings
from sandbox.addresses import Aws
from sandbox.aws.local import aws_client
from sandbox.databases import WRITER, Database


def lay_out(catalogs: Mapping[str, CatalogSettings], aws: Aws, postgres: Database) -> None:
    """What whoever runs these catalogs would have made; a metastore and a REST server are somebody else's here too."""
    client: Any = aws_client(aws, "s3")
    for catalog in catalogs.values():
        if catalog.type != "jdbc":
            continue
        postgres.create_database(catalog.database)
        # The catalog makes its two tables itself.
        postgres.load(catalog.database, f"GRANT CREATE, USAGE ON SCHEMA public TO {WRITER}")
        bucket = catalog.warehouse.removeprefix("s3://").partition("/")[0]
        try:
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region})
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "BucketAlreadyOwnedByYou":
                raise
