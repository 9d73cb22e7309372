from __future__ import annotations

import pytest

from openloop.measures.text_style import MARKS, SIZES, style


def marks(text: str) -> set[str]:
    return {mark.split(" (")[0] for mark, value in zip(MARKS, style(text), strict=False) if value}


def size(text: str, more: str) -> float:
    return style(text)[len(MARKS) + [s.more for s in SIZES].index(more)]


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("- one\n- two", "has a list"),
        ("1. one\n2. two", "has a list"),
        ("so **bold**", "has headings or bold text"),
        ("## Title\ntext", "has headings or bold text"),
        ("use `x`", "has code in backticks"),
        ("it is 4", "has digits"),
        ("it is 4.5", "has decimal numbers"),
        ("why?", "asks a question"),
        ("为什么？", "asks a question"),
        ("good!", "has an exclamation mark"),
        ("a\nb", "has more than one line"),
        ("a\n\nb", "has blank lines"),
        ("say “hello”", "has quotation marks"),
        ("a (b)", "has parentheses"),
        ("a — b", "has an em dash"),
        ("a: b", "has a colon"),
        ("fine 😀", "has an emoji"),
        ("see https://example.org", "has a link"),
        (r"so \frac{1}{2}", "has LaTeX"),
        ("so $x^2$", "has LaTeX"),
        ('{"a": 1}', "starts with { or ["),
        ("lower", "starts with a lower-case letter"),
        ("The end.", "ends in punctuation"),
        ("一。", "ends in punctuation"),
        ("go on and " * 10, "repeats itself"),
        ("I think so", "first person"),
        ("that’s what I’ve seen", "first person"),
        ("can you", "addresses the reader"),
        ("Perhaps, it is", "hedges"),
        ("plain words", "mostly in Latin letters"),
        ("Привет, как дела", "mostly in Cyrillic letters"),
        ("好的，这是例子", "mostly in Chinese or Japanese characters"),
        ("안녕하세요", "mostly in Korean letters"),
        ("مرحبا", "mostly in Arabic letters"),
        ("नमस्ते", "mostly in Devanagari letters"),
        ("Γειά σου", "mostly in another script"),
        (" \n", "empty"),
    ],
)
def test_marks(text: str, mark: str) -> None:
    assert mark in marks(text)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a - b", "has a list"),
        ("5 * 4 ** 2", "has headings or bold text"),
        ("#### 72", "has headings or bold text"),
        ("1. 2. 3,000", "has decimal numbers"),
        ("it costs $5 or", "has LaTeX"),
        ("Mine alone", "first person"),
        ("youth", "addresses the reader"),
        ("Mayor", "hedges"),
        ("one two three four five six seven eight nine ten eleven twelve", "repeats itself"),
        ("12 + 3", "mostly in Latin letters"),
        ("好的 and some more Latin letters", "mostly in Chinese or Japanese characters"),
        ("text", "empty"),
    ],
)
def test_what_is_none(text: str, mark: str) -> None:
    assert mark not in marks(text)


def test_every_mark_is_tested() -> None:
    here = test_marks.pytestmark[0].args[1]
    assert {mark for _, mark in here} == {mark.split(" (")[0] for mark in MARKS}


def test_sizes() -> None:
    text = "One two three. Four five six!"
    assert size(text, "longer") == len(text)
    assert size(text, "longer sentences") == 3
    assert size("One two three", "longer sentences") == 3
    assert size("One two\nthree four", "longer sentences") == 2
    assert size("ab abcd", "longer words") == 3
    assert size("a1b2", "more digits") == 50
    assert size("AbCd", "more capital letters") == 50
    assert size("a, b.", "more punctuation") == 40
    assert size("好，的。", "more punctuation") == 50


def test_blanks_around_a_text_say_nothing() -> None:
    assert style("  text\n") == style("text")


def test_an_empty_text_is_only_empty() -> None:
    assert marks("") == {"empty"}
    assert sum(style("")) == 1
