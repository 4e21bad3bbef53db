"""What is asked of a running sandbox (requests.py), carried out step by step by its supervisor."""

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TypeVar

from infra.errors import ConfigurationError
from sandbox.around import Around
from sandbox.athena.tables import QueryError
from sandbox.databases import slots
from sandbox.databases.slots import SlotLost
from sandbox.flink import savepoints
from sandbox.flink.cluster import FlinkCluster
from sandbox.flink.definition import Definition
from sandbox.flink.rest import Refused
from sandbox.flink.scaling import scale
from sandbox.jobs import Jobs
from sandbox.packages import NotSetUp
from sandbox.processes import ProcessFailed
from sandbox.requests import Request, Rewind, Scale, TakeSavepoint, Upgrade
from sandbox.rewind_checks import find
from sandbox.savepoints import Savepoint
from sandbox.state import Answer
from sandbox.upgrades import Changed, WentBack, rewind, upgrade

_REFUSALS = (Refused, ConfigurationError, SlotLost, QueryError, NotSetUp)
_KEPT = "kubernetes.operator.savepoint.history.max.count"
"""So many savepoints of a job the platform keeps; here as many have a place in PostgreSQL's log."""

Redefine = Callable[[str], tuple[Definition, Callable[[], None]]]
"""What the project's files say of a job now; raises `ConfigurationError`. With what makes that known when it runs."""
_Result = TypeVar("_Result")
_Steps = Generator[None, None, Answer]


class Changes:
    """`go_on()` does the next step of what was asked for; on the main thread, since it starts processes."""

    def __init__(self, run: Path, jobs: Jobs, pool: Executor, around: Callable[[], Around], redefine: Redefine) -> None:
        self.answers: deque[Answer] = deque(maxlen=10)
        self.savepoints: list[Savepoint] = []
        self._run = run
        self._jobs = jobs
        self._pool = pool
        self._around = around
        self._redefine = redefine
        self._going_on: tuple[Request, _Steps] | None = None
        self._runs: dict[str, set[str]] = {}
        """Job → Flink's ids of it."""

    @property
    def busy(self) -> bool:
        return self._going_on is not None

    def go_on(self) -> None:
        if self._going_on is None:
            request = Request.waiting(self._run)
            if request is None:
                return
            self._going_on = request, self._steps(request)
        request, steps = self._going_on
        try:
            next(steps)
            return
        except StopIteration as end:
            answer: Answer = end.value
        except _REFUSALS as refused:
            if isinstance(refused, WentBack):
                self._keep(self._jobs.cluster(request.job), refused.savepoint)
            answer = Answer(request=request.id, error=str(refused).removeprefix(f"{request.job}: "))
        self.answers.append(answer)
        self._going_on = None
        request.done(self._run)

    def _steps(self, request: Request) -> _Steps:
        cluster = self._jobs.cluster(request.job)
        match request.wish:
            case Scale(task_managers=task_managers):
                yield from scale(cluster, task_managers)
                return Answer(request=request.id)
            case TakeSavepoint():
                around = self._around()
                taken = yield from savepoints.take(cluster, around)
                self._keep(cluster, taken)
                return Answer(request=request.id, savepoint=taken)
            case Upgrade():
                return (yield from self._upgrade(request, cluster))
            case Rewind(to=to):
                savepoint = find(request.job, to, self.savepoints, self._around().s3)
                runs = self._runs_of(cluster)
                changed = yield from rewind(cluster, savepoint, self._around(), runs)
                return self._changed(request, cluster, changed)

    def _upgrade(self, request: Request, cluster: FlinkCluster) -> _Steps:
        definition, make = yield from _done(self._pool.submit(self._redefine, request.job))
        if definition.identity == cluster.definition.identity:
            make()
            note = "nothing of it changed that it would have to be started again for"
            return Answer(request=request.id, notes=(note,))
        successor = self._jobs.successor(cluster, definition)
        yield from _done(self._pool.submit(successor.prepare))
        self._runs_of(cluster)
        changed = yield from upgrade(cluster, successor, self._around())
        self._jobs.replace(cluster, successor)
        make()
        return self._changed(request, successor, changed)

    def _changed(self, request: Request, cluster: FlinkCluster, changed: Changed) -> Answer:
        self._keep(cluster, changed.savepoint)
        self._jobs.started(cluster)
        self._runs_of(cluster)
        return Answer(
            request=request.id,
            savepoint=changed.savepoint,
            down_seconds=changed.down_seconds,
            gaps=dict(changed.gaps),
        )

    def _keep(self, cluster: FlinkCluster, taken: Savepoint) -> None:
        """And let PostgreSQL forget what is older than the platform would keep."""
        own = [each for each in self.savepoints if each.job == taken.job]
        surplus = own[: len(own) + 1 - int(cluster.definition.spec["flinkConfiguration"][_KEPT])]
        postgres = self._around().postgres
        for each in surplus:
            self.savepoints.remove(each)
            if postgres:
                slots.release(postgres, each.slots)
        self.savepoints.append(taken)

    def _runs_of(self, cluster: FlinkCluster) -> frozenset[str]:
        """Those so far, and the one that runs."""
        runs = self._runs.setdefault(cluster.name, set())
        runs.add(cluster.rest.job_id())
        return frozenset(runs)


def _done(future: "Future[_Result]") -> Generator[None, None, _Result]:
    while not future.done():
        yield
    try:
        return future.result()
    except ProcessFailed as failed:
        raise Refused(str(failed)) from None
