"""Texts on a fixed number of lines: wide characters count as two columns, and what a file holds cannot steer."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

CUT = "…"


def wrapped(text: str, width: int, most: int | None = None, last: int = 0) -> list[str]:
    """Words of a text on lines of ``width`` columns; what does not fit on ``most`` lines is cut with ``…``.

    ``last`` columns of the last line stay free. A word longer than a line is broken.
    """
    width = max(width, 4)
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        while word:
            glued = f"{line} {word}" if line else word
            if cell_len(glued) <= width:
                line, word = glued, ""
            elif line:
                lines.append(line)
                line = ""
            else:
                line = _head(word, width)
                word = word[len(line) :]
        if most is not None and len(lines) > most:
            break
    lines.append(line)
    if most is None:
        return lines
    shown = lines[:most]
    if len(lines) > most or cell_len(shown[-1]) > width - last:
        shown[-1] = _cut(shown[-1], width - last)
    return shown


def _cut(line: str, width: int) -> str:
    """As many of its words as fit beside a ``…``."""
    if cell_len(line) + 2 <= width:
        return f"{line} {CUT}"
    kept = set_cell_size(line, max(0, width - 2)).rstrip()
    words, _, _ = kept.rpartition(" ")
    return f"{words or kept} {CUT}".strip()


def _head(word: str, width: int) -> str:
    """The longest beginning of at most ``width`` columns, of at least one character."""
    end = min(len(word), width)
    while end > 1 and cell_len(word[:end]) > width:
        end -= 1
    return word[:end]


def command_lines(words: Sequence[str], width: int) -> list[str]:
    """A command on lines that a shell reads as one, broken between its words; a word is never broken."""
    lines, line = [], ""
    for word in words:
        glued = f"{line} {word}" if line else word
        if line and cell_len(glued) > width - 2:
            lines.append(f"{line} \\")
            line = f"  {word}"
        else:
            line = glued
    return [*lines, line]


def lines_taken(line: str, width: int) -> int:
    """Lines of a terminal that it takes where it may be longer than one."""
    return max(1, -(-cell_len(line) // width))
