from pathlib import Path
from typing import Any

import pytest

from infra.access_rules import check_grants, lf_tags, reaches, table_tags, tables_of
from infra.errors import ConfigurationError
from infra.jobs import Job, load_jobs
from infra.settings import Settings
from tests.declared import PROJECT, settings
from tests.infra.test_jobs import write_job

STACK: dict[str, Any] = {
    "databases": {"orders": {"name": "iceberg_orders", "tags": {"domain": "orders", "level": "open"}}},
    "access": {
        "tags": {
            "domain": {"values": ["orders", "stock"], "key": "domain_dev"},
            "level": {"values": ["open", "secret"]},
            "region": {"values": ["eu", "us"]},
        },
        "grants": [
            {"team": "analysts", "tags": {"domain": ["orders"], "level": ["open"]}},
            {"team": "auditors", "tags": {"level": ["secret", "open"]}},
        ],
    },
    "teams": {"analysts": {}, "auditors": {}},
}


def stack(tmp_path: Path, grants: list[dict[str, Any]] | None = None) -> tuple[Settings, list[Job]]:
    """Two tables: one as its database says, one that says `level: secret` and a region of its own."""
    if not (tmp_path / "copy").exists():
        plain = {"table": "orders.plain", "key": ["id"], "freshness": "30s"}
        secret = plain | {"table": "orders.secret", "tags": {"level": "secret", "region": "eu"}}
        write_job(tmp_path, writes=[plain, secret])
    access = STACK["access"] | ({"grants": grants} if grants is not None else {})
    parsed = settings(**STACK | {"access": access})
    return parsed, load_jobs(tmp_path, parsed)


def test_a_tables_own_tag_stands_over_its_databases(tmp_path: Path) -> None:
    parsed, (job,) = stack(tmp_path)
    plain, secret = job.tables
    assert table_tags(parsed, plain) == {"domain": "orders", "level": "open"}
    assert table_tags(parsed, secret) == {"domain": "orders", "level": "secret", "region": "eu"}
    assert lf_tags(table_tags(parsed, plain), parsed.access) == {"domain_dev": "orders", "level": "open"}


@pytest.mark.parametrize(
    ("expression", "reached"),
    [
        ({"domain": ["orders"]}, True),
        ({"domain": ["stock", "orders"]}, True),
        ({"domain": ["orders"], "level": ["open"]}, True),
        ({"domain": ["orders"], "level": ["secret"]}, False),
        ({"domain": ["stock"]}, False),
        ({"region": ["eu"]}, False),
    ],
)
def test_an_expression_asks_for_each_of_its_tags(expression: dict[str, list[str]], reached: bool) -> None:
    assert reaches(expression, {"domain": "orders", "level": "open"}) is reached


def test_a_team_has_the_tables_that_one_of_its_grants_reaches(tmp_path: Path) -> None:
    parsed, jobs = stack(tmp_path)
    assert [table.name for table in tables_of("analysts", parsed, jobs)] == ["plain"]
    assert [table.name for table in tables_of("auditors", parsed, jobs)] == ["plain", "secret"]
    assert tables_of("nobody", parsed, jobs) == []


def test_grants_that_reach_a_database_or_only_one_table_are_fine(tmp_path: Path) -> None:
    parsed, jobs = stack(tmp_path, [{"team": "analysts", "tags": {"region": ["eu"]}}])
    check_grants(parsed, jobs, stack="test")
    parsed, _ = stack(tmp_path)
    check_grants(parsed, [], stack="test")


def test_a_grant_that_reaches_nothing_is_named_with_what_could_be_reached(tmp_path: Path) -> None:
    grants = [STACK["access"]["grants"][0], {"team": "analysts", "tags": {"level": ["secret"], "domain": ["stock"]}}]
    parsed, jobs = stack(tmp_path, grants)
    with pytest.raises(ConfigurationError) as error:
        check_grants(parsed, jobs, stack="test")
    assert str(error.value).splitlines() == [
        "Pulumi.test.yaml: config.flink-lakehouse:settings.access.grants[1].tags: no database or table has these tags; "
        "change them, or tag one:",
        "  database orders: domain=orders, level=open",
        "  table orders.secret: domain=orders, level=secret, region=eu",
    ]


def test_the_line_in_the_stack_file_is_named() -> None:
    parsed = settings(**STACK | {"databases": {"orders": {"name": "iceberg_orders"}}})
    with pytest.raises(ConfigurationError, match=r"^Pulumi\.dev\.yaml:\d+: ") as error:
        check_grants(parsed, [], stack="dev", folder=PROJECT)
    line = int(str(error.value).split(":")[1])
    assert "tags:" in (PROJECT / "Pulumi.dev.yaml").read_text().splitlines()[line - 1]


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({"levle": "open"}, "tags.levle: the stack file's access.tags has no tag 'levle'; did you mean 'level'?"),
        ({"level": "opne"}, "tags.level: the stack file's access.tags.level has no value 'opne'; did you mean 'open'?"),
    ],
)
def test_a_job_cannot_carry_a_tag_or_value_that_nobody_declared(
    tmp_path: Path, tags: dict[str, str], problem: str
) -> None:
    write = {"table": "orders.copies", "key": ["id"], "freshness": "30s", "tags": tags}
    write_job(tmp_path, writes=[write])
    with pytest.raises(ConfigurationError) as error:
        load_jobs(tmp_path, settings(**STACK))
    line = (
        (tmp_path / "copy" / "job.yaml")
        .read_text()
        .splitlines()
        .index(f"    {next(iter(tags))}: {tags[next(iter(tags))]}")
    )
    assert str(error.value) == f"jobs/copy/job.yaml:{line + 1}: writes[0].{problem}"
