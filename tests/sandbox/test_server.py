"""The Java servers: what is told when one can't run, and what is left behind."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from sandbox.kafka import Broker, Registry
from sandbox.packages import java_home, kafka_packages
from sandbox.ports import choose
from sandbox.processes import ProcessFailed
from sandbox.server import Server
from sandbox.zookeeper import ZooKeeper

Make = Callable[[Path, tuple[int, ...]], Server]


def new_broker(run: Path, ports: tuple[int, ...]) -> Broker:
    return Broker(kafka_packages(), run, ports[0], controller_port=ports[1], java=java_home() / "bin" / "java")


def new_registry(run: Path, ports: tuple[int, ...]) -> Registry:
    return Registry(kafka_packages(), run, ports[0])


def new_zookeeper(run: Path, ports: tuple[int, ...]) -> ZooKeeper:
    return ZooKeeper(run, ports[0], java=java_home() / "bin" / "java")


SERVERS = [
    pytest.param(new_broker, 2, id="kafka"),
    pytest.param(new_registry, 1, id="registry"),
    pytest.param(new_zookeeper, 1, id="zookeeper"),
]


@contextmanager
def running(server: Server) -> Generator[None]:
    try:
        server.prepare()
        server.start()
        server.wait_ready()
        yield
    finally:
        server.stop()


def kill(server: Server) -> None:
    """As the kernel does when memory is short."""
    assert server.process.pid is not None
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.stop()


@pytest.mark.parametrize(("make", "count"), SERVERS)
def test_it_listens_on_its_ports_of_this_machine_only_and_stop_leaves_no_process(
    make: Make, count: int, tmp_path: Path
) -> None:
    ports = tuple(choose(count))
    # Each is told its paths by an option, a file or an address, in which these letters mean something.
    server = make(tmp_path / "a b,c;ü", ports)
    with running(server):
        assert server.process.pid is not None
        process = psutil.Process(server.process.pid)
        listening = [each.laddr for each in process.net_connections() if each.status == psutil.CONN_LISTEN]
        assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
        assert set(ports) <= {address.port for address in listening}
        assert not process.children()
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(("make", "count"), SERVERS)
def test_each_busy_port_is_named(make: Make, count: int, tmp_path: Path) -> None:
    for index in range(count):
        with socket.create_server(("127.0.0.1", 0)) as other:
            busy = int(other.getsockname()[1])
            ports = choose(count)
            ports[index] = busy
            server = make(tmp_path, tuple(ports))
            server.prepare()
            with pytest.raises(ProcessFailed, match=f"127.0.0.1:{busy} .*free it"):
                server.start()
            assert server.process.pid is None


@pytest.mark.parametrize(("make", "count"), SERVERS)
def test_a_port_that_is_taken_while_it_starts_is_named_by_its_log(make: Make, count: int, tmp_path: Path) -> None:
    ports = tuple(choose(count))
    server = make(tmp_path, ports)
    server.prepare()
    with socket.create_server(("127.0.0.1", ports[0])):
        server.process.start()  # as if the other one came between the check and this
        try:
            with pytest.raises(ProcessFailed, match="in use"):
                server.wait_ready()
        finally:
            server.stop()


@pytest.mark.parametrize(("make", "count"), SERVERS)
def test_one_that_is_killed_while_it_starts_is_a_failure(make: Make, count: int, tmp_path: Path) -> None:
    server = make(tmp_path, tuple(choose(count)))
    server.prepare()
    server.start()
    assert server.process.pid is not None
    os.kill(server.process.pid, signal.SIGKILL)
    with pytest.raises(ProcessFailed, match="exit code -9"):
        server.wait_ready()
    server.stop()


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A file system with room for a start and little more."""
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", tmp_path], capture_output=True, text=True, check=False
    )
    if mount.returncode != 0:
        pytest.skip(f"a small disk is made by root only: {mount.stderr.strip()}")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", tmp_path], check=True)


@pytest.mark.parametrize(("make", "count"), SERVERS)
def test_a_full_disk_is_named_and_room_on_it_is_all_that_is_needed(make: Make, count: int, small_disk: Path) -> None:
    server = make(small_disk, tuple(choose(count)))
    server.prepare()
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(40 * 1024 * 1024))
    with pytest.raises(ProcessFailed, match=f"disk of {small_disk}.* is full: make room"):
        server.start()
    ballast.unlink()
    try:
        server.start()
        server.wait_ready()
    finally:
        server.stop()
