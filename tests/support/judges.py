"""Judges that are functions, for tests: they read the question they are asked."""

from __future__ import annotations

import random
import re

from openloop import models


def answers(question: str) -> list[str]:
    """What stands between marks after the request."""
    return re.findall(r"<text-\w+>\n(.*?)\n</text-\w+>", question, re.DOTALL)[1:]


def rate(question: object, seed: int) -> str:
    """3 for an answer with "bad" in it, else 8; give or take one where luck is asked for."""
    said = answers(str(question))[-1]
    luck = random.Random(seed).choice([-1, 0, 1]) if seed else 0
    return f"Fair enough.\n[[{(3 if 'bad' in said else 8) + luck}]]"


def check(question: object, seed: int) -> str:
    """Item 1: not bad; item 2: short."""
    said = answers(str(question))[-1]
    yes = {True: "yes", False: "no"}
    return f"[[1: {yes['bad' not in said]}]]\nwhy\n[[2: {yes[len(said) < 20]}]]"


def longer(question: object, seed: int) -> str:
    """The longer answer wins, and of equally long ones the first."""
    first, second = answers(str(question))
    return "[[A]]" if len(first) >= len(second) else "[[B]]"


rater = models.function(rate, name="rater")
checker = models.function(check, name="checker")
comparer = models.function(longer, name="comparer")
