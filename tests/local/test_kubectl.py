"""How tests/cluster waits, with a kubectl that answers as told."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.kubectl import Kubectl, KubectlFailed, WaitedInVain

Answering = Callable[[str], Kubectl]


@pytest.fixture
def answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answering:
    """A kubectl that is this shell script, without the context and namespace that it is called with."""

    def write(script: str) -> Kubectl:
        program = tmp_path / "kubectl"
        program.write_text(f"#!/bin/sh\nshift 4\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        return Kubectl("kind-test", "flink")

    return write


GETS = """\
case "$*" in
"get flinkdeployment job"*) echo '{"status": {"lifecycleState": "DEPLOYED", "error": "no image"}}' ;;
"get pods --output=wide"*) echo 'job-1 0/1 ImagePullBackOff' ;;
"get pods --output=json"*)
  echo '{"items": [{"metadata": {"name": "job-1"}, "status": {"containerStatuses": [{"ready": false}]}}]}' ;;
"get events"*) echo 'Failed to pull the image' ;;
"logs job-1"*) echo 'no such class' ;;
esac"""


def test_a_wait_ends_with_the_object(answering: Answering) -> None:
    found = answering(GETS).wait("flinkdeployment", "job", bool, what="there", seconds=5)
    assert found is not None
    assert found["status"]["lifecycleState"] == "DEPLOYED"


def test_a_wait_in_vain_tells_status_pods_events_and_logs(answering: Answering) -> None:
    with pytest.raises(WaitedInVain) as error:
        answering(GETS).wait("flinkdeployment", "job", lambda _: False, what="STABLE", seconds=0)
    said = str(error.value)
    assert said.startswith("flinkdeployment job: not STABLE within 0 s\n")
    for part in ("DEPLOYED", "no image", "ImagePullBackOff", "Failed to pull the image", "no such class"):
        assert part in said


def test_what_is_not_there_is_none(answering: Answering) -> None:
    assert answering("exit 0").find("pod", "gone") is None


def test_a_failure_says_the_command_and_what_kubectl_said(answering: Answering) -> None:
    with pytest.raises(KubectlFailed, match=r"kubectl --context kind-test --namespace flink get pods: refused"):
        answering("echo refused >&2; exit 1").run("get", "pods")


def test_no_command_takes_longer_than_it_may(answering: Answering) -> None:
    with pytest.raises(KubectlFailed, match=r"no answer within 0\.2 s"):
        answering("exec sleep 5").run("get", "pods", seconds=0.2)


def test_objects_are_applied_as_one_list_and_strictly(answering: Answering, tmp_path: Path) -> None:
    answering(f'echo "$@" > {tmp_path}/said; cat >> {tmp_path}/said').apply([{"kind": "Pod"}])
    said = (tmp_path / "said").read_text()
    assert "--server-side" in said and "--validate=strict" in said
    assert '"items": [{"kind": "Pod"}]' in said


def test_a_forwarded_port_is_the_one_that_kubectl_took(answering: Answering) -> None:
    kubectl = answering('echo "Forwarding from 127.0.0.1:40123 -> 3306"; exec sleep 60')
    with kubectl.forward("mysql", 3306) as port:
        assert port == 40123


def test_a_port_that_cannot_be_forwarded_says_why(answering: Answering) -> None:
    kubectl = answering("echo 'services \"mysql\" not found' >&2; exit 1")
    with (
        pytest.raises(KubectlFailed, match=r"cannot forward to mysql:3306: services .* not found"),
        kubectl.forward("mysql", 3306),
    ):
        pass
