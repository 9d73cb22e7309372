"""Labels read back: from the files that the audit wrote, or from rows of the data's own with gold filled in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from openloop.auditing.array_builder import key_of
from openloop.auditing.frame import Frame
from openloop.auditing.inputs import Row
from openloop.auditing.pair_labels import PAIR_ANSWERS, read_pair_label
from openloop.auditing.row_arrays import RowArrays
from openloop.data.column_ref import ColumnRef
from openloop.data.gold import read_cell, two_class
from openloop.data.recognise import ColumnRoles, PairColumns
from openloop.data.streaming import blocks
from openloop.errors import DataError


@dataclass
class _Labels:
    """What label files say, by the key of the row."""

    values: dict[int, set[float]] = field(default_factory=dict)
    frames: dict[Frame, list[int]] = field(default_factory=dict)
    """Rows that the audit had asked for, by where it drew them."""
    said: list[str] = field(default_factory=list)


def with_labels(
    arrays: RowArrays, paths: Sequence[Path], roles: ColumnRoles, pairs: PairColumns | None = None
) -> RowArrays:
    """The arrays with the labels of some files as gold, whatever the order of the files.

    A label is for every copy of its text. A text whose labels contradict each other has none. Raises DataError for a
    file of which no label fits.
    """
    if not paths:
        return arrays
    labels = _Labels()
    own = {int(key) for key in arrays.key}
    for path in paths:
        _read(path, roles, own, labels, pairs)
    torn = {key for key, values in labels.values.items() if len(values) > 1}
    settled = {key: values.copy().pop() for key, values in labels.values.items() if key not in torn}
    places = np.isin(arrays.key, _keys(settled))
    gold = arrays.gold.copy()
    told = np.array([settled[int(key)] for key in arrays.key[places]])
    gold[places] = told == 1  # of a pair, a tie is no better than the wrong one
    ties = np.zeros(len(arrays), dtype=bool)
    ties[places] = told == 0.5
    changed = int((~np.isnan(arrays.gold) & (arrays.gold != gold)).sum())
    gold[np.isin(arrays.key, _keys(torn))] = np.nan
    if torn:
        labels.said.append(f"{len(torn):,} texts have labels that contradict each other and count as not labelled")
    if changed:
        labels.said.append(f"{changed:,} labels differ from the file's gold; the labels are used")
    return replace(
        arrays,
        gold=gold,
        said=(*arrays.said, *labels.said),
        gold_ties=None if pairs is None else ties,
        labels_read=True,
        asked=np.isin(arrays.key, _keys(key for keys in labels.frames.values() for key in keys)),
        asked_from=tuple(labels.frames),
    )


def _keys(keys: Iterable[int]) -> NDArray[np.uint64]:
    return np.array(list(keys), dtype=np.uint64)


def _read(path: Path, roles: ColumnRoles, own: Set[int], labels: _Labels, pairs: PairColumns | None) -> None:
    """Add the labels of one file, and what there is to say of it."""
    seen: set[int] = set()
    empty = 0
    for shard in blocks(path):
        for line, row in zip(shard.numbers, shard.rows, strict=True):
            where = f"{shard.name}: {shard.unit} {line}"
            if pairs is not None:
                told = read_pair_label(row, pairs, where)
            else:
                told = _row_label(row, roles, own, where)
            if told is None or np.isnan(told[1]):
                empty += 1
                continue
            key, value = told
            seen.add(key)
            labels.values.setdefault(key, set()).add(value)
            drawn = row.get("drawn")
            frame = Frame.of(drawn.get("frame")) if isinstance(drawn, dict) else None
            if frame is not None:
                labels.frames.setdefault(frame, []).append(key)
    if not seen:
        raise DataError(
            f"{path}: no row has a label. Fill in `gold` ({'true or false' if pairs is None else PAIR_ANSWERS}) in at "
            f"least one of {empty:,} rows."
        )
    fitting = len(seen & own)
    if not fitting:
        raise DataError(f"{path}: none of {len(seen):,} labels belongs to a row of the data. Were they drawn from it?")
    labels.said.append(f"{fitting:,} labels read from {path}")
    if len(seen) > fitting:
        labels.said.append(f"{len(seen) - fitting:,} labels of {path} match no row of the data")
    if empty:
        labels.said.append(f"{empty:,} rows of {path} have no label yet")


def _row_label(row: Row, roles: ColumnRoles, own: Set[int], where: str) -> tuple[int, float] | None:
    """Key and label of an ordinary row; None without a label."""
    column = _gold_column(row, roles)
    if column is None:
        raise DataError(
            f"{where}: no column `gold`. Fill in the rows that the audit wrote: true or false (or 1, 0, yes, "
            "no, correct, incorrect)."
        )
    value = read_cell(column, row, where, two_class)
    return None if np.isnan(value) else (_key(row, roles, own, where), value)


def _gold_column(row: Row, roles: ColumnRoles) -> ColumnRef | None:
    """``gold`` as the audit writes it, or gold as the data names it."""
    if "gold" in row:
        return ColumnRef("gold")
    return roles.gold if roles.gold is not None and roles.gold.look_up(row) is not None else None


def _key(row: Row, roles: ColumnRoles, own: Set[int], where: str) -> int:
    """By the ``id`` that the audit wrote, else by the row's content: an ``id`` may be the data's own."""
    name = row.get("id")
    written: int | None = None
    if isinstance(name, str) and len(name) == 16:
        try:
            written = int(name, 16)
        except ValueError:
            written = None
    if written is not None and (written in own or not roles.texts.has_completion):
        return written
    if not roles.texts.has_completion:
        raise DataError(f"{where}: no `id`, which the audit wrote. Keep that column.")
    try:
        return key_of(row, roles)
    except DataError:
        if written is None:
            raise
        return written  # of a row that the data does not have (any more)
