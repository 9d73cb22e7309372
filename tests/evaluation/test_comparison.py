"""Models compared in pairs: verdicts that hold together, what would tell, and what cannot be compared."""

from __future__ import annotations

import json
import math
from itertools import combinations

import numpy as np
import pytest

from openloop.arrays import Values
from openloop.errors import InputError
from openloop.evaluation import Comparison, ItemResults, compare
from openloop.evaluation.comparison import Aligned, Pair, judged
from openloop.measures.crossed import CrossedMean
from tests.support.two_arms import RightOrWrong

CLEAR = RightOrWrong((0.8, 0.4), trainings=0.1, difficulty=1.0)
NOTHING = RightOrWrong((0.6, 0.6), trainings=0.1, difficulty=1.0, taste=0.5)


def results(values: Values, estimate: str = "accuracy") -> list[ItemResults]:
    """One for each seed, from values [S, I]."""
    prompts = [f"p{i}" for i in range(values.shape[1])]
    return [ItemResults(prompts, {estimate: row}) for row in values]


def two(world: RightOrWrong, seeds: int = 4, items: int = 200, seed: int = 0) -> dict[str, list[ItemResults]]:
    one, other = world.draw_arms(np.random.default_rng(seed), seeds, items)
    return {"base": results(other), "mine": results(one)}


def only(found: list[Comparison]) -> Comparison:
    (comparison,) = found
    return comparison


def test_the_later_one_is_compared_with_the_earlier_one() -> None:
    found = only(compare(two(CLEAR)))
    assert (found.a, found.b, found.verdict, found.n_seeds, found.n_items) == ("mine", "base", "better", 4, 200)
    assert found.difference == pytest.approx(0.4, abs=0.1) and found.low is not None and found.low > 0
    assert found.needed is None and found.why == ""


def test_the_verdict_turns_with_the_data() -> None:
    models = two(CLEAR)
    turned = only(compare({"base": models["mine"], "mine": models["base"]}))
    assert turned.verdict == "worse" and turned.difference is not None and turned.difference < -0.3
    assert only(compare(two(NOTHING))).verdict == "cannot tell"


def test_alone_the_verdict_is_that_of_the_interval() -> None:
    verdicts = set()
    for seed in range(60):
        found = only(compare(two(RightOrWrong((0.65, 0.55), trainings=0.1), seeds=3, items=100, seed=seed)))
        assert found.low is not None and found.high is not None
        assert (found.verdict != "cannot tell") == (found.low > 0 or found.high < 0)
        verdicts.add(found.verdict)
    assert verdicts >= {"better", "cannot tell"}


def test_together_fewer_are_told_and_the_reason_is_given() -> None:
    near = CrossedMean(0.1, 0.1, 0.0, 0.0018, 0.0, 1, 200, 1.0)  # p = .02 alone
    far = CrossedMean(0.5, 0.5, 0.0, 0.0018, 0.0, 1, 200, 1.0)
    pairs = [Pair("a", "b", "accuracy", near), *(Pair(f"c{i}", "b", "accuracy", near) for i in range(4))]
    assert only(judged(pairs[:1])).verdict == "better"
    together = judged(pairs)
    assert {c.verdict for c in together} == {"cannot tell"}
    assert together[0].low is not None and together[0].low > 0 and "among 5 comparisons" in together[0].why
    assert together[0].p == only(judged(pairs[:1])).p and together[0].p_adjusted == pytest.approx(
        5 * (together[0].p or 0)
    )
    stepped = judged([*pairs[:2], Pair("d", "b", "accuracy", far)])  # one that is told leaves more for the others
    assert [c.verdict for c in stepped] == ["better", "better", "better"] or stepped[2].verdict == "better"


def test_of_four_arms_that_are_alike_any_is_told_apart_in_one_run_of_twenty() -> None:
    rng, alarms, alone = np.random.default_rng(2), 0, 0
    for _ in range(300):
        hard = rng.normal(0, 1, 60)
        arms = [
            (rng.random((4, 60)) < 1 / (1 + np.exp(-hard - rng.normal(0, 0.3, (4, 1))))).astype(float) for _ in range(4)
        ]
        found = judged(Pair.of((str(i), str(j)), (arms[i], arms[j]), "", 1.0) for j, i in combinations(range(4), 2))
        alarms += any(c.verdict != "cannot tell" for c in found)
        alone += any(c.p is not None and c.p < 0.05 for c in found)
    assert alarms / 300 <= 0.05 + 0.02 and alone > 2 * alarms


def test_what_is_needed_is_given_only_where_it_cannot_be_told() -> None:
    found = only(compare(two(RightOrWrong((0.62, 0.55), trainings=0.05, difficulty=1.0), seeds=3, items=80, seed=1)))
    assert found.verdict == "cannot tell" and found.needed is not None
    assert found.needed.seeds is not None and found.needed.seeds > 3


def test_one_seed_is_said_to_tell_of_two_models_and_no_training() -> None:
    found = only(compare(two(CLEAR, seeds=1)))
    assert found.verdict == "better" and found.why == "one seed: says nothing of another training"


def test_lower_may_be_better() -> None:
    mean = CrossedMean(-0.5, -0.5, 0.0, 0.0018, 0.0, 1, 200, math.inf)
    assert only(judged([Pair("a", "b", "perplexity", mean, lower_is_better=True)])).verdict == "better"
    assert only(judged([Pair("a", "b", "accuracy", mean)])).verdict == "worse"


def test_one_model_under_two_names_is_not_compared_and_costs_the_others_nothing() -> None:
    near = CrossedMean(0.1, 0.1, 0.0, 0.0018, 0.0, 1, 200, 1.0)
    none = CrossedMean(0.0, 0.0, 0.0, 0.0001, 0.0, 1, 200, 1.0)
    same, other = judged([Pair("a", "b", "accuracy", none, same_model=True), Pair("c", "b", "accuracy", near)])
    assert (same.difference, same.low, same.verdict, same.why, same.p) == (
        0,
        None,
        "cannot tell",
        "the same model",
        None,
    )
    assert other.verdict == "better"


def test_items_are_paired_by_prompt_whatever_their_order_and_answers_to_one_are_one() -> None:
    one = ItemResults(["a", "b", "c", "a"], {"accuracy": np.array([1.0, 0.0, np.nan, 0.0])})
    other = ItemResults(["c", "b", "d"], {"accuracy": np.array([1.0, 1.0, 1.0])})
    values = Aligned.of([one, other]).values("accuracy")
    assert np.array_equal(values, [[0.5, 0, np.nan, np.nan], [np.nan, 1, 1, 1]], equal_nan=True)
    models = two(CLEAR)
    shuffled = [
        ItemResults(list(reversed(r.prompts)), {"accuracy": r.values["accuracy"][::-1]}) for r in models["mine"]
    ]
    turned, straight = only(compare(models | {"mine": shuffled})), only(compare(models))
    assert (turned.difference, turned.low, turned.high) == pytest.approx(
        (straight.difference, straight.low, straight.high)
    )


def test_items_that_only_one_scored_are_left_out_and_counted() -> None:
    models = two(CLEAR, items=60)
    for item in models["mine"]:
        item.values["accuracy"][:7] = np.nan
    found = only(compare(models))
    assert (found.n_unpaired, found.n_items) == (7, 53)


def test_too_few_items_are_not_told() -> None:
    found = only(compare(two(CLEAR, items=9)))
    assert (found.low, found.verdict, found.needed) == (None, "cannot tell", None) and "too few items: 9" in found.why


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ({}, "two models or more"),
        ({"a": results(np.ones((1, 20)))}, "two models or more"),
        ({"a": results(np.ones((1, 20))), "b": results(np.ones((2, 20)))}, "a 1, b 2"),
        ({"a": results(np.ones((1, 20))), "b": results(np.ones((1, 20)), "acuracy")}, "did you mean 'acuracy'"),
        (
            {"a": [ItemResults(["x"], {"v": np.ones(1)})], "b": [ItemResults(["y"], {"v": np.ones(1)})]},
            "share no scored",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(models: dict[str, list[ItemResults]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        compare(models)


def test_values_on_a_scale_are_compared_too_and_a_comparison_is_json() -> None:
    rng = np.random.default_rng(3)
    found = only(compare({"a": results(rng.normal(5, 1, (3, 80))), "b": results(rng.normal(7, 1, (3, 80)))}))
    assert found.verdict == "better" and found.difference is not None and found.difference > 1.5
    unclear = only(compare(two(NOTHING))).to_json()
    assert json.loads(json.dumps(unclear))["needed"].keys() == {"items", "seeds"}
