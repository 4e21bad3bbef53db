"""`python -m compose [JOB]`: writes what compose.yaml needs to run that job."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from compose.render import render
from infra.errors import ConfigurationError

_PROJECT = Path(__file__).resolve().parent.parent


def main(
    job: Annotated[str, typer.Argument(help="The folder of jobs/ to run.")] = "enriched-orders",
    orders: Annotated[int, typer.Option(min=0, help="How many sample orders.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same rows.")] = 1,
) -> None:
    """Write what compose.yaml needs to run JOB, from the program."""
    try:
        render(_PROJECT, job, orders=orders, seed=seed)
    except ConfigurationError as error:
        sys.exit(str(error))
    print(f"compose.yaml runs {job}: docker compose build flink && docker compose up --build --detach")


if __name__ == "__main__":
    typer.run(main)
