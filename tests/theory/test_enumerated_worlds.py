"""Which of the published inequalities hold in worlds that can be counted out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openloop.errors import InputError
from openloop.theory.enumerated_worlds import STEPS, Setting, failures, random_world, smallest_counterexample

seeds = st.integers(0, 10**6)

ALWAYS = [step for step in STEPS if step.startswith(("(20)", "(21)", "(22)", "(26)", "instead"))]

SETTINGS = [Setting(n, r, i) for n in (False, True) for r in (False, True) for i in (False, True)]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_what_is_always_true_never_fails_and_the_rest_does_somewhere(setting: Setting) -> None:
    found = {f.step: f for f in failures(setting, 200, np.random.default_rng(0))}
    assert len(ALWAYS) == 5 and all(found[step].failed == 0 for step in ALWAYS)
    clean = not setting.noise and not setting.random_prompt
    if clean:
        assert found["Thm 4.10"].failed == 0 and found["(31) I(h(e_p);M) ≤ I(S_a;M)"].failed == 0
    if setting.noise:
        assert found["(18) I(S;W) ≤ I(M;W)"].failed > 0 and found["Thm 4.10"].failed > 0
    assert found["(23) I(M;W) ≤ I(h;W) + I(g;W)"].failed > 0


@given(seeds)
def test_the_bound_on_the_gain_is_an_identity_but_for_its_slack(seed: int) -> None:
    made = random_world(Setting(True, True, False), np.random.default_rng(seed))
    gain, bound = STEPS["Thm 4.10"](made)
    assert bound - made.slack == pytest.approx(gain, abs=1e-9)


def test_smallest_counterexamples() -> None:
    found = smallest_counterexample("Lemma 4.5")
    assert found is not None and found[1:] == pytest.approx((1.0, 0.5))
    assert smallest_counterexample(ALWAYS[0]) is None
    with pytest.raises(InputError, match="no step"):
        smallest_counterexample("Lemma 9")
    with pytest.raises(InputError, match="at least 1"):
        failures(Setting(), 0, np.random.default_rng(0))
