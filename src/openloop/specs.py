"""How a recipe writes a piece: ``exact``, ``exact:answer``, ``{use: exact, column: answer}`` or ``task.py:name``."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from openloop.contracts import Model, Signal
from openloop.errors import RecipeError, nearest
from openloop.user_code import resolve

_SHIPPED: Mapping[type, str] = {Model: "openloop.models", Signal: "openloop.signals"}
"""Contract → the package whose pieces go by plain names where an option asks for one."""


def build(
    spec: str | Mapping[str, Any],
    *,
    base: Path,
    shipped: ModuleType,
    defaults: Mapping[str, Any] | None = None,
) -> Any:
    """Make a model, signal or selector from ``exact``, ``exact:answer`` or ``{use: exact, column: answer}``.

    A factory is called with the options; an object that is ready is taken as it is. ``defaults`` are passed
    when the factory has a parameter of that name and the spec does not set it. An option whose declared type is a
    Model, a Signal (or a list of them) or a function may itself be written as a spec. Raises RecipeError.
    """
    reference, positional, options = _parsed(spec, shipped)
    target = resolve(reference, base=base, shipped=shipped)
    if not (inspect.isfunction(target) or inspect.isclass(target)):
        if options:
            raise RecipeError(f"{reference!r} is ready-made and takes no options, got {sorted(options)}.")
        return target
    parameters = inspect.signature(target).parameters
    for key, value in (defaults or {}).items():
        if key in parameters:
            options.setdefault(key, value)
    unknown = [key for key in options if key not in parameters]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    if unknown and not takes_any:
        raise RecipeError(f"{reference!r} has no option {unknown[0]!r}: {nearest(unknown[0], parameters)}")
    made = {
        key: _option(value, target, parameters[key], base) if key in parameters else value
        for key, value in options.items()
    }
    several = next((p for p in parameters.values() if p.kind is p.VAR_POSITIONAL), None)
    if several is None:
        named = [p for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        pairs = zip(positional, named, strict=False)
        positional = [_option(value, target, parameter, base) for value, parameter in pairs]
    elif several.name in made:
        positional = list(made.pop(several.name))
    try:
        return target(*positional, **made)
    except TypeError as error:
        raise RecipeError(f"{reference!r} cannot be made from {made}: {error}") from error


def _parsed(spec: str | Mapping[str, Any], shipped: ModuleType) -> tuple[str, list[Any], dict[str, Any]]:
    """A spec as a reference, at most one positional argument, and options."""
    if isinstance(spec, Mapping):
        options = dict(spec)
        reference = options.pop("use", None)
        if not isinstance(reference, str):
            raise RecipeError(f"{dict(spec)!r} does not say what to use: add `use: NAME`.")
        return reference, [], options
    head, _, argument = spec.partition(":")
    if argument and head in shipped.__all__:
        return head, [argument], {}
    return spec, [], {}


def _option(value: Any, target: Any, parameter: inspect.Parameter, base: Path) -> Any:
    """The value of an option: what it names, where it is text or a spec and the declared type asks for more."""
    declared = _declared_type(target, parameter)
    if parameter.kind is parameter.VAR_POSITIONAL and isinstance(value, list | tuple):
        return [_built(one, declared, base) for one in value]
    return _built(value, declared, base)


def _declared_type(target: Any, parameter: inspect.Parameter) -> Any:
    """The type that a parameter is annotated with; None where there is none, or it cannot be evaluated."""
    if parameter.annotation is parameter.empty:
        return None
    holder = SimpleNamespace(__annotations__={"it": parameter.annotation})
    module = sys.modules.get(inspect.unwrap(target).__module__)
    try:
        found = get_type_hints(holder, globalns=vars(module) if module is not None else {})["it"]
    except Exception:  # a name imported for type checkers only, a type of a later Python
        return None
    return _without_none(found)


def _built(value: Any, declared: Any, base: Path) -> Any:
    for contract, package in _SHIPPED.items():
        if _is_a(declared, contract) and isinstance(value, str | Mapping):
            return build(value, base=base, shipped=importlib.import_module(package))
        inner = get_args(declared)[:1] if get_origin(declared) in (list, Sequence, tuple) else ()
        if inner and _is_a(inner[0], contract) and isinstance(value, list | tuple):
            return [_built(one, inner[0], base) for one in value]
    if isinstance(value, str) and (get_origin(declared) or declared) is Callable:
        return resolve(value, base=base)
    return value


def _is_a(declared: Any, contract: type) -> bool:
    return contract in getattr(declared, "__mro__", ())


def _without_none(declared: Any) -> Any:
    """``X`` of ``X | None``; any other type as it is."""
    if get_origin(declared) not in (Union, UnionType):
        return declared
    others = [one for one in get_args(declared) if one is not type(None)]
    return others[0] if len(others) == 1 else declared
