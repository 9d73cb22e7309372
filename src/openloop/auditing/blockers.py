"""Strata of a selection that are surely above the target: they forbid training on it as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Mask
from openloop.auditing.bad_share import bad_share
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.options import Options
from openloop.auditing.strata import Split
from openloop.records import Estimate

SHARE = 0.05
"""A stratum with less of the selection's rows than this does not forbid training."""
TIMES = 1.5
"""A stratum fails where it is surely above the target and its share of bad rows at least so many times the target."""


@dataclass(frozen=True, slots=True)
class FailingStratum:
    """A stratum of a selection, with bounds that hold for all strata of all columns at once."""

    split: Split
    code: int
    bad: Estimate
    share: float
    """Of the selection's rows."""

    @property
    def name(self) -> str:
        """Of the stratum."""
        return self.split.names[self.code]


def failing_strata(design: LabelDesign, keep: Mask, options: Options) -> list[FailingStratum]:
    """The worst one of each column that splits the selection ``keep`` [N], if it fails."""
    large = list(_large(design, keep))
    if len(large) < 2:
        return []
    level = 1 - (1 - options.level) / len(large)
    worst: dict[str, FailingStratum] = {}
    for split, code, share in large:
        bad = bad_share(design, keep & (split.codes == code), options, level)
        if bad.low is None or bad.low <= options.max_bad or bad.value < TIMES * options.max_bad:
            continue
        if split.column not in worst or worst[split.column].bad.value < bad.value:
            worst[split.column] = FailingStratum(split, code, bad, share)
    return list(worst.values())


def _large(design: LabelDesign, keep: Mask) -> Iterator[tuple[Split, int, float]]:
    """Strata with at least a twentieth of the selection, of columns that hold several in it."""
    total = int(keep.sum())
    for split in design.splits:
        rows = np.bincount(split.codes[keep & (split.codes >= 0)], minlength=len(split.names))
        if (rows > 0).sum() > 1:
            yield from ((split, int(code), rows[code] / total) for code in np.flatnonzero(rows >= SHARE * total))
