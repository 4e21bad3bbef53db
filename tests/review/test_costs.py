import json
from pathlib import Path
from typing import Any

import pytest

from costs.document import CostDocument
from review.__main__ import main
from review.comment import Beside, comment
from review.costs import costs, read_costs
from tests.review.given import PREVIEWS, preview

Line = tuple[str, str, str | None, float]
"""Component, what, job, dollars."""

NODES = ("Nodes", "steady: 1 of c7g.large", None, 60.0)
WRITES = ("Lake", "requests that write or list", "orders", 40.0)
COMPACTION = ("Catalog", "compaction", "orders", 77.0)
CLUSTER = ("Cluster", "EKS", None, 73.0)


def estimated(*lines: Line, pods: dict[str, float] | None = None, **more: Any) -> CostDocument:
    pods = pods or {}
    jobs = {job: sum(usd for *_, of, usd in lines if of == job) for job in {line[2] for line in lines} if job}
    told = [
        {"component": component, "what": what, "job": job, "quantity": 1, "usd": usd}
        for component, what, job, usd in lines
    ]
    document = {
        "version": 1,
        "stack": "prod",
        "region": "eu-west-1",
        "estimator": "0123456789ab",
        "prices_from": "2026-05-01",
        "prices_to": "2026-11-25",
        "total": sum(line[3] for line in lines),
        "jobs": {job: usd + pods.get(job, 0) for job, usd in jobs.items()},
        "pods": pods,
        "lines": told,
        "unpriced": [],
    }
    return CostDocument.model_validate_json(json.dumps({**document, **more}))


BEFORE = estimated(NODES, CLUSTER, WRITES, COMPACTION, pods={"orders": 25})


def told(before: CostDocument | None, after: CostDocument | None) -> str:
    found = costs(before, after)
    return found.text(found.items)


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| ")][2:]


def test_a_job_that_costs_more_is_told_with_what_explains_it() -> None:
    more = (*WRITES[:3], 80.0), (*COMPACTION[:3], 70.0)
    text = told(BEFORE, estimated(NODES, CLUSTER, *more, pods={"orders": 25}))
    assert "**250 → 283 US dollars a month: +33.**" in text
    assert rows(text) == [
        "| `orders` | 142 | 175 | +33 | requests that write or list +40<br>compaction \N{MINUS SIGN}7.00 |"
    ]


def test_a_new_job_and_one_that_goes_stand_beside_each_other() -> None:
    other = [(component, what, "payments", usd) for component, what, _, usd in (WRITES, COMPACTION)]
    text = told(BEFORE, estimated(NODES, CLUSTER, *other, pods={"payments": 25}))
    assert [row[:38] for row in rows(text)] == [
        "| `orders` | 142 |   | \N{MINUS SIGN}142 | compacti",
        "| `payments` |   | 142 | +142 | compac",
    ]


def test_more_nodes_are_named_and_counted_once() -> None:
    two = ("Nodes", "steady: 2 of m7g.large", None, 120.0)
    text = told(BEFORE, estimated(two, CLUSTER, WRITES, COMPACTION, pods={"orders": 75}))
    assert "**250 → 310 US dollars a month: +60.**" in text
    assert rows(text) == [
        "| `orders` | 142 | 192 | +50 | share of the nodes +50 |",
        "| all else | 108 | 118 | +10 | nodes, as far as no job has a share +10 |",
    ]
    assert "Nodes: `steady: 1 of c7g.large` → `steady: 2 of m7g.large`." in text


def test_of_many_lines_the_largest_are_told_and_the_others_summed() -> None:
    many = [("Lake", f"thing {number}", "orders", float(10 + number)) for number in range(7)]
    (row,) = rows(told(BEFORE, estimated(NODES, CLUSTER, WRITES, COMPACTION, *many, pods={"orders": 25})))
    assert row.endswith("thing 6 +16<br>thing 5 +15<br>thing 4 +14<br>thing 3 +13<br>3 more +33 |")


def test_what_changes_no_bill_is_one_line() -> None:
    assert told(BEFORE, BEFORE) == "Costs (an estimate): unchanged, 250 US dollars a month."
    cent = estimated(NODES, CLUSTER, (*WRITES[:3], 40.004), COMPACTION, pods={"orders": 25})
    assert told(BEFORE, cent).startswith("Costs (an estimate): unchanged")


def test_an_estimate_says_what_it_is() -> None:
    text = told(BEFORE, estimated(NODES, CLUSTER, WRITES))
    assert text.startswith("#### Costs (an estimate)\n")
    assert "An estimate by list prices of 2026-05-01 to 2026-11-25, without tax and discounts." in text
    assert "is assumed, the same before and after" in text
    # Between two of them GitHub shows mathematics.
    assert "$" not in text


def test_what_else_may_explain_a_difference_is_said() -> None:
    text = told(
        BEFORE,
        estimated(CLUSTER, estimator="other", region="us-east-1", unpriced=["aws:redshift/cluster:Cluster"]),
    )
    assert "The estimate itself changes too" in text
    assert "`eu-west-1` → `us-east-1`" in text
    assert "Without a price, so not in it: `aws:redshift/cluster:Cluster`." in text
    plain = told(BEFORE, estimated(CLUSTER))
    assert "itself" not in plain
    assert "region" not in plain
    assert "Without a price" not in plain


@pytest.mark.parametrize(
    "content", ["", "Traceback (most recent call last):\n", "{}", '{"version": 2}', "[]", b"\xff\xfe"]
)
def test_a_base_without_an_estimate_is_said_to_be_unknown(content: str | bytes, tmp_path: Path) -> None:
    file = tmp_path / "before.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    text = told(read_costs(file), BEFORE)
    assert "**The difference isn't known:** no estimate could be made of the commit" in text
    assert "With it the stack costs 250 US dollars a month." in text
    assert rows(text) == []
    assert "no estimate could be made of this change" in told(BEFORE, read_costs(file))


def test_the_comment_has_it_after_the_tables_and_before_the_rights() -> None:
    text = comment(preview("table-key"), "dev", Beside(costs=costs(None, BEFORE)))
    assert text.index("#### Lake tables") < text.index("#### Costs (an estimate)") < text.index("<details>")
    assert "Costs (an estimate)" not in comment(preview("table-key"), "dev")


def test_the_command_reads_both_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_text(BEFORE.model_dump_json())
    after.write_text(estimated(NODES, CLUSTER, WRITES).model_dump_json())
    arguments = [str(PREVIEWS / "job-sql.json"), "--stack", "dev"]
    assert main([*arguments, "--costs-before", str(before), "--costs-after", str(after)]) == 0
    assert "**250 → 173 US dollars a month: \N{MINUS SIGN}77.**" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        main([*arguments, "--costs-before", str(before)])
    assert "--costs-before and --costs-after go together" in capsys.readouterr().err
    assert main([*arguments, "--costs-before", str(before), "--costs-after", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none'}: cannot be read: No such file or directory\n"
