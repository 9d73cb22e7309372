"""Verdicts: computed from intervals and thresholds, and corrected for how many are compared."""

from __future__ import annotations

import ast
import inspect
from itertools import product

import numpy as np
import pytest

from openloop.measures.holm import holm
from openloop.records import Estimate
from openloop.reproduce import FIGURES
from openloop.reproduce.base import over_runs
from openloop.reproduce.make import load
from openloop.reproduce.verdicts import ERROR, every, lies, one_more, same_mean, verdict


@pytest.mark.parametrize(
    ("low", "high", "lower", "upper", "says"),
    [
        (0.1, 0.2, 0.0, 1.0, True),
        (0.1, 0.2, 0.3, 1.0, False),
        (0.1, 0.2, 0.0, 0.05, False),
        (0.1, 0.2, 0.15, 1.0, None),
        (None, None, 0.0, 1.0, None),
    ],
)
def test_an_interval_lies_inside_outside_or_across(
    low: float | None, high: float | None, lower: float, upper: float, says: bool | None
) -> None:
    assert lies(Estimate(0.15, low, high, 0.95, 9), lower, upper) is says


def test_an_exact_number_is_never_open() -> None:
    assert lies(0.5, 0.5) is True and lies(0.5, 0.6) is False
    assert [every(list(parts)) for parts in ((True, True), (True, None), (None, False))] == [True, None, False]


def test_every_verdict_can_be_reached() -> None:
    outcomes = {(a, b): verdict(a, b) for a, b in product((True, False, None), repeat=2)}
    assert {outcomes[True, b] for b in (True, False, None)} == {"reproduced"}
    assert {outcomes[None, b] for b in (True, False, None)} == {"undecided"}
    assert [outcomes[False, b] for b in (True, False, None)] == ["true under a stated condition", "false", "undecided"]


def test_ten_comparisons_reject_together_as_often_as_one() -> None:
    rng, alone, together = np.random.default_rng(0), 0, 0
    for _ in range(1_000):
        first, second = rng.standard_normal((2, 10, 40))
        p = {
            str(i): same_mean((a.mean(), a.std(ddof=1), 40), (b.mean(), b.std(ddof=1), 40))
            for i, (a, b) in enumerate(zip(first, second, strict=True))
        }
        alone += min(p.values()) <= ERROR
        together += min(holm(p).values()) <= ERROR
    assert alone > 300 and together < 70
    assert same_mean((0.0, 1.0, 40), (1.0, 1.0, 40)) < 0.001


def test_one_more_number_of_the_same_law_is_rarely_strange() -> None:
    rng = np.random.default_rng(1)
    rejected = np.mean([one_more(x[0], x[1:]) <= ERROR for x in rng.standard_normal((2_000, 9))])
    assert 0.03 < rejected < 0.07
    assert one_more(9.0, rng.standard_normal(8)) < 0.001 and one_more(1.0, [0.0]) == 1.0


@pytest.mark.parametrize("name", FIGURES)
def test_no_verdict_is_written_down(name: str) -> None:
    """Every call of ``claim`` computes its verdict from something that is no constant."""
    tree = ast.parse(inspect.getsource(load(name)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "claim"]
    assert calls
    for call in calls:
        given = call.args[4]
        assert isinstance(given, ast.Call) and getattr(given.func, "id", "") == "verdict", ast.unparse(given)
        assert not all(isinstance(part, ast.Constant) for part in given.args), ast.unparse(given)


def test_runs_decide_as_their_interval_does() -> None:
    assert lies(over_runs([0.1, 0.11, 0.09]), high=0.5) is True and lies(over_runs([0.1, 0.9]), high=0.5) is None
