"""The simulated model: its dials, and awkward answers (full stops, odd numbers, chats, missing truths)."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openloop import models, signals
from openloop.data.answers import normal_form
from openloop.errors import InputError
from openloop.models.simulated import SimulatedModel
from openloop.records import Candidate, Example, Prompt, Sampling, Usage

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


# ---- awkward answers ----------------------------------------------------------------------------------------


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


def test_it_costs_its_price_for_each_request_and_nothing_limits_it() -> None:
    model = models.simulated(metered=True, price=0.25)
    assert model.request_price(100, 1e6) == 0.25 and model.cost(Usage(5, 6, 3)) == 0.75 and model.limits == {}
