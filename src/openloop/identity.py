"""What names a stage: a fingerprint of everything it depends on, and of nothing else.

Paths, hardware and worker counts are no part of it. A value without a stable identity is an error that
names the value, never a guess.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import math
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from openloop.code_form import code_form
from openloop.errors import IdentityError

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def fingerprint(value: object) -> str:
    """The name of a value: 32 hexadecimal digits of the SHA-256 of its canonical form."""
    try:
        text = json.dumps(identity(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise IdentityError(
            "a value that refers to itself, such as functions of a notebook that call each other, has no stable "
            'identity. Put them in a file, or give the signal or model a `version="1"`.'
        ) from None
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def identity(value: object, name: str = "value") -> Json:
    """The canonical form of a value. ``name`` is how an error speaks of it."""
    match value:
        case Enum():
            return identity(value.value, name)
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else repr(value)
        case list() | tuple():
            return [identity(item, f"{name}[{i}]") for i, item in enumerate(value)]
        case set() | frozenset():
            return sorted((identity(item, name) for item in value), key=json.dumps)
        case Mapping():
            return {str(key): identity(item, f"{name}.{key}") for key, item in sorted(value.items())}
        case FunctionType():
            return _function(value, name)
        case type():
            return _type(value)
    if isinstance(getattr(value, "fingerprint", None), str):
        return {"fingerprint": value.fingerprint}  # type: ignore[attr-defined]
    if isinstance(getattr(value, "revision", None), str):
        return {"class": _type(type(value)), "name": value.name, "revision": value.revision}  # type: ignore[attr-defined]
    if dataclasses.is_dataclass(value):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
        return {"class": _type(type(value)), **_fields(fields, name)}
    if getattr(value, "__dict__", None) == {} and not hasattr(value, "__len__"):  # no state but its class
        return {"class": _type(type(value))}
    raise IdentityError(
        f"{name}: a {type(value).__module__}.{type(value).__qualname__} has no stable identity. Allowed: plain "
        "values, frozen dataclasses, functions, or an object with a `revision`. Give it a `fingerprint` "
        "attribute, or pass the values it is made of."
    )


def _fields(fields: Mapping[str, object], name: str) -> dict[str, Json]:
    return {key: identity(item, f"{name}.{key}") for key, item in fields.items()}


def _type(cls: type) -> Json:
    """A class: its name, with an explicit ``version`` or else the source of its module.

    openloop's own plain records carry no behaviour, so their name is enough.
    """
    version = getattr(cls, "version", None)
    if not isinstance(version, str):
        version = "" if cls.__module__.startswith("openloop.") else _module_source(cls.__module__, cls)
    return [f"{_room(cls)}:{cls.__qualname__}", version]


def _function(function: FunctionType, name: str) -> Json:
    """A function: an explicit ``version``, or the source of its module plus whatever its closure holds."""
    label = f"{_stable_module(function)}:{function.__qualname__}"
    version = getattr(function, "version", None)
    if isinstance(version, str):
        return [label, version]
    held = inspect.getclosurevars(function)
    reached = dict(held.nonlocals)
    if defined_interactively(function):  # no file holds what it refers to: follow its globals as well
        reached |= held.globals
    reached = {key: item for key, item in reached.items() if not _is_library(item) and item is not function}
    return [label, _module_source(function.__module__, function), _fields(reached, name)]


def defined_interactively(value: object) -> bool:
    """Whether a function or class was typed into a notebook or prompt, so that no file holds it."""
    module = sys.modules.get(getattr(value, "__module__", "") or "")
    if module is None or module.__name__ != "__main__":
        return False
    return not Path(getattr(module, "__file__", None) or "<stdin>").is_file()


def _is_library(value: object) -> bool:
    return isinstance(value, ModuleType | BuiltinFunctionType | type)


def _room(cls: type) -> str:
    """Where a class belongs: its module; of openloop's own only the room (``openloop.signals``).

    So moving a file inside a room renames no stored stage. No two classes of a room may share a name.
    """
    module = _stable_module(cls)
    return ".".join(module.split(".")[:2]) if module.startswith("openloop.") else module


def _stable_module(value: Any) -> str:
    """The module's name; user files are loaded under a name that holds no path."""
    module = sys.modules.get(value.__module__)
    return str(getattr(module, "__openloop_name__", value.__module__))


def _module_source(module_name: str, value: Any) -> str:
    if defined_interactively(value):
        try:
            return _digest(code_form(inspect.getsource(value)))
        except (OSError, TypeError) as error:
            raise IdentityError(
                f"{value.__qualname__}: its source cannot be read, so it has no stable identity. "
                'Give it one: `version="1"`.'
            ) from error
    module = sys.modules.get(module_name)
    if module is None or not str(getattr(module, "__file__", "")).endswith(".py"):
        raise IdentityError(
            f"{value.__qualname__}: module {module_name!r} has no source file, so it has no stable identity. "
            'Give it one: `version="1"`.'
        )
    return _digest("".join(sorted({_file_digest(used) for used in _neighbours(module, {})})))


def _neighbours(module: ModuleType, seen: dict[str, ModuleType]) -> list[ModuleType]:
    """A module, and those in its own folder that it uses: a change in any of them changes what it does."""
    seen[module.__name__] = module
    folder = Path(str(module.__file__)).parent
    for value in vars(module).values():
        used = value if isinstance(value, ModuleType) else sys.modules.get(getattr(value, "__module__", None) or "")
        file = getattr(used, "__file__", None)
        if used is not None and file and Path(file).parent == folder and used.__name__ not in seen:
            _neighbours(used, seen)
    return list(seen.values())


def _file_digest(module: ModuleType) -> str:
    """Of what the imported source does: read once, and again only when the module is reloaded.

    Comments, docstrings and formatting are no part of it (:mod:`openloop.code_form`).
    A file edited while a run goes on changes nothing in that run. A reload makes a new spec.
    """
    holder = module.__spec__ or module
    known: str | None = getattr(holder, "_openloop_digest", None)
    if known is None:
        known = _digest(code_form(Path(str(module.__file__)).read_text(encoding="utf-8")))
        holder._openloop_digest = known  # type: ignore[union-attr]
    return known


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
