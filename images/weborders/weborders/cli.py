"""The command line."""

import dataclasses
import logging
import os
import sys
from collections import abc
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer

from weborders import databases, settings
from weborders.avro import Decoder
from weborders.dead_letters import DeadLetters
from weborders.entry import Entry
from weborders.errors import Failed, Stopped
from weborders.generator import Generator
from weborders.kafka import Brokers
from weborders.pace import Shopping, Steady
from weborders.patience import Patience, stop_on_signals
from weborders.processor import Processor
from weborders.progress import progress
from weborders.registry import SchemaRegistry

_SHOPPING = Shopping()

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Web orders over Kafka."
)

Wait = Annotated[
    float, typer.Option("--patience", min=1, help="How long (seconds) a server that does not answer is waited for.")
]


@app.command()
def generate(
    count: Annotated[int, typer.Option(min=1, help="How many orders.")] = 50,
    batch_size_max: Annotated[
        int | None, typer.Option(min=1, help="The largest batch.", show_default=str(_SHOPPING.batch_size_max))
    ] = None,
    order_pause_max: Annotated[
        float | None,
        typer.Option(
            min=0, help="The longest pause within a batch (seconds).", show_default=f"{_SHOPPING.order_pause_max:g}"
        ),
    ] = None,
    batch_pause_max: Annotated[
        float | None,
        typer.Option(
            min=0, help="The longest pause between batches (seconds).", show_default=f"{_SHOPPING.batch_pause_max:g}"
        ),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0.001, help="Orders a second, steadily: instead of batches and pauses.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same orders; none, new ones.")] = None,
    patience: Wait = 60,
) -> None:
    """Send web orders to Kafka, as Avro by the schema registry."""
    pauses = {"batch_size_max": batch_size_max, "order_pause_max": order_pause_max, "batch_pause_max": batch_pause_max}
    given = {name: value for name, value in pauses.items() if value is not None}
    if rate is not None and given:
        raise typer.BadParameter(f"excludes --{next(iter(given)).replace('_', '-')}", param_hint="--rate")
    pace = dataclasses.replace(_SHOPPING, seed=seed, **given) if rate is None else Steady(rate)
    with _errors_told(), progress("orders", count) as shown:
        wait = _patience(patience)
        read = settings.read(settings.GeneratorSettings, os.environ)
        registry = SchemaRegistry(read.registry, wait)
        generator = Generator(Brokers(read.kafka, wait), registry, read.kafka.topic, wait)
        try:
            generator.run(count, seed, pace, shown)
        except Stopped:
            print(f"asked to end: {generator.acknowledged} of {count} orders acknowledged")
            return
    print(f"{generator.acknowledged} orders acknowledged")


@app.command()
def process(
    origin: Annotated[str, typer.Option(help="Where shipments come from.")] = "Central warehouse",
    until_idle: Annotated[
        float | None, typer.Option(min=0, help="End when the topic is drained and nothing came for so many seconds.")
    ] = None,
    patience: Wait = 60,
) -> None:
    """Enter web orders into erpdb.orders and shipdb.shipments, until asked to end."""
    with _errors_told(), progress("orders") as shown:
        wait = _patience(patience)
        read = settings.read(settings.ProcessorSettings, os.environ)
        brokers = Brokers(read.kafka, wait)
        orders, shipments = databases.erpdb(read.erpdb), databases.shipdb(read.shipdb)
        try:
            processor = Processor(
                brokers,
                read.kafka.topic,
                Decoder(SchemaRegistry(read.registry, wait)),
                Entry(orders, shipments, origin, wait),
                DeadLetters(brokers, read.kafka.dead_letter_topic, wait),
                wait,
            )
            processor.run(shown, until_idle=until_idle)
        except Stopped:
            return  # before it had begun
        finally:
            orders.close()
            shipments.close()
    print(f"ended: {processor.words()}")


def main() -> None:
    """The program."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING, stream=sys.stderr)
    app(prog_name="weborders")


def _patience(seconds: float) -> Patience:
    patience = Patience(seconds)
    stop_on_signals(patience.stop)
    return patience


@contextmanager
def _errors_told() -> abc.Generator[None]:
    try:
        yield
    except Failed as error:
        _end(str(error))


def _end(message: str) -> NoReturn:
    for line in message.splitlines():
        print(f"weborders: {line}", file=sys.stderr)
    raise typer.Exit(1)
