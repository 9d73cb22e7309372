"""One JSON object that holds rows, as some tools write their logs: told from JSON lines by its first line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from openloop.data.json_rows import decoded, json_lines, rows_in_an_object
from openloop.data.logs.documents import ENTRIES, INSPECT, Found, inspect_ended, rows_inside
from openloop.data.table import Shard


def is_spread(start: str) -> bool:
    """Whether an object begins in the first line and does not end there."""
    line, newline, _ = start.partition("\n")
    return bool(newline) and line.strip()[:1] == "{" and decoded(line) is None


def json_objects(text: str, name: str, prefix: str, said: tuple[str, ...], *, constants: bool = False) -> Shard:
    """JSON lines, or the rows inside of one object. Raises DataError."""
    if is_spread(text.lstrip()):
        whole = decoded(text, constants=constants)
        found = rows_inside(whole) if isinstance(whole, dict) else None
        if found is not None:
            return _rows_of(whole, found, name, prefix, said)
    return _opened(json_lines(text, name, prefix, said, constants=constants), prefix)


def opened(shards: Iterator[Shard]) -> Iterator[Shard]:
    """The same shards; where a file is a single object that holds rows, these."""
    first, second = next(shards, None), next(shards, None)
    if first is None:
        return
    if second is None:
        yield _opened(first, first.format.removesuffix("JSON lines"))
        return
    yield from (first, second)
    yield from shards


def _lists_of_rows(row: Mapping[str, Any]) -> list[str]:
    """The lists of several objects in an object that is no row itself, having neither prompt nor completion."""
    from openloop.data.columns import kinds_of
    from openloop.data.recognise.layouts import guess_texts

    lists = [
        name
        for name, value in row.items()
        if isinstance(value, list) and len(value) > 1 and all(isinstance(held, dict) for held in value)
    ]
    texts = guess_texts(kinds_of([row]), None)
    return [] if texts.has_prompt or texts.has_completion else lists


def _opened(shard: Shard, prefix: str) -> Shard:
    # A line of lists in a file that says it is JSON lines is one row of several completions.
    lines = any(ending in (".jsonl", ".ndjson") for ending in PurePath(shard.name).suffixes)
    found = rows_inside(shard.rows[0], columns=not lines) if len(shard.rows) == 1 else None
    if found is None:
        if len(shard.rows) == 1 and not lines and (inside := _lists_of_rows(shard.rows[0])):
            raise rows_in_an_object(shard.name, 1, inside)
        return shard
    return _rows_of(shard.rows[0], found, shard.name, prefix, shard.said)


def _rows_of(whole: Mapping[str, Any], found: Found, name: str, prefix: str, said: tuple[str, ...]) -> Shard:
    rows, what = found
    said = (*said, f"read as a {what}") if ENTRIES in what else said
    said = (*said, *inspect_ended(whole)) if what == INSPECT else said
    return Shard(name, rows, f"{prefix}{what}", range(1, len(rows) + 1), "row", said)
