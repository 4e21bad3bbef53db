"""A schema registry with Confluent's REST API (Confluent's own, Apicurio's `/apis/ccompat/v7`, Karapace).

Written out, as confluent-kafka's client brings an OAuth and an HTTP library for these three requests.
"""

import json
import re
from base64 import b64encode
from http.client import HTTPException
from typing import Any, cast
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from weborders.errors import Failed, Unavailable
from weborders.patience import Patience
from weborders.settings import RegistrySettings

_MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
_ANSWER_SECONDS = 10
_NOT_FOUND, _CONFLICT, _UNPROCESSABLE = 404, 409, 422
# By RFC 9110 and 6585 these may succeed later, as may whatever begins with 5.
_LATER = (408, 425, 429)


class UnknownSchema(Exception):
    """The registry has no such schema."""


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class SchemaRegistry:
    """Waits for the registry as long as `patience` says; then, or when it refuses the login, raises `Failed`."""

    def __init__(self, settings: RegistrySettings, patience: Patience) -> None:
        self._url = settings.url
        self._patience = patience
        self._headers = {"Accept": f"{_MEDIA_TYPE}, application/json", "Content-Type": _MEDIA_TYPE}
        if settings.user_info:
            token = b64encode(settings.user_info.get_secret_value().encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"

    def register(self, subject: str, schema: str) -> int:
        """The schema's id, after registering it unless it is registered already.

        Raises `Failed` when the registry refuses it, as a rule because it does not fit the versions before it.
        """
        path = f"/subjects/{quote(subject, safe='')}/versions"
        try:
            return int(self._ask("POST", path, {"schema": schema})["id"])
        except _Refused as refusal:
            if refusal.status == _CONFLICT:
                raise Failed(_incompatible(subject, schema, str(refusal))) from None
            raise Failed(f"the schema registry at {self._url} refused the schema of {subject}: {refusal}") from None

    def schema(self, schema_id: int) -> str:
        """The Avro schema with that id; `UnknownSchema` when there is none, or it is of another kind."""
        try:
            found = self._ask("GET", f"/schemas/ids/{schema_id}")
        except _Refused as refusal:
            if refusal.status in (_NOT_FOUND, _UNPROCESSABLE):
                raise UnknownSchema(f"the registry has no schema with the id {schema_id}") from None
            raise Failed(f"the schema registry at {self._url} refused schema {schema_id}: {refusal}") from None
        kind = found.get("schemaType", "AVRO")
        if kind != "AVRO":
            raise UnknownSchema(f"schema {schema_id} is of the kind {kind}, not AVRO")
        return str(found["schema"])

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        remedy = "check SCHEMA_REGISTRY_URL and whether the registry runs"
        return self._patience.keep_trying(lambda: self._try(method, path, body), remedy=remedy)

    def _try(self, method: str, path: str, body: object) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._url + path, data=data, headers=self._headers, method=method)
        try:
            with urlopen(request, timeout=_ANSWER_SECONDS) as answer:
                return cast(dict[str, Any], json.load(answer))
        except HTTPError as error:
            self._refuse(error)
            raise  # never reached
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise Unavailable(f"the schema registry at {self._url} can't be reached ({reason})") from error
        except ValueError as error:
            raise Failed(
                f"{self._url} is no schema registry: {path} gave no JSON; check SCHEMA_REGISTRY_URL"
            ) from error

    def _refuse(self, error: HTTPError) -> None:
        with error:
            text = error.read().decode(errors="replace")
        try:
            answer = cast(dict[str, Any], json.loads(text))
            message = str(answer["message"])
        except (ValueError, KeyError, TypeError):
            answer, message = {}, error.reason
        if error.code in _LATER or error.code >= 500:
            raise Unavailable(f"the schema registry at {self._url} answered {error.code} ({message})") from error
        if error.code in (401, 403):
            raise Failed(f"the schema registry at {self._url} refused the login: check SCHEMA_REGISTRY_USER_INFO")
        if error.code == _NOT_FOUND and "error_code" not in answer:
            # A registry that lacks a schema says so in its own words; this is another server, or another path of one.
            raise Failed(f"there is no schema registry at {self._url} (404): check the path in SCHEMA_REGISTRY_URL")
        raise _Refused(error.code, message)


def _incompatible(subject: str, schema: str, message: str) -> str:
    names = [str(field["name"]) for field in json.loads(schema)["fields"]]

    def named(pointer: re.Match[str]) -> str:
        number = int(pointer[1])
        return f"{pointer[0]} ({names[number]})" if number < len(names) else pointer[0]

    said = re.sub(r"/fields/(\d+)", named, re.sub(r"^[\w.]+Exception: ", "", message))
    return (
        f"the schema registry refused the schema of {subject}, since readers could not read with it what was written "
        f"before: {said}\nGive each new field a default, add no field without one, and change no field's type; or "
        f"write to another topic (KAFKA_TOPIC), whose subject has no versions yet"
    )
