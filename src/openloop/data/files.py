"""Which files a path stands for, in reading order."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from openloop.data.databases import split_table
from openloop.data.decode import PACKED, SUFFIXES, kind_suffix
from openloop.data.hub_files import hub_files, is_hub
from openloop.errors import DataError

_DESCRIPTIONS = {"state.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json"}
_SPLITS = {"train", "test", "validation", "valid", "val", "dev", "eval", "holdout"}
_SHARD_NUMBER = re.compile(r"[-_.]?\d+([-_]of[-_]\d+)?$")


def find_files(path: Path) -> list[Path]:
    """The data files behind a path: the file itself, or a folder's shards.

    Raises DataError when there is nothing to read, or several data sets to choose from.
    """
    if is_hub(path):
        return list(hub_files(path))
    if path.is_dir():
        return _in_folder(path)
    file, table = split_table(path)
    if file.exists():
        return [path]
    if table is not None:
        raise _missing(file)
    raise _missing(path)


def _missing(path: Path) -> DataError:
    folder = path.parent
    if not folder.is_dir():
        return DataError(f"{path}: no such file, and no such folder either ({folder}). Check the path.")
    names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    close = get_close_matches(path.name, names, n=1, cutoff=0.5)
    if close:
        return DataError(f"{path}: no such file; did you mean {close[0]!r}?")
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return DataError(f"{path}: no such file. The folder {folder} holds: {shown or 'nothing'}.")


def _in_folder(folder: Path) -> list[Path]:
    if (folder / "dataset_dict.json").is_file():
        splits = [folder / str(split) for split in _json(folder / "dataset_dict.json").get("splits") or []]
        if len(splits) == 1:
            return _in_folder(splits[0])
        named = ", ".join(map(str, splits))
        raise DataError(f"{folder}: a data set with several splits. Name one of them: {named}")
    if (folder / "state.json").is_file():
        return _saved_to_disk(folder)
    found = sorted(entry for entry in folder.iterdir() if entry.is_file() and _is_data(entry))
    if not found:
        return _further_down(folder)
    kinds = sorted({kind_suffix(file.name) for file in found})
    if len(kinds) > 1:
        raise DataError(
            f"{folder}: files of several formats ({', '.join(kinds)}), which may hold the same rows twice. "
            f"Name one file, such as {found[0]}."
        )
    groups = sorted({_SHARD_NUMBER.sub("", file.name.split(".")[0]) for file in found})
    if len(groups) > 1 and any(re.split(r"[-_]", group)[0].lower() in _SPLITS for group in groups):
        raise DataError(
            f"{folder}: several splits ({', '.join(groups)}), which must not be mixed. Name one file, such "
            f"as {found[0]}, or move the shards of one split to a folder of their own."
        )
    return found


def _saved_to_disk(folder: Path) -> list[Path]:
    state = _json(folder / "state.json")
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise DataError(
            f"{folder}: the data set was saved with an index of selected rows, which is not read. "
            "Save it again after `flatten_indices()`."
        )
    try:
        files = [folder / entry["filename"] for entry in state["_data_files"]]
    except (KeyError, TypeError):
        raise DataError(f"{folder / 'state.json'}: no list `_data_files`. Save the data set again.") from None
    for file in files:
        if not file.is_file():
            raise DataError(f"{file}: named in state.json, but missing. Copy the whole folder again.")
    if not files:
        raise DataError(f"{folder}: state.json names no data files. Save the data set again.")
    return files


def _further_down(folder: Path) -> list[Path]:
    # A data set's cache and a distiset hold their files some folders down, beside a description.
    below = sorted({file.parent for file in folder.rglob("*") if file.is_file() and _is_data(file)})
    if len(below) == 1 and any((below[0] / name).is_file() for name in _DESCRIPTIONS):
        return _in_folder(below[0])
    hint = f" Folders in it that hold data: {', '.join(map(str, below[:8]))}" if below else ""
    raise DataError(
        f"{folder}: a folder without data files. Allowed: files that end in {', '.join(sorted(SUFFIXES))} "
        f"(also with {', '.join(sorted(PACKED))}), or what `save_to_disk` wrote.{hint}"
    )


def _is_data(file: Path) -> bool:
    hidden = file.name.startswith((".", "_"))
    return not hidden and file.name not in _DESCRIPTIONS and kind_suffix(file.name) in SUFFIXES


def _json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_bytes())
    except ValueError as error:
        raise DataError(f"{file}: broken JSON: {error}. Save the data set again.") from None
    if not isinstance(value, dict):
        raise DataError(f"{file}: a {type(value).__name__}, not an object. Save the data set again.")
    return value
