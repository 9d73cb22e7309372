"""Data sets of registered tasks: are they at hand, here or on the Hugging Face hub?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from openloop.errors import InputError
from openloop.evaluation.task_files import BUILDERS, TaskFile
from openloop.evaluation.task_names import registry

PATIENCE_SECONDS = 10.0


def require_data(names: Iterable[str], files: Iterable[TaskFile] = ()) -> None:
    """Raise InputError where the data of a task are not cached and the hub does not hand them out.

    One small request for each data set that is not in the cache; nothing is fetched.
    """
    needed = [(name, path) for name in names for path in _data_sets(name, set())]
    needed += [(file.path.name, path) for file in files for path in _of_config(file.config, set())]
    for path, name in {path: name for name, path in needed}.items():
        if not _is_cached(path):
            _require_on_hub(name, path)


def _data_sets(name: str, seen: set[str]) -> Iterator[str]:
    """Names on the hub of what a task reads, or the tasks of a group or tag."""
    entry = registry().task_index.get(name)
    if entry is None or name in seen:
        return
    seen.add(name)
    yield from _of_config(entry.cfg or {}, seen)
    if entry.kind.name == "TAG":
        for one in sorted(entry.tags):
            yield from _data_sets(one, seen)


def _of_config(config: Mapping[str, Any], seen: set[str]) -> Iterator[str]:
    """Of a task, or of the tasks of a group, which may stand in it or be named."""
    path = config.get("dataset_path")
    if isinstance(path, str) and path not in BUILDERS and not Path(path).exists():
        yield path
    inner = config.get("task")
    for one in inner if isinstance(inner, list) else []:
        if isinstance(one, str):
            yield from _data_sets(one, seen)
        elif "dataset_path" in one or isinstance(one.get("task"), list):
            yield from _of_config(one, seen)
        else:
            yield from _data_sets(str(one.get("task") or one.get("group")), seen)


def _is_cached(path: str) -> bool:
    from datasets import config
    from huggingface_hub.constants import HF_HUB_CACHE

    held = [Path(HF_HUB_CACHE) / f"datasets--{path.replace('/', '--')}"]
    held.append(Path(config.HF_DATASETS_CACHE) / path.replace("/", "___"))
    return any(folder.exists() for folder in held)


def _require_on_hub(task: str, path: str) -> None:
    from huggingface_hub import HfApi

    try:
        HfApi().dataset_info(path, timeout=PATIENCE_SECONDS)
    except Exception as error:  # of several libraries: no network, offline mode, no such data set, access not granted
        raise InputError(not_at_hand(f"{task!r} ({path})", error)) from error


def not_at_hand(task: str, error: Exception) -> str:
    """One sentence on data that cannot be had."""
    said = (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
    return (
        f"harness: the data of task {task} are not in the local cache, and the Hugging Face hub does not give them: "
        f"{said}. Run it once where there is a network, or use a task over local files."
    )
