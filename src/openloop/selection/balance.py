"""Balance: keep accepted rows so that acceptance no longer goes with a feature, such as their length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Values
from openloop.contracts import PoolVerdicts, PoolView
from openloop.data.tables import ROW
from openloop.errors import InputError, nearest
from openloop.measures import matching
from openloop.measures.surface import COUNTS, FEATURES, surface
from openloop.records import Selection
from openloop.seeds import derive, uniforms
from openloop.selection.base import accepted, chosen, from_reasons

By = Literal["matching", "weights"]


@dataclass(frozen=True)
class Balance:
    """See :func:`balance`."""

    feature: str
    signal: str | None
    gold: str | None
    by: By
    bins: int
    seed: int
    version: ClassVar[str] = "1"

    @property
    def signals_read(self) -> tuple[str, ...] | None:
        return None if self.signal is None else tuple(name for name in (self.signal, self.gold) if name is not None)

    def select(self, pool: PoolView, /) -> Selection:
        mine = chosen(pool, self.signal or _only(pool.verdicts, self.gold), "balance")
        accept = _accepted(mine)
        if not len(pool):
            return from_reasons(pool, [])
        gold = np.full(len(accept), np.nan)
        if self.gold is not None:
            gold = _accepted(chosen(pool, self.gold, "balance: gold"))
        feature = self._feature(pool)
        luck = np.array([derive(self.seed, i) for i in pool.ids], dtype=np.uint64)
        keep = self._kept(feature, accept, gold, luck)
        found = matching.before_and_after(feature, accept, gold, pool.column("prompt"), keep.astype(float))
        unit = "a doubling of " if self.feature in FEATURES[:COUNTS] else "one more of "
        why = [
            "" if kept else f"unscored:{outcome}" if np.isnan(a) else "rejected" if a == 0 else "balanced"
            for kept, a, outcome in zip(keep.tolist(), accept.tolist(), mine.outcomes, strict=True)
        ]
        measured = {
            f"acceptance for {unit}{self.feature}, before": found.before,
            f"acceptance for {unit}{self.feature}, after": found.after,
        }
        return replace(from_reasons(pool, why), measured=measured)

    def _kept(self, feature: Values, accept: Values, gold: Values, luck: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which rows, shape [N]; ``luck`` decides and the order of the pool does not."""
        if self.by == "weights":
            weight = matching.weights(feature, accept, gold, self.bins)
            most = float(weight.max()) or 1.0
            return np.asarray(uniforms(luck, 1)[:, 0] * most < weight)
        order = np.argsort(luck)
        keep = np.zeros(len(accept), dtype=np.bool_)
        keep[order] = matching.rebalance(feature[order], accept[order], gold[order], self.bins)
        return keep

    def _feature(self, pool: PoolView) -> Values:
        """Shape [N]: of the completion's surface, counts as log2(1 + n); or a column of the row."""
        if self.feature in FEATURES:
            place = FEATURES.index(self.feature)
            values = np.array([surface(text)[place] for text in pool.column("text.completion")])
            return np.log2(1 + values) if place < COUNTS else values
        rows = [name.removeprefix(ROW) for name in pool.columns if name.startswith(ROW)]
        if self.feature not in rows:
            raise InputError(f"balance: no feature {self.feature!r}; {nearest(self.feature, {*FEATURES, *rows})}")
        return np.array([_number(held, self.feature) for held in pool.column(ROW + self.feature)])


def _accepted(verdicts: PoolVerdicts) -> Values:
    """Shape [N]: 1, 0, or NaN where unscored."""
    if verdicts.accept_at is None:
        raise InputError(f"balance: signal {verdicts.signal!r} has no accept_at, so there is nothing to accept.")
    return accepted(verdicts.values, verdicts.accept_at)


def _only(verdicts: Mapping[str, PoolVerdicts], gold: str | None) -> str | None:
    """The one signal that is not gold, where there is one."""
    rest = [name for name in verdicts if name != gold]
    return rest[0] if gold is not None and len(rest) == 1 else None


def _number(held: Any, column: str) -> float:
    if held is None:
        return float("nan")
    if isinstance(held, bool | int | float):
        return float(held)
    raise InputError(f"balance: {column!r} must hold numbers, got {held!r:.60}.")


def balance(
    feature: str = "characters",
    *,
    signal: str | None = None,
    gold: str | None = None,
    by: By = "matching",
    bins: int = 10,
    seed: int = 0,
) -> Balance:
    """Keep accepted rows, thinned so that acceptance is no longer associated with a feature such as length.

    ``feature``: of the completion's text (characters, words, lines, list items, ...) or a column of numbers.
    ``by``: ``matching`` thins every bin of the feature to the acceptance of the least accepted bin (which keeps nothing
    if that bin has no accepted row: use fewer bins); ``weights`` keeps each row with a probability proportional to the
    acceptance of its class over that of its bin. ``gold``: a signal that tells good from bad; rows are then compared
    among good ones and among bad ones. Without it, a feature of good rows is balanced away as well. The run holds the
    association before and after, with intervals. Use it instead of ``threshold``, which leaves no rejected rows to
    compare with. Raises InputError.
    """
    if by not in ("matching", "weights"):
        raise InputError(f"balance: by must be 'matching' or 'weights', got {by!r}.")
    if not isinstance(bins, int) or bins < 2:
        raise InputError(f"balance: bins must be at least 2, got {bins!r}.")
    return Balance(feature, signal, gold, by, bins, seed)
