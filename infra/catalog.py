"""The Glue databases, under which analysts find the tables."""

from collections.abc import Mapping
from typing import Literal

import pulumi
import pulumi_aws as aws

from infra.settings.lake import DatabaseSettings

IAM_ALLOWED_PRINCIPALS = "IAM_ALLOWED_PRINCIPALS"
"""Lake Formation's name for everybody in the account whom IAM allows."""


class Catalog(pulumi.ComponentResource):
    """One Glue database for each of the stack's `databases`; its tables lie under a prefix of their own."""

    databases: dict[str, pulumi.Output[str]]
    """The stack's name of a database → its name in Glue, once it exists."""

    def __init__(
        self,
        name: str,
        settings: Mapping[str, DatabaseSettings],
        *,
        mode: Literal["hybrid", "full"],
        warehouse: pulumi.Input[str],
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`mode`: of Lake Formation; `warehouse`: the bucket's name.

        In `full` mode a database takes its default permissions from the account's settings when it is made
        (infra/access_account.py): the account must give none.
        """
        super().__init__("lakehouse:index:Catalog", name, None, opts)
        # Said in any case in hybrid mode, since the account's default may be either, and jobs go by IAM.
        by_iam = aws.glue.CatalogDatabaseCreateTableDefaultPermissionArgs(
            permissions=["ALL"],
            principal=aws.glue.CatalogDatabaseCreateTableDefaultPermissionPrincipalArgs(
                data_lake_principal_identifier=IAM_ALLOWED_PRINCIPALS
            ),
        )
        self.databases = {
            key: aws.glue.CatalogDatabase(
                f"{name}-{key}",
                name=database.name,
                description=database.description or None,
                location_uri=pulumi.Output.format("s3://{0}/{1}", warehouse, database.name),
                create_table_default_permissions=[by_iam] if mode == "hybrid" else None,
                # With a database go all of its tables: where their files are is then known to nobody.
                opts=pulumi.ResourceOptions(parent=self, protect=not disposable),
            ).name
            for key, database in settings.items()
        }
        self.register_outputs({"databases": self.databases})
