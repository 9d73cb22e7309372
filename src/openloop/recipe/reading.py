"""Recipe files: ``extends: base.yaml`` starts from another recipe, ``--set a.b=c`` changes one value, and ``${NAME}``
or ``${NAME:-default}`` comes from the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from openloop.errors import RecipeError, nearest
from openloop.recipe.schema import Recipe, merged, parse_recipe


def read_recipe(path: str | Path, settings: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> Recipe:
    """Read a recipe file; ``settings`` are ``a.b=c`` texts laid over it."""
    path = Path(path)
    values = _read(path, os.environ if environment is None else environment, ())
    for setting in settings:
        values = merged(values, _setting(setting))
    return parse_recipe(values, base=path.resolve().parent)


class _Loader(yaml.SafeLoader):
    """YAML in which ``1e-3`` is a number, as everybody who writes a learning rate expects, and no key stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                continue
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value!r} is given twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def load_yaml(text: str) -> Any:
    """The value of a YAML text."""
    return yaml.load(text, _Loader)  # a SafeLoader


def _read(path: Path, environment: Mapping[str, str], chain: tuple[Path, ...]) -> dict[str, Any]:
    if path.resolve() in chain:
        raise RecipeError(f"{path}: `extends` is circular: {' → '.join(p.name for p in (*chain, path))}.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        raise RecipeError(f"{path} does not exist; {nearest(path.name, near)}") from None
    except IsADirectoryError:
        raise RecipeError(f"{path} is a folder; name the recipe file in it, such as {path / 'recipe.yaml'}.") from None
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path} is not UTF-8 text ({error}).") from error
    try:
        values = _interpolated(load_yaml(text), environment, path)
    except yaml.YAMLError as error:
        raise RecipeError(f"{path} is not valid YAML: {error}") from error
    except RecursionError:
        raise RecipeError(f"{path} contains an alias (`*name`) that refers to itself.") from None
    if not isinstance(values, dict):
        raise RecipeError(f"{path} must hold `key: value` lines, got {type(values).__name__}.")
    parent = values.pop("extends", None)
    if parent is None:
        return values
    return merged(_read(path.parent / str(parent), environment, (*chain, path.resolve())), values)


_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}")


def _interpolated(value: Any, environment: Mapping[str, str], path: Path) -> Any:
    """Fill in ``${NAME}`` in every text; a text that is nothing else may become a number or a list."""

    def look_up(match: re.Match[str]) -> str:
        name, default = match["name"], match["default"]
        if name not in environment and default is None:
            raise RecipeError(f"{path} uses ${{{name}}}, which is not set. Set it, or write ${{{name}:-default}}.")
        return environment.get(name, default or "")

    match value:
        case str():
            filled = _VARIABLE.sub(look_up, value)
            if not _VARIABLE.fullmatch(value):
                return filled
            try:
                return load_yaml(filled)
            except yaml.YAMLError as error:
                raise RecipeError(f"{path}: the value of {value} is not valid YAML ({error}).") from error
        case dict():
            return {key: _interpolated(item, environment, path) for key, item in value.items()}
        case list():
            return [_interpolated(item, environment, path) for item in value]
    return value


def _setting(setting: str) -> dict[str, Any]:
    keys, equals, text = setting.partition("=")
    path = [key.strip() for key in keys.split(".")]
    if not equals or not all(path):
        raise RecipeError(f"--set {setting!r}: write it as key=value or section.key=value.")
    try:
        value = load_yaml(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"--set {setting!r}: the value is not valid YAML ({error}).") from error
    for key in reversed(path):
        value = {key: value}
    return value  # type: ignore[no-any-return]
