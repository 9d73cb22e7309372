"""A task of lm-eval in a YAML file of the user's own: what it says, and every file that it depends on.

lm-eval looks for the data of such a task in the current folder; here paths are relative to the YAML file that names
them, so that a recipe works from everywhere. Paths in one of the datasets library's own forms (``hf://``, ``https://``)
stay as they are, and so do names of data sets on the hub.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from openloop import filesystem
from openloop.errors import InputError

ENDINGS = (".yaml", ".yml")
DATA_PATHS = ("data_files", "data_dir")
BUILDERS = frozenset({"json", "csv", "parquet", "arrow", "text", "xml", "webdataset"})
"""What stands as ``dataset_path`` where the data are local files."""


@dataclass(frozen=True)
class FunctionReference:
    """``!function utils.process`` in a YAML file: ``process`` in ``utils.py`` beside it, or of an installed module."""

    module: str
    name: str
    folder: Path

    @property
    def file(self) -> Path | None:
        """The file beside the YAML that holds it; None for an installed module."""
        path = self.folder / (self.module.replace(".", "/") + ".py")
        return path if path.is_file() else None

    def load(self) -> Any:
        """The function itself; a file is named by its content, so that a changed one is read anew."""
        if self.file is None:
            return getattr(importlib.import_module(self.module), self.name)
        name = f"_openloop_task_{hashlib.sha256(str(self.file).encode() + self.file.read_bytes()).hexdigest()[:16]}"
        if name not in sys.modules:
            spec = importlib.util.spec_from_file_location(name, self.file)
            assert spec is not None and spec.loader is not None, "it is a Python file"
            sys.modules[name] = module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        return getattr(sys.modules[name], self.name)


@dataclass
class TaskFile:
    """A local task, or a group of tasks, with absolute paths."""

    path: Path
    config: dict[str, Any]
    files: list[Path] = field(default_factory=list)
    """The YAML file, those that it includes, its Python files and its data."""

    @property
    def name(self) -> str:
        """What lm-eval calls it."""
        return str(self.config.get("group") or self.config.get("task"))

    @property
    def members(self) -> list[str]:
        """Names of registered tasks that a group takes in."""
        inner = self.config.get("task")
        return [one for one in inner if isinstance(one, str)] if isinstance(inner, list) else []

    def digests(self) -> list[str]:
        """Of the content of all its files. Raises InputError where one cannot be read."""
        found = []
        for path in self.files:
            try:
                found.append(filesystem.sha256(path))
            except OSError as error:
                raise InputError(f"{path}: cannot be read: {error.strerror}. Task {self.path.name} needs it.") from None
        return found

    def loaded(self) -> dict[str, Any]:
        """The configuration with functions in the place of references to them."""
        found: dict[str, Any] = _mapped(self.config, lambda value: value.load())
        return found


def is_file(task: str) -> bool:
    """Whether a task is written as a path to a YAML file rather than as the name of a registered task."""
    return task.endswith(ENDINGS)


def read_task(path: Path) -> TaskFile:
    """A task file. Raises InputError where it, or a file that it names, is missing or is not a task."""
    files: list[Path] = []
    config = _merged(path.resolve(), files)
    if not isinstance(config.get("task") or config.get("group"), str | list):
        raise InputError(f"{path}: is no task of lm-eval: it has neither `task: NAME` nor `group: NAME`.")
    task = TaskFile(path.resolve(), config, files)
    task.files += [reference.file for reference in _references(config) if reference.file is not None]
    data = list(_data_files(config))
    if data and all(file.is_file() and not file.stat().st_size for file in data):
        raise InputError(f"{data[0]}: is empty. Task {path.name} needs at least one row in it.")
    task.files += data
    return task


def _merged(path: Path, files: list[Path]) -> dict[str, Any]:
    """A YAML file over those that it includes, each with its own paths made absolute."""
    if path in files:
        raise InputError(f"{path}: includes itself.")
    files.append(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}.") from None
    try:
        config = yaml.load(text, Loader=_loader(path.parent))  # a SafeLoader
    except yaml.YAMLError as error:
        raise InputError(f"{path}: is not valid YAML: {error}") from None
    if not isinstance(config, dict):
        raise InputError(f"{path}: is no task of lm-eval, but a {type(config).__name__}.")
    included = config.pop("include", [])
    below: dict[str, Any] = {}
    for one in included if isinstance(included, list) else [included]:
        below |= _merged((path.parent / str(one)).resolve(), files)
    config = _with_absolute_paths(config, path.parent)
    if isinstance(config.get("task"), list):
        config["task"] = [
            _with_absolute_paths(one, path.parent) if isinstance(one, dict) else one for one in config["task"]
        ]
    return below | config


def _loader(folder: Path) -> type[yaml.SafeLoader]:
    class Loader(yaml.SafeLoader):
        """Reads ``!function`` as a reference."""

    def function(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> FunctionReference:
        module, _, name = str(loader.construct_scalar(node)).rpartition(".")
        if not module:
            raise InputError(f"{folder}: !function {name}: write the module too, such as !function utils.{name}.")
        return FunctionReference(module, name, folder)

    Loader.add_constructor("!function", function)
    return Loader


def _with_absolute_paths(config: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    def absolute(said: Any) -> Any:
        if isinstance(said, str) and "://" not in said:
            return str(folder / said)
        return [absolute(one) for one in said] if isinstance(said, list) else said

    found = dict(config)
    where = found.get("dataset_kwargs")
    if isinstance(where, dict):
        found["dataset_kwargs"] = where | {
            key: {split: absolute(one) for split, one in where[key].items()}
            if isinstance(where[key], dict)
            else absolute(where[key])
            for key in DATA_PATHS
            if where.get(key)
        }
    named = found.get("dataset_path")
    if isinstance(named, str) and named not in BUILDERS and (folder / named).exists():
        found["dataset_path"] = str(folder / named)
    return found


def _data_files(config: Mapping[str, Any]) -> Iterator[Path]:
    """The local files of a task's data; those of the tasks of a group too."""
    inner = config.get("task")
    for one in inner if isinstance(inner, list) else []:
        if isinstance(one, Mapping):
            yield from _data_files(one)
    where = config.get("dataset_kwargs") or {}
    said: list[Any] = [where.get(key) for key in DATA_PATHS]
    named = config.get("dataset_path")
    said += [named] if isinstance(named, str) and Path(named).is_absolute() else []
    while said:
        one = said.pop(0)
        if isinstance(one, Mapping | list):
            said += one.values() if isinstance(one, Mapping) else one
        elif isinstance(one, str) and "://" not in one:
            yield from _files_at(Path(one))


def _files_at(path: Path) -> list[Path]:
    """A file, all files of a folder, or those that a pattern matches."""
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    if any(mark in path.name for mark in "*?["):
        found = sorted(path.parent.glob(path.name))
        if found:
            return found
    return [path]


def _references(value: Any) -> list[FunctionReference]:
    found: list[FunctionReference] = []
    _mapped(value, found.append)
    return found


def _mapped(value: Any, change: Callable[[FunctionReference], Any]) -> Any:
    """Nested plain values with what a function makes of every reference in them."""
    if isinstance(value, FunctionReference):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _mapped(one, change) for key, one in value.items()}
    return [_mapped(one, change) for one in value] if isinstance(value, list) else value
