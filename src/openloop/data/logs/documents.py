"""Tools that write one JSON object, with the rows inside: which objects those are, and their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

INSPECT = "inspect_ai log"
KEY = "key"
"""The column of the names under which an object holds its rows."""
ENTRIES = f"entries, whose names are the column {KEY}"
"""How the format says that rows were told from one object by their names."""
LEAST = 3
"""Entries of an object that holds rows; two objects may be the two responses of one row."""
Found = tuple[list[dict[str, Any]], str]
"""The rows, and the format for people."""


def rows_inside(whole: Mapping[str, Any], *, columns: bool = True) -> Found | None:
    """The rows that a tool's JSON object holds, or its ``columns``; None for any other object."""
    for find in (inspect_rows, promptfoo_rows, *([columns_as_rows, entries_as_rows] if columns else [])):
        rows = find(whole)
        if rows is not None:
            return rows
    return None


def inspect_rows(whole: Mapping[str, Any]) -> Found | None:
    """The samples of an inspect_ai log, each with its task and model."""
    header, samples = whole.get("eval"), whole.get("samples")
    if not isinstance(header, Mapping) or "task" not in header or not isinstance(samples, list):
        return None
    return [inspect_sample(sample, header) for sample in samples], INSPECT


def inspect_ended(log: Mapping[str, Any]) -> tuple[str, ...]:
    """What is to be said of an inspect_ai log that did not end as it should, from its header; nothing of others."""
    if "eval" not in log:
        return ()
    status = log.get("status") or "started"
    return () if status == "success" else (f"the evaluation ended as {status!r}: samples may be missing",)


def inspect_sample(sample: Mapping[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
    """One sample, with what the log says once for all; long contents that stand apart are put in their place."""
    apart = sample.get("attachments") or {}
    kept = {name: value for name, value in sample.items() if name not in ("events", "events_data", "attachments")}
    made: dict[str, Any] = _resolved(kept, apart) if apart else kept
    return {"task": header.get("task"), "model": header.get("model"), **made}


def promptfoo_rows(whole: Mapping[str, Any]) -> Found | None:
    """The results of promptfoo: ``results.results``, of older versions ``results``."""
    outer = whole.get("results")
    inner = outer.get("results") if isinstance(outer, Mapping) else outer
    if not isinstance(inner, list) or not inner or not all(isinstance(row, dict) for row in inner):
        return None
    return (inner, "promptfoo results") if "gradingResult" in inner[0] or "testIdx" in inner[0] else None


def columns_as_rows(whole: Mapping[str, Any]) -> Found | None:
    """Columns of equal length, as lists or as objects of place to value; single values hold for every row."""
    columns = {name: _column(held) for name, held in whole.items()}
    lengths = {len(held) for held in columns.values() if held is not None}
    if len(lengths) != 1 or sum(held is not None for held in columns.values()) < 2 or not next(iter(lengths)):
        return None
    lists = {name: held for name, held in columns.items() if held is not None}
    single = {name: held for name, held in whole.items() if name not in lists}
    rows = [dict(zip(lists, cells, strict=True)) | single for cells in zip(*lists.values(), strict=True)]
    return rows, "JSON columns"


def entries_as_rows(whole: Mapping[str, Any]) -> Found | None:
    """The entries of an object of objects alike (or of lists of them), each with its name in the column ``key``; also
    where that is the one object inside of an object of single values, as evalplus and OpenCompass write it."""
    held, single = whole, {}
    inside = [name for name, value in whole.items() if isinstance(value, Mapping)]
    if len(inside) == 1 and not any(isinstance(value, list) for value in whole.values()):
        held, single = whole[inside[0]], {name: value for name, value in whole.items() if name != inside[0]}
    entries = {name: value if isinstance(value, list) else [value] for name, value in held.items()}
    rows = [row for several in entries.values() for row in several]
    if len(entries) < LEAST or not all(isinstance(row, Mapping) and row for row in rows) or not all(entries.values()):
        return None
    if len(set.intersection(*map(set, rows))) < max(map(len, rows)) / 2:  # what most rows have, all have
        return None
    found = [single | {KEY: name} | dict(row) for name, several in entries.items() for row in several]
    return found, f"JSON object of {len(found):,} {ENTRIES}"


def _column(held: Any) -> list[Any] | None:
    if isinstance(held, list):
        return held
    if isinstance(held, Mapping) and held and all(str(place).isdigit() for place in held):
        return [held[place] for place in sorted(held, key=int)]
    return None


def _resolved(value: Any, apart: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("attachment://"):
        return apart.get(value.removeprefix("attachment://"), value)
    if isinstance(value, Mapping):
        return {key: _resolved(held, apart) for key, held in value.items()}
    if isinstance(value, list):
        return [_resolved(held, apart) for held in value]
    return value
