"""The registered experiment: its record is computed from the rows that are kept, and can come out otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from openloop.theory.ordering_score import margin, ordering_score
from openloop.theory.predicted_level import HALFWAY, HALFWAY_PER_STRATUM
from openloop.user_code import import_user_file
from tests.support.recipes import EXAMPLES

evaluate: Any = import_user_file(EXAMPLES / "prediction" / "evaluate.py")


@pytest.fixture(scope="module")
def experiment() -> Any:
    return evaluate.read()


def test_the_registered_score_orders_and_does_not_tell_sign_or_level(experiment: Any) -> None:
    found = evaluate.record(experiment.registered, experiment.gain)
    assert (found.above, found.gained, found.right) == (34, 16, 18)
    assert found.r2 == pytest.approx(-0.074, abs=5e-4) and found.bias == pytest.approx(0.097, abs=5e-4)
    assert found.rho == pytest.approx(0.924, abs=5e-4)


def test_simple_numbers_order_nearly_as_well(experiment: Any) -> None:
    gain = experiment.gain.mean(1)
    rho = {name: evaluate.ordered(x.mean(1), gain) for name, x in evaluate.scores(experiment).items()}
    assert rho["good minus bad rows, n′(1 − 2p′)"] == pytest.approx(0.889, abs=5e-4)
    assert rho["margin times n′"] == pytest.approx(0.915, abs=5e-4)
    assert rho["margin, signed, squared, times n′"] == pytest.approx(0.958, abs=5e-4)
    assert rho["−p′"] == pytest.approx(0.806, abs=5e-4)


def test_a_record_follows_the_gains(experiment: Any) -> None:
    perfect = evaluate.record(experiment.gain, experiment.gain)
    assert (perfect.right, perfect.r2, perfect.rho) == (36, 1.0, 1.0)
    inverted = evaluate.record(experiment.registered, -experiment.gain)
    assert inverted.gained == 20 and inverted.rho == pytest.approx(-0.924, abs=5e-4)
    assert inverted.right == 18 and inverted.r2 < -1


def test_the_strata_are_those_of_the_registered_selections(experiment: Any) -> None:
    s, whole = experiment.strata, experiment.whole
    for key in ("kept", "bad"):
        assert (s[key].sum(2) == whole[key][..., 0]).all()
    assert s["share"].sum(2) == pytest.approx(1) and (s["commonest"] <= s["bad"]).all()
    assert (s["share"] * s["greedy"]).sum(2) == pytest.approx(whole["greedy"][..., 0], abs=2e-4)
    # The registered score, made again from the strata (of the candidates' sampled accuracy), is the one in the file.
    m = margin(*evaluate.rates(s))
    cells = zip(s["sampled"], s["share"], s["kept"], m, strict=True)
    again = [[ordering_score(*cell, tau=500) for cell in zip(*row, strict=True)] for row in cells]
    assert np.array(again) == pytest.approx(experiment.registered, abs=1e-4)


@pytest.mark.parametrize(("strata", "halfway"), [("whole", HALFWAY), ("strata", HALFWAY_PER_STRATUM)])
def test_the_level_fits_these_selections_and_not_shuffled_ones(experiment: Any, strata: str, halfway: float) -> None:
    change = evaluate.predicted_change(getattr(experiment, strata), halfway)
    found = evaluate.record(change, experiment.gain)
    assert found.right >= 34 and found.r2 > 0.85 and found.rmse < 0.045
    shuffled = np.random.default_rng(0).permutation(experiment.gain)
    other = evaluate.record(change, shuffled)
    assert other.right < 28 and other.r2 < 0


def test_the_level_of_one_size_is_told_with_the_constant_of_the_other(experiment: Any) -> None:
    change = evaluate.left_out(experiment, experiment.whole, experiment.size)
    assert evaluate.record(change, experiment.gain).r2 > 0.85
    broken = replace(experiment, gain=-experiment.gain)
    assert evaluate.record(evaluate.left_out(broken, broken.whole, broken.size), broken.gain).r2 < 0


def test_the_report_names_what_is_no_test(experiment: Any) -> None:
    said: list[str] = []
    evaluate.report(experiment, said.append)
    text = "\n".join(said)
    assert "above 0 in 34, 16 gained; sign right in 18; R² -0.074" in text and "no test of it" in text
