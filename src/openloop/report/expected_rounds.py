"""What rounds will take that draw batches until enough rows are kept, with the range that the yield so far leaves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from openloop.measures.estimate_text import estimate_text
from openloop.report.blocks import Block, Column, EmptyLine, Lines, Table
from openloop.run.expected_requests import ExpectedRound, Range

UNKNOWN = "?"


def expected_blocks(expected: Sequence[ExpectedRound]) -> list[Block]:
    """A row for each arm, over the rounds and seeds that have not got their rows; nothing where all have."""
    if not expected:
        return []
    rows, notes = [], []
    for arm, group in groupby(sorted(expected, key=lambda one: one.step.arm), key=lambda one: one.step.arm):
        mine = list(group)
        rows.append(_row(arm, mine))
        notes += _notes(arm, mine)
    columns = [
        Column("to get train_rows", right=False),
        *map(Column, ("rows", "batches", "requests", "tokens", "money", "minutes")),
    ]
    return [EmptyLine(), Table(columns, rows), Lines(list(dict.fromkeys(notes)))]


def _row(arm: str, mine: Sequence[ExpectedRound]) -> list[str]:
    rounds = f"{len(mine)} round{'s' if len(mine) > 1 else ''}"
    return [
        f"{arm}, {rounds}" if arm else rounds,
        f"{sum(one.wanted for one in mine):,}",
        _range_text(_sum(one.batches for one in mine), _whole),
        _range_text(_sum(one.requests for one in mine), _whole),
        _range_text(_sum(_times(one.batches, one.tokens) for one in mine), _short),
        _range_text(_sum(_times(one.batches, one.money) for one in mine), lambda x: f"{x:,.2f}"),
        UNKNOWN
        if any(one.seconds is None for one in mine)
        else _range_text(_sum(_times(one.batches, (one.seconds or 0) / 60) for one in mine), lambda x: f"{x:,.1f}"),
    ]


def _notes(arm: str, mine: Sequence[ExpectedRound]) -> list[str]:
    said, name = [], f"{arm}: " if arm else ""
    seen = mine[0].seen
    if seen is None:
        said.append(
            f"{name}no batch has been selected from yet, so only the least is known (every candidate kept). "
            "`openloop preview RECIPE -n 10` tries some prompts and measures the yield."
        )
    else:
        said.append(
            f"{name}{estimate_text(seen.rows)} rows kept per request, over {seen.rows.n:,} requests; later batches may "
            "give less, as more of their rows repeat earlier ones."
        )
        if not seen.rows.value:
            said.append(f"{name}none of these requests gave a row; `openloop show RUN --rows` shows why.")
    short = [one for one in mine if one.may_fall_short]
    if short:
        surely = "" if any(not one.falls_short for one in short) else "surely "
        said.append(
            f"{name}max_batches allows {max(one.batches_left for one in short):,} more in a round, which is {surely}"
            "too few: the arm would end without training. Raise max_batches, or ask for fewer rows."
        )
    return said


def _sum(ranges: Iterable[Range]) -> Range:
    """End by end: wider than the interval of the sum, as the rounds of an arm share what is not known of its yield."""
    low, middle, high = zip(*ranges, strict=True)
    return sum(low), _known_sum(middle), _known_sum(high)


def _known_sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _times(batches: Range, each: float) -> Range:
    low, middle, high = batches
    return low * each, None if middle is None else middle * each, None if high is None else high * each


def _range_text(values: Range, spell: Callable[[float], str]) -> str:
    """``840 [790, 910]``, ``840 [790, ?]``, or ``≥ 790`` where nothing more is known."""
    low, middle, high = values
    if middle is None:
        return f"≥ {spell(low)}"
    said = [spell(low), spell(middle), UNKNOWN if high is None else spell(high)]
    return said[1] if len(set(said)) == 1 else f"{said[1]} [{said[0]}, {said[2]}]"


def _whole(value: float) -> str:
    return f"{math.ceil(value):,}"


def _short(value: float) -> str:
    """``1.2M``: a bound needs no more digits."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.0f}"
