"""The values of a recipe, layer over layer: files that extend each other, the environment, single settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from openloop.errors import RecipeError, nearest


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping laid over another, key by key; lists and plain values replace."""
    result = dict(below)
    for key, value in above.items():
        mine = result.get(key)
        both = isinstance(mine, Mapping) and isinstance(value, Mapping) and "use" not in value
        result[key] = merged(mine, value) if both else value  # type: ignore[arg-type]
    return result


def read_layers(path: Path, environment: Mapping[str, str], chain: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The values of a recipe file, laid over those of the file it extends."""
    if path.resolve() in chain:
        raise RecipeError(
            f"{path}: `extends` goes in a circle: {' → '.join(p.name for p in (*chain, path))}."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        raise RecipeError(f"{path} does not exist; {nearest(path.name, near)}") from None
    except IsADirectoryError:
        raise RecipeError(
            f"{path} is a folder; name the recipe file in it, such as {path / 'recipe.yaml'}."
        ) from None
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path} is no UTF-8 text ({error}).") from error
    try:
        values = _interpolated(yaml.safe_load(text), environment, path)
    except yaml.YAMLError as error:
        raise RecipeError(f"{path} is no YAML: {error}") from error
    except RecursionError:
        raise RecipeError(
            f"{path} holds an alias (`*name`) of something that it is itself part of."
        ) from None
    if not isinstance(values, dict):
        raise RecipeError(f"{path} must hold `key: value` lines, got {type(values).__name__}.")
    parent = values.pop("extends", None)
    if parent is None:
        return values
    return merged(read_layers(path.parent / str(parent), environment, (*chain, path.resolve())), values)


_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}")


def _interpolated(value: Any, environment: Mapping[str, str], path: Path) -> Any:
    """Fill in ``${NAME}`` in every text; a text that is nothing else may become a number or a list."""

    def look_up(match: re.Match[str]) -> str:
        name, default = match["name"], match["default"]
        if name not in environment and default is None:
            raise RecipeError(
                f"{path} uses ${{{name}}}, which is not set. Set it, or write ${{{name}:-default}}."
            )
        return environment.get(name, default or "")

    match value:
        case str():
            filled = _VARIABLE.sub(look_up, value)
            if not _VARIABLE.fullmatch(value):
                return filled
            try:
                return yaml.safe_load(filled)
            except yaml.YAMLError as error:
                raise RecipeError(f"{path}: what {value} stands for is no YAML ({error}).") from error
        case dict():
            return {key: _interpolated(item, environment, path) for key, item in value.items()}
        case list():
            return [_interpolated(item, environment, path) for item in value]
    return value


def as_layer(setting: str) -> dict[str, Any]:
    """``a.b=c`` as a mapping that holds that one value."""
    keys, equals, text = setting.partition("=")
    path = [key.strip() for key in keys.split(".")]
    if not equals or not all(path):
        raise RecipeError(f"--set {setting!r}: write it as key=value or section.key=value.")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"--set {setting!r}: the value is no YAML ({error}).") from error
    for key in reversed(path):
        value = {key: value}
    return value  # type: ignore[no-any-return]
