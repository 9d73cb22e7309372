"""The surface of a text: known answers, odd scripts, and a million characters."""

from __future__ import annotations

import pytest

from openloop.measures.duplicates import PERMUTATIONS, signature
from openloop.measures.surface import FEATURES, opening, skeleton, surface


def test_surface_of_a_small_text() -> None:
    found = dict(zip(FEATURES, surface("# Title\n- One **two**\n- one 12"), strict=True))
    assert found == {
        "characters": 30,
        "words": 8,
        "lines": 3,
        "list items": 2,
        "markdown": 2,
        "digits": 2 / 30,
        "capitals": 2 / 30,
        "distinct words": 7 / 8,
        "ends in punctuation": 0,
    }
    assert set(surface("")) == {0.0} and len(surface(" \n ")) == len(FEATURES)


def test_texts_that_say_the_same() -> None:
    assert skeleton("I have checked it\n twice, so it is  Right.") == skeleton(
        "i have checked it twice, so it is right."
    )
    assert skeleton("The Answer is  42.\n") == "the answer is 42." != skeleton("the answer is 17.")
    steps = "First we add both of the numbers, then we see that the answer is {}."
    assert skeleton(steps.format(12)) != skeleton(steps.format(7))
    assert opening("Sure, here is my text") == opening("sure, here is my own") != opening("No, here is my text")


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("x y " * 250_000, "words", 500_000),
        ("#" * 1_000_000, "markdown", 0),
        ("- " * 500_000, "list items", 1),
        ("\n" * 1_000_000, "lines", 1_000_001),
        ("`" * 1_000_000, "markdown", 500_000),
        ("漢" * 1_000_000, "characters", 1_000_000),
        (" " * 999_999 + "x", "list items", 0),
        ("1" * 1_000_000, "digits", 1.0),
        ("A1. " * 250_000, "capitals", 0.25),
    ],
    ids=["words", "heading", "dashes", "lines", "ticks", "ideographs", "blanks", "digits", "numbers"],
)
def test_a_million_characters_are_read_in_one_pass(text: str, name: str, value: float) -> None:
    """A pattern that goes back over what it has read would take 10¹² steps, which is hours: this would not end."""
    assert feature(text, name) == value
    assert len(skeleton(text)) <= len(text) and len(opening(text)) <= 400
    assert len(signature(text)) == PERMUTATIONS


def feature(text: str, name: str) -> float:
    return surface(text)[FEATURES.index(name)]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("```py\nx\n```", "markdown", 3),
        ("**a** **b** __c__", "markdown", 2),
        ("# a\n## b\n#c", "markdown", 2),
        ("1. a\n 2) b\n3 c\n-d\n* e\n• f", "list items", 4),
        ("ÉÀé", "capitals", 2 / 3),
        ("٣x", "digits", 0.5),
        ("\ud800A", "capitals", 0.5),
        ("a\n\nb\n", "lines", 4),
        ("done.  \n", "ends in punctuation", 1),
        ("", "distinct words", 0),
        ("a a A", "distinct words", 2 / 3),
    ],
)
def test_known_features(text: str, name: str, value: float) -> None:
    assert feature(text, name) == pytest.approx(value)


def test_an_opening_ignores_blanks_and_numbers() -> None:
    assert opening(" " * 500 + "Step 1: do\nit now") == opening("step 22: do it then") == "step 0: do it"
    assert opening("") == opening(" \n") == ""


def test_short_answers_keep_their_numbers() -> None:
    assert skeleton("42") != skeleton("17") and skeleton(" Yes\n") == skeleton("yes")
