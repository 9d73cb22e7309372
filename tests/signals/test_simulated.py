"""A verifier whose φ and ψ are what it was given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from openloop import signals
from openloop.errors import InputError
from openloop.records import Candidate, Outcome
from tests.support.toy_signals import candidates


@pytest.mark.parametrize("noise", ["fresh", "fixed"])
def test_the_simulated_signal_has_the_phi_and_psi_it_was_given(noise: Any) -> None:
    n = 20_000
    good = [Candidate(f"g{i}", f"p{i}", "q", "4", row={"answer": "4"}) for i in range(n)]
    bad = [Candidate(f"b{i}", f"p{i}", "q", "5", row={"answer": "4"}) for i in range(n)]
    check = signals.simulated(phi=0.85, psi=0.25, noise=noise)
    for rows, rate in ((good, 0.85), (bad, 0.25)):
        accepted = np.mean([v.value for v in check.score(rows)])
        assert abs(accepted - rate) < 4 * np.sqrt(rate * (1 - rate) / n)


def test_fixed_noise_judges_equal_answers_equally_and_fresh_noise_does_not() -> None:
    rows = [Candidate(f"c{i}", "p", "q", "5", row={"answer": "4"}) for i in range(200)]
    assert len({v.value for v in signals.simulated(psi=0.5, noise="fixed").score(rows)}) == 1
    assert len({v.value for v in signals.simulated(psi=0.5, noise="fresh").score(rows)}) == 2


def test_simulated_outcomes_and_strata() -> None:
    rows = [Candidate(f"c{i}", "p", "q", "4", row={"answer": "4", "level": "hard"}) for i in range(5000)]
    verdicts = signals.simulated(phi=1.0, abstain=0.1, timeout=0.2, error=0.3).score(rows)
    shares = {o: np.mean([v.outcome == o for v in verdicts]) for o in Outcome}
    for o, rate in (
        (Outcome.ABSTAINED, 0.1),
        (Outcome.TIMEOUT, 0.2),
        (Outcome.ERROR, 0.3),
        (Outcome.SCORED, 0.4),
    ):
        assert abs(shares[o] - rate) < 0.03
    strict = signals.simulated(phi=1.0, strata={"level": {"hard": (0.0, 0.0)}})
    assert {v.value for v in strict.score(rows)} == {0.0}


@pytest.mark.parametrize("bad", [{"phi": 1.2}, {"psi": -0.1}, {"noise": "loud"}])
def test_impossible_dials_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        signals.simulated(**bad)


@pytest.mark.parametrize(
    "dials",
    [
        {"abstain": 0.6, "error": 0.6},
        {"phi": float("nan")},
        {"strata": {"level": {"hard": (1.5, 0.0)}}},
        {"strata": {"level": {"hard": (0.9,)}}},
    ],
)
def test_shares_and_strata_that_cannot_be_are_refused(dials: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="abstain|phi"):
        signals.simulated(**dials)


def test_the_simulated_signal_is_a_function_of_its_seed_and_the_row() -> None:
    rows = candidates(*"4545454545" * 20, answer="4")
    values = [[v.value for v in signals.simulated(phi=0.5, psi=0.5, seed=s).score(rows)] for s in (0, 0, 1)]
    assert values[0] == values[1] != values[2]
