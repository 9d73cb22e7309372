"""Pairs to label: both responses, in an order that does not say which one is preferred; and the labels read back.

The order goes by the last bit of the row's ``id``, so that a label is read without the file that the pair came from.
"""

from __future__ import annotations

import math
from typing import Any

from openloop.auditing.array_builder import key_of
from openloop.auditing.inputs import Row
from openloop.auditing.pair_input import oriented, row_of
from openloop.auditing.pair_rows import roles_of
from openloop.data.content import text_of
from openloop.data.gold import Unreadable, short
from openloop.data.preference_cells import Names, read_preference
from openloop.data.recognise import PairColumns, PairRow
from openloop.errors import DataError

_NAMES = Names({"response_a"}, {"response_b"})
PAIR_ANSWERS = "A, B or tie"
QUESTION = f"Which response is better? gold: {PAIR_ANSWERS}"


def pair_to_label(key: int, pair: PairRow) -> dict[str, Any]:
    """The fields that a person reads and fills in."""
    sides = oriented(pair)
    first, second = sides[::-1] if key & 1 else sides
    return {
        "gold": None,
        "question": QUESTION,
        "prompt": text_of(pair.prompt),
        "response_a": text_of(first),
        "response_b": text_of(second),
    }


def is_label_of_pair(row: Row) -> bool:
    """Whether a row is one that :func:`pair_to_label` made."""
    return {"id", "gold", "response_a", "response_b"} <= row.keys() and isinstance(row["id"], str)


def read_pair_label(row: Row, columns: PairColumns, where: str) -> tuple[int, float] | None:
    """The key of the pair's row, and whether the preferred response is the better one: 1, 0, .5 for a tie, or NaN.

    Rows that the audit wrote, or the data's own with gold filled in; None for a pair without a preferred response.
    Raises DataError for what is no label.
    """
    if is_label_of_pair(row):
        key = _id(row["id"], where)
        win = _preference(row["gold"], where)
        return key, 1 - win if key & 1 else win
    if columns.gold is None and "gold" not in row:
        raise DataError(f"{where}: no column `gold`. Fill in the rows that the audit wrote: A, B or tie.")
    if columns.first not in row or columns.second not in row:
        raise DataError(
            f"{where}: neither a pair that the audit wrote (`id`, `response_a`, `response_b`) nor one of the data "
            f"({columns.first}, {columns.second}). Were these labels drawn from it?"
        )
    try:
        pair, gold = columns.read(row), columns.label_of(row)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    if pair.win not in (0.0, 1.0):
        return None
    key = key_of(row_of(pair, row, columns), roles_of(columns, margin=False))
    return key, gold if pair.win == 1 or math.isnan(gold) else 1 - gold


def _preference(cell: Any, where: str) -> float:
    try:
        return read_preference(cell, "share", _NAMES).win
    except Unreadable:
        raise DataError(
            f"{where}: gold is {short(cell)}. Allowed: A, B or tie (also yes and no: is A the better one?), or nothing."
        ) from None


def _id(text: str, where: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        raise DataError(f"{where}: `id` is {short(text)}, which the audit did not write. Keep that column.") from None
