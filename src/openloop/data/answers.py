"""The answer that a completion gives: its text, what follows a mark, and the form in which answers are compared."""

from __future__ import annotations

import re
import unicodedata

from openloop.records import Content

MARKED = 0.9
"""Share of the completions that mark a final answer, from which on their meanings are answers; else whole texts."""


def last_text(content: Content) -> str:
    """The text of a completion: itself, or what the assistant says last."""
    if isinstance(content, str):
        return content
    return next((turn["content"] or "" for turn in reversed(content) if turn["role"] == "assistant"), "")


def after_mark(text: str, mark: str) -> str:
    """What follows the last ``mark``; empty where there is none."""
    _, found, rest = text.rpartition(mark)
    return rest if found else ""


def normal_form(text: str) -> str:
    """Unicode NFKC, case folded, white space as single blanks, none at the ends, one full stop at the end dropped."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(plain.casefold().split()).removesuffix(".").rstrip()


def same_normal_form(one: str, other: str) -> bool:
    """Whether two texts have one normal form; of a long one beside a short one only the start is looked at."""
    short, long = (one, other) if len(one) < len(other) else (other, one)
    form = normal_form(short)
    most = form.count(" ") + 2  # words; a full stop that stands alone at the end may be one more
    if long.isascii() and len(long.split(None, most)) > most:  # elsewhere one character may become several words
        return False
    return normal_form(long) == form


_BOXED = re.compile(r"\\boxed\s*\{")
_TAG = re.compile(r"<(/?)answer>", re.IGNORECASE)
_SAID = re.compile(r"(?:^|[\s*])(?:the\s+)?(?:final\s+)?answer(?:\s+is|\s*:)[\s:*]*([^\n]+)", re.IGNORECASE)


def final_answer(text: str) -> str | None:
    """What a completion marks as its answer, in normal form; None where it marks none.

    The last of what follows ``####``, stands in ``\\boxed{}`` or ``<answer>``, or follows ``answer:`` or ``answer is``
    on its line; the first kind of these that a text has.
    """
    if "####" in text:
        found = after_mark(text, "####").strip().partition("\n")[0]
    elif boxes := list(_BOXED.finditer(text)):
        found = _within_braces(text, boxes[-1].end())
    elif (tagged := _within_tags(text)) is not None:
        found = tagged
    elif "nswer" in text.casefold() and (said := _SAID.findall(text)):
        found = said[-1]
    else:
        return None
    return normal_form(found.strip().strip("*$").strip()) or None


def _within_tags(text: str) -> str | None:
    """What the last pair of tags holds."""
    found, opened = None, -1
    for tag in _TAG.finditer(text):
        if not tag[1]:
            opened = tag.end()
        elif opened >= 0:
            found, opened = text[opened : tag.start()], -1
    return found


def _within_braces(text: str, start: int) -> str:
    depth = 1
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return text[start:place]
    return text[start:]
