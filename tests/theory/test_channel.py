"""Exact information in small worlds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openloop.errors import InputError
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
