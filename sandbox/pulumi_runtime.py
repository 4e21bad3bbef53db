"""Pulumi's Python SDK without its engine: a program's registrations go to a cloud of ours, through the SDK's own
mocks."""

import asyncio
import contextlib
import gc
import json
import logging
import threading
from collections.abc import Callable, Coroutine, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, cast

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.settings import get_root_resource, set_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func

from infra.settings import PROJECT
from sandbox.cloud import Cloud, Declared, NotFound

_STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Program:
    """What a run of a program came to."""

    resources: tuple[Declared, ...]
    """In the order of registration: nothing stands before what it needs."""
    outputs: dict[str, Any]
    waits: Mapping[str, frozenset[str]]
    """The URN of each registration, components among them → those that it waits for: dependencies and parent."""

    def of_kind(self, kind: str) -> list[Declared]:
        return [resource for resource in self.resources if resource.kind == kind]


def run_declared(
    body: Callable[[], object], cloud: Cloud, *, stack: str, config: Mapping[str, object], project: str = PROJECT
) -> Program:
    """What `body` declares and exports; a coroutine that it returns is run. Raises what it or the cloud raised.

    Runs in a thread of its own, so that Pulumi's event loop ends with it and nothing leaks into the next run.
    """
    recorder = _Recorder(cloud)
    outputs: dict[str, Any] = {}
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with _event_loop() as loop, _quiet(), _garbage_collection():
                # The root of an earlier run in this process must not be this one's parent.
                set_root_resource(None)  # pyright: ignore[reportArgumentType]
                pulumi.runtime.set_mocks(
                    recorder, project=project, stack=stack, preview=False, monitor=_Monitor(recorder)
                )
                pulumi.runtime.set_all_config({key: json.dumps(value) for key, value in config.items()})
                loop.run_until_complete(run_pulumi_func(lambda: _coroutine(body())))
                outputs.update(loop.run_until_complete(_resolve(cast(Stack, get_root_resource()).outputs)))
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run, name="pulumi-program")
    thread.start()
    thread.join()
    if failures:
        # What the cloud said is clearer than what Pulumi made of it.
        raise recorder.error or failures[0]
    return Program(tuple(recorder.resources), outputs, recorder.waits)


class _Recorder(Mocks):
    """Hands each registration to the cloud, one at a time, and keeps what came of it."""

    def __init__(self, cloud: Cloud) -> None:
        self.resources: list[Declared] = []
        self.waits: dict[str, frozenset[str]] = {}
        self.error: Exception | None = None
        self.registering = threading.local()
        """`.request`: what this thread registers, with all that `MockResourceArgs` leaves out."""
        self._cloud = cloud
        self._lock = threading.Lock()

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        inputs = cast(dict[str, Any], _whole_numbers(args.inputs))  # pyright: ignore[reportUnknownMemberType]
        if args.resource_id:
            return args.resource_id, self._read(args.typ, inputs)
        request = self.registering.request
        # A Helm chart is a component of the provider's making: it has no children here, and stands for them.
        if not (args.custom or request.remote) or args.typ.startswith("pulumi:"):
            return args.name, inputs
        with self._lock:
            try:
                declared = replace(
                    self._cloud.create(args.typ, args.name, inputs),
                    urn=self.registering.urn,
                    parent=request.parent or None,
                    protect=request.protect,
                    dependencies=tuple(sorted(request.dependencies)),
                )
            except Exception as error:
                self.error = self.error or error
                raise
            self.resources.append(declared)
        return declared.id, dict(declared.outputs)

    def _read(self, type_: str, inputs: dict[str, Any]) -> dict[Any, Any]:
        """What is there without the program's doing, like the outputs of another stack."""
        try:
            return dict(self._cloud.invoke(type_, inputs))
        except Exception as error:
            self.error = self.error or error
            raise

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        arguments = cast(dict[str, Any], args.args)  # pyright: ignore[reportUnknownMemberType]
        try:
            return self._cloud.invoke(args.token, arguments), []
        except NotFound as failure:
            # As a provider answers, not as a broken connection, which nobody could catch.
            return {}, [("", str(failure))]


class _Monitor(MockMonitor):
    """Tells the recorder of a registration what the SDK's mocks do not."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__(recorder)
        self._recorder = recorder

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As the engine makes it: with the types of all its parents but the stack."""
        of_parent = parent.split("::")[2] if parent else _STACK
        qualified = type_ if of_parent == _STACK else f"{of_parent}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (a name of gRPC's)
        urn = self.make_urn(request.parent, request.type, request.name)
        self._recorder.registering.request = request
        self._recorder.registering.urn = urn
        self._recorder.waits[urn] = frozenset(filter(None, (*request.dependencies, request.parent)))
        return super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _whole_numbers(value: Any) -> Any:
    """Pulumi's wire knows only floating point numbers; 9999.0 was an integer when it was written."""
    if isinstance(value, dict):
        return {key: _whole_numbers(part) for key, part in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_whole_numbers(part) for part in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _coroutine(returned: object) -> Coroutine[Any, Any, None] | None:
    """Pulumi would await whatever a program returns that can be awaited, an Output too."""
    return cast(Coroutine[Any, Any, None], returned) if asyncio.iscoroutine(returned) else None


async def _resolve(outputs: Mapping[str, Any]) -> dict[str, Any]:
    # Of an Output Pulumi has unwrapped the value already: to do it again takes an Output for each part of the contract.
    return {
        name: await (value if isinstance(value, pulumi.Output) else pulumi.Output.from_input(value)).future()
        for name, value in outputs.items()
    }


@contextlib.contextmanager
def _event_loop() -> Generator[asyncio.AbstractEventLoop]:
    """A loop for this thread, and one for each thread that serves Pulumi's mocks, which would else leave theirs
    open."""
    loops: list[asyncio.AbstractEventLoop] = []

    def open_loop() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    open_loop()
    executor = ThreadPoolExecutor(initializer=open_loop, thread_name_prefix="pulumi-mocks")
    loops[0].set_default_executor(executor)
    try:
        yield loops[0]
    finally:
        executor.shutdown()
        asyncio.set_event_loop(None)
        for loop in loops:
            loop.close()


@contextlib.contextmanager
def _garbage_collection() -> Generator[None]:
    """As it was before the program, which turns it off as if the process were its own."""
    was_on = gc.isenabled()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """Errors come as exceptions; Pulumi also logs them, which would say them twice."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
