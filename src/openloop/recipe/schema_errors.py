"""Plain values as parts of a recipe; what is wrong with them, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from openloop.errors import RecipeError, nearest


def validated(kind: type[Any], values: Mapping[str, Any], prefix: str) -> Any:
    """A part from its values. Raises RecipeError, a sentence for each thing that is wrong."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise RecipeError("\n".join(_sentence(kind, problem, prefix) for problem in error.errors())) from None


def _sentence(kind: type[BaseModel], problem: Any, prefix: str) -> str:
    where = [part for part in problem["loc"] if not _is_internal(part)]
    place = prefix + ".".join(map(str, where))
    match problem["type"]:
        case "extra_forbidden":
            return f"{place}: unknown key; {nearest(str(where[-1]), _keys_at(kind, where[:-1]))}"
        case "missing":
            return f"{place}: required."
        case "value_error" if not where:
            return prefix + str(problem["ctx"]["error"]) + "."
        case _:
            return f"{place}: {problem['msg']}, got {problem['input']!r:.80}."


def _is_internal(part: object) -> bool:
    """Whether a step of pydantic's path is the name of a type in a union, which no recipe writes."""
    return isinstance(part, str) and ("[" in part or part in {"str"})


def _keys_at(kind: type[BaseModel], where: Sequence[Any]) -> list[str]:
    for part in where:
        inner = _parts_in(kind.model_fields[part].annotation) if part in kind.model_fields else []
        if not inner:
            return []
        kind = inner[0]
    return [key for key in kind.model_fields if key != "base"] + (["extends"] if "base" in kind.model_fields else [])


def _parts_in(annotation: Any) -> list[type[BaseModel]]:
    """The parts of a recipe that a key may hold, however deep they stand in its type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for option in get_args(annotation) for part in _parts_in(option)]
