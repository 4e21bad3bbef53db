"""The Glue databases, under which analysts find the tables."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from infra.settings import DatabaseSettings


class Catalog(pulumi.ComponentResource):
    """One Glue database for each of the stack's `databases`; its tables lie under a prefix of their own."""

    databases: dict[str, pulumi.Output[str]]
    """The stack's name of a database → its name in Glue, once it exists."""

    def __init__(
        self,
        name: str,
        settings: Mapping[str, DatabaseSettings],
        *,
        warehouse: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`warehouse`: the bucket's name."""
        super().__init__("lakehouse:index:Catalog", name, None, opts)
        self.databases = {
            key: aws.glue.CatalogDatabase(
                f"{name}-{key}",
                name=database.name,
                description=database.description or None,
                location_uri=pulumi.Output.format("s3://{0}/{1}", warehouse, database.name),
                opts=pulumi.ResourceOptions(parent=self),
            ).name
            for key, database in settings.items()
        }
        self.register_outputs({"databases": self.databases})
