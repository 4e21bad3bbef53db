"""A text of SQL with variables, as SQL jobs have them: its statements, filled in from the environment. Plain Python: no
Flink in here."""

import re
from collections.abc import Mapping

_TOKEN = re.compile(
    r"(?P<quoted>'[^']*'|`[^`]*`)|(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<end>;)|(?P<code>[^'`;/-]+|.)", re.DOTALL
)
_VARIABLE = re.compile(r"\$\{([a-z0-9._-]+)\}", re.IGNORECASE)

_PUBLIC = ("host", "port", "username", "database")
"""Keys of a source whose values may stand in a message; that of any other counts as a secret."""
_SHORTEST_SECRET = 4
"""Nobody can keep a shorter one, and hiding every "1" would make a message unreadable."""


class CannotStart(Exception):
    """What keeps the job from starting: `str()` says it in a few lines, without a secret."""


class Variables:
    """`${erpdb.host}` is the environment variable ERPDB_HOST: capitals, and `_` for whatever is no letter or digit."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._secrets: dict[str, str] = {}

    def statements(self, text: str, file: str) -> list[str]:
        """The statements of `text`, which stands in `file`, without comments and with the variables' values.

        A variable stands in quotes, where any value is safe. Raises `CannotStart`, which names all that have none.
        """
        found = [""]
        missing: dict[str, None] = {}
        for token in _TOKEN.finditer(text):
            match token.lastgroup:
                case "quoted":
                    found[-1] += self._filled(token[0], missing)
                case "code":
                    found[-1] += token[0]
                case "end":
                    found.append("")
                case _:
                    pass
        if missing:
            raise CannotStart("\n".join(f"{file}: {self._problem(variable)}" for variable in missing))
        return [statement for each in found if (statement := each.strip())]

    def masked(self, text: str) -> str:
        """`text` with the variable in place of each secret that was filled in."""
        for value in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(value, self._secrets[value])
        return text

    def _filled(self, quoted: str, missing: dict[str, None]) -> str:
        def value_of(found: re.Match[str]) -> str:
            value = self._environment.get(_name(found[1]))
            if value is None:
                missing[found[1]] = None
                return ""
            if len(value) >= _SHORTEST_SECRET and found[1].rpartition(".")[2] not in _PUBLIC:
                self._secrets[value] = found[0]
            return value.replace(quoted[0], quoted[0] * 2)

        return _VARIABLE.sub(value_of, quoted)

    def _problem(self, variable: str) -> str:
        source = variable.partition(".")[0]
        others = sorted(name for name in self._environment if name.startswith(f"{_name(source)}_"))
        hint = f"; of {source} there are {', '.join(others)}" if others else f", nor any other of {source}"
        return f"${{{variable}}} has no value: the environment variable {_name(variable)} is not set{hint}"


def _name(variable: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", variable.upper())
