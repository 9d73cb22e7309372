"""Texts on lines of a width."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from openloop.report.fitted_lines import command_lines, lines_taken, wrapped
from openloop.report.plain_text import flat, plain


def test_words_are_wrapped_and_what_does_not_fit_is_cut() -> None:
    assert wrapped("one two three four", 9) == ["one two", "three", "four"]
    assert wrapped("one two three four", 9, 2) == ["one two", "three …"]
    assert wrapped("one two", 9, 1) == ["one two"] and wrapped("", 9, 1) == [""]
    assert wrapped("one two", 9, 1, last=3) == ["one …"]
    assert wrapped("数学数学", 4) == ["数学", "数学"]


@given(st.text(max_size=200), st.integers(4, 60), st.integers(1, 4))
def test_no_line_is_too_wide_and_there_are_no_more_than_asked_for(text: str, width: int, most: int) -> None:
    whole, cut = wrapped(flat(text), width), wrapped(flat(text), width, most)
    assert all(cell_len(line) <= width for line in [*whole, *cut])
    assert len(cut) == min(most, len(whole))
    assert "".join(whole).replace(" ", "") == flat(text).replace(" ", "")


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\u202e", "\ud800", "\x9b", "\u2028"])
def test_what_could_steer_a_terminal_is_replaced(character: str) -> None:
    assert plain(f"a{character}b") == "a�b"
    assert flat("a \n\t b") == "a b"


def test_a_command_is_broken_between_its_words_only() -> None:
    words = ["openloop audit data.jsonl", "--gold 'a b'", "--judge-column score", "--keep kept.jsonl"]
    lines = command_lines(words, 40)
    assert all(len(line) <= 40 for line in lines) and len(lines) == 3
    assert shlex.split("\n".join(lines).replace("\\\n", " ")) == shlex.split(" ".join(words))
    assert command_lines(["x" * 99], 40) == ["x" * 99] and lines_taken("x" * 99, 40) == 3
