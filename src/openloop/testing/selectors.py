"""The contract of a selector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from openloop.contracts import Selector, Verdicts
from openloop.records import Candidate, Outcome, Selection, Verdict
from openloop.selection.base import VerdictList
from openloop.testing.base import check_identity, require, some_candidates, unchanged


def check_selector(selector: Selector, signal: str = "check") -> None:
    """Kept + dropped = pool, pool order, reasons, inputs untouched, same input → same selection, odd pools.

    ``signal`` is the name under which the suite offers verdicts (range [0, 1], accepting at 1).
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
        pool = some_candidates(size // 3 + 1)[:size]
        verdicts: dict[str, Verdicts] = {
            signal: VerdictList(signal, 1.0, [cases[i % len(cases)] for i in range(len(pool))])
        }
        selection = unchanged(name, pool, lambda p=pool, v=verdicts: selector.select(p, v))  # type: ignore[misc]
        _check_selection(name, pool, selection)
        _check_untouched(name, verdicts, VerdictList(signal, 1.0, [cases[i % len(cases)] for i in range(len(pool))]))
        require(selector.select(pool, verdicts) == selection, f"{name} selects otherwise the second time.")
    check_identity(name, selector)


def _check_untouched(name: str, given: Mapping[str, Verdicts], before: VerdictList) -> None:
    seen = given.get(before.signal)
    same = (
        seen is not None
        and len(given) == 1
        and np.array_equal(seen.values, before.values, equal_nan=True)
        and list(seen.outcomes) == before.outcomes
    )
    require(same, f"{name} changed the verdicts it was given.")


def _check_selection(name: str, pool: Sequence[Candidate], selection: Selection) -> None:
    ids = [candidate.id for candidate in pool]
    kept = set(selection.kept)
    require(len(kept) == len(selection.kept), f"{name} keeps a candidate twice.")
    require(not kept & selection.dropped.keys(), f"{name} both keeps and drops a candidate.")
    require(kept | selection.dropped.keys() == set(ids), f"{name}: kept and dropped are not the whole pool.")
    require(list(selection.kept) == [i for i in ids if i in kept], f"{name} does not keep the order of the pool.")
    require(all(selection.dropped.values()), f"{name} drops a candidate without a reason.")
