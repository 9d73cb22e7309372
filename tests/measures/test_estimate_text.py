"""The text of an estimate: numbers, intervals, open ends, undefined values."""

from __future__ import annotations

import math

import pytest

from openloop.measures.estimate_text import (
    NumberText,
    compact,
    estimate_text,
    fixed,
    interval_text,
    percent,
    points,
    short,
    signed,
    significant,
)
from openloop.records import Estimate


@pytest.mark.parametrize(
    ("number", "value", "text"),
    [
        (fixed(), 0.8674, "0.867"),
        (fixed(1), -12.34, "-12.3"),
        (signed(), 0.2784, "+0.278"),
        (signed(2), -0.5, "-0.50"),
        (percent(), 0.0874, "8.7%"),
        (percent(0), 0.0874, "9%"),
        (points(), 0.2784, "27.8"),
        (short(), 0.8674, ".867"),
        (short(), 1.0, "1.000"),
        (short(), -0.25, "-0.250"),
        (significant(), 0.9 / 1.1, "0.818182"),
        (significant(), 2.0, "2"),
        (compact, 0.8674, "0.867"),
        (compact, 1.0, "1.000"),
        (compact, 0.0, "0.000"),
        (compact, 2.0, "2"),
        (compact, -3.0, "-3"),
        (compact, 2.5, "2.500"),
        (compact, 12.6, "13"),
        (compact, 1204.0, "1,204"),
        (compact, math.inf, "inf"),
    ],
)
def test_numbers(number: NumberText, value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("number", [fixed(), signed(), percent(), points(), short(), significant(), compact])
def test_a_value_that_is_not_a_number_is_undefined(number: NumberText) -> None:
    assert number(math.nan) == "undefined"


def test_an_interval_needs_both_bounds_unless_open_ends_are_given() -> None:
    assert interval_text(0.1, 0.25) == "[0.100, 0.250]"
    assert interval_text(None, None) == interval_text(0.1, None) == interval_text(None, 0.25) == ""
    ends = ("?", "1.0%")
    assert interval_text(None, 0.25, percent(), open_ends=ends) == "[?, 25.0%]"
    assert interval_text(0.001, None, percent(), open_ends=ends) == "[0.1%, 1.0%]"
    assert interval_text(None, None, open_ends=ends) == ""
    assert interval_text(0.0, 0.0) == "[0.000, 0.000]"


def test_an_estimate_is_its_value_and_its_interval() -> None:
    whole = Estimate(0.278, 0.24, 0.316, 0.95, 4, method="t")
    assert estimate_text(whole) == "0.278 [0.240, 0.316]"
    assert estimate_text(whole, signed()) == "+0.278 [+0.240, +0.316]"
    assert estimate_text(whole, points()) == "27.8 [24.0, 31.6]"
    assert estimate_text(whole, say_why=True) == "0.278 [0.240, 0.316]"


def test_an_estimate_without_an_interval_may_say_why() -> None:
    alone = Estimate(0.278, None, None, 0.95, 1, method="no interval: one row")
    assert estimate_text(alone) == "0.278"
    assert estimate_text(alone, percent(), say_why=True) == "27.8% (no interval: one row)"
    assert estimate_text(Estimate(0.278, None, None, 0.95, 1), say_why=True) == "0.278 (no interval)"
    assert estimate_text(Estimate(math.nan, None, None, 0.95, 0)) == "undefined"


def test_an_estimate_with_one_bound() -> None:
    bound = Estimate(0.5, 0.25, None, 0.95, 10)
    assert estimate_text(bound) == "0.500"
    assert estimate_text(bound, open_ends=("?", "?")) == "0.500 [0.250, ?]"
