"""The ports of the sandbox's servers: free ones, or those that the user named."""

import socket
from collections.abc import Mapping

from infra.errors import ConfigurationError
from infra.validation import nearest

SERVERS = ("aws", "mysql", "postgres", "kafka", "registry", "flink")
"""What `--port NAME=NUMBER` can place; 'flink' is the web interface of the first job."""


def choose(count: int) -> list[int]:
    """So many different ports that are free now."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in held]
    finally:
        for each in held:
            each.close()


def assign(wanted: Mapping[str, int]) -> dict[str, int]:
    """A port for each of `SERVERS`; raises `ConfigurationError` for one that is unknown or busy."""
    for name, port in wanted.items():
        if name not in SERVERS:
            raise ConfigurationError(f"--port {name}={port}: there is no server '{name}'{nearest(name, SERVERS)}")
        if not 1 <= port <= 65535:
            raise ConfigurationError(f"--port {name}={port}: a port is a number from 1 to 65535")
        _refuse_busy(name, port)
    free = choose(len(SERVERS))
    return {name: wanted.get(name, free[index]) for index, name in enumerate(SERVERS)}


def parse(given: str) -> tuple[str, int]:
    """`"mysql=3306"` → ("mysql", 3306)."""
    name, _, number = given.partition("=")
    if not number.isdigit():
        raise ConfigurationError(f"--port {given}: write it as NAME=NUMBER, like --port mysql=3306")
    return name, int(number)


def _refuse_busy(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigurationError(
                f"--port {name}={port}: port {port} cannot be used ({error.strerror}); "
                f"stop what listens there, name another, or leave --port out and a free one is chosen"
            ) from None
