"""What becomes of the answers that a registry, or another server, gives."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event

import pytest
from pydantic import SecretStr

from weborders.errors import Failed, Stopped
from weborders.patience import Patience
from weborders.registry import SchemaRegistry, UnknownSchema
from weborders.settings import RegistrySettings

Answer = tuple[int, object]
UNKNOWN: Answer = (404, {"error_code": 40403, "message": "Schema 7 not found."})


@contextmanager
def answering(*answers: Answer) -> Generator[tuple[str, list[str | None]]]:
    """A server that gives these answers, the last of them for ever; its URL, and the logins that it got."""
    left = list(answers)
    logins: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            logins.append(self.headers.get("Authorization"))
            status, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode() if isinstance(body, str) else json.dumps(body).encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", logins
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def registry(url: str, *, patience: Patience | None = None, user_info: str | None = None) -> SchemaRegistry:
    login = SecretStr(user_info) if user_info else None
    return SchemaRegistry(RegistrySettings(url=url, user_info=login), patience or Patience(10))


def test_it_is_asked_again_while_it_has_trouble() -> None:
    busy: list[Answer] = [(500, "oops"), (503, {"message": "starting"}), (429, {"message": "slowly"})]
    with answering(*busy, (200, {"schema": '"int"'})) as (url, _):
        assert registry(url).schema(7) == '"int"'


def test_trouble_that_lasts_is_told() -> None:
    with (
        answering((503, {"message": "starting"})) as (url, _),
        pytest.raises(Failed, match=rf"{url} answered 503 \(starting\); gave up after 0.3 s"),
    ):
        registry(url, patience=Patience(0.3)).schema(7)


def test_asked_to_end_nothing_is_waited_for() -> None:
    stop = Event()
    stop.set()
    with answering((503, {})) as (url, _), pytest.raises(Stopped):
        registry(url, patience=Patience(60, stop)).schema(7)


def test_the_login_is_sent_and_its_refusal_told_without_it() -> None:
    with answering((200, {"schema": '"int"'}), (401, {"message": "no"})) as (url, logins):
        asked = registry(url, user_info="user:hunter2")
        asked.schema(7)
        assert logins == ["Basic dXNlcjpodW50ZXIy"]
        with pytest.raises(Failed, match="refused the login: check SCHEMA_REGISTRY_USER_INFO") as failure:
            asked.schema(8)
    assert "hunter2" not in str(failure.value)


@pytest.mark.parametrize("answer", [(404, "<html>Not Found</html>"), (200, "<html>Welcome</html>")])
def test_another_server_is_not_taken_for_a_registry_that_lacks_the_schema(answer: Answer) -> None:
    with answering(answer) as (url, _), pytest.raises(Failed, match=r"no schema registry.*check .*SCHEMA_REGISTRY_URL"):
        registry(url).schema(7)


def test_a_schema_that_is_not_there_or_no_avro_is_unknown() -> None:
    with answering(UNKNOWN, (200, {"schema": "{}", "schemaType": "JSON"})) as (url, _):
        asked = registry(url)
        with pytest.raises(UnknownSchema, match="no schema with the id 7"):
            asked.schema(7)
        with pytest.raises(UnknownSchema, match="of the kind JSON, not AVRO"):
            asked.schema(8)


def test_a_refusal_by_confluents_own_registry_names_the_field() -> None:
    said = (
        'Schema being registered is incompatible with an earlier schema for subject "w-value", details: '
        "[{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'b' at path '/fields/1' in the new "
        "schema has no default value and is missing in the old schema'}]"
    )
    schema = '{"type": "record", "name": "W", "fields": [{"name": "a", "type": "int"}, {"name": "b", "type": "int"}]}'
    with (
        answering((409, {"error_code": 409, "message": said})) as (url, _),
        pytest.raises(Failed, match=r"(?s)schema of w-value.*/fields/1 \(b\).*Give each new field a default"),
    ):
        registry(url).register("w-value", schema)
