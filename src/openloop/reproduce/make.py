"""Make a figure: run it, and write its data, its claims and its pictures."""

from __future__ import annotations

import csv
import importlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

from openloop import filesystem
from openloop.errors import InputError, nearest, require_installed
from openloop.reproduce import FIGURES
from openloop.reproduce.base import Result
from openloop.reproduce.drawing import write_pictures
from openloop.run.engine import local


def load(name: str) -> ModuleType:
    """The module of a figure. Raises InputError for a name that is none."""
    if name not in FIGURES:
        raise InputError(f"reproduce: no figure {name!r}; {nearest(name, FIGURES)}")
    return importlib.import_module(f"openloop.reproduce.{FIGURES[name]}")


def reproduce(name: str, folder: Path, *, quick: bool, workers: int = 2, data: Sequence[Path] = ()) -> Result:
    """Make one figure and write FOLDER/NAME/{data.csv, claims.json, figure.svg, figure.png}. Raises InputError.

    ``data``: files of rows, for a figure that can be drawn of given rows too.
    """
    module = load(name)
    if data and "data" not in signature(module.run).parameters:
        able = [other for other in FIGURES if "data" in signature(load(other).run).parameters]
        raise InputError(f"reproduce: {name} is drawn of no given rows (--data). Figures that are: {', '.join(able)}.")
    require_installed("reproduce", "matplotlib", "figures")
    here = folder / name
    try:
        here.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"reproduce: cannot write into {folder} ({error.strerror}); give another --out.") from None
    executor = local(workers)
    try:
        result: Result = module.run(quick, executor, data) if data else module.run(quick, executor)
    finally:
        executor.close()
    lengths = {len(column) for column in result.data.values()}
    assert len(lengths) == 1, f"{name}: columns of lengths {lengths}"
    filesystem.write_text(here / "data.csv", _csv(result.data))
    claims = {
        "figure": name,
        "title": module.TITLE,
        "paper": module.PAPER,
        "quick": quick,
        "caption": result.caption,
        "claims": [asdict(c) for c in result.claims],
    }
    filesystem.write_text(here / "claims.json", json.dumps(claims, indent=1, ensure_ascii=False) + "\n")
    write_pictures(here, module.TITLE, result)
    return result


def _csv(data: Mapping[str, Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(data)
    writer.writerows(zip(*data.values(), strict=True))
    return text.getvalue()
