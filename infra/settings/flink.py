"""`flink:` what is common to all jobs; `image:` what they run on; `alerts:` who hears when one is in trouble."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from infra.flink_memory import Process, problem_with_memory
from infra.settings.names import Email, written
from infra.units import Duration, MemorySize
from infra.validation import Strict, WrongAt

_REFERENCE = r"^\S+@sha256:[0-9a-f]{64}$"
Reference = Annotated[
    str,
    written(_REFERENCE, "an image by digest, '<repository>@sha256:<64 digits>'"),
    StringConstraints(pattern=_REFERENCE),
]


SavepointPath = Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9.-]+/[^/\s]+/\S+$")]
"""`s3://<state bucket>/<job>/…`"""


class Resources(Strict):
    cpu: Annotated[float, Field(gt=0)]
    memory: MemorySize
    """The whole container: Flink divides it (docs: "Set up Flink's Process Memory")."""


class SessionSlots(Resources):
    slots: Annotated[int, Field(ge=1)] = 4
    """Slots of one TaskManager; as many TaskManagers run as the session's jobs need."""


class SessionSettings(Strict):
    """The session cluster: small SQL jobs share its JobManager, its TaskManagers and its identity."""

    jobmanager: Resources = Resources(cpu=1, memory="2048m")
    taskmanager: SessionSlots = SessionSlots(cpu=1, memory="4096m")

    @model_validator(mode="after")
    def _flink_can_start(self) -> Self:
        processes: dict[Process, str] = {"jobmanager": self.jobmanager.memory, "taskmanager": self.taskmanager.memory}
        for process, memory in processes.items():
            if problem := problem_with_memory(process, memory, {}):
                raise WrongAt((process, "memory"), problem.text)
        return self


class FlinkSettings(Strict):
    checkpoint_interval: Duration = "10s"
    """How often each job commits to the lake: analysts wait this long at most. Each commit is a snapshot with small
    files, so shorter than the objective needs is only work for compaction."""
    high_availability: bool = True
    """JobManager recovery through Kubernetes; off only where there is no Kubernetes (the sandbox)."""
    jobmanagers: Annotated[int, Field(ge=1, le=2)] = 1
    """JobManagers of a job: a second one stands by, and takes over in seconds instead of after a pod's start."""
    session: SessionSettings | None = None
    """The session cluster, for jobs whose job.yaml says `mode: session`. None: there is none."""
    upgrade_mode: Literal["savepoint", "last-state", "stateless"] = "savepoint"
    """How a changed job restarts, unless its job.yaml says otherwise: 'savepoint' also survives changes of the job's
    graph."""
    restore_from: dict[str, SavepointPath] = {}
    """A job → the savepoint that it starts from, once: as soon as it stands here, or another does. What the job has
    done since that savepoint is forgotten, not saved. Take it out again when the job runs: that restarts nothing."""

    @model_validator(mode="after")
    def _needs_ha(self) -> Self:
        if self.high_availability:
            return self
        if self.upgrade_mode == "last-state":
            raise ValueError("upgrade_mode 'last-state' needs high_availability, which finds the state")
        if self.jobmanagers > 1:
            raise ValueError("a second JobManager needs high_availability, which elects the leader")
        return self


class ImageSettings(Strict):
    build_on_preview: bool = False
    """Build the image (without pushing it) in `pulumi preview` too: finds a broken Dockerfile in a pull request, and
    takes minutes."""
    reference: Reference | None = None
    """An image built elsewhere from images/flink, by digest; None: the stack builds it and keeps it in ECR."""
    jobs: dict[str, Reference] = {}
    """Likewise the images of jobs that have one of their own (Java and Python jobs), by the job's name."""
    weborders: Reference | None = None
    """Likewise that of images/weborders, for `web_orders`."""


PLATFORM = "platform"
"""Who hears when it is not a job but what watches the jobs that is in trouble."""


class AlertSettings(Strict):
    emails: dict[str, list[Email]] = {}
    """The owner of jobs, as their job.yaml says → who gets mail; 'platform' → who runs the stack. Each of them has a
    topic (SNS) in any case, for whatever else should hear."""
