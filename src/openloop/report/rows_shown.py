"""Rows of a run with their texts, grouped by what became of them: what `openloop show RUN --rows` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from openloop.errors import InputError, nearest
from openloop.report.blocks import Block, Column, EmptyLine, Lines, Table
from openloop.report.plain_text import one_line
from openloop.run.explained_rows import KEPT, ExplainedRow, explained_rows
from openloop.run.rows_of_run import RowsOfRun

EACH = 3
"""Rows of each reason that are shown unless told otherwise."""
STATES = ("accepted", "rejected", "scored", "unscored")
CUT = 280
"""Characters of a text that are shown."""
TEXT_COLUMNS = (Column("", style="dim", right=False), Column("", right=False, folds=True))


@dataclass(frozen=True)
class RowsShown:
    """Some rows of each reason, with how many there are."""

    rows: RowsOfRun
    groups: Sequence[tuple[str, int, Sequence[ExplainedRow]]]
    """Reason, how many rows have it, and those that are shown."""
    said: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "directory": str(self.rows.store.root),
            "arm": self.rows.step.arm,
            "seed": self.rows.step.seed,
            "round": self.rows.step.round,
            "partial": self.rows.partial,
            "counts": self.rows.counts,
            "said": list(self.said),
            "reasons": {reason: n for reason, n, _ in self.groups},
            "rows": [row.to_json() for _, _, rows in self.groups for row in rows],
        }


def rows_shown(rows: RowsOfRun, *, n: int = EACH, reason: str | None = None, verdict: str | None = None) -> RowsShown:
    """The first ``n`` rows of each reason, or of one.

    ``reason``: ``kept``, a reason of a drop, its part before a colon, ``dropped`` or ``failed``; ``verdict``: one of
    :data:`STATES`, what the selection's first signal said. Raises InputError for what no row has.
    """
    if n < 1:
        raise InputError(f"-n: at least 1, got {n}.")
    if verdict is not None and verdict not in STATES:
        raise InputError(f"--verdict {verdict!r}: {nearest(verdict, STATES)}")
    every = explained_rows(rows)
    counts = Counter(row.reason for row in every)
    if reason is not None:
        known = [*counts, *dict.fromkeys(why.partition(":")[0] for why in counts), "dropped", "failed"]
        if reason not in known:
            raise InputError(f"--reason {reason!r}: {nearest(reason, list(dict.fromkeys(known)))}")
        every = [row for row in every if reason in (row.reason, row.reason.partition(":")[0], row.fate)]
    if verdict is not None:
        if not rows.recorded.verdicts:
            raise InputError(f"--verdict {verdict}: no signal judged these rows; leave it out.")
        every = [row for row in every if (first := next(iter(row.verdicts.values()), None)) and first.state == verdict]
    order = {KEPT: 0, "dropped": 1, "failed": 2}
    fates = {row.reason: row.fate for row in every}
    held = Counter(row.reason for row in every)
    reasons = sorted(held, key=lambda why: (order[fates[why]], -held[why], why))
    groups = [(why, held[why], _varied([row for row in every if row.reason == why])[:n]) for why in reasons]
    return RowsShown(rows, groups, [rows.sentence, *rows.said, *([f"PARTIAL: {rows.partial}"] if rows.partial else [])])


def _varied(rows: Sequence[ExplainedRow]) -> list[ExplainedRow]:
    """Of each prompt its first row before any second one."""
    seen: Counter[str] = Counter()
    turns = []
    for place, row in enumerate(rows):
        turns.append((seen[row.prompt], place))
        seen[row.prompt] += 1
    return [rows[place] for _, place in sorted(turns)]


def rows_blocks(shown: RowsShown) -> list[Block]:
    """A heading for each reason, and under it the texts and verdicts of its rows."""
    blocks: list[Block] = [Lines([one_line(said, 10_000) for said in shown.said])]
    if not shown.groups:
        blocks.append(Lines(["No row is left by --reason and --verdict."]))
    for reason, count, rows in shown.groups:
        fate = "" if reason == KEPT else f"{rows[0].fate}: "
        more = f", the first {len(rows)}" if count > len(rows) else ""
        blocks += [EmptyLine(), Lines([f"{fate}{one_line(reason, 200)} ({count:,}{more})"], "bold")]
        blocks.append(Table(TEXT_COLUMNS, [line for row in rows for line in (*text_lines(row), [])][:-1]))
    hidden = sum(count - len(rows) for _, count, rows in shown.groups)
    if hidden:
        blocks += [
            EmptyLine(),
            Lines([f"{hidden:,} more rows: -n N shows more of each, --reason R one reason."], "dim"),
        ]
    return blocks


def text_lines(row: ExplainedRow) -> Iterator[list[str]]:
    """Prompt, answer, and a line for each verdict."""
    yield ["prompt", one_line(row.prompt, CUT) or "(empty)"]
    yield ["answer", one_line(row.completion, CUT) or "(empty)"]
    yield from verdict_lines(row)


def verdict_lines(row: ExplainedRow) -> Iterator[list[str]]:
    """What each signal said: its value, whether that is accepted, and why."""
    for name, verdict in row.verdicts.items():
        value = "" if verdict.value is None else f" {verdict.value:.4g}"
        state = verdict.outcome if verdict.value is None else verdict.state
        why = f": {one_line(verdict.reason, CUT)}" if verdict.reason else ""
        yield [one_line(name, 24), f"{state}{value}{why}"]
