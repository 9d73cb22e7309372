"""One JSON object that holds rows, as some tools write their logs: told from JSON lines by its first line."""

from __future__ import annotations

from collections.abc import Iterator

from openloop.data.json_rows import decoded, json_lines
from openloop.data.logs.documents import rows_inside
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
            return Shard(name, found[0], f"{prefix}{found[1]}", range(1, len(found[0]) + 1), "row", said)
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


def _opened(shard: Shard, prefix: str) -> Shard:
    found = rows_inside(shard.rows[0]) if len(shard.rows) == 1 else None
    if found is None:
        return shard
    return Shard(shard.name, found[0], f"{prefix}{found[1]}", range(1, len(found[0]) + 1), "row", shard.said)
