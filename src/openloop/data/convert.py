"""Rows as prompts to sample from, or as examples to train on."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from openloop.data.canonical import canonical, canonical_text
from openloop.data.content import completion_of
from openloop.data.rows import Rows
from openloop.errors import DataError
from openloop.records import Content, Example, Prompt


def content_id(content: Content) -> str:
    """16 hexadecimal digits that name a prompt by what it says and nothing else."""
    said = canonical_text("prompt", content) if type(content) is str else canonical({"prompt": content})
    return hashlib.sha256(said).hexdigest()[:16]


def told_apart(names: Iterable[str]) -> list[str]:
    """The names, in order, with ``-1``, ``-2``, ... behind later occurrences of one."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        found.append(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def prompts(rows: Rows) -> list[Prompt]:
    """One prompt a row, shape [P], in order.

    The id is a function of the row's content: 16 hexadecimal digits of the SHA-256 of its canonical JSON,
    and ``-1``, ``-2``, ... for its later occurrences, so that two files that share rows share ids. Raises DataError for
    rows that are text only.
    """
    if rows.layout == "text":
        raise DataError(f"{rows.source}: its rows are text without a prompt; they can be trained on, not asked.")
    names = told_apart(hashlib.sha256(canonical(row)).hexdigest()[:16] for row in rows.rows)
    return [
        Prompt(name, row["prompt"], {column: value for column, value in row.items() if column != "prompt"})
        for name, row in zip(names, rows.rows, strict=True)
    ]


def examples(rows: Rows) -> list[Example]:
    """One example a row, shape [N], in order. Without a completion column, ``answer`` is the completion
    (``rows.said`` says so).

    Raises DataError when there is neither, or a row has no value in it.
    """
    column = "completion" if "completion" in rows.rows[0] else "answer"
    made = []
    for number, row in enumerate(rows.rows, 1):
        try:
            completion = completion_of(row.get(column), row["prompt"], set())
        except DataError as error:
            raise DataError(f"{rows.source}: row {number}: {error}") from None
        if completion is None:
            raise _nothing_to_learn(rows, column, number)
        others = {name: value for name, value in row.items() if name not in ("prompt", "completion")}
        made.append(Example(row["prompt"], completion, others))
    return made


def _nothing_to_learn(rows: Rows, column: str, number: int) -> DataError:
    n = sum(row.get(column) is None for row in rows.rows)
    if n == len(rows):
        have = ", ".join(sorted({name for row in rows.rows for name in row}))
        return DataError(
            f"{rows.source}: nothing to train on: neither a completion nor a column `answer`. It has: "
            f"{have}. Name the column: completion=..."
        )
    return DataError(
        f"{rows.source}: row {number}: no {column} to train on, and in {n:,} of {len(rows):,} rows. "
        "Fill it in, or leave those rows out."
    )
