"""kubectl, with an end to every wait, and with what the cluster says of an object in each failure."""

import contextlib
import json
import re
import subprocess
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]

_FORWARDING = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+) ->")
_LAST_EVENTS = 25


class KubectlFailed(Exception):
    """What kubectl said, and of what."""


class WaitedInVain(AssertionError):
    """What was waited for, and what the cluster says of it by then."""


@dataclass(frozen=True)
class Kubectl:
    """One namespace of the cluster behind a kubeconfig context; which kubeconfig, KUBECONFIG says."""

    context: str
    namespace: str

    def run(self, *arguments: str, stdin: str | None = None, seconds: float = 60) -> str:
        """What it prints; raises `KubectlFailed`, also when it takes longer."""
        command = ["kubectl", "--context", self.context, "--namespace", self.namespace, *arguments]
        shown = " ".join(command)
        try:
            done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise KubectlFailed(f"{shown}: no answer within {seconds:g} s") from None
        if done.returncode:
            raise KubectlFailed(f"{shown}: {done.stderr.strip()}")
        return done.stdout

    def apply(self, objects: Iterable[Mapping[str, Any]]) -> None:
        """Make or change them, as Pulumi does: by server-side apply, and no unknown field passes."""
        items = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        self.run("apply", "--server-side", "--force-conflicts", "--validate=strict", "--filename=-", stdin=items)

    def find(self, kind: str, name: str) -> Object | None:
        found = self.run("get", kind, name, "--ignore-not-found", "--output=json")
        return json.loads(found) if found.strip() else None

    def list(self, kind: str, *, labels: str) -> list[Object]:
        return json.loads(self.run("get", kind, f"--selector={labels}", "--output=json"))["items"]

    def wait(
        self, kind: str, name: str, until: Callable[[Object | None], bool], *, what: str, seconds: float
    ) -> Object | None:
        """The object once `until` holds of it, None being none; raises `WaitedInVain`."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.find(kind, name)
            if until(found):
                return found
            if time.monotonic() > deadline:
                raise WaitedInVain(f"{kind} {name}: not {what} within {seconds:g} s\n{self.told(found)}")
            time.sleep(2)

    def told(self, found: Object | None) -> str:
        """What the cluster says: the object's status, the pods and the last events of the namespace."""
        status = json.dumps((found or {}).get("status"), indent=1) if found else "there is no such object"
        return "\n".join(
            [
                f"status: {status}",
                self._tried("get", "pods", "--output=wide"),
                *self._tried("get", "events", "--sort-by=.lastTimestamp").splitlines()[-_LAST_EVENTS:],
                *(self._tried("logs", name, "--tail=40") for name in self._unready_pods()),
            ]
        )

    def _unready_pods(self) -> Iterable[str]:
        with contextlib.suppress(KubectlFailed):
            for pod in json.loads(self.run("get", "pods", "--output=json"))["items"]:
                containers: Any = pod.get("status", {}).get("containerStatuses", [])
                if not all(each["ready"] for each in containers):
                    yield pod["metadata"]["name"]

    def _tried(self, *arguments: str) -> str:
        try:
            return self.run(*arguments).rstrip()
        except KubectlFailed as failure:
            return str(failure)

    @contextlib.contextmanager
    def forward(self, service: str, port: int) -> Generator[int]:
        """A port of this machine that leads to a service of the cluster, to the pod that it has now."""
        command = ["kubectl", "--context", self.context, "--namespace", self.namespace, "port-forward"]
        forwarding = subprocess.Popen(
            [*command, "--address=127.0.0.1", f"service/{service}", f":{port}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with forwarding:
            try:
                assert forwarding.stdout is not None and forwarding.stderr is not None
                # It says so, or that it can't and ends.
                said = _FORWARDING.match(forwarding.stdout.readline())
                if said is None:
                    forwarding.terminate()
                    raise KubectlFailed(f"cannot forward to {service}:{port}: {forwarding.stderr.read().strip()}")
                yield int(said[1])
            finally:
                forwarding.terminate()
