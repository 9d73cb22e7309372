"""The suite of a selector passes what is shipped and catches what breaks the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from openloop import selection
from openloop.contracts import PoolView, Selector
from openloop.records import Selection
from openloop.selection.base import from_mask
from openloop.testing import check_selector

SELECTORS = [
    selection.everything(),
    selection.threshold(accept=True),
    selection.threshold(at=0.5, unscored="keep"),
    selection.top(rate=0.3),
    selection.top(n=5, unscored="keep"),
    selection.random(rate=0.5),
    selection.random(n=4, seed=1),
    selection.limit(5),
    selection.chain(selection.threshold(at=0.5), selection.random(rate=0.5), selection.top(n=2)),
]


@pytest.mark.parametrize("selector", SELECTORS, ids=str)
def test_every_shipped_selector_keeps_the_contract(selector: Selector) -> None:
    check_selector(selector)


@pytest.mark.parametrize(
    ("select", "rule"),
    [
        (lambda ids: Selection(tuple(ids[:-1]), {}), "keep or drop the whole pool"),
        (lambda ids: Selection(tuple(ids), dict.fromkeys(ids, "why")), "both keeps and drops"),
        (lambda ids: Selection(tuple(ids[::-1]), {}), "order of the pool"),
        (lambda ids: Selection((), dict.fromkeys(ids, "")), "without a reason"),
        (lambda ids: Selection((*ids, *ids[:1]), {}), "twice"),
    ],
)
def test_a_broken_selector_is_caught(select: Callable[[list[str]], Selection], rule: str) -> None:
    class Broken:
        version = "1"
        fingerprint = "broken"

        def select(self, pool: PoolView, /) -> Selection:
            return select(list(pool.ids))

    with pytest.raises(AssertionError, match=rule):
        check_selector(Broken())


def test_a_selector_that_writes_into_the_verdicts_is_caught() -> None:
    class Spoils:
        fingerprint = "spoils"

        def select(self, pool: PoolView, /) -> Selection:
            for mine in pool.verdicts.values():
                mine.values[:] = 0.0
            return selection.everything().select(pool)

    with pytest.raises(AssertionError, match="changed the verdicts"):
        check_selector(Spoils())


@dataclass(frozen=True)
class Nearest:
    """Keeps half of the rows by a vector of theirs."""

    spoils: bool = False
    version: ClassVar[str] = "1"

    def select(self, pool: PoolView, /) -> Selection:
        vectors = pool.column("vector")
        if self.spoils:
            vectors.flags.writeable = True
            vectors[:] = 0.0
        norms = np.linalg.norm(vectors, axis=1)
        return from_mask(pool, norms <= (np.median(norms) if len(norms) else 0.0), "far")


def vectors(n: int) -> dict[str, np.ndarray]:
    return {"vector": np.random.default_rng(0).normal(size=(n, 3))}


def test_a_selector_over_vectors_is_checked_with_vectors() -> None:
    check_selector(Nearest(), extra=vectors)
    with pytest.raises(AssertionError, match="changed an array it was given"):
        check_selector(Nearest(spoils=True), extra=vectors)
