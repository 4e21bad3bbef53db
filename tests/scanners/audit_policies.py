# pyright: basic, reportMissingImports=false
"""Run by parliament's own Python: reads `[[where, policy document], …]`, writes what is found.

Not its command line, which asks for a file for each policy and logs them where everyone can read.
"""

import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")  # parliament's own use of pkg_resources

import parliament  # noqa: E402
from parliament import config_path  # noqa: E402
from parliament.statement import get_privilege_info  # noqa: E402


def main() -> None:
    parliament.override_config(Path(config_path).parent / "community_auditors" / "config_override.yaml")
    findings = [{"where": where, **found} for where, policy in json.load(sys.stdin) for found in audit(policy)]
    json.dump(findings, sys.stdout)


def audit(policy: dict[str, Any]) -> Iterator[dict[str, str]]:
    text = json.dumps(policy)
    analyzed = parliament.analyze_policy_string(text, include_community_auditors=True)
    for found in analyzed.findings:
        described = parliament.enhance_finding(found)
        detail = f"{described.title} {described.detail} {described.location}"
        yield {"issue": found.issue, "detail": f"{described.severity}: {detail}"}
    for action in narrowable(policy) if analyzed.is_valid else ():
        yield {"issue": "NARROWER_RESOURCE", "detail": f"{action} on '*', though it can be granted on some resources"}


def narrowable(policy: dict[str, Any]) -> Iterator[str]:
    """Actions granted on '*' that AWS lets one narrow. parliament's RESOURCE_STAR only sees those that *need* one."""
    statements = policy["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement["Effect"] == "Allow" and "Principal" not in statement and "*" in _list(statement.get("Resource")):
            for action in _list(statement.get("Action")):
                for each in parliament.expand_action(action, raise_exceptions=False):
                    kinds = [kind["resource_type"] for kind in get_privilege_info(**each)["resource_types"]]
                    if any(kinds) and not any(kind.endswith("*") for kind in kinds):
                        yield f"{each['service']}:{each['action']}"


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    main()
