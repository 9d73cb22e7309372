"""How a recipe names Python: ``exact``, ``exact:answer``, ``package.module:name`` or ``task.py:name``."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from openloop.errors import RecipeError, nearest

_PREFIX = "openloop_user_"


def import_user_file(path: str | Path) -> ModuleType:
    """Import a Python file by its path, once, under a name that no package can have."""
    path = Path(path).resolve()
    name = _PREFIX + path.stem + "_" + hashlib.sha256(str(path).encode()).hexdigest()[:12]
    if name in sys.modules:
        return sys.modules[name]
    if not path.is_file():
        raise RecipeError(f"{path} does not exist; a reference `file.py:name` is relative to its recipe.")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, "a .py file always has a loader"
    module = importlib.util.module_from_spec(spec)
    module.__openloop_name__ = path.name  # type: ignore[attr-defined]  # what identity sees: no path
    _forget_namesakes(path.parent)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))  # so that it may import the files beside it, as a script does
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise RecipeError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(path.parent))
    return module


def _forget_namesakes(folder: Path) -> None:
    """Let files of one recipe import those beside them although another recipe has files of the same names."""
    others = {Path(file).parent for file in user_files()} - {folder}
    for file in folder.glob("*.py"):
        known = getattr(sys.modules.get(file.stem), "__file__", None)
        if known and Path(known).parent in others:
            del sys.modules[file.stem]


def user_files() -> list[str]:
    """The user files imported so far; a worker process imports them too."""
    return [str(module.__file__) for name, module in list(sys.modules.items()) if name.startswith(_PREFIX)]


def resolve(reference: str, *, base: Path, shipped: ModuleType | None = None) -> Any:
    """The object that a reference names.

    ``base`` is the folder of the recipe; ``shipped`` the openloop package whose factories go by plain names.
    """
    where, _, name = reference.rpartition(":")
    if where.endswith(".py"):
        return _attribute(import_user_file(base / where), name, where)
    package = where.partition(".")[0]
    if package and importlib.util.find_spec(package) is not None:
        try:
            return _attribute(importlib.import_module(where), name, where)
        except ImportError as error:
            raise RecipeError(f"{reference!r}: {where} cannot be imported ({error}).") from error
    if shipped is not None and reference in shipped.__all__:
        return getattr(shipped, reference)
    known = shipped.__all__ if shipped is not None else ()
    raise RecipeError(
        f"{reference!r} names nothing that openloop ships: {nearest(reference, known)} "
        "Your own go by `file.py:name` (relative to the recipe) or `package.module:name`."
    )


def _argument(value: Any, signature: inspect.Signature, key: str, base: Path) -> Any:
    """An option that its factory declares as a Model, a Signal or a Reward is a reference to one."""
    parameter = signature.parameters.get(key)
    declared = None if parameter is None else parameter.annotation
    if isinstance(value, str | Mapping) and declared in ("Model", "Model | None"):
        return build(value, base=base, shipped=importlib.import_module("openloop.models"))
    if isinstance(value, str) and declared == "Reward":
        return resolve(value, base=base)
    if isinstance(value, list) and declared == "Signal":
        signals = importlib.import_module("openloop.signals")
        return [build(one, base=base, shipped=signals) if isinstance(one, str | Mapping) else one for one in value]
    return value


def _attribute(module: ModuleType, name: str, where: str) -> Any:
    if not hasattr(module, name):
        public = [key for key in vars(module) if not key.startswith("_")]
        raise RecipeError(f"{where} has no {name!r}: {nearest(name, public)}")
    return getattr(module, name)


def build(
    spec: str | Mapping[str, Any],
    *,
    base: Path,
    shipped: ModuleType,
    defaults: Mapping[str, Any] | None = None,
) -> Any:
    """Make a model, signal or selector from ``exact``, ``exact:answer`` or ``{use: exact, column: answer}``.

    A factory is called with the options; an object that is ready is taken as it is. ``defaults`` are passed
    when the factory has a parameter of that name and the spec does not set it.
    """
    options: dict[str, Any] = {}
    positional: list[Any] = []
    if isinstance(spec, Mapping):
        options = dict(spec)
        reference = options.pop("use", None)
        if not isinstance(reference, str):
            raise RecipeError(f"{dict(spec)!r} does not say what to use: add `use: NAME`.")
    else:
        reference = spec
        head, _, argument = spec.partition(":")
        if argument and head in shipped.__all__:
            reference, positional = head, [argument]
    target = resolve(reference, base=base, shipped=shipped)
    if not (inspect.isfunction(target) or inspect.isclass(target)):
        if options:
            raise RecipeError(f"{reference!r} is ready-made and takes no options, got {sorted(options)}.")
        return target
    signature = inspect.signature(target)
    for key, value in (defaults or {}).items():
        if key in signature.parameters:
            options.setdefault(key, value)
    options = {key: _argument(value, signature, key, base) for key, value in options.items()}
    unknown = [key for key in options if key not in signature.parameters]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    if unknown and not takes_any:
        raise RecipeError(f"{reference!r} has no option {unknown[0]!r}: {nearest(unknown[0], signature.parameters)}")
    several = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_POSITIONAL), None)
    if several is None:
        named = [p.name for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        positional = [_argument(value, signature, key, base) for key, value in zip(named, positional, strict=False)]
    elif several in options:
        positional = list(options.pop(several))
    try:
        return target(*positional, **options)
    except TypeError as error:
        raise RecipeError(f"{reference!r} cannot be made from {options}: {error}") from error
