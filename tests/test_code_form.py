"""What of a source counts when code is identified, and what does not."""

from __future__ import annotations

import pytest

from openloop.code_form import code_form

SOURCE = '''"""Checks."""
import re
from math import isclose

LIMIT = 3


def check(candidate):
    """Is it short?"""
    return len(candidate.completion) < LIMIT  # characters


class Rule:
    """A rule."""

    word: str = "a"
    """What it looks for."""

    def holds(self, text):
        return self.word in text
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # characters", ""),
        ('"""Checks."""', '# Licence\n\n\n"""Checks, and more."""'),
        ('    """Is it short?"""\n', ""),
        ('    """What it looks for."""\n', ""),
        ('"a"', "'a'"),
        ("len(candidate.completion) < LIMIT", "(\n        len(candidate.completion)\n        < LIMIT\n    )"),
        ("import re\nfrom math import isclose\n", "from math import isclose\nimport re\n"),
        ("LIMIT = 3\n\n\n", ""),  # and appended below
        ("class Rule:", 'if __name__ == "__main__":\n    print(check(None))\n\n\nclass Rule:'),
    ],
)
def test_what_changes_no_behaviour_makes_no_difference(old: str, new: str) -> None:
    assert SOURCE.count(old) == 1
    changed = SOURCE.replace(old, new) + ("\nLIMIT = 3\n" if old.startswith("LIMIT") else "")
    assert changed != SOURCE and code_form(changed) == code_form(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 3", "LIMIT = 4"),
        ("LIMIT = 3", "LIMIT = 3.0"),
        ("< LIMIT", "<= LIMIT"),
        ("candidate.completion", "candidate.prompt"),
        ("import re\n", ""),
        ('"a"', '"b"'),
        ("def check(candidate):", "def check(candidate, answer):"),
        ("def check", "@cached\ndef check"),
        ("    return self.word in text", "    return self.word in text and\\\n            text"),
        ("class Rule:", "LIMIT = 4\n\n\nclass Rule:"),
    ],
)
def test_what_changes_behaviour_makes_one(old: str, new: str) -> None:
    assert SOURCE.count(old) == 1 and code_form(SOURCE.replace(old, new)) != code_form(SOURCE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A = draw()\nB = draw()", "B = draw()\nA = draw()"),  # a call may build on the one before
        ("X = 1\ndef f(a=X): ...\nX = 2", "X = 1\nX = 2\ndef f(a=X): ..."),
        ("L = []\nL.append(1)\nM = 2", "L = []\nM = 2\nL.append(1)"),
        ("def f(x=next(IT)): ...\ndef g(x=next(IT)): ...", "def g(x=next(IT)): ...\ndef f(x=next(IT)): ..."),
        ("from a import *\nx = 1", "x = 1\nfrom a import *"),
        ("def f():\n    a()\n    b()", "def f():\n    b()\n    a()"),
        ('def f():\n    """One."""\n    return f.__doc__', 'def f():\n    """Two."""\n    return f.__doc__'),
    ],
)
def test_an_order_or_a_text_that_may_matter_counts(one: str, other: str) -> None:
    assert code_form(one) != code_form(other)


def test_what_does_not_parse_is_its_own_text() -> None:
    assert code_form("def (") == "def ("
