"""Python that users write: a file imported by its path, an object named by a reference, what a worker can import."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pickle
import sys
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
    except (Exception, SystemExit) as error:
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
    """The object that a reference names: ``exact``, ``package.module:name`` or ``file.py:name``.

    ``base`` is the folder that files are relative to (the recipe's); ``shipped`` the openloop package whose factories
    go by plain names. Raises RecipeError.
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
        f"{reference!r} is not a name that openloop ships: {nearest(reference, known)} "
        "To use your own code, write `file.py:name` (relative to the recipe) or `package.module:name`."
    )


def _attribute(module: ModuleType, name: str, where: str) -> Any:
    if not hasattr(module, name):
        public = [key for key in vars(module) if not key.startswith("_")]
        raise RecipeError(f"{where} has no {name!r}: {nearest(name, public)}")
    return getattr(module, name)


def can_travel(value: object) -> bool:
    """Whether a value can be sent to a worker process, which must be able to import what it refers to.

    What a script or notebook itself defines (``__main__``) cannot: workers do not run the script again. Nor can what
    does not pickle.
    """
    try:
        _Traveller(_Nowhere()).dump(value)
    except Exception:  # objects may raise anything when they are pickled
        return False
    return True


class _Traveller(pickle.Pickler):
    """Refuses classes and functions of ``__main__``, and objects that a decorator put in their place."""

    def reducer_override(self, value: Any) -> Any:
        if getattr(getattr(value, "__wrapped__", value), "__module__", None) == "__main__":
            raise pickle.PicklingError(f"{value!r:.80} is defined in __main__")
        return NotImplemented


class _Nowhere:
    """Weights may be large, so what is pickled only to see whether it can be is not kept."""

    def write(self, data: Any) -> int:
        return len(data)
