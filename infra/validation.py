"""Reads what people write (stack files, job manifests) into models, and says where and how it is wrong."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

import pydantic
import yaml
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from infra.errors import ConfigurationError

Location = tuple[str | int, ...]
Model = TypeVar("Model", bound=pydantic.BaseModel)


class Strict(pydantic.BaseModel):
    """A frozen model without room for a misspelt key; docstrings of the fields become the schema's descriptions."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class WrongAt(ValueError):
    """For validators of a whole model: what is wrong stands at `location` within it."""

    def __init__(self, location: Location, problem: str) -> None:
        super().__init__(problem)
        self.location = location


def parse_yaml(file: Path, shown_as: str) -> object:
    """The document in `file`; a `ConfigurationError` with the line where it is not YAML."""
    try:
        return cast(object, yaml.safe_load(file.read_text()))
    except FileNotFoundError:
        raise ConfigurationError(f"{shown_as}: no such file") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{shown_as}:{line}: not valid YAML: {error.problem}") from None


def validate(
    model: type[Model], document: object, *, shown_as: str, file: Path | None = None, prefix: Location = ()
) -> Model:
    """`document` as a `model`.

    `shown_as` names the file in messages; `file`, where there is one, gives line numbers; `prefix` is where the
    document stands in that file. Raises a `ConfigurationError` of at most five lines, one a mistake.
    """
    try:
        return model.model_validate(document)
    except pydantic.ValidationError as error:
        lines = _lines(file) if file else {}
        found = [_explain(model, e, shown_as=shown_as, lines=lines, prefix=prefix) for e in error.errors()]
    if len(found) > 5:
        found = [*found[:4], f"{shown_as}: and {len(found) - 4} more"]
    raise ConfigurationError("\n".join(found))


def nearest(word: str, candidates: Sequence[str], *, many: str | None = None) -> str:
    """`; did you mean 'x'?`, or `; known: a, b` where nothing is near; `many` instead of a list that is too long."""
    close = difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    if many:
        return f"; see {many}"
    return f"; known: {', '.join(sorted(candidates))}" if candidates else "; there is none"


def place(shown_as: str, file: Path | None, location: Location) -> str:
    """`Pulumi.dev.yaml:7: config.a.b` as far as it can be told."""
    line = _line_of(location, _lines(file)) if file else None
    return f"{shown_as}{f':{line}' if line else ''}: {_path(location)}"


def _explain(
    model: type[pydantic.BaseModel], error: ErrorDetails, *, shown_as: str, lines: dict[Location, int], prefix: Location
) -> str:
    cause = error.get("ctx", {}).get("error")
    _, written = _descend(model, error["loc"])
    location = prefix + written + (cause.location if isinstance(cause, WrongAt) else ())
    line = _line_of(location, lines)
    where = f"{shown_as}{f':{line}' if line else ''}: {_path(location)}"
    match error["type"]:
        case "extra_forbidden":
            known = _keys_at(model, error["loc"][:-1])
            return f"{where}: unknown key{nearest(str(error['loc'][-1]), known)}"
        case "missing":
            return f"{where}: this key is missing"
        case "union_tag_not_found":
            return f"{where}.{_said(error, 'discriminator')}: this key is missing"
        case "union_tag_invalid":
            known = [tag.strip("'") for tag in _said(error, "expected_tags").split(", ")]
            tag = _said(error, "tag")
            return f"{where}.{_said(error, 'discriminator')}: there is no '{tag}'{nearest(tag, known)}"
        case _:
            message = error["msg"].removeprefix("Value error, ")
            value = repr(error["input"])
            shown = "" if isinstance(cause, WrongAt) or value in message or len(value) > 60 else f" (it is {value})"
            return f"{where}: {message}{shown}"


def _said(error: ErrorDetails, what: str) -> str:
    return str(error.get("ctx", {})[what]).strip("'")


def _path(location: Location) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def _line_of(location: Location, lines: dict[Location, int]) -> int | None:
    for end in range(len(location), 0, -1):
        if location[:end] in lines:
            return lines[location[:end]]
    return None


def _lines(file: Path) -> dict[Location, int]:
    """Every key's line in a YAML file, by its path."""
    found: dict[Location, int] = {}

    def walk(node: yaml.Node | None, at: Location) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in cast(list[tuple[yaml.ScalarNode, yaml.Node]], node.value):
                found[*at, key.value] = key.start_mark.line + 1
                walk(value, (*at, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(cast(list[yaml.Node], node.value)):
                found[*at, index] = value.start_mark.line + 1
                walk(value, (*at, index))

    if file.exists():
        walk(yaml.compose(file.read_text(), Loader=yaml.SafeLoader), ())
    return found


def _keys_at(model: Any, location: Location) -> list[str]:
    """The keys that the model knows at a location, through lists, maps and optionals."""
    models, _ = _descend(model, location)
    return [key for found in models if _is_model(found) for key in found.model_fields]


def _descend(model: Any, location: Location) -> tuple[list[Any], Location]:
    """The models at a location; and the location as people write it: without the tags by which pydantic says which
    model of a union it took."""
    if get_origin(model) is Annotated:
        union, *notes = get_args(model)
        tag = next((note.discriminator for note in notes if isinstance(note, FieldInfo)), None)
        taken = [arm for arm in get_args(union) if location and tag and location[0] in _literals(arm, str(tag))]
        return _descend(taken[0], location[1:]) if taken else _descend(union, location)
    if get_origin(model) in (Union, UnionType):
        arms = [_descend(arm, location) for arm in get_args(model)]
        return [found for models, _ in arms for found in models], max((way for _, way in arms), key=len)
    if not location:
        return [model], ()
    if _is_model(model):
        field = model.model_fields.get(str(location[0]))
        models, way = _descend(field.annotation, location[1:]) if field else ([], location[1:])
    elif get_args(model):
        models, way = _descend(
            get_args(model)[-1] if get_args(model)[-1] is not ... else get_args(model)[0], location[1:]
        )
    else:
        return [], location
    return models, (location[0], *way)


def _is_model(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, pydantic.BaseModel)


def _literals(arm: type[pydantic.BaseModel], key: str) -> tuple[object, ...]:
    return get_args(arm.model_fields[key].annotation)
