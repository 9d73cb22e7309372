"""Rows from JSON lines or from one JSON array."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from openloop.data.table import RawRow, Shard
from openloop.errors import DataError

_KINDS = {
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    type(None): "null",
}


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON; write null where there is no number")


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
_lenient = json.JSONDecoder(parse_constant=float)


def json_lines(
    text: str, name: str, prefix: str, said: tuple[str, ...], first: int = 1, constants: bool = False
) -> Shard:
    """One object a line. Blank lines are skipped; lines end at LF or CRLF and nowhere else.

    ``first`` is the number of the first line; ``constants`` reads NaN and Infinity, which are not JSON, as numbers.
    """
    rows: list[RawRow] = []
    numbers: list[int] = []
    decoder = _lenient if constants else _decoder
    scan, decode = decoder.raw_decode, decoder.decode
    # str.splitlines would also split at U+2028 and others, which JSON texts hold unescaped.
    for number, line in enumerate(text.split("\n"), first):
        if not line or line.isspace():
            continue
        try:
            # An object that fills its line needs no search for blanks around it, a fifth of the time.
            row, end = scan(line) if line[0] == "{" else (None, 0)
            if end < len(line) and line[end:].strip(" \t\r"):
                row = decode(line)
        except (ValueError, RecursionError) as error:
            raise _broken(text, line, number, name, error) from None
        if type(row) is not dict:
            raise DataError(
                f"{name}: line {number}: {_KINDS[type(row)]}, not an object. "
                'Allowed: one JSON object a line, such as {"prompt": "..."}.'
            )
        rows.append(row)
        numbers.append(number)
    return Shard(name, rows, f"{prefix}JSON lines", numbers, said=said)


def json_array(text: str, name: str, prefix: str, said: tuple[str, ...]) -> Shard:
    """A list of objects; places are row numbers, since an element may span lines."""
    try:
        rows = _decoder.decode(text)
    except (ValueError, RecursionError) as error:
        place = f"line {error.lineno}: " if isinstance(error, json.JSONDecodeError) else ""
        raise DataError(
            f"{name}: {place}broken JSON array: {_reason(error)}. Allowed: a JSON array of objects, or one "
            "JSON object a line. Repair or remove that part."
        ) from None
    for number, row in enumerate(rows, 1):
        if type(row) is not dict:
            raise DataError(
                f"{name}: row {number}: {_KINDS[type(row)]}, not an object. Allowed: a JSON array of objects."
            )
    return Shard(name, rows, f"{prefix}JSON array", range(1, len(rows) + 1), "row", said)


def rows_in_an_object(name: str, number: int, lists: Sequence[str]) -> DataError:
    """The error of a file that is one JSON object, with what takes the rows out of its lists."""
    held = f" (its lists: {', '.join(lists)})" if lists else ""
    take = f": jq -c '.{lists[0]}[]' {PurePath(name).name} > rows.jsonl" if lists else "."
    return DataError(
        f"{name}: line {number}: the file is one JSON object{held}, not rows. Allowed: one JSON object a line, or a "
        f"JSON array of objects. Write the list to a file of its own{take}"
    )


def _broken(text: str, line: str, number: int, name: str, error: Exception) -> DataError:
    if not isinstance(error, json.JSONDecodeError):
        return DataError(f"{name}: line {number}: {_reason(error)}. Repair the line.")
    whole = _whole(text) if number == 1 or line.strip() == "{" else None
    if whole is not None:
        return rows_in_an_object(name, number, [key for key, value in whole.items() if isinstance(value, list)])
    return DataError(
        f"{name}: line {number}: broken JSON: {_reason(error)} (column {error.colno} of {len(line)}). "
        "Allowed: one JSON object a line. Repair or remove the line."
    )


def decoded(text: str, *, constants: bool = False) -> Any:
    """What a JSON text says, None where it is none; ``constants`` as for :func:`json_lines`."""
    try:
        return (_lenient if constants else _decoder).decode(text)
    except (ValueError, RecursionError):
        return None


def _whole(text: str) -> dict[str, Any] | None:
    """The file as one object that spans lines, if that is what it is."""
    value = decoded(text)
    return value if isinstance(value, dict) else None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)
