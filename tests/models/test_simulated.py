"""The simulated model where answers are awkward: full stops, odd numbers, chats, missing truths."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openloop import models, signals
from openloop.data.answers import normal_form
from openloop.errors import InputError
from openloop.records import Candidate, Example, Prompt, Sampling


def values(truth: str, model: object, k: int = 64) -> list[float | None]:
    """How `exact` judges K answers of a model to a prompt with this truth."""
    prompt = Prompt("p", "q", {"answer": truth})
    drawn = model.sample([prompt], k, Sampling())[0]  # type: ignore[attr-defined]
    rows = [Candidate(f"c{i}", "p", "q", c.content, row=prompt.row) for i, c in enumerate(drawn)]
    return [verdict.value for verdict in signals.exact().score(rows)]


@pytest.mark.parametrize("truth", ["4", "4.", "e.g.", "Paris", " 7 ", "+-4", "-3", "1,000", "４", "0.5"])
def test_every_style_of_an_answer_is_that_answer_and_no_wrong_one_is(truth: str) -> None:
    assert set(values(truth, models.simulated(error=0.0, styles=8))) == {1.0}
    assert set(values(truth, models.simulated(error=1.0, styles=8))) == {0.0}


@given(st.text(min_size=1, max_size=8).filter(str.strip), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=300, deadline=None)
def test_wrong_answers_are_wrong_and_differ(truth: str, one: int, other: int) -> None:
    model = models.simulated()
    first, second = model.wrong_answer(truth, one), model.wrong_answer(truth, other)
    assert normal_form(first) != normal_form(truth)
    assert (normal_form(first) == normal_form(second)) == (one == other)


def test_styles_share_the_probability_of_their_answer() -> None:
    model = models.simulated(error=0.2, wrong=2, styles=4)
    drawn = model.sample([Prompt("p", "q", {"answer": "4"})], 20_000, Sampling())[0]
    said = {c.content: math.exp(c.logprob or 0.0) for c in drawn}
    assert len(said) == 12 and sum(said.values()) == pytest.approx(1.0)
    for text, n in Counter(c.content for c in drawn).items():
        assert n / 20_000 == pytest.approx(said[str(text)], abs=0.015)


def test_a_greedy_answer_has_the_log_probability_it_has_at_temperature_one() -> None:
    model = models.simulated(error=0.2, styles=4)
    prompts = [Prompt("p", "q", {"answer": "4"})]
    greedy = model.sample(prompts, 1, Sampling(temperature=0))[0][0]
    sampled = {c.content: c.logprob for c in model.sample(prompts, 500, Sampling())[0]}
    assert greedy.logprob == sampled[greedy.content]


@pytest.mark.parametrize("spread", [0.1, 0.6])
def test_spread_is_the_intra_class_correlation_and_keeps_the_mean(spread: float) -> None:
    model = models.simulated(error=0.3, spread=spread)
    errors = [model.error_at(Prompt(f"p{i}", f"q{i}", {})) for i in range(4000)]
    centre = sum(errors) / len(errors)
    variance = sum((e - centre) ** 2 for e in errors) / len(errors)
    assert centre == pytest.approx(0.3, abs=0.02)
    assert variance / (0.3 * 0.7) == pytest.approx(spread, rel=0.1)  # that of a Beta: ICC·p(1−p)


def test_chats_are_answered_with_chats() -> None:
    prompt = Prompt("p", [{"role": "user", "content": "2+2="}], {"answer": "4"})
    (answer,) = models.simulated(error=0.0).sample([prompt], 1, Sampling())[0]
    assert answer.content == [{"role": "assistant", "content": "4"}]


def test_a_row_to_train_on_without_its_truth_is_refused_and_not_counted_as_wrong() -> None:
    with pytest.raises(InputError, match="which this row lacks"):
        models.simulated().fit([Example("q", "4", {})])


def test_drift_adds_up_and_stops_at_one() -> None:
    rows = [Example("q", "4", {"answer": "4"})]
    model = models.simulated(drift=0.3)
    assert model.fit(rows).error == pytest.approx(0.3)
    assert model.fit([*rows, Example("q", "5", {"answer": "4"})] * 2).error == pytest.approx(0.8)
    assert model.fit([Example("q", "5", {"answer": "4"})]).error == 1.0


def test_what_only_costs_time_or_money_is_no_part_of_the_revision() -> None:
    plain = models.simulated()
    assert plain.revision == models.simulated(metered=True, price=0.1, seconds_per_prompt=1.0).revision
    assert plain.revision != models.simulated(seed=1).revision
