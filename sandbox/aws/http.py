"""moto's application behind an HTTP/1.1 server made for many small calls, as Flink and Iceberg make them.

moto's own server answers one request per connection and asks the file system about each of its 180 services before
every request. Here connections stay open and an answer leaves in one piece: a call takes less than half of the time.
"""

import io
import logging
import socket
import threading
import time
import traceback
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import moto.core.responses as moto_responses
from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import DechunkedInput, ThreadedWSGIServer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Server:
    """Serves moto on a listening socket from a thread of its own until `stop()`; takes the socket over."""

    def __init__(self, listening: socket.socket, log: Path | None) -> None:
        host, port = listening.getsockname()
        self.port: int = port
        self._log = _logger(log)
        self._server = _HttpServer(host, port, _Application(), self._log, listening.fileno())
        listening.close()  # the server works on a duplicate
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="aws", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()
        for handler in list(self._log.handlers):
            self._log.removeHandler(handler)
            handler.close()


# What moto collects anew, by reflection, for each request: the operations of a service.
_OPERATIONS = "method_names_from_class"


class _Application(DomainDispatcherApplication):
    """moto's dispatcher with its answers remembered: which service a host name means never changes."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self.get_backend_for_host = cache(super().get_backend_for_host)
        operations = getattr(moto_responses, _OPERATIONS)
        if not hasattr(operations, "cache_info"):
            setattr(moto_responses, _OPERATIONS, cache(operations))


class _HttpServer(ThreadedWSGIServer):
    """A thread for each connection, and a list of the open ones, so that stopping leaves none half alive."""

    def __init__(
        self,
        host: str,
        port: int,
        app: DomainDispatcherApplication,
        log: logging.Logger,
        fd: int,
    ) -> None:
        super().__init__(host, port, app, _Handler, fd=fd)
        self.request_log = log
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._connections.discard(request)

    def close_connections(self) -> None:
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):  # its client was faster
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(MotoRequestHandler):
    """One connection. Bodies are read whole before the call and sent whole after it, so that the next request on the
    connection starts where this one ended."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def run_wsgi(self) -> None:
        started = time.perf_counter()
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._body(environ))
        status, headers, body = self._call(environ)
        code = int(status.split(" ", 1)[0])
        lines = [f"{self.protocol_version} {status}"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() not in ("connection", "date", "server")]
        bodiless = self.command == "HEAD" or code in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        if not bodiless and not any(name.lower() == "content-length" for name, _ in headers):
            lines.append(f"Content-Length: {len(body)}")
        lines.append(f"Date: {self.date_time_string()}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        # One write: a head and a body sent apart would wait for each other's acknowledgement.
        self.wfile.write(head if bodiless else head + body)
        if code >= HTTPStatus.BAD_REQUEST and code != HTTPStatus.NOT_FOUND:  # file systems probe: 404 is no news
            self._log_refusal(code, environ, body, time.perf_counter() - started)

    def _body(self, environ: "WSGIEnvironment") -> bytes:
        """The whole request body, however it was sent."""
        if environ.get("wsgi.input_terminated"):
            body = DechunkedInput(cast("IO[bytes]", self.rfile)).read()
            environ["CONTENT_LENGTH"] = str(len(body))
            return body
        return self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))

    def _call(self, environ: "WSGIEnvironment") -> tuple[str, list[tuple[str, str]], bytes]:
        """What moto answers; what it can't, as an error that no SDK retries."""
        answer: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            answer.append((status, headers))

        try:
            chunks = self.server.app(environ, start_response)  # pyright: ignore[reportArgumentType]
            try:
                body = b"".join(chunks)
            finally:
                close = getattr(chunks, "close", None)
                if close is not None:
                    close()
            return *answer[-1], body
        except Exception as error:
            self.server.request_log.error("%s %s\n%s", self.command, self.path, traceback.format_exc())
            status = HTTPStatus.NOT_IMPLEMENTED
            text = f"moto: {type(error).__name__}: {error}".encode()
            return (
                f"{status.value} {status.phrase}",
                [("Content-Type", "text/plain")],
                text,
            )

    def _log_refusal(self, code: int, environ: "WSGIEnvironment", body: bytes, seconds: float) -> None:
        what = environ.get("HTTP_X_AMZ_TARGET") or self.path
        said = body[:500].decode(errors="replace").replace("\n", " ")
        self.server.request_log.info("%s %s %s (%.0f ms) %s", code, self.command, what, seconds * 1000, said)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing to stderr: what matters stands in the log."""
        self.server.request_log.debug(f"{type}: {message}", *args)


def _logger(path: Path | None) -> logging.Logger:
    """A logger of its own that writes to `path` alone."""
    log = logging.Logger("sandbox.aws.local", logging.INFO)
    if path is None:
        log.addHandler(logging.NullHandler())
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        log.addHandler(handler)
    return log
