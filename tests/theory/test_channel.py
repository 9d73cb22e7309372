"""Exact information in small worlds, and which of the published inequalities hold there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openloop.errors import InputError
from openloop.theory import bottleneck, losses, worlds
from openloop.theory.channel import (
    accept_or_reject,
    binary_entropy,
    decompose,
    information,
    loop_information,
    new_sample_bits,
    repeated_bits,
    world,
)

seeds = st.integers(0, 10**6)


def test_known_bits() -> None:
    assert binary_entropy([0.0, 0.5, 1.0]).tolist() == [0.0, 1.0, 0.0]
    assert information(np.eye(4) / 4, 0, 1) == pytest.approx(2.0)
    assert information(np.full((3, 3), 1 / 9), 0, 1) == pytest.approx(0.0)
    xor = np.zeros((2, 2, 2))
    for a, b in np.ndindex(2, 2):
        xor[a, b, a ^ b] = 0.25
    assert information(xor, 0, 1) == pytest.approx(0.0) and information(xor, 0, 1, 2) == pytest.approx(1.0)


@given(seeds)
def test_the_parts_add_up_and_class_signals_are_efficient(seed: int) -> None:
    rng = np.random.default_rng(seed)
    prompts, outputs, classes = (
        rng.dirichlet(np.ones(3)),
        rng.dirichlet(np.ones(4), size=3),
        rng.integers(0, 2, 4),
    )
    signal = rng.dirichlet(np.ones(3), size=(3, 4))
    parts = decompose(prompts, outputs, signal, classes)
    joint = prompts[:, None, None] * outputs[:, :, None] * signal
    assert parts.supervision == pytest.approx(information(joint, 1, 2, 0), abs=1e-9)
    assert min(parts.prompt, parts.task, parts.within) >= 0 and parts.left > -1e-9
    by_class = rng.dirichlet(np.ones(3), size=(3, 2))[:, classes]
    eta = decompose(prompts, outputs, by_class, classes).efficiency
    assert np.isnan(eta) or eta == pytest.approx(1.0, abs=1e-6)


@given(seeds)
def test_a_loop_learns_no_more_than_it_is_told(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source, data = rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(3), size=3)
    closed = loop_information(source, data, rng.dirichlet(np.ones(3), size=3))
    assert closed["model"] <= closed["data"] + 1e-9 and closed["outside"] == pytest.approx(0, abs=1e-9)
    signal = rng.dirichlet(np.ones(2), size=(3, 3))
    opened = loop_information(source, data, rng.dirichlet(np.ones(3), size=(3, 2)), signal)
    assert opened["model"] <= opened["data"] + opened["outside"] + 1e-9


def test_coarse_beats_fine_up_to_a_point_and_repeats_tell_more() -> None:
    for m in (2, 10):
        edge = m / (m + 1)
        below, above = accept_or_reject(edge - 1e-6, m), accept_or_reject(edge + 1e-6, m)
        assert below[0] > below[1] and above[0] < above[1]
    assert [round(repeated_bits(0.5, 0.8, 0.3, r), 2) for r in (1, 16)] == [0.19, 0.94]
    assert repeated_bits(0.5, 1.0, 0.0, 1) == pytest.approx(repeated_bits(0.5, 1.0, 0.0, 9)) == pytest.approx(1.0)


def test_a_new_sample_of_an_old_prompt_tells_something() -> None:
    assert new_sample_bits([1.0], [0.5], 1.0, 0.0) == pytest.approx(1.0)
    assert new_sample_bits([0.5, 0.5], [0.0, 1.0], 1.0, 0.0) == pytest.approx(0.0)  # the first sample said it all
    assert new_sample_bits([0.5, 0.5], [0.0, 1.0], 0.8, 0.3) > 0.05
    assert new_sample_bits([1.0], [0.5], 0.6, 0.6) == pytest.approx(0.0)


def test_a_world_must_add_up() -> None:
    with pytest.raises(InputError, match="add up to 1"):
        world([[0.5, 0.6]])
    with pytest.raises(InputError, match=r"needs \[X\]"):
        decompose([1.0], [[1.0]], [[1.0]], [0])


ALWAYS = [step for step in worlds.STEPS if step.startswith(("(20)", "(21)", "(22)", "(26)", "instead"))]
SETTINGS = [worlds.Setting(n, r, i) for n in (False, True) for r in (False, True) for i in (False, True)]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_what_is_always_true_never_fails_and_the_rest_does_somewhere(setting: worlds.Setting) -> None:
    found = {f.step: f for f in worlds.failures(setting, 200, np.random.default_rng(0))}
    assert len(ALWAYS) == 5 and all(found[step].failed == 0 for step in ALWAYS)
    clean = not setting.noise and not setting.random_prompt
    if clean:
        assert found["Thm 4.10"].failed == 0 and found["(31) I(h(e_p);M) ≤ I(S_a;M)"].failed == 0
    if setting.noise:
        assert found["(18) I(S;W) ≤ I(M;W)"].failed > 0 and found["Thm 4.10"].failed > 0
    assert found["(23) I(M;W) ≤ I(h;W) + I(g;W)"].failed > 0


@given(seeds)
def test_the_bound_on_the_gain_is_an_identity_but_for_its_slack(seed: int) -> None:
    made = worlds.random_world(worlds.Setting(True, True, False), np.random.default_rng(seed))
    gain, bound = worlds.STEPS["Thm 4.10"](made)
    assert bound - made.slack == pytest.approx(gain, abs=1e-9)


def test_smallest_counterexamples() -> None:
    found = worlds.smallest_counterexample("Lemma 4.5")
    assert found is not None and found[1:] == pytest.approx((1.0, 0.5))
    assert worlds.smallest_counterexample(ALWAYS[0]) is None
    with pytest.raises(InputError, match="no step"):
        worlds.smallest_counterexample("Lemma 9")
    with pytest.raises(InputError, match="at least 1"):
        worlds.failures(worlds.Setting(), 0, np.random.default_rng(0))


def test_bounds_are_their_formulas() -> None:
    assert bottleneck.total_variation([1, 0], [0, 1]) == 1.0
    assert bottleneck.divergence_bound(2.0, 0.1, 0.2, 0.3) == pytest.approx(0.9)
    assert bottleneck.generalisation_bound(0.5, 100, 1.0, 1.0, 3) == pytest.approx(0.1)
    assert bottleneck.generalisation_bound(0.0, 100, 1.0, 0.5, 3) == 0.0
    assert bottleneck.generalisation_bound(0.5, 100, 1.0, 0.25, 2) == pytest.approx(0.025)
    assert np.isnan(bottleneck.generalisation_bound(-0.1, 100, 1.0, 1.0, 1))
    assert bottleneck.post_training_bound(1, 0.1, 0.1, 0.5, 100, 1, 1, 0) == pytest.approx(0.3)
    assert bottleneck.information_gain(2.0, 0.5) == 1.5 and bottleneck.compression_bottleneck(1, 2) == 3
    assert bottleneck.flow_bound(1, 0, 1, 0.5) == 0.5 and bottleneck.always_bound(1, 2, 3) == 6
    assert bottleneck.generalisation_gain(1, 3) == -2 and bottleneck.gain_bound(1, 1, 1, 1, 1, 1) == 3
    with pytest.raises(InputError, match="eta"):
        bottleneck.generalisation_bound(1, 1, 1, 1.5, 1)


def test_errors_are_bounded_as_far_as_they_are() -> None:
    shares = losses.bound_failures(500, np.random.default_rng(0))
    sound, shifted, absolute = shares.values()
    assert (sound, shifted) == (0.0, 0.0) and absolute > 0
    blind = losses.random_learning_world(np.random.default_rng(1))
    blind = replace(blind, learner=np.tile([1.0, 0.0, 0.0], (4, 1)))  # weights that never look at the data
    left, right = losses.BOUNDS["Lemma 4.6, E|R − R̂|"](blind)
    assert left > 0 and right == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(InputError, match="at least 1"):
        losses.bound_failures(0, np.random.default_rng(0))
