"""Rows to label: drawn, written, and read back with their labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from openloop import filesystem
from openloop.auditing.facts import Codes, Facts
from openloop.auditing.reading import key_of
from openloop.auditing.roles import Roles
from openloop.auditing.values import Column, Unreadable, look_up, short, two_class
from openloop.auditing.walk import Walk
from openloop.data.streaming import blocks
from openloop.errors import DataError, InputError


def draw(facts: Facts, n: int) -> Codes:
    """Indices of ``n`` kept rows without gold, drawn uniformly, by the rows' content and not by their order.

    Only the kept rows are drawn: for p′ a label on a dropped row says nothing.
    """
    free = np.flatnonzero(facts.kept & np.isnan(facts.gold))
    order = facts.rng(2).permutation(len(free))
    return np.sort(free[order[:n]])


def free_path(name: str) -> Path:
    """``NAME.to-label.jsonl`` here, or the next ``NAME.to-label-2.jsonl`` that does not hold labels."""
    number = 1
    while True:
        path = Path(f"{name}.to-label{'' if number == 1 else f'-{number}'}.jsonl")
        if not path.exists() or not _holds_labels(path):
            return path
        number += 1


def _holds_labels(path: Path) -> bool:
    return any(row.get("gold") is not None for shard in blocks(path) for row in shard.rows)


def write_rows_to_label(path: Path, walk: Walk, facts: Facts, drawn: Codes) -> None:
    """JSON lines with an empty ``gold``, and the design that drew them.

    Raises InputError when the file is there and holds labels: they are somebody's work.
    """
    if path.exists() and _holds_labels(path):
        raise InputError(
            f"{path} already holds labels; read them with --labels {path}, or give another --to-label FILE."
        )
    found = walk.texts_at(facts.place[drawn])
    available = int((facts.kept & np.isnan(facts.gold)).sum())
    lines = []
    for index in drawn:
        prompt, completion = found[int(facts.place[index])]
        score = float(facts.score[index])
        lines.append(
            {
                "id": f"{facts.key[index]:016x}",
                "gold": None,
                "prompt": prompt,
                "completion": completion,
                "verdict": None if np.isnan(score) else score,
                "drawn": {
                    "from": "kept rows without gold",
                    "of": available,
                    "probability": len(drawn) / available,
                },
            }
        )
    filesystem.write_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def with_labels(facts: Facts, path: Path, roles: Roles) -> Facts:
    """The facts with the labels of a file put in. Raises DataError when none of them fits."""
    labels: dict[int, float] = {}
    empty = 0
    for shard in blocks(path):
        for index, row in enumerate(shard.rows):
            column = _gold_column(row, roles)
            where = f"{path}: {shard.unit} {shard.numbers[index]}"
            if column is None:
                raise DataError(
                    f"{where}: no column `gold`. Fill in the rows that the audit wrote: true or false (or 1, 0, yes, "
                    "no, correct, incorrect)."
                )
            try:
                value = two_class(column.cell(row))
            except Unreadable as error:
                raise DataError(
                    f"{where}: {column.spelled} is {short(error.args[0])}. Allowed: true, false, 1, 0, yes, no, "
                    "correct, incorrect, null."
                ) from None
            if np.isnan(value):
                empty += 1
                continue
            labels[_key(row, roles, path)] = value
    if not labels:
        raise DataError(
            f"{path}: no row has a label. Fill in `gold` (true or false) in at least one of {empty:,} rows."
        )
    place = {int(key): index for index, key in reversed(list(enumerate(facts.key)))}
    gold = facts.gold.copy()
    found = [key for key in labels if key in place]
    if not found:
        raise DataError(
            f"{path}: none of {len(labels):,} labels belongs to a row of {facts.name}. Were they drawn from it?"
        )
    changed = 0
    keys = np.array(found, dtype=np.uint64)
    order = np.argsort(keys)
    at = np.searchsorted(keys[order], facts.key)
    at = np.minimum(at, len(keys) - 1)
    mine = keys[order][at] == facts.key
    values = np.array([labels[key] for key in found])[order][at]
    changed = int((mine & ~np.isnan(gold) & (gold != values)).sum())
    gold[mine] = values[mine]
    said = [f"{len(found):,} labels read from {path}"]
    if len(labels) > len(found):
        said.append(f"{len(labels) - len(found):,} labels belong to no row of the file")
    if empty:
        said.append(f"{empty:,} rows of {path} have no label yet")
    if changed:
        said.append(f"{changed:,} labels differ from the file's gold; the labels count")
    return replace(facts, gold=gold, said=(*facts.said, *said))


def _gold_column(row: Mapping[str, Any], roles: Roles) -> Column | None:
    """``gold`` as the audit writes it, or gold as the data names it."""
    if "gold" in row:
        return Column("gold")
    return roles.gold if roles.gold is not None and look_up(row, roles.gold.path) is not None else None


def _key(row: Mapping[str, Any], roles: Roles, path: Path) -> int:
    name = row.get("id")
    if isinstance(name, str) and len(name) == 16:
        try:
            return int(name, 16)
        except ValueError:
            pass
    if not (roles.completion or roles.conversation):
        raise DataError(f"{path}: a row without the `id` that the audit wrote. Keep that column.")
    return key_of(row, roles)


def write_kept(path: Path, walk: Walk, places: Codes) -> None:
    """The rows themselves, as they were read, at some places, in the file's order."""
    wanted = np.zeros(int(places.max()) + 1 if len(places) else 0, dtype=bool)
    wanted[places] = True
    with filesystem.written_whole(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        for row, mine in zip(walk.rows(), wanted, strict=False):  # no further than the last one wanted
            if mine:
                stream.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
