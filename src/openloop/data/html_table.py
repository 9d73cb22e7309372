"""A table for a notebook. Every cell is text of somebody else's and is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

_NUMBER = re.compile(r"[+−-]?[\d.,]+( ?%)?$")


def html_table(titles: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> str:
    """``titles`` over ``rows``; numbers are aligned to the right, a short row is filled with empty cells."""
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join(f"<tr>{_cells([*row, *[''] * (len(titles) - len(row))])}</tr>" for row in rows)
    top = f"<caption style='text-align:left'>{escape(caption)}</caption>" if caption else ""
    return f"<table>{top}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: Sequence[str]) -> str:
    return "".join(
        f"<td style='text-align:{'right' if _NUMBER.match(cell) else 'left'}'>{escape(cell)}</td>" for cell in row
    )
