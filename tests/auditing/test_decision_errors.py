"""False TRAIN, SELECT FIRST and DO NOT TRAIN, simulated end to end: no more of them than is stated."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from openloop.auditing.result import Decision
from openloop.testing.decision_errors import DecisionErrors, errors
from openloop.testing.decision_worlds import WORLDS

STATED = 0.025
FILES = 20
SLOW_FILES = 400


@cache
def simulated(name: str, files: int) -> DecisionErrors:
    return errors(WORLDS[name], files)


def most(files: int, worlds: int = 1) -> int:
    """Errors that as many as stated would exceed in one of 10,000 simulations of so many worlds."""
    from scipy.special import bdtrc

    return next(k for k in range(files) if bdtrc(k, files, STATED) < 1e-4 / worlds)


@pytest.mark.parametrize("name", WORLDS)
def test_no_world_is_decided_wrongly_more_often_than_stated(name: str) -> None:
    found = simulated(name, FILES)
    assert max(found.wrong.values()) <= most(FILES, len(WORLDS)), found


def test_all_worlds_together() -> None:
    """Twenty files say little of one world; of all of them they say that the stated error holds."""
    wrong = sum(
        (simulated(name, FILES).wrong for name in WORLDS), start=type(simulated(next(iter(WORLDS)), FILES).wrong)()
    )
    for decision in Decision:
        assert wrong[decision] / (FILES * len(WORLDS)) <= STATED, wrong


@pytest.mark.parametrize(
    ("name", "decision", "least"),
    [
        ("independent rows, half the target", Decision.TRAIN, 0.8),
        ("independent rows, 1.5 times the target", Decision.DO_NOT_TRAIN, 0.7),
        ("asked, half the target", Decision.TRAIN, 0.9),
        ("asked, 1.5 times the target", Decision.DO_NOT_TRAIN, 0.9),
        ("asked, all bad", Decision.DO_NOT_TRAIN, 0.9),
        ("asked, one good stratum", Decision.SELECT_FIRST, 0.8),
        ("one bad stratum of seven", Decision.SELECT_FIRST, 0.9),
        ("four of 27 tasks bad", Decision.SELECT_FIRST, 0.9),
        ("asked, copies, far above", Decision.DO_NOT_TRAIN, 0.8),
    ],
)
def test_what_can_be_decided_is(name: str, decision: Decision, least: float) -> None:
    """An audit that never decides is never wrong either."""
    found = simulated(name, FILES)
    assert found.decided[decision] / FILES >= least, found


def test_dropping_the_worst_keeps_most_rows() -> None:
    """958 of 1,200 rows where only the best strata, 96 rows, were offered."""
    from openloop.testing.decision_errors import followed

    kept = []
    for seed in range(10):
        file = WORLDS["four of 27 tasks bad"].draw(np.random.default_rng([9, seed]))
        said, _ = followed(file, 1)
        if said.selection is not None:
            kept.append(said.selection.kept / len(file.arrays))
    assert len(kept) >= 8 and np.median(kept) > 0.75


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_no_world_is_decided_wrongly_more_often_than_stated_in_many_files(name: str) -> None:
    found = errors(WORLDS[name], SLOW_FILES, seed=1)
    assert max(found.wrong.values()) <= most(SLOW_FILES, len(WORLDS)), found
