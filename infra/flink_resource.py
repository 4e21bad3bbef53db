"""FlinkDeployments and FlinkSessionJobs as Pulumi resources that say how the job fares."""

from collections.abc import Mapping
from typing import Any

import pulumi

_ENDS = ("STABLE", "FAILED", "ROLLED_BACK")

WAIT_FOR = "jsonpath={{$[?{}].lifecycleState}}".format(" || ".join(f"@.lifecycleState == '{end}'" for end in _ENDS))
"""Until the operator says that the job runs, or that it gave up. Waiting for STABLE alone would sit out the whole time
limit after a rollback, which never becomes stable (pulumi-kubernetes: "pulumi.com/waitFor", an RFC 9535 filter).
The status of an earlier spec doesn't count: the operator says which generation it observed."""


class _FlinkResource(pulumi.CustomResource):
    """The SDK's class for custom resources has no `status`; this one is the same to the provider and has it."""

    status: pulumi.Output[Any] = pulumi.property("status")

    def __init__(
        self,
        name: str,
        *,
        metadata: pulumi.Input[Mapping[str, Any]],
        spec: pulumi.Input[Mapping[str, Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        kind = type(self).__name__
        properties = {
            "apiVersion": "flink.apache.org/v1beta1",
            "kind": kind,
            "metadata": metadata,
            "spec": spec,
            "status": None,
        }
        super().__init__(f"kubernetes:flink.apache.org/v1beta1:{kind}", name, properties, opts)


class FlinkDeployment(_FlinkResource):
    """`flink.apache.org/v1beta1` FlinkDeployment: a job with a cluster of its own, or a session cluster."""


class FlinkSessionJob(_FlinkResource):
    """`flink.apache.org/v1beta1` FlinkSessionJob: a job on a session cluster."""


def must_be_stable(job: str, status: Mapping[str, Any] | None) -> str:
    """The job's name; raises `pulumi.RunError` when the operator gave it up, with what it says of the cause.

    Not in a preview: there the status is that of the last deployment, which this one may be about to mend.
    """
    known = status or {}
    state = known.get("lifecycleState")
    if state not in ("FAILED", "ROLLED_BACK") or pulumi.runtime.is_dry_run():
        return job
    what = "was rolled back to its last stable version" if state == "ROLLED_BACK" else "failed"
    said = str(known.get("error") or "the operator gives no cause; see the JobManager's log").strip()
    raise pulumi.RunError(
        f"jobs/{job}: the job {what}: {said[:1000]}\n"
        "mend the job and deploy again; if it has recovered by itself, 'pulumi up --refresh' sees that"
    )
