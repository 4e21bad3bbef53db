"""The source databases of the sandbox: real servers on 127.0.0.1 with throw-away data.

Each is used in this order: `prepare()` (any thread; a few seconds), `start()` (the main thread, see
`processes.die_with_parent`), `wait_ready()`, then `create_database` and `load`; `stop()` at the end. What goes wrong is
a `ProcessFailed` with the server's last words.

They sync to disk less than a real server should: their data outlives a crash of the server, not of the machine.
"""

from sandbox.databases.database import ADMIN, CDC, WRITER, Database, Passwords
from sandbox.databases.mysql import Flavour, MySQL
from sandbox.databases.postgres import PUBLICATION, Postgres

__all__ = ["ADMIN", "CDC", "PUBLICATION", "WRITER", "Database", "Flavour", "MySQL", "Passwords", "Postgres"]
