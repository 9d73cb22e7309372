"""A language model small enough to be counted out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from openloop.theory.token_sampler import TokenSampler, random_sampler


def paths(sampler: TokenSampler, most: int) -> list[tuple[float, tuple[int, ...]]]:
    """Every completion of prompt 0, cut after ``most`` tokens, with its chance."""
    end = sampler.first.shape[1] - 1
    found = []
    for size in range(1, most + 1):
        for path in itertools.product(range(end + 1), repeat=size):
            ended = path[-1] == end
            if end in path[:-1] or not (ended or size == most):
                continue
            chance = sampler.first[0, path[0]]
            for before, after in itertools.pairwise(path):
                chance *= sampler.following[before, after]
            found.append((float(chance), path))
    return found


def test_entropies_are_those_of_all_completions_counted_out() -> None:
    model = random_sampler(2, 3, 0.3, np.random.default_rng(0))
    chances = np.array([chance for chance, _ in paths(model, 4)])
    assert chances.sum() == pytest.approx(1.0)
    assert model.entropy(4)[0] == pytest.approx(-(chances * np.log(chances)).sum())


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.5, 1.0), (1.0, 0.6), (1.5, 0.8)])
def test_drawn_completions_have_the_likelihoods_that_the_entropies_say(temperature: float, top_p: float) -> None:
    model = random_sampler(4, 6, 0.2, np.random.default_rng(1))
    sampler = model.sampled(temperature, top_p)
    tokens, prompt = sampler.draw(20_000, np.random.default_rng(2))
    for other in (sampler, model):
        nats = -other.logprob(tokens, prompt)
        exact = sampler.cross_entropy(other)
        for p in range(4):
            mine = nats[prompt == p]
            assert mine.mean() == pytest.approx(exact[p], abs=4 * mine.std() / np.sqrt(len(mine)))


def test_top_p_keeps_what_reaches_it_and_no_more() -> None:
    law = np.array([[0.5, 0.3, 0.15, 0.05]])
    model = TokenSampler(law, np.repeat(law, 3, axis=0))
    kept = model.sampled(top_p=0.6).first
    assert kept == pytest.approx(np.array([[0.625, 0.375, 0, 0]]))
    assert model.sampled(top_p=0.1).entropy()[0] == 0.0
