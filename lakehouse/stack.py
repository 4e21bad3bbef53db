"""Asks the Pulumi CLI for the contract of a stack."""

import json
import subprocess

from lakehouse.errors import ContractError

_OUTPUT = "contract"
_SECONDS = 120

_REMEDIES = (
    (
        ("PULUMI_ACCESS_TOKEN must be set", "not logged in", "no credentials"),
        "log in to where the stacks' state is: 'pulumi login', or 'pulumi login s3://…'",
    ),
    (
        ("no stack named", "organization name must be", "could not find stack", "not found"),
        "'pulumi stack ls --all' lists those that there are; where the state is in a bucket, the organization is "
        "called 'organization'",
    ),
    (
        ("does not have output property",),
        "it was never deployed, or is no stack of Flink Lakehouse",
    ),
    (
        ("fully qualified stack name", "no Pulumi.yaml"),
        "write the whole name: '<organization>/flink-lakehouse/<stack>'",
    ),
)
"""What the CLI says → what to do."""


def contract_of(stack: str) -> object:
    """The output `contract` of a stack, like 'acme/flink-lakehouse/prod'; raises `ContractError`."""
    command = ["pulumi", "stack", "output", _OUTPUT, "--json", "--non-interactive", "--stack", stack]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except FileNotFoundError:
        raise ContractError(
            "the Pulumi CLI is not installed: there is no 'pulumi' on the PATH;\n"
            "install it; or read a file, Lakehouse.from_file('contract.json'), which others write for you with:\n"
            f"{' '.join(command)} > contract.json"
        ) from None
    except subprocess.TimeoutExpired:
        raise ContractError(f"the Pulumi CLI gave no answer within {_SECONDS} s: {' '.join(command)}") from None
    if ran.returncode:
        raise ContractError(_explained(stack, ran.stderr.strip() or ran.stdout.strip()))
    try:
        return json.loads(ran.stdout)
    except ValueError:
        raise ContractError(f"the Pulumi CLI answered with something that is not JSON: {ran.stdout[:200]!r}") from None


def _explained(stack: str, said: str) -> str:
    last = said.splitlines()[-1].removeprefix("error: ") if said else "nothing"
    remedies = [remedy for words, remedy in _REMEDIES if any(word in said for word in words)]
    return "\n".join([f"the Pulumi CLI has no contract of the stack '{stack}'; it says: {last}", *remedies[:1]])
