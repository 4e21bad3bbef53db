"""The team's queries, saved in its workgroup beside those that the lakehouse puts there."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from consumers.analytics.promised import Place
from consumers.analytics.query_files import QueryFile


class SavedQueries(pulumi.ComponentResource):
    def __init__(
        self,
        name: str,
        queries: Mapping[str, QueryFile],
        *,
        databases: Mapping[str, str],
        place: Place,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`databases`: query → the database that it is opened with."""
        super().__init__("lakehouse-analytics:index:SavedQueries", name, None, opts)
        for query, file in queries.items():
            aws.athena.NamedQuery(
                f"{name}-{query}",
                name=query,
                description=file.description,
                database=databases[query],
                workgroup=place.workgroup,
                query=file.sql,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
