"""Lake Formation: its location, the LF-Tags of the databases, and who may read what carries them (docs/access.md)."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from infra.access_grants import TagGrants
from infra.access_hybrid import HybridAccess
from infra.access_location import AccessLocation
from infra.access_rules import Tags, lf_tags
from infra.bucket import BucketNames
from infra.settings.access import AccessSettings


class Access(pulumi.ComponentResource):
    """All of Lake Formation that doesn't belong to one job. Jobs come after it: what they make lies in its location."""

    def __init__(
        self,
        name: str,
        settings: AccessSettings,
        *,
        databases: Mapping[str, pulumi.Input[str]],
        database_tags: Mapping[str, Tags],
        teams: Mapping[str, pulumi.Input[str]],
        warehouse: BucketNames,
        kms_key_arn: pulumi.Input[str],
        region: str,
        account_id: pulumi.Input[str],
        partition: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`databases`: the stack's name → that in Glue; `teams`: name → the team's role, by ARN."""
        super().__init__("lakehouse:index:Access", name, None, opts)
        hybrid = settings.mode == "hybrid"
        location = AccessLocation(
            f"{name}-location",
            warehouse_arn=warehouse.arn,
            kms_key_arn=kms_key_arn,
            hybrid=hybrid,
            region=region,
            account_id=account_id,
            partition=partition,
            opts=pulumi.ResourceOptions(parent=self),
        )
        tagged = self._tags(name, settings, databases, database_tags)
        after_tags = pulumi.ResourceOptions(parent=self, depends_on=[location, *tagged])
        TagGrants(f"{name}-grants", settings, teams=teams, opts=after_tags)
        if hybrid:
            HybridAccess(f"{name}-hybrid", databases=databases, teams=teams, opts=after_tags)
        self.register_outputs({})

    def _tags(
        self,
        name: str,
        settings: AccessSettings,
        databases: Mapping[str, pulumi.Input[str]],
        database_tags: Mapping[str, Tags],
    ) -> list[pulumi.Resource]:
        """The LF-Tags, and those of them that the databases carry."""
        tags = {
            tag.key or tag_name: aws.lakeformation.LfTag(
                f"{name}-{tag_name}",
                key=tag.key or tag_name,
                values=tag.values,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for tag_name, tag in settings.tags.items()
        }
        carried = [
            aws.lakeformation.ResourceLfTag(
                f"{name}-{key}-{lf_key}",
                database=aws.lakeformation.ResourceLfTagDatabaseArgs(name=databases[key]),
                lf_tag=aws.lakeformation.ResourceLfTagLfTagArgs(key=tags[lf_key].key, value=value),
                # A new value replaces the resource: removing the old one afterwards would remove the tag.
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, depends_on=[tags[lf_key]]),
            )
            for key, own in database_tags.items()
            for lf_key, value in lf_tags(own, settings).items()
        ]
        return [*tags.values(), *carried]
