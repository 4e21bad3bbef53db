import json
from pathlib import Path

import pytest

from costs.__main__ import main
from costs.document import CostDocument, document
from costs.ledger import Estimate, Item
from costs.prices import load_prices
from costs.resources import Stack
from costs.stacks import Deployed, deployed_stack
from infra.errors import ConfigurationError
from tests.declared import PROJECT

ITEMS = [
    Item("Nodes", "steady: 1 of c7g.large", 730, "c7g.large", 0.1 + 0.2),
    Item("Lake", "requests", 10, "write_requests", 2, job="orders"),
    Item("Lake", "requests", 10, "write_requests", 3, job="files"),
    Item("Cluster", "EKS", 730, "cluster_hours", 73),
]


def told(items: list[Item]) -> CostDocument:
    estimate = Estimate(items, {"orders": 0.25, "session": 0.05}, ["b", "a"])
    return document(Deployed("prod", "eu-west-1", Stack.of([]), estimate), load_prices())


def test_it_is_the_same_in_whatever_order_things_were_counted() -> None:
    assert told(ITEMS).model_dump_json() == told(ITEMS[::-1]).model_dump_json()
    assert [(line.component, line.job) for line in told(ITEMS).lines] == [
        ("Cluster", None),
        ("Lake", "files"),
        ("Lake", "orders"),
        ("Nodes", None),
    ]


def test_jobs_have_their_own_and_their_share_of_the_nodes() -> None:
    found = told(ITEMS)
    assert found.jobs == {"files": 3, "orders": 2.25, "session": 0.05}
    assert found.total == 78.3
    assert found.unpriced == ("a", "b")
    assert str(found.prices_from) < str(found.prices_to)


def test_a_stack_is_told_as_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prod", "--json"]) == 0
    text = capsys.readouterr().out
    found = CostDocument.model_validate_json(text)
    stack = deployed_stack(PROJECT, "prod")
    assert found.total == pytest.approx(stack.estimate.total)
    assert found.jobs.keys() == stack.estimate.pods.keys()
    assert sum(line.usd for line in found.lines) == pytest.approx(found.total, abs=0.001)
    # By hand, and by another program, too.
    assert json.loads(text)["version"] == 1


def test_a_stack_is_told_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dev"]) == 0
    text = capsys.readouterr().out
    total = deployed_stack(PROJECT, "dev").estimate.total
    assert f"| all | {total:,.0f} |" in text
    assert "| enriched-orders | " in text


@pytest.mark.parametrize(
    ("stack", "said"),
    [
        ("pro", "Pulumi.pro.yaml: no such stack file; did you mean 'prod'?\n"),
        ("sandbox", "the stack 'sandbox' is played on one machine, and nobody pays for it; name another\n"),
    ],
)
def test_a_stack_that_cannot_be_estimated_is_refused(stack: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([stack, "--json"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", said)


def test_a_document_without_a_stack_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--json"])
    assert "--json is of one stack: name it" in capsys.readouterr().err


def test_the_programs_own_mistakes_are_said(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    with pytest.raises(ConfigurationError, match=r"config\.flink-lakehouse:settings is missing"):
        deployed_stack(tmp_path, "prod")
