"""NormSim band: keep rows as near to the real rows as those are to each other (nomad, §4.3).

Not an option of ``band``, which keeps whole prompts by how often a signal accepts their rows: this one hears no signal,
looks at each row by itself, and needs vectors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import PoolView
from openloop.data.prompt_sources import RowSource
from openloop.errors import InputError
from openloop.measures.normsim import normsim
from openloop.measures.similarity_curve import Band, band_of
from openloop.records import Estimate, Selection
from openloop.selection.base import from_reasons
from openloop.selection.reference import GivenVectors, Reference, rows_or_vectors, vectors_of

COPY = 0.9995
"""From this cosine on a row is a copy, however near the real rows are to each other."""
OWN = 5000
"""Real rows at most that the band is found from."""


@dataclass(frozen=True)
class NormsimBand:
    """See :func:`normsim_band`."""

    real: RowSource | GivenVectors
    low: float | None
    high: float | None
    vectors: str
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    @property
    def reference(self) -> Reference:
        """The real rows."""
        return Reference(self.real, self.vectors)

    def select(self, pool: PoolView, /) -> Selection:
        mine = vectors_of(pool, self.vectors, "normsim_band")
        if not len(pool):
            return from_reasons(pool, [])
        real = self.reference.vectors(pool)
        if mine.shape[1] != real.shape[1]:
            raise InputError(
                f"normsim_band: the rows have vectors of {mine.shape[1]:,} numbers and the real rows of "
                f"{real.shape[1]:,}. Embed both with one model."
            )
        band = self._band(real)
        nearest = normsim(mine, real, where=False).value
        measured = {
            f"{name} rows, by NormSim": replace(found, method=f"{found.method}; {_text(band)}")
            for name, found in _named(band.shares(nearest, pool.column("prompt"), 0.95)).items()
        } | {
            "NormSim band, low": Estimate(band.low, None, None, 0.95, len(real), method=_text(band)),
            "NormSim band, high": Estimate(band.high, None, None, 0.95, len(real), method=_text(band)),
        }
        return replace(from_reasons(pool, [_why(float(value), band) for value in nearest]), measured=measured)

    def _band(self, real: NDArray[Any]) -> Band:
        if self.low is not None and self.high is not None:
            return Band(self.low, self.high)
        found = Band(*_own_band(real))
        low, high = (
            given if given is not None else own for given, own in ((self.low, found.low), (self.high, found.high))
        )
        if low > high:
            raise InputError(
                f"normsim_band: the real rows' own band is {found.low:.3f} to {found.high:.3f}, which leaves nothing "
                f"between low={low:.3f} and high={high:.3f}. Set both, or neither."
            )
        return Band(low, high)


def _own_band(real: NDArray[Any]) -> tuple[float, float]:
    """Where nine tenths of the real rows lie, each by its nearest other one; a repeat of a row is no other one."""
    different = np.unique(np.asarray(real, dtype=np.float32), axis=0)
    different = different[different.any(axis=1)]
    if len(different) < 2:
        raise InputError(
            f"normsim_band: the band is found from how near the real rows are to each other, and {len(different)} of "
            f"{len(real):,} of them say something different. Give more real rows, or low= and high=."
        )
    chosen = np.unique(np.linspace(0, len(different) - 1, OWN).astype(int))
    own = normsim(different[chosen], different, chosen, np.arange(len(different)), where=False).value
    if not (own < COPY).any():
        raise InputError(
            "normsim_band: every real row has a near copy among the others, so how near different ones are cannot be "
            "told. Leave repeats out of the real rows, or give low= and high=."
        )
    band = band_of(own[own < COPY])
    return band.low, min(band.high, COPY)


def _named(shares: dict[str, Estimate]) -> dict[str, Estimate]:
    return {"near and new": shares["inside"], "too far": shares["below"], "near-copy": shares["above"]}


def _text(band: Band) -> str:
    return f"band from {band.low:.3f} to {band.high:.3f}"


def _why(value: float, band: Band) -> str:
    if np.isnan(value):
        return "no_vector"
    return "too_far_from_real" if value < band.low else "near_copy_of_real" if value > band.high else ""


def normsim_band(
    real: Any = None,
    *,
    low: float | None = None,
    high: float | None = None,
    vectors: str = "vector",
    base: Path | None = None,
) -> NormsimBand:
    """Keep rows whose nearest real row is neither too far nor a near copy: its cosine lies in [low, high].

    ``real``: a file (relative to ``base``, in a recipe its folder), rows, or their vectors [M, D]; in a recipe its
    ``real`` rows where nothing is said. They are embedded by what made the column ``vectors``, and of the same side
    (``embed: {vector: {use: hashed, of: prompt}}`` compares prompts). ``low`` and ``high`` are cosines. Without them
    they are the quantiles .05 and .95 of the real rows' own nearest cosines, so that nine of ten real rows would be
    kept; a cosine depends on the model that made the vectors and on how many real rows there are, and one that suits
    another data set says nothing here. Reasons: ``too_far_from_real``, ``near_copy_of_real``, ``no_vector`` (a text
    that says nothing). Raises InputError.
    """
    if real is None:
        raise InputError(
            'normsim_band: needs real rows to compare with. Name their file, real="real.jsonl", or in a recipe give '
            "`real`."
        )
    for name, value in (("low", low), ("high", high)):
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int | float) or not -1 <= value <= 1
        ):
            raise InputError(f"normsim_band: {name} is a cosine, from -1 to 1, got {value!r}.")
    if low is not None and high is not None and low > high:
        raise InputError(f"normsim_band: needs low <= high, got {low} and {high}.")
    return NormsimBand(rows_or_vectors(real, "normsim_band", "real", base), low, high, vectors)
