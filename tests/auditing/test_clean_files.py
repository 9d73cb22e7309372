"""Of files with nothing wrong, at most one in twenty has a finding, whatever their kind and size."""

from __future__ import annotations

import numpy as np
import pytest

import openloop as library
from tests.support.clean_files import CLEAN

SHARE = 0.05
"""Findings left out here, each with its own simulation."""


def alarms(kind: str, n: int, files: int, seed: int = 0) -> tuple[int, set[str]]:
    """How many of some clean files have a finding, and which."""
    flagged, names = 0, set()
    for i in range(files):
        rows, told = CLEAN[kind](np.random.default_rng([n, seed, i]), n)
        found = {finding.id for finding in library.audit(rows, **told).findings}
        flagged += bool(found)
        names |= found
    return flagged, names


def most(files: int, errors: float = 3) -> float:
    """What a share of .05 gives in so many files, so many standard errors added."""
    return SHARE * files + errors * (SHARE * (1 - SHARE) * files) ** 0.5


def test_clean_files_of_200_rows_raise_no_alarm() -> None:
    found = {kind: alarms(kind, 200, 8) for kind in CLEAN}
    assert sum(flagged for flagged, _ in found.values()) <= SHARE * 8 * len(CLEAN), found


@pytest.mark.slow
@pytest.mark.parametrize(("n", "files"), [(200, 400), (2_000, 200)])
@pytest.mark.parametrize("kind", CLEAN)
def test_clean_files_raise_no_alarm(kind: str, n: int, files: int) -> None:
    flagged, names = alarms(kind, n, files)
    assert flagged <= most(files), (flagged, files, names)


@pytest.mark.slow
def test_clean_files_of_20_000_rows_raise_no_alarm() -> None:
    """Twenty files of one kind say little; those of all kinds together say whether one in twenty has a finding."""
    files = 20 * len(CLEAN)
    found = {kind: alarms(kind, 20_000, 20) for kind in CLEAN}
    assert sum(flagged for flagged, _ in found.values()) <= most(files, errors=2), found
