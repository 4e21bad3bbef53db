"""Loads the sample into the sources of local/: `python -m tests.cluster.sample kind-lakehouse`"""

import contextlib
import sys
from collections.abc import Generator

from sandbox.addresses import Login
from sandbox.sample.generator import AlreadyLoaded, load
from tests.cluster.kubectl import Kubectl, KubectlFailed

ORDERS, SEED = 400, 1


@contextlib.contextmanager
def databases(sources: Kubectl) -> Generator[tuple[Login, Login]]:
    """The administrators of MySQL and PostgreSQL in a namespace of `local/`, by forwarded ports."""
    with sources.forward("mysql", 3306) as mysql, sources.forward("postgres", 5432) as postgres:
        yield (
            Login("mysql", "127.0.0.1", mysql, "admin", "local"),
            Login("postgres", "127.0.0.1", postgres, "admin", "local"),
        )


def main(context: str) -> None:
    try:
        with databases(Kubectl(context, "local")) as (mysql, postgres):
            made = load(mysql, "erpdb", postgres, "shipdb", orders=ORDERS, seed=SEED)
    except (AlreadyLoaded, KubectlFailed) as failure:
        sys.exit(f"error: {failure}")
    print(f"{len(made.orders)} orders, {len(made.products)} products, {len(made.shipments)} shipments")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
