"""Every pair of arms on every test: the difference, whether it can be told, and what would tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence

from openloop.evaluation.comparison import ONE_SEED, Comparison
from openloop.measures.estimate_text import interval_text
from openloop.measures.needed_size import NeededSize
from openloop.report.blocks import Block, Column, EmptyLine, Lines, Table
from openloop.report.run_summary import RunSummary
from openloop.run.comparisons import is_start

MOST = 15
"""More pairs than this are not all shown."""


def blocks(summary: RunSummary) -> Iterable[Block]:
    """One row per pair, the start first; nothing where nothing was compared."""
    every = summary.comparisons
    if not any(c.n_items for c in every):  # a test that scored nothing is told among the findings
        return
    best = _best_two(every, summary.record.arms)
    shown = [c for c in every if len(every) <= MOST or is_start(c.b, summary.record.arms) or c in best]
    columns = [
        Column("test", right=False, folds=True),
        Column("a", right=False, style="bold", folds=True),
        Column("b", right=False, folds=True),
        Column("difference [95 %]"),
        Column("verdict", right=False),
        Column("would tell", right=False, folds=True),
    ]
    name = _naming(every)
    rows: list[list[str]] = []
    for i, c in enumerate(shown):
        first = i == 0 or (c.test, c.estimate) != (shown[i - 1].test, shown[i - 1].estimate)
        rows += [[]] if first and i else []
        rows.append([name(c) if first else "", c.a, c.b, difference_text(c), c.verdict, would_tell(c)])
    yield EmptyLine()
    yield Table(columns, rows, caption=_legend(every))
    yield Lines(list(_remarks(shown, summary.record.rounds)), "dim")
    if len(shown) < len(every):
        more = len(every) - len(shown)
        yield Lines(
            [f"{more:,} more pairs are in `openloop show --json`; those of one test share the 5 % error."], "dim"
        )


def difference_text(comparison: Comparison) -> str:
    """``+.274 [+.258, +.291]``; the difference alone where there is no interval."""
    if comparison.difference is None:
        return "–"
    return f"{_signed(comparison.difference)} {interval_text(comparison.low, comparison.high, _signed)}".rstrip()


def would_tell(comparison: Comparison) -> str:
    """``1,400 items or 7 seeds``; empty where nothing is needed or known."""
    needed = comparison.needed
    if needed is None:
        return ""
    return needed_text(needed, comparison.n_seeds)


def needed_text(needed: NeededSize, seeds: int) -> str:
    """``1,400 items or 7 seeds``, with only one of the two where the other would not tell."""
    parts = []
    if needed.items is not None:
        parts.append(f"{_rounded_up(needed.items):,} items")
    if needed.seeds is not None:
        parts.append(f"{needed.seeds} seeds")
    return " or ".join(parts) or ("more seeds" if seeds < 2 else "more of both")


def _signed(value: float) -> str:
    text = f"{value:+.3f}"
    return text[0] + text[2:] if text[1] == "0" else text


def _rounded_up(items: int) -> int:
    """To two digits: it is an estimate."""
    unit = int(10 ** max(0, len(str(items)) - 2))
    return -(-items // unit) * unit


def _naming(every: Sequence[Comparison]) -> Callable[[Comparison], str]:
    """How a test and an estimate are called where some have several: by the estimate, the test, or both."""
    tests, estimates = {c.test for c in every}, {c.estimate for c in every}
    if len(tests) == 1:
        return lambda c: c.estimate
    if len(estimates) == 1:
        return lambda c: c.test
    return lambda c: f"{c.test}: {c.estimate}"


def _legend(every: Sequence[Comparison]) -> str:
    family = max(Counter((c.test, c.estimate) for c in every if c.p is not None).values(), default=0)
    seeds = max(c.n_seeds for c in every)
    sizes = sorted({c.n_items for c in every})
    items = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    speaks = (
        f"{items} items under {seeds} seeds; the interval covers other seeds and items."
        if seeds > 1
        else f"{items} items, one seed: the interval covers other items, and says nothing of another training."
    )
    judged = f" Verdicts on one test hold together ({family} comparisons, Holm)." if family > 1 else ""
    return f"difference: a − b on the same items; {speaks}{judged} would tell: this difference, with chance .8."


def _best_two(every: Sequence[Comparison], arms: Container[str]) -> list[Comparison]:
    """Of every test and estimate the comparison between the two arms that are furthest above the start."""
    gains: dict[tuple[str, str], dict[str, float]] = {}
    for c in every:
        if is_start(c.b, arms) and c.difference is not None:
            gains.setdefault((c.test, c.estimate), {})[c.a] = -c.difference if c.lower_is_better else c.difference
    best = {main: set(sorted(gain, key=lambda arm: gain[arm])[-2:]) for main, gain in gains.items()}
    return [c for c in every if {c.a, c.b} == best.get((c.test, c.estimate))]


def _remarks(shown: Sequence[Comparison], rounds: int) -> Iterable[str]:
    most = max(c.n_seeds for c in shown)
    for c in shown:
        # Where all have one seed, the legend says so once.
        why = c.why if most > 1 else c.why.removesuffix(ONE_SEED).removesuffix("; ")
        said = [why] if why else []
        if 1 < c.n_seeds < most:
            said.append(f"{c.n_seeds} seeds")
        if c.round is not None and c.round < rounds:
            said.append(f"after round {c.round}")
        if c.n_unpaired:
            said.append(f"{c.n_unpaired:,} items that only one of the two scored are left out")
        if said:
            yield f"{c.a}, {c.b}: {'; '.join(said)}"
