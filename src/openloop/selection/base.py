"""What selectors share: choosing among signals, and turning a mask into a selection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import PoolVerdicts, PoolView
from openloop.errors import InputError, nearest
from openloop.records import Candidate, Selection, Verdict
from openloop.seeds import derive
from openloop.selection.fields import codes

Unscored = Literal["drop", "keep"]


@dataclass(frozen=True)
class VerdictList:
    """Verdicts in memory, as a selector sees them."""

    signal: str
    accept_at: float | None
    verdicts: Sequence[Verdict]

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Shape [N]; NaN where unscored."""
        return np.array([np.nan if v.value is None else v.value for v in self.verdicts], dtype=np.float64)

    @cached_property
    def outcomes(self) -> list[str]:
        """Shape [N]."""
        return [v.outcome.value for v in self.verdicts]

    def __len__(self) -> int:
        return len(self.verdicts)

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def __getitem__(self, index: int, /) -> Verdict:
        return self.verdicts[index]


def chosen(pool: PoolView, signal: str | None, selector: str) -> PoolVerdicts:
    """The verdicts of the named signal, or of the only one there is."""
    verdicts = pool.verdicts
    if signal is not None and signal in verdicts:
        return verdicts[signal]
    if signal is not None:
        raise InputError(f"{selector}: no verdicts of signal {signal!r}; {nearest(signal, verdicts)}")
    if not verdicts:
        raise InputError(
            f"{selector}: needs the verdicts of a signal, and there are none. Name one under `signals` (in Python: "
            "score the pool and pass the verdicts)."
        )
    if len(verdicts) != 1:
        raise InputError(
            f"{selector}: needs the verdicts of one signal, got {sorted(verdicts)}; choose one with signal=."
        )
    return next(iter(verdicts.values()))


def from_mask(pool: PoolView, keep: NDArray[np.bool_], reason: str, verdicts: PoolVerdicts | None = None) -> Selection:
    """Keep where the mask is true; a dropped row that is unscored gets that as its reason instead of ``reason``."""
    ids, mask = pool.ids, keep.tolist()
    kept = tuple(i for i, mine in zip(ids, mask, strict=True) if mine)
    if verdicts is None:
        return Selection(kept, {i: reason for i, mine in zip(ids, mask, strict=True) if not mine})
    unscored = np.isnan(verdicts.values).tolist()
    rows = zip(ids, mask, unscored, verdicts.outcomes, strict=True)
    return Selection(kept, {i: f"unscored:{outcome}" if no else reason for i, mine, no, outcome in rows if not mine})


def from_reasons(pool: PoolView, reasons: Sequence[str]) -> Selection:
    """Keep where the reason is empty; every other row is dropped for its own."""
    pairs = list(zip(pool.ids, reasons, strict=True))
    return Selection(tuple(i for i, why in pairs if not why), {i: why for i, why in pairs if why})


def written(pool: PoolView) -> Iterator[tuple[str, ...]]:
    """What the model wrote in each row: the completion, behind the prompt where that was written too.

    A prompt that was given may hold anything: demonstrations, a text to work on.
    """
    rows = zip(pool.column("prompt_written"), pool.column("text.prompt"), pool.column("text.completion"), strict=True)
    return ((prompt, completion) if mine else (completion,) for mine, prompt, completion in rows)


def prompts_of(candidates: Sequence[Candidate]) -> NDArray[np.int64]:
    """Codes [N] from 0 of the prompts of candidates."""
    return codes([candidate.prompt_id for candidate in candidates])


def places_in_groups(groups: NDArray[np.int64], *keys: NDArray[Any]) -> NDArray[np.int64]:
    """The place of each row among those of its group, from 0, smallest key first: shape [N].

    ``groups`` are codes; the first of ``keys`` ([N] each) counts most, equal ones stay in the order of the rows.
    """
    order = np.lexsort((*reversed(keys), groups))
    size = np.bincount(groups)
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order)) - np.repeat(np.cumsum(size) - size, size)
    return places


def lots_of(pool: PoolView, seed: int, *purpose: str) -> NDArray[np.float64]:
    """A number for each row, shape [N], all different: drawn by a hash of its id, whatever the order of the pool."""
    luck = np.array([derive(seed, *purpose, i) for i in pool.ids], dtype=np.uint64)
    return np.argsort(np.argsort(luck, kind="stable"), kind="stable").astype(np.float64)


def accepted(values: NDArray[np.float64], accept_at: float) -> NDArray[np.float64]:
    """Shape [N]: 1, 0, or NaN where unscored."""
    return np.where(np.isnan(values), np.nan, (values >= accept_at).astype(np.float64))


def require_of(value: str, selector: str) -> None:
    """Check the option that says whether a selector looks at whole rows or at completions alone."""
    if value not in ("row", "completion"):
        raise InputError(f"{selector}: of must be 'row' or 'completion', got {value!r}.")


def require_unscored(value: str, selector: str) -> None:
    """Check the option that says what becomes of unscored rows."""
    if value not in ("drop", "keep"):
        raise InputError(f"{selector}: unscored must be 'drop' or 'keep', got {value!r}.")


def how_many(rate: float | None, n: int | None, total: int, selector: str) -> int:
    """A number of rows from a rate or a number."""
    if n is not None:
        return n
    assert rate is not None, f"{selector} checks its options when it is made"
    return round(rate * total)


def require_rate_or_n(rate: float | None, n: int | None, selector: str) -> None:
    """Check that exactly one of the two is given and sensible."""
    if (rate is None) == (n is None):
        raise InputError(f"{selector}: give either rate (a share in [0, 1]) or n (a number of rows).")
    if rate is not None and not 0 <= rate <= 1:
        raise InputError(f"{selector}: rate must be in [0, 1], got {rate}.")
    if n is not None and (not isinstance(n, int) or n < 0):
        raise InputError(f"{selector}: n must be a whole number, at least 0, got {n!r}.")
