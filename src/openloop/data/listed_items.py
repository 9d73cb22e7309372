"""The items that a reply lists: one per line that begins with a number, a dash or a bullet, or else one per line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_MARK = re.compile(r"^[ \t]*(?:\(?\d{1,4}[.):][ \t]+|\d{1,4}、[ \t]*|[-*•][ \t]+|・[ \t]*)(?=\S)")


def listed_items(text: str) -> list[str]:
    """Items of a JSON list; else of the lines that are marked as items, with the lines below each; else every line.

    An item that is a JSON object counts as its first text. Empty ones are left out.
    """
    held = _as_json(text)
    if held is not None:
        return [item for item in map(_text_of, held) if item]
    lines = [line for line in text.splitlines() if line.strip()]
    if not any(_MARK.match(line) for line in lines):
        return [line.strip() for line in lines]
    items: list[str] = []
    for line in lines:
        if _MARK.match(line):
            items.append(_MARK.sub("", line).strip())
        elif items and line[:1].isspace():
            items[-1] += f" {line.strip()}"
    return items


def _as_json(text: str) -> list[Any] | None:
    start, end = text.find("["), text.rfind("]")
    if not 0 <= start < end:
        return None
    try:
        held = json.loads(text[start : end + 1], strict=False)
    except (ValueError, RecursionError):
        return None
    return held if isinstance(held, list) and held and all(isinstance(item, str | Mapping) for item in held) else None


def _text_of(item: Any) -> str:
    if isinstance(item, Mapping):
        return next((value.strip() for value in item.values() if isinstance(value, str) and value.strip()), "")
    return str(item).strip()
