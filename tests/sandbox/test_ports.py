import socket

import pytest

from infra.errors import ConfigurationError
from sandbox.ports import SERVERS, assign, choose, parse


def test_each_server_gets_a_free_port_of_its_own() -> None:
    ports = assign({})
    assert set(ports) == set(SERVERS)
    assert len(set(ports.values())) == len(SERVERS)
    for port in ports.values():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


def test_a_wanted_port_is_kept() -> None:
    (port,) = choose(1)
    assert assign({"mysql": port})["mysql"] == port


def test_a_busy_port_is_named() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        with pytest.raises(ConfigurationError, match=r"--port aws=\d+: port \d+ cannot be used"):
            assign({"aws": busy.getsockname()[1]})


@pytest.mark.parametrize(
    ("given", "said"), [("mysql", "NAME=NUMBER"), ("mysql=x", "NAME=NUMBER"), ("mysql=-1", "NAME=NUMBER")]
)
def test_a_port_is_a_name_and_a_number(given: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        parse(given)


@pytest.mark.parametrize(
    ("name", "port", "said"), [("mysq", 3306, "did you mean 'mysql'"), ("mysql", 70000, "1 to 65535")]
)
def test_what_cannot_be_a_port_is_refused(name: str, port: int, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        assign({name: port})
