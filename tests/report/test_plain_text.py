"""Texts of other people's rows on a terminal."""

from __future__ import annotations

from openloop.report.plain_text import flat, one_line, plain


def test_what_steers_a_terminal_or_is_half_a_character_is_replaced() -> None:
    hostile = "a\x1b[2Jb\u202ec\ud83dd"
    for shown in (plain(hostile), flat(hostile), one_line(hostile, 80)):
        assert shown == "a�[2Jb�c�d"
        shown.encode()  # half a surrogate pair could not be printed


def test_one_line_keeps_line_breaks_visible_and_cuts() -> None:
    assert one_line(" a\r\n  b\tc ", 80) == "a ⏎ b c"
    assert one_line("abcdef", 4) == "abc…" and one_line("abcd", 4) == "abcd"
