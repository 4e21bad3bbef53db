import pulumi
import pytest

from infra.flink_resource import WAIT_FOR, FlinkDeployment, must_be_stable
from sandbox.cloud import Declared, DeclaredOnly, Properties
from sandbox.pulumi_runtime import run_declared


class Operator(DeclaredOnly):
    """A cluster whose operator gives each job this status."""

    def __init__(self, status: Properties) -> None:
        super().__init__("eu-west-1")
        self._status = status

    def create(self, type_: str, name: str, inputs: Properties) -> Declared:
        made = super().create(type_, name, inputs)
        return Declared(made.type, name, inputs, {**inputs, "status": self._status}, made.id, real=False)


def deployed(**status: object) -> list[Declared]:
    def declare() -> None:
        job = FlinkDeployment("copy", metadata={"name": "copy"}, spec={"image": "x"})
        stable = job.status.apply(lambda found: must_be_stable("copy", found))
        pulumi.export("stable", stable)

    program = run_declared(declare, Operator(status), stack="test", config={})
    assert program.outputs == {"stable": "copy"}
    return list(program.resources)


def test_a_stable_job_is_declared_as_any_custom_resource() -> None:
    (made,) = deployed(lifecycleState="STABLE")
    assert made.type == "kubernetes:flink.apache.org/v1beta1:FlinkDeployment"
    assert made.inputs == {
        "apiVersion": "flink.apache.org/v1beta1",
        "kind": "FlinkDeployment",
        "metadata": {"name": "copy"},
        "spec": {"image": "x"},
    }


@pytest.mark.parametrize(("state", "said"), [("FAILED", "the job failed"), ("ROLLED_BACK", "was rolled back")])
def test_a_job_that_the_operator_gave_up_fails_the_deployment_with_its_cause(state: str, said: str) -> None:
    with pytest.raises(pulumi.RunError) as error:
        deployed(lifecycleState=state, error="ClassNotFoundException: nowhere")
    assert str(error.value).startswith("jobs/copy: the job")
    assert said in str(error.value)
    assert "ClassNotFoundException: nowhere" in str(error.value)
    assert "pulumi up --refresh" in str(error.value)


def test_the_wait_ends_with_each_way_that_a_deployment_ends() -> None:
    assert WAIT_FOR == (
        "jsonpath={$[?@.lifecycleState == 'STABLE' || @.lifecycleState == 'FAILED' || "
        "@.lifecycleState == 'ROLLED_BACK'].lifecycleState}"
    )
