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
from openloop.testing.base import check_identity, require, some_candidates, unchanged

Arrays = Callable[[int], Mapping[str, NDArray[Any]]]


def check_selector(selector: Selector, signal: str = "check", extra: Arrays | None = None) -> None:
    """Kept + dropped = pool, pool order, reasons, inputs untouched, same input → same selection, odd pools.

    ``signal`` is the name under which the suite offers verdicts (range [0, 1], accepting at 1). ``extra`` makes the
    arrays that the selector needs: from the number of candidates, columns of shape [N] or [N, D] by name.
    """
    name = f"selector {selector!r}"
    require(isinstance(selector, Selector), f"{name} has no `select`.")
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
        selection = unchanged(name, rows, lambda given=given: selector.select(given))  # type: ignore[misc]
        _check_selection(name, rows, selection)
        _check_untouched(name, given, before)
        require(selector.select(given) == selection, f"{name} selects otherwise the second time.")
        require(selector.select(before) == selection, f"{name} selects otherwise from an equal pool.")
    check_identity(name, selector)


def _check_untouched(name: str, given: CandidatePool, before: CandidatePool) -> None:
    require(given.verdicts.keys() == before.verdicts.keys(), f"{name} changed the verdicts it was given.")
    for signal, mine in before.verdicts.items():
        seen = given.verdicts[signal]
        same = np.array_equal(seen.values, mine.values, equal_nan=True) and list(seen.outcomes) == list(mine.outcomes)
        require(same, f"{name} changed the verdicts it was given.")
    for column in before.extra:
        require(np.array_equal(given.column(column), before.column(column)), f"{name} changed an array it was given.")


def _check_selection(name: str, pool: Sequence[Candidate], selection: Selection) -> None:
    ids = [candidate.id for candidate in pool]
    kept = set(selection.kept)
    require(len(kept) == len(selection.kept), f"{name} keeps a candidate twice.")
    require(not kept & selection.dropped.keys(), f"{name} both keeps and drops a candidate.")
    require(kept | selection.dropped.keys() == set(ids), f"{name}: kept and dropped are not the whole pool.")
    require(list(selection.kept) == [i for i in ids if i in kept], f"{name} does not keep the order of the pool.")
    require(all(selection.dropped.values()), f"{name} drops a candidate without a reason.")
