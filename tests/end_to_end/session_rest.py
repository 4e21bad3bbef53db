"""A session cluster's REST API, as the operator's client calls it."""

import io
import json
import time
import urllib.request
import uuid
import zipfile
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rest:
    url: str

    def call(self, path: str, body: object = None, method: str | None = None) -> dict[str, Any]:
        data = json.dumps(body).encode() if body is not None else None
        return self._send(
            urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        )

    def upload_empty_jar(self) -> str:
        jar = io.BytesIO()
        with zipfile.ZipFile(jar, "w") as archive:
            archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n")
        return self.upload(jar.getvalue())

    def upload(self, jar: bytes) -> str:
        """Gives the jar's id."""
        mark = uuid.uuid4().hex
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="jarfile"; filename="some.jar"\r\n'
            "Content-Type: application/x-java-archive\r\n\r\n"
        )
        body = head.encode() + jar + f"\r\n--{mark}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        return str(self._send(urllib.request.Request(f"{self.url}/jars/upload", body, kind))["filename"]).split("/")[-1]

    def _send(self, request: urllib.request.Request) -> dict[str, Any]:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.loads(answer.read() or "{}"))

    def wait(self, path: str, key: str, value: object, seconds: float = 90) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = self.call(path)
            except OSError:
                found = {}
            if found.get(key) == value or (value is None and found.get(key)):
                return found
            assert time.monotonic() < deadline, (path, found)
            time.sleep(0.5)
