"""The verb `simulate`: numbers, labels, wrong input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from openloop.cli.simulation_text import LABELS


def test_breakdown_says_the_point_the_share_and_the_side(openloop: Callable[..., Any]) -> None:
    words = ("simulate", "breakdown", "--phi", ".9", "--psi", ".2", "--json")
    assert openloop(*words).json == {"p_star": pytest.approx(0.9 / 1.1), "filtering_helps": True}
    found = openloop(*words, "--p", ".3", "--t", ".1").json
    assert found["bad_after"] == pytest.approx(0.06 / 0.69) and found["side"] == "below"
    assert found["p_minus"] < found["p_star"] < found["p_plus"]


@pytest.mark.parametrize(
    ("words", "key", "value"),
    [
        ("plurality --p .6 --phi 1 --psi 1 --answers 1 --k 1", "correct", 0.4),
        ("pruning --gen 90 --prune 90 --between 0", "accuracy", 0.5),
        ("recursion --n 10 --rounds 0 --h0 .5", "replace", 0.5),
        ("mixing --real 5 --synthetic 5", "weight", 0.618034),
        ("mixing --real 4 --synthetic 5 --reused", "variance", 0.25),
        ("drift --rate .6 --rounds 0 --runs 3", "mean", 0.6),
        ("channel --phi 1 --psi 0", "bits_once", 1.0),
        ("hacking --time 0", "accuracy_in_use", 0.5),
    ],
)
def test_every_simulation_prints_json_and_labels(
    words: str, key: str, value: float, openloop: Callable[..., Any]
) -> None:
    assert openloop("simulate", *words.split(), "--json").json[key] == pytest.approx(value, abs=1e-5)
    assert f"{LABELS[key]}: " in openloop("simulate", *words.split()).out


def test_people_read_labels_and_not_keys(openloop: Callable[..., Any]) -> None:
    words = ("simulate", "breakdown", "--phi", ".9", "--psi", "0", "--p", "1", "--t", ".1")
    assert openloop(*words).out.splitlines() == [
        "breakdown point p★: 1",
        "filtering lowers the share of bad rows: yes",
        "lower bound p★⁻(t): 1",
        "upper bound p★⁺(t): 1",
        "share of bad rows after filtering: undefined",
        "p compared with p★: at",
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("breakdown --phi 1.2 --psi 0", "phi: must lie in [0, 1]"),
        ("breakdown --phi 0 --psi 0", "keeps nothing"),
        ("breakdown --phi .9 --psi .1 --t 1", "t: must lie in (0, 1)"),
        ("plurality --p 2 --phi 1 --psi 1", "p: must"),
        ("plurality --p .5 --phi 1 --psi 1 --answers 0", "at least 1"),
        ("plurality --p .5 --phi 1 --psi 1 --k 9999", "k must"),
        ("pruning --gen 10 --prune 10 --between 90", "no three directions"),
        ("pruning --gen 200 --prune 0", "angles"),
        ("pruning --gen 10 --prune 10 --rows 100000000", "GiB"),
        ("recursion --n 0", "n >= 1"),
        ("mixing --real 0 --synthetic 5", "needs real rows"),
        ("drift --runs 1000000000 --rounds 1000", "GiB"),
        ("pruning --gen 10 --prune 10 --rows -5", "rows: must be at least 1"),
        ("mixing --real 5 --synthetic -1", "synthetic"),
        ("channel --phi .5 --psi .5 --repeats 0", "repeats"),
        ("hacking --correlation 2", "correlation"),
    ],
)
def test_wrong_input_is_one_clear_line(words: str, says: str, openloop: Callable[..., Any]) -> None:
    said = openloop("simulate", *words.split())
    assert said.code == 2 and says in said.err and said.err.count("\n") == 1
