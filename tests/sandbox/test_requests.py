"""A request to the supervisor by itself; what becomes of one: tests/end_to_end."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.errors import ConfigurationError
from sandbox.requests import Refused, Request, Rewind, Scale, TakeSavepoint, Wish, ask, chosen
from sandbox.state import Answer, State, write_state


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """Of a sandbox whose supervisor is this process."""
    (tmp_path / ".sandbox" / "run").mkdir(parents=True)
    tell(tmp_path)
    yield tmp_path


def tell(project: Path, *answers: Answer, pid: int | None = None) -> None:
    started = psutil.Process().create_time()
    write_state(project, State(stack="sandbox", pid=pid or os.getpid(), pid_started_at=started, answers=answers))


def answered(project: Path, error: str | None = None, **told: float) -> threading.Thread:
    """A supervisor that takes up one request and answers it."""

    def supervise() -> None:
        run = project / ".sandbox" / "run"
        while (request := Request.waiting(run)) is None:
            pass
        tell(project, Answer(request="another"), Answer.model_validate({"request": request.id, "error": error, **told}))
        request.done(run)

    thread = threading.Thread(target=supervise)
    thread.start()
    return thread


@pytest.mark.parametrize("wish", [Scale(task_managers=2), TakeSavepoint(), Rewind(to="s3://state/savepoint-1")])
def test_what_is_asked_arrives_as_it_was_asked(project: Path, wish: Wish) -> None:
    run = project / ".sandbox" / "run"
    Path(run, "request.json").write_text(Request(id="1", job="orders", wish=wish).model_dump_json())
    assert Request.waiting(run) == Request(id="1", job="orders", wish=wish)


def test_who_asks_gets_the_answer_to_that_and_no_other(project: Path) -> None:
    supervisor = answered(project, down_seconds=3.5)
    assert ask(project, "orders", TakeSavepoint()).down_seconds == 3.5
    supervisor.join()
    assert [path.name for path in (project / ".sandbox" / "run").iterdir()] == []


def test_a_refusal_is_told_with_the_jobs_name(project: Path) -> None:
    supervisor = answered(project, error="the job does not run")
    with pytest.raises(Refused, match=r"^orders: the job does not run$"):
        ask(project, "orders", TakeSavepoint())
    supervisor.join()


@pytest.mark.parametrize(
    ("wish", "said"),
    [(Scale(task_managers=2), "is being scaled"), (Rewind(to="x"), "is being rewound")],
)
def test_while_one_goes_on_a_second_is_refused(project: Path, wish: Wish, said: str) -> None:
    waiting = Request(id="1", job="orders", wish=wish)
    Path(project, ".sandbox", "run", "request.json").write_text(waiting.model_dump_json())
    with pytest.raises(ConfigurationError, match=f"^orders {said}; ask again once that is done$"):
        ask(project, "shipments", TakeSavepoint())
    assert Request.waiting(project / ".sandbox" / "run") == waiting


def test_a_sandbox_that_ends_meanwhile_is_told(project: Path) -> None:
    tell(project, pid=2**22 + 1)
    with pytest.raises(Refused, match="the sandbox ended meanwhile"):
        ask(project, "orders", TakeSavepoint())


def test_the_job_may_be_left_out_where_there_is_one() -> None:
    assert chosen(None, ["orders"]) == "orders"
    with pytest.raises(ConfigurationError, match="--job is missing: say which of orders, shipments"):
        chosen(None, ["orders", "shipments"])
    with pytest.raises(ConfigurationError, match=r"^order: no such job runs; did you mean 'orders'"):
        chosen("order", ["orders"], "")
