import pytest

from review.losses import Kind, Loss, losses, lost_buckets
from tests.declared import STACKS
from tests.review.given import of, preview, step
from tests.test_program import program


def lost(type_: str, op: str = "delete", **more: object) -> Loss:
    (found,) = losses(of(step(type_, "it", op, old={}, **more)))
    return found


@pytest.mark.parametrize("stack", STACKS)
def test_of_everything_that_the_program_makes_it_is_known_what_goes_with_it(stack: str) -> None:
    made = sorted(
        {each.type for each in program(stack).resources if not each.type.startswith(("lakehouse:", "pulumi:"))}
    )
    assert "aws:s3/bucket:Bucket" in made
    # A chart is what is in it.
    kinds = {type_: lost(type_).kind for type_ in made if type_ != "kubernetes:helm.sh/v4:Chart"}
    assert [type_ for type_, kind in kinds.items() if kind is Kind.UNKNOWN] == []


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("aws:s3/bucket:Bucket", Kind.DATA),
        ("aws:glue/catalogDatabase:CatalogDatabase", Kind.DATA),
        ("aws:kms/key:Key", Kind.DATA),
        ("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", Kind.DATA),
        ("kubernetes:flink.apache.org/v1beta1:FlinkDeployment", Kind.STATE),
        ("aws:eks/cluster:Cluster", Kind.STATE),
        ("aws:iam/role:Role", Kind.IDENTITY),
        ("aws:ec2/eip:Eip", Kind.IDENTITY),
        ("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", Kind.IDENTITY),
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", Kind.PROTECTION),
        ("kubernetes:core/v1:ConfigMap", Kind.NOTHING),
        ("aws:glue/catalogTableOptimizer:CatalogTableOptimizer", Kind.NOTHING),
        ("aws:dynamodb/table:Table", Kind.UNKNOWN),
        ("kubernetes:apps/v1:StatefulSet", Kind.UNKNOWN),
    ],
)
def test_what_goes_depends_on_the_type(type_: str, kind: Kind) -> None:
    assert lost(type_).kind is kind
    assert lost(type_, "replace", new={}).kind is kind


def test_what_pulumi_only_forgets_is_not_lost() -> None:
    found = lost("aws:s3/bucket:Bucket", old_is={"retainOnDelete": True})
    assert found.kind is Kind.NOTHING


def test_only_what_goes_is_told_and_no_mere_component() -> None:
    found = of(
        step("aws:s3/bucket:Bucket", "updated", "update", old={}, new={}),
        step("aws:s3/bucket:Bucket", "made", "create", new={}),
        step("aws:s3/bucket:Bucket", "kept", "same", old={}, new={}),
        step("lakehouse:index:Lake", "lake", "delete", old={}, old_is={"custom": False}),
    )
    assert losses(found) == []


def test_a_replacement_told_in_three_steps_is_one() -> None:
    bucket = "aws:s3/bucket:Bucket"
    halves = (step(bucket, "it", "create-replacement", old={}, new={}), step(bucket, "it", "delete-replaced", old={}))
    (found,) = losses(of(*halves, step(bucket, "it", "replace", old={}, new={})))
    assert found.step.op == "replace"


def test_the_worst_comes_first() -> None:
    kinds = [loss.kind for loss in losses(preview("deleted-job"))]
    assert kinds == sorted(kinds)
    assert (kinds[0], kinds[-1]) == (Kind.STATE, Kind.NOTHING)


def test_a_bucket_is_known_by_the_name_that_it_has() -> None:
    bucket = "aws:s3/bucket:Bucket"
    found = of(
        step(bucket, "state", "delete", old={}, old_is={"id": "lake-state-1"}),
        step(bucket, "logs", "replace", old={}, new={}, old_is={"outputs": {"bucket": "lake-logs-1"}}),
        step(bucket, "kept", "update", old={}, new={}, old_is={"id": "lake-warehouse-1"}),
    )
    assert lost_buckets(found) == {"lake-state-1", "lake-logs-1"}
