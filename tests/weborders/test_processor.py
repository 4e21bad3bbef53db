"""What `process` makes of the topic's records."""

import json
import struct
from decimal import Decimal
from io import BytesIO
from typing import Any

import fastavro

from tests.weborders.shop import Shop, expected, order
from weborders.avro import encode
from weborders.order import SCHEMA


def avro(schema_id: int, schema: dict[str, Any], record: dict[str, Any]) -> bytes:
    """A record as any other client would write it."""
    body = BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(schema), record)  # pyright: ignore[reportUnknownMemberType]
    return struct.pack(">bI", 0, schema_id) + body.getvalue()


def content(number: int, **other: Any) -> dict[str, Any]:
    record = order(number).model_dump() | {"web_order_id": str(order(number).web_order_id)}
    return record | other


def test_each_order_is_entered_with_its_shipment(shop: Shop) -> None:
    orders = [order(number, product_id=number % 2 + 1, quantity=number) for number in range(1, 41)]
    shop.send_orders(*orders[:25], partition=0)
    shop.send_orders(*orders[25:], partition=1)

    run = shop.process()

    assert shop.entered() == expected(*orders)
    assert "ended: placed 40, redelivered 0, dead letters 0" in run.out
    assert shop.dead_letters() == []


def test_the_accounts_need_no_other_rights_than_the_documented(shop: Shop) -> None:
    name = f"shop_{shop.sources.erpdb}"
    shop.erpdb(f"CREATE USER {name}@'127.0.0.1' IDENTIFIED BY 'narrow'")
    shop.erpdb(f"GRANT SELECT ON {shop.sources.erpdb}.products TO {name}@'127.0.0.1'")
    shop.erpdb(f"GRANT SELECT, INSERT, UPDATE ON {shop.sources.erpdb}.orders TO {name}@'127.0.0.1'")
    shop.shipdb(f"CREATE ROLE {name} LOGIN PASSWORD 'narrow'; GRANT SELECT, INSERT ON shipments TO {name}")
    shop.send_orders(order(1), order(1))
    narrow = {f"{database}_{key}": value for database in ("ERPDB", "SHIPDB")
              for key, value in (("USERNAME", name), ("PASSWORD", "narrow"))}  # fmt: skip
    shop.process(**narrow)
    assert shop.entered() == expected(order(1))


def test_what_was_entered_is_not_read_again(shop: Shop) -> None:
    shop.send_orders(order(1))
    shop.process()
    shop.send_orders(order(2))
    assert "placed 1, redelivered 0" in shop.process().out
    assert shop.entered() == expected(order(1), order(2))


def test_an_order_sent_again_is_a_redelivery(shop: Shop) -> None:
    shop.send_orders(order(1), order(1), order(2))
    assert "placed 2, redelivered 1, dead letters 0" in shop.process().out
    shop.erpdb("UPDATE orders SET order_status = 'SHIPPED'")  # as others do to entered orders
    shop.shipdb("UPDATE shipments SET has_arrived = TRUE")
    shop.send_orders(order(2))
    assert "placed 0, redelivered 1, dead letters 0" in shop.process().out
    assert shop.count("orders") == shop.count("shipments") == 2


def test_a_web_order_id_with_other_content_is_a_dead_letter(shop: Shop) -> None:
    others: list[tuple[dict[str, Any], str]] = [
        ({"quantity": 4}, "orders.order_qty"),
        ({"product_id": 2}, "orders.product_id"),
        ({"customer_name": "Zoe O'Brien 𠮷"}, "orders.customer_name"),
        ({"order_date": "2026-03-01T10:20:31Z"}, "orders.order_date"),
        ({"destination": "Antwerp"}, "shipments.destination"),
    ]
    entered = [order(number) for number in range(1, len(others) + 1)]
    shop.send_orders(*entered)
    shop.process()
    shop.send_orders(*(order(number, **other) for number, (other, _) in enumerate(others, start=1)), order(9))
    shop.process()
    assert shop.entered() == expected(*entered, order(9))
    for (_, column), (_, headers) in zip(others, shop.dead_letters(), strict=True):
        assert headers["reason"] == f"its web_order_id belongs to an order with other content: {column} differs"


def test_the_first_of_two_with_one_web_order_id_wins_within_a_batch_too(shop: Shop) -> None:
    shop.send_orders(order(1), order(1, destination="Antwerp"))
    shop.process()
    assert shop.entered() == expected(order(1))
    [(_, headers)] = shop.dead_letters()
    assert "destination differs" in headers["reason"]


def test_an_order_of_an_unknown_product_is_entered_without_a_price_and_told_of(shop: Shop) -> None:
    unknown = order(1, product_id=900_001)
    shop.send_orders(unknown)
    run = shop.process()
    assert shop.entered() == expected(unknown)
    assert shop.entered()[0].total == Decimal("0.00")
    assert "1 orders name a product that the catalogue lacks: total 0.00" in run.err


def test_records_that_are_no_web_orders_are_dead_letters_and_hold_up_nobody(shop: Shop) -> None:
    schema_id = shop.register()
    schema = json.loads(SCHEMA)
    good = encode(order(1), schema_id)
    other_id = shop.register('{"type": "record", "name": "Other", "fields": []}', subject=f"{shop.topic}-other")
    records: list[tuple[bytes | None, str]] = [
        (b'{"web_order_id": 1}', "not Avro: it does not begin with the id of a schema"),
        (b"", "not Avro"),
        (None, "it has no value"),
        (b"\0" + (10**6).to_bytes(4, "big") + good[5:], "the registry has no schema with the id 1000000"),
        (good[:-3], "not a web order of schema"),
        (good + b"\0", "1 bytes follow it"),
        (good[:5] + b"\x04\xff\xff" + good[6:], "UnicodeDecodeError"),
        (avro(other_id, {"type": "record", "name": "Other", "fields": []}, {}), "SchemaResolutionError"),
        (avro(schema_id, schema, content(9, web_order_id="one")), "web_order_id: Input should be a valid UUID"),
        (avro(schema_id, schema, content(9, quantity=0)), "quantity: Input should be greater than or equal to 1"),
        (avro(schema_id, schema, content(9, customer_name="x" * 256)), "customer_name: String should have at most 255"),
        (avro(schema_id, schema, content(9, destination="a\0b")), "destination: holds the character U+0000"),
    ]
    shop.send(*(value for value, _ in records), good)

    run = shop.process()

    assert shop.entered() == expected(order(1))
    assert f"placed 1, redelivered 0, dead letters {len(records)}" in run.out
    letters = shop.dead_letters()
    assert [value for value, _ in letters] == [value for value, _ in records]
    for offset, ((_, reason), (_, headers)) in enumerate(zip(records, letters, strict=True)):
        assert reason in headers.pop("reason")
        assert headers == {"topic": shop.topic, "partition": "0", "offset": str(offset)}
    assert "Zoë" not in run.err  # customers' data is in the topic, not in the log


def test_a_row_that_a_database_refuses_is_a_dead_letter_and_its_batch_is_entered(shop: Shop) -> None:
    shop.erpdb("ALTER TABLE orders ADD CONSTRAINT no_nobody CHECK (customer_name <> 'Nobody')")
    shop.shipdb("ALTER TABLE shipments ADD CONSTRAINT no_nowhere CHECK (destination <> 'Nowhere')")
    refused = [
        order(2, customer_name="Nobody"),
        order(3, destination="Nowhere"),
        order(4, product_id=777, quantity=2),  # a total of nine digits
    ]
    shop.send_orders(order(1), *refused, order(5))

    run = shop.process()

    assert "placed 2, redelivered 0, dead letters 3" in run.out
    # The order of the refused shipment stands: whoever works the dead letters off sends it again.
    assert shop.count("orders") == 3 and shop.count("shipments") == 2
    reasons = [headers["reason"] for _, headers in shop.dead_letters()]
    for reason, words in zip(reasons, ("no_nobody", "no_nowhere", "199999999.98 is more than"), strict=True):
        assert words in reason

    shop.shipdb("ALTER TABLE shipments DROP CONSTRAINT no_nowhere")
    shop.send(*(value for value, _ in shop.dead_letters()[1:2]))
    assert "placed 1" in shop.process().out
    assert shop.entered() == expected(order(1), order(3, destination="Nowhere"), order(5))


def test_records_of_a_compatible_new_schema_are_read(shop: Shop) -> None:
    shop.send_orders(order(1))
    schema = json.loads(SCHEMA)
    schema["fields"].insert(1, {"name": "gift_note", "type": ["null", "string"], "default": None})
    schema["fields"][5]["type"] = "int"
    schema_id = shop.register(json.dumps(schema))
    shop.send(avro(schema_id, schema, content(2, gift_note="🎁")))
    shop.process()
    assert shop.entered() == expected(order(1), order(2))


def test_a_record_whose_schema_lacks_what_an_order_needs_is_a_dead_letter(shop: Shop) -> None:
    schema = json.loads(SCHEMA)
    del schema["fields"][-1]
    schema_id = shop.register(json.dumps(schema), subject=f"{shop.topic}-other")
    record = content(1)
    del record["quantity"]
    shop.send(avro(schema_id, schema, record))
    shop.process()
    [(_, headers)] = shop.dead_letters()
    assert "quantity" in headers["reason"]
