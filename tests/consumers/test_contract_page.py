"""The Pulumi program in docs/contract.md: it runs, on what the main program exports."""

from sandbox.pulumi_runtime import run_declared
from tests.consumers.consumed import STACK, Stacks
from tests.declared import PROJECT
from tests.lakehouse.contracts import contract, document


def test_the_program_of_the_documentation_reads_a_contract() -> None:
    page = (PROJECT / "docs" / "contract.md").read_text()
    program = page.split("```python\n")[1].partition("```")[0]
    cloud = Stacks(**{STACK: {"contract": document()}})
    outputs = run_declared(lambda: exec(program, {}), cloud, stack="prod", config={}, project="reader").outputs
    team = contract().teams["analysts"]
    assert outputs == {"ask": f"{team.role_arn} in {team.workgroup}", "key": ["order_id"]}
