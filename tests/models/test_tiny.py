"""The arithmetic of the tiny transformer."""

from __future__ import annotations

import math
import pickle
from collections import Counter
from pathlib import Path

import pytest

from openloop import models
from openloop.errors import ContractError, InputError
from openloop.records import Example, Prompt, Sampling

TINY = models.tiny(d_model=16, layers=2, heads=2, context=12)
LESSONS = [Example(f"{i:02d}+{j:02d}=", f"{i + j:03d}") for i in range(12) for j in range(12)]


def prompts(n: int) -> list[Prompt]:
    return [Prompt(f"p{i}", f"{i:02d}+{i:02d}=") for i in range(n)]


@pytest.mark.integration
def test_it_learns() -> None:
    trained = models.tiny(d_model=32, layers=1, heads=2).fit(LESSONS, seed=0, steps=400, lr=0.01)
    answers = trained.sample(prompts(12), 1, Sampling(temperature=0, max_tokens=5))
    assert sum(g[0].content == f"{2 * i:03d}" for i, g in enumerate(answers)) >= 10


def test_its_log_probabilities_are_those_of_its_completions() -> None:
    model = TINY.fit(LESSONS, seed=0, steps=10, lr=0.01)
    drawn = [
        (p.content, c)
        for p, g in zip(prompts(20), model.sample(prompts(20), 2, Sampling(max_tokens=5)), strict=True)
        for c in g
        if c.finish == "stop"
    ]
    again = model.logprobs([p for p, _ in drawn], [c.content for _, c in drawn])
    assert drawn and [c.logprob for _, c in drawn] == pytest.approx(again, abs=1e-4)


def test_it_samples_in_proportion_to_its_probabilities() -> None:
    model = TINY.fit(LESSONS, seed=0, steps=60, lr=0.01)
    drawn = Counter(c.content for c in model.sample(prompts(1), 8000, Sampling(max_tokens=4))[0] if c.finish == "stop")
    text, n = drawn.most_common(1)[0]
    p = math.exp(model.logprobs([prompts(1)[0].content], [text])[0])
    assert n / 8000 == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / 8000))


def test_top_p_and_max_tokens_are_honoured() -> None:
    model = TINY.fit(LESSONS, seed=0, steps=60, lr=0.01)
    greedy = model.sample(prompts(5), 1, Sampling(temperature=0, max_tokens=5))
    nucleus = model.sample(prompts(5), 3, Sampling(top_p=0.01, max_tokens=5))
    assert [g[0].content for g in nucleus] == [g[0].content for g in greedy]
    short = [c for g in model.sample(prompts(5), 2, Sampling(max_tokens=2)) for c in g]
    assert all(len(c.content) <= 2 for c in short)
    assert {c.finish for c in short if len(c.content) == 2} == {"length"}


def test_prompts_of_several_lengths_are_answered_in_order() -> None:
    mixed = [Prompt("a", "1+1="), Prompt("b", "11+11="), Prompt("c", "2+2=")]
    together = TINY.sample(mixed, 1, Sampling(max_tokens=4))
    assert [g[0].content for g in together] == [
        TINY.sample([p], 1, Sampling(max_tokens=4))[0][0].content for p in mixed
    ]


def test_it_travels_light() -> None:
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
def test_it_refuses_what_it_cannot_do(call: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()  # type: ignore[operator]


def test_a_loss_that_explodes_is_said() -> None:
    with pytest.raises(ContractError, match="lower lr"):
        TINY.fit(LESSONS, seed=0, steps=40, lr=1e18)


def test_load_gives_the_shape_and_weights_that_were_saved(tmp_path: Path) -> None:
    trained = TINY.fit(LESSONS, seed=0, steps=2, lr=0.01)
    trained.save(tmp_path)
    assert models.tiny().load(tmp_path) == trained
