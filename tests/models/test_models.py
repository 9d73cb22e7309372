"""Models: the dials of the simulated one, the laws of the categorical one, the arithmetic of the tiny one."""

from __future__ import annotations

import math
import pickle
from collections import Counter

import numpy as np
import pytest

from openloop import models
from openloop.data.answers import normal_form
from openloop.errors import ContractError, InputError
from openloop.models.simulated import SimulatedModel
from openloop.records import Example, Prompt, Sampling

SUMS = [Prompt(f"p{i}", f"{i}+{i}=", {"answer": str(2 * i)}) for i in range(3000)]


def share_right(model: SimulatedModel, sampling: Sampling, prompts: list[Prompt] = SUMS, k: int = 4) -> float:
    rows = zip(prompts, model.sample(prompts, k, sampling), strict=True)
    return float(np.mean([normal_form(c.content) == p.row["answer"] for p, group in rows for c in group]))


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_the_simulated_model_errs_as_often_as_it_says(spread: float) -> None:
    model = models.simulated(error=0.3, spread=spread, systematic=0.5, styles=8)
    assert abs(share_right(model, Sampling()) - 0.7) < 0.03


def test_spread_makes_errors_of_a_prompt_alike() -> None:
    def between(model: SimulatedModel) -> float:
        drawn = model.sample(SUMS, 8, Sampling())
        shares = [np.mean([c.content == p.row["answer"] for c in g]) for p, g in zip(SUMS, drawn, strict=True)]
        return float(np.var(shares))

    within = 0.3 * 0.7 / 8
    assert between(models.simulated(error=0.3)) == pytest.approx(within, rel=0.15)
    assert between(models.simulated(error=0.3, spread=0.5)) > 3 * within


def test_greedy_is_the_plurality() -> None:
    greedy = Sampling(temperature=0)
    assert share_right(models.simulated(error=0.8, wrong=9), greedy) == 1.0  # .2 against .089 each
    assert share_right(models.simulated(error=0.8, systematic=1.0), greedy) == 0.0


def test_errors_are_as_structured_as_they_say() -> None:
    prompt = SUMS[7]
    one = models.simulated(error=1.0, wrong=5, systematic=1.0).sample([prompt], 500, Sampling())[0]
    many = models.simulated(error=1.0, wrong=5).sample([prompt], 500, Sampling())[0]
    assert len({c.content for c in one}) == 1 and len({c.content for c in many}) == 5
    assert all(c.content != prompt.row["answer"] for c in [*one, *many])


def test_its_log_probabilities_are_those_of_its_answers() -> None:
    model = models.simulated(error=0.4, wrong=3, systematic=0.5)
    drawn = model.sample([SUMS[5]], 20_000, Sampling())[0]
    counts = Counter(c.content for c in drawn)
    said = {c.content: math.exp(c.logprob or 0.0) for c in drawn}
    assert sum(said.values()) == pytest.approx(1.0)
    for text, n in counts.items():
        assert n / 20_000 == pytest.approx(said[text], abs=0.015)


def test_training_makes_it_err_as_its_rows_do_and_drift() -> None:
    rows = [Example("q", "4" if i < 75 else "5", {"answer": "4"}) for i in range(100)]
    assert models.simulated(error=0.6).fit(rows).error == 0.25
    assert models.simulated(error=0.6, drift=0.1).fit(rows).error == pytest.approx(0.35)
    with pytest.raises(InputError, match="at least one example"):
        models.simulated().fit([])


def test_a_row_without_the_truth_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="'answer' column, which this row lacks; it has: gold"):
        models.simulated().sample([Prompt("p", "q", {"gold": "4"})], 1, Sampling())


def test_categorical_samples_its_table_and_forgets_what_it_does_not_see() -> None:
    model = models.categorical(table={"a": 0.7, "b": 0.2, "c": 0.1})
    drawn = Counter(c.content for g in model.sample(SUMS, 10, Sampling()) for c in g)
    assert drawn["a"] / 30_000 == pytest.approx(0.7, abs=0.012)
    cold = Counter(c.content for g in model.sample(SUMS, 10, Sampling(temperature=0.5)) for c in g)
    assert cold["a"] / 30_000 == pytest.approx(0.49 / 0.54, abs=0.012)
    nucleus = {c.content for g in model.sample(SUMS, 1, Sampling(top_p=0.85)) for c in g}
    assert nucleus == {"a", "b"}
    assert dict(model.fit([Example("q", "a"), Example("q", "c")]).table) == {"a": 0.5, "c": 0.5}


TINY = models.tiny(d_model=16, layers=2, heads=2, context=12)
LESSONS = [Example(f"{i:02d}+{j:02d}=", f"{i + j:03d}") for i in range(12) for j in range(12)]


def prompts(n: int) -> list[Prompt]:
    return [Prompt(f"p{i}", f"{i:02d}+{i:02d}=") for i in range(n)]


def test_tiny_learns() -> None:
    trained = models.tiny(d_model=32, layers=1, heads=2).fit(LESSONS, seed=0, steps=400, lr=0.01)
    answers = trained.sample(prompts(12), 1, Sampling(temperature=0, max_tokens=5))
    assert sum(g[0].content == f"{2 * i:03d}" for i, g in enumerate(answers)) >= 10


def test_tiny_log_probabilities_are_those_of_its_completions() -> None:
    model = TINY.fit(LESSONS, seed=0, steps=10, lr=0.01)
    drawn = [
        (p.content, c)
        for p, g in zip(prompts(20), model.sample(prompts(20), 2, Sampling(max_tokens=5)), strict=True)
        for c in g
        if c.finish == "stop"
    ]
    again = model.logprobs([p for p, _ in drawn], [c.content for _, c in drawn])
    assert drawn and [c.logprob for _, c in drawn] == pytest.approx(again, abs=1e-4)


def test_tiny_samples_in_proportion_to_its_probabilities() -> None:
    model = TINY.fit(LESSONS, seed=0, steps=60, lr=0.01)
    drawn = Counter(c.content for c in model.sample(prompts(1), 8000, Sampling(max_tokens=4))[0] if c.finish == "stop")
    text, n = drawn.most_common(1)[0]
    p = math.exp(model.logprobs([prompts(1)[0].content], [text])[0])
    assert n / 8000 == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / 8000))


def test_tiny_top_p_and_max_tokens_are_honoured() -> None:
    model = TINY.fit(LESSONS, seed=0, steps=60, lr=0.01)
    greedy = model.sample(prompts(5), 1, Sampling(temperature=0, max_tokens=5))
    nucleus = model.sample(prompts(5), 3, Sampling(top_p=0.01, max_tokens=5))
    assert [g[0].content for g in nucleus] == [g[0].content for g in greedy]
    short = [c for g in model.sample(prompts(5), 2, Sampling(max_tokens=2)) for c in g]
    assert all(len(c.content) <= 2 for c in short)
    assert {c.finish for c in short if len(c.content) == 2} == {"length"}


def test_tiny_prompts_of_several_lengths_are_answered_in_order() -> None:
    mixed = [Prompt("a", "1+1="), Prompt("b", "11+11="), Prompt("c", "2+2=")]
    together = TINY.sample(mixed, 1, Sampling(max_tokens=4))
    assert [g[0].content for g in together] == [
        TINY.sample([p], 1, Sampling(max_tokens=4))[0][0].content for p in mixed
    ]


def test_tiny_travels_light() -> None:
    trained = models.tiny().fit(LESSONS, seed=0, steps=1, lr=0.01)
    assert len(pickle.dumps(trained)) < 450_000
    assert len(pickle.dumps(models.tiny())) < 1_000


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TINY.sample([Prompt("p", "2 + 2")], 1, Sampling()), "character ' ' .* not in its alphabet"),
        (lambda: TINY.sample([Prompt("p", "")], 1, Sampling()), "1 to 11 characters, got 0"),
        (lambda: TINY.sample([Prompt("p", "1" * 12)], 1, Sampling()), "got 12"),
        (lambda: TINY.fit([Example("1" * 8, "1" * 8)], seed=0, steps=1, lr=0.1), "needs 16 tokens"),
        (lambda: TINY.fit([], seed=0, steps=1, lr=0.1), "at least one example"),
        (lambda: TINY.fit(LESSONS, seed=0, steps=0, lr=0.1), "steps and batch at least 1"),
        (lambda: TINY.sample([Prompt("p", [{"role": "user", "content": "1"}])], 1, Sampling()), "plain text"),
        (lambda: models.tiny(alphabet="aa"), "distinct characters"),
        (lambda: models.tiny(d_model=10, heads=4), "multiple of heads"),
    ],
)
def test_tiny_refuses_what_it_cannot_do(call: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()  # type: ignore[operator]


def test_a_loss_that_explodes_is_said() -> None:
    with pytest.raises(ContractError, match="lower lr"):
        TINY.fit(LESSONS, seed=0, steps=40, lr=1e18)
