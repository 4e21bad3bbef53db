"""Athena's SQL, rewritten to what DuckDB runs: the dialect by sqlglot, the names of lake tables by Iceberg scans."""

import difflib
import re
from datetime import UTC, datetime, timedelta

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from sandbox.athena.metadata_tables import Fetch, metadata_table_sql
from sandbox.athena.tables import Lake, QueryError, Table, TableName

_READS = ("SELECT", "WITH", "VALUES", "TABLE", "(")
# The names under which the catalog is known: Athena's own, and the one that Flink's jobs use.
_CATALOGS = ("awsdatacatalog", "lake")
# What sqlglot's messages show of its insides, and what it means.
_INTERNALS = (
    (r"<Token [^>]*?text: SENTINEL\b.*?>", "the end"),
    (r"<Token [^>]*?text: (.*?), line: .*?>", r"\1"),
    (r"Required keyword: '\w+' missing for <class '[\w.]*\.(\w+)'>", r"something is missing in this \1"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def first_word(sql: str) -> str:
    """The word that says what kind of statement this is, in capitals, past any comment; "" when there is none."""
    found = re.match(r"(?:\s|--[^\n]*|/\*.*?\*/)*(\w+|\S)?", sql, re.DOTALL)
    return (found[1] or "").upper() if found else ""


def parse(sql: str) -> exp.Expr:
    """The one query in `sql`. Refuses whatever writes, and points at a syntax error."""
    word = first_word(sql)
    if not word:
        raise QueryError("there is no statement to run")
    # Before parsing: of a statement that it does not know, sqlglot makes a `Command` and a warning on the terminal.
    if word not in _READS:
        raise _refused(word)
    try:
        statements = [statement for statement in sqlglot.parse(sql, read="trino") if statement is not None]
    except ParseError as error:
        raise QueryError(_syntax_error(sql, error)) from error
    except SqlglotError as error:  # its tokenizer's: a string, name or comment that is never closed
        raise QueryError(f"syntax error: {str(error.__cause__ or error).splitlines()[0]}") from error
    if len(statements) != 1:
        raise QueryError(f"one statement at a time: here are {len(statements)}")
    if not isinstance(statements[0], exp.Query | exp.Values):  # WITH … INSERT
        raise _refused(statements[0].key.upper())
    return statements[0]


def rewrite(query: exp.Expr, lake: Lake, fetch: Fetch, *, database: str | None) -> str:
    """The DuckDB query for a parsed one; `database` is where a table without one is looked for.

    Every table is looked up once, so that one that occurs twice is the same table twice. `fetch` runs what must be
    known beforehand in DuckDB. Raises `QueryError` for unknown tables, snapshots and the like.
    """
    tables: dict[TableName, Table] = {}
    for node in list(query.find_all(exp.Table)):
        if not isinstance(node.this, exp.Identifier):
            raise QueryError(f"{node.this.sql('trino')}: a table function can't be used here")
        if _names_a_cte(node):
            continue
        name, kind = _table_name(node, lake, database)
        if name not in tables:
            tables[name] = lake.table(name)
        if not node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
        if kind:
            _put_metadata_table(node, tables[name], kind, fetch)
        else:
            _put_scan(node, tables[name], fetch)
    for column in query.find_all(exp.Column):
        if column.db and TableName(column.db.lower(), column.table.lower()) in tables:
            column.set("db", None)
            column.set("catalog", None)
    _name_columns(query)
    # All names quoted: DuckDB reserves words that Athena doesn't, `at` for one.
    return query.sql("duckdb", identify=True)


def _name_columns(query: exp.Expr) -> None:
    """Athena calls the third column `_col2` when it has no name; DuckDB would show the whole expression."""
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    if isinstance(query, exp.Select):
        for index, column in enumerate(query.expressions):
            if column.is_star:  # from here on, positions are not known
                return
            if not isinstance(column, exp.Alias | exp.Column | exp.Dot):
                column.replace(exp.alias_(column.copy(), f"_col{index}"))


def _refused(word: str) -> QueryError:
    possible = "Possible: SELECT, WITH, VALUES, SHOW DATABASES | TABLES | COLUMNS | CREATE TABLE, DESCRIBE"
    meant = difflib.get_close_matches(word, [*_READS, "SHOW", "DESCRIBE"], n=1, cutoff=0.75)
    if meant:
        return QueryError(f"{word} is not a statement; did you mean {meant[0]}?\n{possible}")
    return QueryError(
        f"{word} is not possible here: the lake is written by its jobs (jobs/<name>/), queries only read\n{possible}"
    )


def _names_a_cte(node: exp.Table) -> bool:
    """Whether a WITH around this place defines the name. A CTE sees those before it and, if recursive, itself."""
    if node.db:
        return False
    inner: exp.Expr = node
    outer = node.parent
    while outer is not None:
        if isinstance(outer, exp.With):
            ctes = outer.expressions
            seen = ctes if outer.recursive else ctes[: next(i for i, cte in enumerate(ctes) if cte is inner)]
        else:
            clause = outer.args.get("with_")
            seen = clause.expressions if isinstance(clause, exp.With) and clause is not inner else []
        if any(cte.alias.lower() == node.name.lower() for cte in seen):
            return True
        inner, outer = outer, outer.parent
    return False


def _table_name(node: exp.Table, lake: Lake, database: str | None) -> tuple[TableName, str | None]:
    """Which table is meant, and which metadata table of it (`"orders$history"` → `history`)."""
    if node.catalog and node.catalog.lower() not in _CATALOGS:
        raise QueryError(f"there is no catalog {node.catalog!r}; leave it out, or say AwsDataCatalog")
    table, _, kind = node.name.lower().partition("$")
    found = node.db.lower() or database
    if not found:
        candidates = [f"{name}.{table}" for name in lake.databases_with(table)]
        hint = f"; did you mean {' or '.join(candidates)}?" if candidates else ""
        raise QueryError(f"say which database: <database>.{table}{hint}")
    return TableName(found, table), kind or None


def _put_scan(node: exp.Table, table: Table, fetch: Fetch) -> None:
    scan: list[exp.Expr] = [exp.Literal.string(table.metadata_location)]
    version = node.args.get("version")
    if isinstance(version, exp.Version):
        scan.append(_option("snapshot_from_id", exp.Literal.number(_snapshot(version, table, fetch))))
    if table.gzipped:
        scan.append(_option("metadata_compression_codec", exp.Literal.string("gzip")))
    node.set("this", exp.Anonymous(this="iceberg_scan", expressions=scan))
    for part in ("db", "catalog", "version"):
        node.set(part, None)


def _put_metadata_table(node: exp.Table, table: Table, kind: str, fetch: Fetch) -> None:
    if node.args.get("version"):
        raise QueryError(f"{node.name} is about the table as it is now: FOR … AS OF can't be used with it")
    rows = sqlglot.parse_one(metadata_table_sql(table, kind, fetch), read="duckdb")
    rest = {key: value for key, value in node.args.items() if key in ("alias", "joins", "laterals", "sample", "pivots")}
    node.replace(exp.Subquery(this=rows, **rest))


def _snapshot(version: exp.Version, table: Table, fetch: Fetch) -> int:
    """What FOR VERSION AS OF <id or tag>, or FOR TIMESTAMP AS OF <expression>, means for this table."""
    wanted = version.expression
    if version.name.upper() == "VERSION":
        if not isinstance(wanted, exp.Literal):
            raise QueryError("FOR VERSION AS OF takes a snapshot id or the name of a tag or branch in quotes")
        return table.snapshot(wanted.name if wanted.is_string else int(wanted.name))
    if wanted.find(exp.Column):
        raise QueryError("FOR TIMESTAMP AS OF takes one instant for the whole table: no column can stand in it")
    expression = wanted.sql("duckdb")
    micros, future = fetch(f"SELECT epoch_us(t), t > now() FROM (SELECT CAST({expression} AS TIMESTAMPTZ) AS t)")[0]
    if not isinstance(micros, int):
        raise QueryError("FOR TIMESTAMP AS OF: the instant is NULL")
    instant = _EPOCH + timedelta(microseconds=micros)
    if future:
        raise QueryError(f"FOR TIMESTAMP AS OF: {instant:%Y-%m-%d %H:%M:%S} UTC is not in the past")
    return table.snapshot_at(instant)


def _option(name: str, value: exp.Expr) -> exp.Expr:
    return exp.Kwarg(this=exp.var(name), expression=value)


def _syntax_error(sql: str, error: ParseError) -> str:
    """Where and what, with the line and a caret beneath."""
    if not error.errors:
        return f"syntax error: {str(error).splitlines()[0]}"
    found = error.errors[0]
    line, end, word = int(found["line"] or 1), int(found["col"] or 1), str(found["highlight"] or "")
    what = str(found["description"]).rstrip(".")
    for pattern, plain in _INTERNALS:
        what = re.sub(pattern, plain, what)
    lines = sql.splitlines()
    text = lines[line - 1] if line <= len(lines) else ""
    start = max(end - len(word) + 1, 1)
    return f"syntax error in line {line}, column {start}: {what}\n  {text}\n  {' ' * (start - 1)}^"
