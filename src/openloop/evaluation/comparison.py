"""Models compared in pairs on the same items: how far apart, how sure that is, and what would tell.

    openloop.evaluation.compare({"closed": closed, "verified": verified})    # of each, one ItemResults a seed

All pairs of one estimate on one test are judged together (Holm), so that the chance of calling any two of them
different that are not stays at 5 %. A single one is told exactly when its interval leaves 0 out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import InputError, nearest
from openloop.evaluation.items import ItemResults
from openloop.measures.crossed import CrossedMean, crossed_mean
from openloop.measures.holm import holm
from openloop.measures.needed_size import NeededSize, needed_size

Verdict = Literal["better", "worse", "cannot tell"]
LEVEL = 0.95
ONE_SEED = "one seed: says nothing of another training"


@dataclass(frozen=True)
class Comparison:
    """How ``a`` does against ``b`` on one test, by one estimate."""

    a: str
    b: str
    test: str
    """Its name; empty where there is only one."""
    estimate: str
    difference: float | None
    """``a`` less ``b``, mean over seeds of the mean over items; None where no item was scored by both."""
    low: float | None
    high: float | None
    """Of this difference alone. With two seeds or more: for another seed and other items; with one: for these two
    models on other items."""
    level: float
    p: float | None
    """Of there being no difference, alone."""
    p_adjusted: float | None
    """The same among all that were judged together (Holm)."""
    verdict: Verdict
    """Of ``a``, among all that were judged together."""
    why: str
    """What a reader of the verdict has to know; empty where there is nothing to add."""
    needed: NeededSize | None
    """What would tell the difference that was seen; None where it is told, or there is none."""
    n_items: int
    n_seeds: int
    n_unpaired: int
    """Items that only one of the two scored, under some seed."""
    lower_is_better: bool = False
    """Of the estimate, such as a perplexity."""
    round: int | None = None
    """Of a run: the last round that both have finished."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Pair:
    """Two models on one test, before the verdict that takes all pairs together."""

    a: str
    b: str
    estimate: str
    mean: CrossedMean
    n_unpaired: int = 0
    test: str = ""
    same_model: bool = False
    lower_is_better: bool = False
    round: int | None = None

    @classmethod
    def of(
        cls,
        names: tuple[str, str],
        values: tuple[Values, Values],
        estimate: str,
        largest: float,
        *,
        test: str = "",
        same_model: bool = False,
        lower_is_better: bool = False,
        round: int | None = None,
    ) -> Pair:
        """From the values of both, each [S, I]: the same seeds and items in the same places, NaN where unscored.

        ``largest`` is the largest difference that an item can show.
        """
        one, other = values
        unpaired = int((np.isnan(one) != np.isnan(other)).any(axis=0).sum())
        mean = crossed_mean(one - other, largest)
        return cls(*names, estimate, mean, unpaired, test, same_model, lower_is_better, round)


def compare(
    models: Mapping[str, Sequence[ItemResults]], estimate: str | None = None, *, largest: float | None = None
) -> list[Comparison]:
    """Every model against those before it, by one estimate (the first, if not named) on the test that they share.

    Each has its results under the same seeds in the same order, such as ``[evaluation.items() for ...]``; items are
    paired by prompt. ``largest``: the largest difference that an item can show; left out, it is 1 where all values are
    from 0 to 1, and else not known. Raises InputError for fewer than two models, unequal numbers of seeds, an unknown
    estimate, and two models that share no scored prompt.
    """
    seeds = {len(results) for results in models.values()}
    if len(models) < 2 or len(seeds) != 1 or 0 in seeds:
        counts = ", ".join(f"{name} {len(results)}" for name, results in models.items())
        raise InputError(f"compare: needs two models or more, each under the same seeds; got {counts or 'none'}.")
    flat = [items for results in models.values() for items in results]
    name = estimate or next(iter(flat[0].values))
    for items in flat:
        if name not in items.values:
            raise InputError(f"compare: no estimate {name!r}; {nearest(name, items.values)}")
    values = Aligned.of(flat).values(name).reshape(len(models), seeds.pop(), -1)
    span = largest_difference(values) if largest is None else largest
    places = list(enumerate(models))
    pairs = [
        Pair.of((a, b), (values[i], values[j]), name, span) for (j, b), (i, a) in itertools.combinations(places, 2)
    ]
    for pair in pairs:
        if not pair.mean.items:
            raise InputError(f"compare: {pair.a} and {pair.b} share no scored prompt for {name!r}; use one test.")
    return judged(pairs)


@dataclass(frozen=True)
class Aligned:
    """Results on one test with their items in the same places. Paired by prompt; answers to one prompt are one item."""

    results: Sequence[ItemResults]
    places: Sequence[Codes]
    """For each of the results, shape [N]: the item of each of its answers."""
    n_items: int

    @classmethod
    def of(cls, results: Sequence[ItemResults]) -> Aligned:
        """In the order in which prompts first come."""
        known: dict[str, int] = {}
        places = [np.array([known.setdefault(p, len(known)) for p in r.prompts], np.int64) for r in results]
        return cls(results, places, len(known))

    def values(self, estimate: str) -> Values:
        """Mean value of each item in each of the results, shape [results, I]; NaN where it has none.

        Items that none of them scored are left out.
        """
        found = np.full((len(self.results), self.n_items), np.nan)
        for row, where, items in zip(found, self.places, self.results, strict=True):
            mine = items.values.get(estimate)
            if mine is None:
                continue
            scored = ~np.isnan(mine)
            counts = np.bincount(where[scored], minlength=self.n_items)
            sums = np.bincount(where[scored], weights=mine[scored], minlength=self.n_items)
            np.divide(sums, counts, out=row, where=counts > 0)
        return found[:, ~np.isnan(found).all(axis=0)]


def largest_difference(values: Values) -> float:
    """1 where all values that are known are from 0 to 1; else infinite, for not known."""
    known = values[~np.isnan(values)]
    return 1.0 if len(known) and known.min() >= 0 and known.max() <= 1 else math.inf


def judged(pairs: Iterable[Pair], level: float = LEVEL) -> list[Comparison]:
    """All comparisons, with the verdicts that hold together for those of one estimate on one test."""
    families: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        families.setdefault((pair.test, pair.estimate), []).append(pair)
    return [comparison for family in families.values() for comparison in _family(family, level)]


def _family(pairs: Sequence[Pair], level: float) -> list[Comparison]:
    alone = {i: p for i, pair in enumerate(pairs) if not pair.same_model and (p := pair.mean.p_value()) is not None}
    together = holm(alone)
    told = {i for i, p in together.items() if p < 1 - level}
    error = (1 - level) / max(1, len(alone) - len(told))  # what the next one to be told has to reach
    return [_judged(p, level, alone.get(i), together.get(i), error, len(alone)) for i, p in enumerate(pairs)]


def _judged(pair: Pair, level: float, p: float | None, adjusted: float | None, error: float, family: int) -> Comparison:
    mean = pair.mean
    told = adjusted is not None and adjusted < 1 - level
    verdict: Verdict = "cannot tell"
    if told:
        verdict = "better" if (mean.difference > 0) != pair.lower_is_better else "worse"
    low, high = (None, None) if pair.same_model else mean.interval(level)
    return Comparison(
        a=pair.a,
        b=pair.b,
        test=pair.test,
        estimate=pair.estimate,
        difference=None if math.isnan(mean.difference) else mean.difference,
        low=low,
        high=high,
        level=level,
        p=p,
        p_adjusted=adjusted,
        verdict=verdict,
        why=_why(pair, p is not None and p < 1 - level and not told, family),
        needed=None if told or p is None or not mean.difference else needed_size(mean, error),
        n_items=mean.items,
        n_seeds=mean.seeds,
        n_unpaired=pair.n_unpaired,
        lower_is_better=pair.lower_is_better,
        round=pair.round,
    )


def _why(pair: Pair, only_alone: bool, family: int) -> str:
    if pair.same_model:
        return "the same model"
    if pair.mean.missing:
        return pair.mean.missing
    said = []
    if only_alone:
        said.append(f"its interval leaves 0 out, but not among {family} comparisons (Holm)")
    if pair.mean.seeds == 1:
        said.append(ONE_SEED)
    return "; ".join(said)
