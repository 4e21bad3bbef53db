"""A contract that somebody wrote into a file."""

import json
from pathlib import Path
from typing import Any, cast

from lakehouse.errors import ContractError

_OUTPUT = "contract"


def contract_in(path: Path) -> object:
    """The contract itself, or the output `contract` among all; raises `ContractError`."""
    try:
        document: object = json.loads(path.read_text())
    except FileNotFoundError:
        raise ContractError(
            f"{path}: no such file; write it with: pulumi stack output {_OUTPUT} --json --stack <stack> > {path}"
        ) from None
    except ValueError as error:
        raise ContractError(f"{path} is not JSON: {error}") from None
    if isinstance(document, dict):
        outputs = cast(dict[str, Any], document)
        if _OUTPUT in outputs and "version" not in outputs:
            return outputs[_OUTPUT]
    return cast(object, document)
