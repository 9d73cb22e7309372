"""What a model adds to its prompts, from its own log-likelihoods."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.information_gain import information_gain
from openloop.models.categorical import categorical
from openloop.records import Prompt, Sampling
from tests.support.coverage import Draws, require_nominal

TABLE = {"a": 0.4, "b": 0.3, "c": 0.15, "d": 0.1, "e": 0.05}


def entropy(share: np.ndarray) -> float:
    share = share[share > 0]
    return float(-(share * np.log(share)).sum())


def drawn(prompts: int, k: int, seed: int = 0, **sampling: float) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Log-probabilities [N], prompts and texts of a model whose law is a table."""
    asked = [Prompt(f"p{i}", f"p{i}") for i in range(prompts)]
    replies = categorical(table=TABLE).sample(asked, k, Sampling(seed=seed, **sampling))  # type: ignore[arg-type]
    nats = np.array([reply.logprob for row in replies for reply in row], dtype=np.float64)
    return nats, np.repeat(np.arange(prompts), k), [str(reply.content) for row in replies for reply in row]


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.5, 1.0), (2.0, 1.0), (1.0, 0.8), (0.7, 0.9)])
def test_the_samplers_own_log_probabilities_give_its_entropy(temperature: float, top_p: float) -> None:
    sampling = Sampling(temperature=temperature, top_p=top_p)
    true = entropy(categorical(table=TABLE).probabilities(sampling))
    nats, prompt, _ = drawn(300, 20, temperature=temperature, top_p=top_p)
    found = information_gain(nats, prompt, temperature=temperature, top_p=top_p).completion
    assert found.low is not None and found.high is not None
    assert found.low <= true <= found.high and found.high - found.low < 0.06
    assert "lower bound" in found.method


def test_log_probabilities_of_the_model_overstate_under_top_p_by_the_kept_mass() -> None:
    nats, prompt, texts = drawn(300, 20, top_p=0.8)
    model = np.log([TABLE[text] for text in texts])
    true = entropy(categorical(table=TABLE).probabilities(Sampling(top_p=0.8)))
    raw = information_gain(model, prompt).completion.value
    assert raw - information_gain(nats, prompt).completion.value == pytest.approx(-math.log(0.85), abs=1e-9)
    bound = information_gain(model, prompt, top_p=0.8, of_model=True, n_tokens=np.ones(6000))
    assert bound.completion.value < true < raw
    assert bound.corrected == pytest.approx(-math.log(0.8)) and "0.223 nats were taken off" in bound.completion.method


def test_the_bound_of_a_completion_is_never_below_zero() -> None:
    found = information_gain(
        np.full(20, -0.01), np.arange(20), top_p=0.5, of_model=True, n_tokens=np.full(20, 4.0)
    ).completion
    assert found.value == 0.0


def test_log_probabilities_of_the_model_say_nothing_at_another_temperature() -> None:
    nats, prompt, texts = drawn(50, 20, temperature=0.5)
    model = np.log([TABLE[text] for text in texts])
    with pytest.raises(DataError, match=r"do not say how probable completions were at 0\.5"):
        information_gain(model, prompt, temperature=0.5, of_model=True)
    assert -model.mean() > -nats.mean() + 0.1  # as if the model added more
    with pytest.raises(DataError, match=r"0\.105 nats a token. Give n_tokens"):
        information_gain(model, prompt, top_p=0.9, of_model=True)
    with pytest.raises(DataError, match="greedy completions are not drawn"):
        information_gain(model, prompt, temperature=0)
    with pytest.raises(DataError, match=r"top_p is above 0 and at most 1, got 1\.5"):
        information_gain(model, prompt, top_p=1.5)


def test_completions_that_were_cut_off_bias_it_down_and_are_counted() -> None:
    rng = np.random.default_rng(0)
    size = rng.geometric(0.1, 4000).astype(float)
    whole = -(size - 1) * -math.log(0.9) + math.log(0.1)  # of ending after so many tokens, the end included
    true = entropy(0.9 ** np.arange(400) * 0.1)
    prompt = np.repeat(np.arange(400), 10)
    assert information_gain(whole, prompt).completion.value == pytest.approx(true, abs=0.05)
    cut = size > 12
    begun = np.where(cut, 12 * math.log(0.9), whole)
    found = information_gain(begun, prompt, cut_off=cut, n_tokens=np.minimum(size, 12))
    assert found.completion.value < true - 0.1 and found.cut_off == int(cut.sum())
    assert f"{int(cut.sum()):,} of 4,000 completions were cut off" in found.completion.method


def test_each_prompt_counts_alike_and_tokens_count_alike() -> None:
    prompt = np.r_[np.zeros(30, dtype=np.int64), np.arange(1, 11)]
    nats, tokens = np.r_[np.full(30, -2.0), np.full(10, -8.0)], np.r_[np.full(30, 1.0), np.full(10, 8.0)]
    found = information_gain(nats, prompt, n_tokens=tokens)
    assert found.completion.value == pytest.approx((2 + 80) / 11)
    assert found.token is not None and found.token.value == pytest.approx((60 + 80) / (30 + 80))


def test_one_certain_completion_adds_nothing_and_equal_ones_add_their_number() -> None:
    assert information_gain(np.zeros(40), np.repeat(np.arange(20), 2)).completion.value == 0.0
    even = information_gain(np.full(40, -math.log(7)), np.repeat(np.arange(20), 2)).completion
    assert even.value == pytest.approx(math.log(7))


def test_the_order_of_rows_does_not_matter_and_unknown_ones_are_counted() -> None:
    rng = np.random.default_rng(4)
    nats, prompt = -rng.exponential(3, 90), rng.integers(0, 20, 90)
    nats[:5] = np.nan
    order = rng.permutation(90)
    found, again = information_gain(nats, prompt), information_gain(nats[order], prompt[order])
    assert found.completion.n_unscored == 5 and found.completion.n == 85
    assert again.completion.value == pytest.approx(found.completion.value, abs=1e-12)
    nothing = information_gain(np.full(3, np.nan), np.arange(3)).completion
    assert math.isnan(nothing.value) and nothing.n == 0


def test_what_is_no_log_probability_is_refused() -> None:
    prompt = np.arange(3)
    with pytest.raises(DataError, match=r"finite and at most 0, got 0\.9 \(2 of 3 are not\).*negative log-likelihoods"):
        information_gain(np.array([0.9, 0.3, -1.0]), prompt)
    with pytest.raises(DataError, match="finite and at most 0, got -inf"):
        information_gain(np.array([-np.inf, -1, -1]), prompt)
    assert information_gain(np.array([1e-9, 0, 0]), prompt).completion.value == 0.0
    with pytest.raises(DataError, match=r"got \(3,\), \(2,\)"):
        information_gain(np.full(3, -1.0), prompt[:2])


def test_the_interval_covers_with_uneven_prompts() -> None:
    draws = Draws()
    law = np.array(list(TABLE.values()))
    sharp = law**3 / (law**3).sum()
    true = (entropy(law) + entropy(sharp)) / 2
    for seed in range(400):
        rng = np.random.default_rng([3, seed])
        size = rng.integers(1, 20, 60)
        laws = np.where(rng.random(60)[:, None] < 0.5, law, sharp)
        prompt = np.repeat(np.arange(60), size)
        place = (rng.random(len(prompt))[:, None] > laws[prompt].cumsum(1)).sum(1).clip(0, 4)
        draws.add(information_gain(np.log(laws[prompt, place]), prompt).completion, true)
    require_nominal(draws)
