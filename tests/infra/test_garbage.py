import gc
import subprocess
import sys
from typing import Any

from sandbox.cloud import Declared, DeclaredOnly
from sandbox.program import run_program
from tests.declared import PROJECT


def test_a_process_neither_looks_for_garbage_nor_when_it_ends() -> None:
    program = (
        "import atexit, gc\n"
        "from infra.garbage import keep_everything\n"
        "atexit.register(lambda: print('frozen' if gc.get_freeze_count() else 'thawed'))\n"
        "keep_everything()\n"
        "print('on' if gc.isenabled() else 'off')\n"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["off", "frozen"]


class Watching(DeclaredOnly):
    """Notes whether Python looks for garbage while resources are declared."""

    def __init__(self) -> None:
        super().__init__("eu-west-1")
        self.seen: set[bool] = set()

    def create(self, type_: str, name: str, inputs: dict[str, Any]) -> Declared:
        self.seen.add(gc.isenabled())
        return super().create(type_, name, inputs)


def test_the_program_does_without_and_its_caller_gets_it_back() -> None:
    cloud = Watching()
    assert gc.isenabled()
    run_program(PROJECT, "sandbox", cloud)
    assert cloud.seen == {False}
    assert gc.isenabled()
