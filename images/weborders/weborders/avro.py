"""Web orders as Kafka records: Avro in Confluent's wire format (a zero byte, the schema's id, the record)."""

import json
import struct
from io import BytesIO
from textwrap import shorten
from typing import Any, cast

import fastavro
import pydantic
from fastavro.types import Schema

from weborders.order import SCHEMA, WebOrder
from weborders.registry import SchemaRegistry, UnknownSchema

_MAGIC = 0
_LONGEST_REASON = 300
_HEADER = struct.Struct(">bI")
_READER = fastavro.parse_schema(json.loads(SCHEMA))


class Unreadable(Exception):
    """A record that no retry will make readable; `str()` says why."""


def encode(order: WebOrder, schema_id: int) -> bytes:
    """The record's value."""
    buffer = BytesIO()
    buffer.write(_HEADER.pack(_MAGIC, schema_id))
    fastavro.schemaless_writer(  # pyright: ignore[reportUnknownMemberType]
        buffer, _READER, order.model_dump() | {"web_order_id": str(order.web_order_id)}
    )
    return buffer.getvalue()


class Decoder:
    """Reads what any version of the schema wrote; each version is fetched from the registry once."""

    def __init__(self, registry: SchemaRegistry) -> None:
        self._registry = registry
        self._writers: dict[int, Schema] = {}

    def decode(self, value: bytes | None) -> WebOrder:
        """The order; `Unreadable` where there is none in the record. Waits for the registry, see there."""
        if value is None:
            raise Unreadable("it has no value")
        if len(value) < _HEADER.size or value[0] != _MAGIC:
            raise Unreadable("not Avro: it does not begin with the id of a schema (Confluent's wire format)")
        schema_id = int(_HEADER.unpack_from(value)[1])
        record = _read(value[_HEADER.size :], self._writer(schema_id), schema_id)
        try:
            return WebOrder.model_validate(record)
        except pydantic.ValidationError as error:
            wrong = (f"{each['loc'][0]}: {each['msg'].removeprefix('Value error, ')}" for each in error.errors())
            raise Unreadable(f"not a web order: {'; '.join(wrong)}") from error

    def _writer(self, schema_id: int) -> Schema:
        if schema_id not in self._writers:
            try:
                text = self._registry.schema(schema_id)
            except UnknownSchema as error:
                raise Unreadable(str(error)) from error
            try:
                self._writers[schema_id] = fastavro.parse_schema(json.loads(text))
            except Exception as error:  # json's and fastavro's, which have no common base
                raise Unreadable(f"schema {schema_id} is not valid Avro: {error}") from error
        return self._writers[schema_id]


def _read(body: bytes, writer: Schema, schema_id: int) -> dict[str, Any]:
    buffer = BytesIO(body)
    try:
        record = fastavro.schemaless_reader(buffer, writer, _READER)  # pyright: ignore[reportUnknownMemberType]
    except Exception as error:  # any bytes may come here, and fastavro says so by whatever error they lead to
        why = shorten(f"{type(error).__name__}: {error}".rstrip(": "), _LONGEST_REASON)  # some hold whole schemas
        raise Unreadable(f"not a web order of schema {schema_id} ({why})") from error
    if buffer.tell() != len(body):
        raise Unreadable(f"not a web order of schema {schema_id}: {len(body) - buffer.tell()} bytes follow it")
    return cast(dict[str, Any], record)
