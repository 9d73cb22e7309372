"""The contract of a selector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import Selector
from openloop.records import Candidate, Outcome, Selection, Verdict
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool
from openloop.testing.base import Suite, some_candidates

Arrays = Callable[[int], Mapping[str, NDArray[Any]]]


def check_selector(selector: Selector, signal: str = "check", extra: Arrays | None = None) -> None:
    """Kept + dropped = pool, pool order, reasons, inputs untouched, same input → same selection, odd pools.

    ``signal`` is the name under which the suite offers verdicts (range [0, 1], accepting at 1). ``extra`` makes the
    arrays that the selector needs: from the number of candidates, columns of shape [N] or [N, D] by name.
    """
    suite = Suite.of("selector", selector)
    suite.require(isinstance(selector, Selector), "has no `select`")
    everything = [Verdict(1.0), Verdict(0.0), Verdict(None, Outcome.TIMEOUT), Verdict(0.5)]
    for size, cases in (
        (0, everything),
        (1, everything),
        (18, everything),
        (18, everything[2:3]),
        (10_000, everything),
    ):
        rows = some_candidates(size // 3 + 1)[:size]

        def pool(rows: list[Candidate] = rows, cases: list[Verdict] = cases) -> CandidatePool:
            verdicts = VerdictList(signal, 1.0, [cases[i % len(cases)] for i in range(len(rows))])
            return CandidatePool(rows, {signal: verdicts}, {} if extra is None else extra(len(rows)))

        given, before = pool(), pool()
        selection = suite.unchanged(rows, lambda given=given: selector.select(given))  # type: ignore[misc]
        _check_selection(suite, rows, selection)
        _check_untouched(suite, given, before)
        suite.require(selector.select(given) == selection, "selects something else the second time")
        suite.require(selector.select(before) == selection, "selects something else from an equal pool")
    suite.check_identity(selector)


def _check_untouched(suite: Suite, given: CandidatePool, before: CandidatePool) -> None:
    suite.require(given.verdicts.keys() == before.verdicts.keys(), "changed the verdicts it was given")
    for signal, mine in before.verdicts.items():
        seen = given.verdicts[signal]
        same = np.array_equal(seen.values, mine.values, equal_nan=True) and list(seen.outcomes) == list(mine.outcomes)
        suite.require(same, "changed the verdicts it was given")
    for column in before.extra:
        suite.require(np.array_equal(given.column(column), before.column(column)), "changed an array it was given")


def _check_selection(suite: Suite, pool: Sequence[Candidate], selection: Selection) -> None:
    ids = [candidate.id for candidate in pool]
    kept = set(selection.kept)
    suite.require(len(kept) == len(selection.kept), "keeps a candidate twice")
    suite.require(not kept & selection.dropped.keys(), "both keeps and drops a candidate")
    suite.require(kept | selection.dropped.keys() == set(ids), "does not keep or drop the whole pool")
    suite.require(list(selection.kept) == [i for i in ids if i in kept], "does not keep the order of the pool")
    suite.require(all(selection.dropped.values()), "drops a candidate without a reason")
