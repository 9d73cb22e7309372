"""What the audit says of how much completions depend on their prompts."""

from __future__ import annotations

import random

import pytest

import openloop as library
from openloop.auditing import Audit
from tests.auditing.sections.test_similarity import WORDS


def rows(prompts: int, each: int, seed: int, *, answered: bool) -> list[dict[str, object]]:
    """Completions with words of their prompt, or of another one."""
    rng = random.Random(seed)
    asked = [[rng.choice(WORDS) for _ in range(12)] for _ in range(prompts)]
    order = list(range(prompts))
    rng.shuffle(order)
    return [
        {
            "prompt": " ".join(asked[p]),
            "completion": " ".join(rng.choice(asked[p if answered else order[p]]) for _ in range(25)),
            "gold": True,
        }
        for p in range(prompts)
        for _ in range(each)
    ]


def said(found: Audit) -> list[str]:
    return [text for text in found.said if text.startswith("Nothing shows that completions depend")]


@pytest.mark.parametrize("each", [1, 3])
def test_answers_depend_on_prompts_and_answers_to_others_do_not(each: int) -> None:
    answers = library.audit(rows(80, each, 0, answered=True))
    found = answers.estimate("dependence.hsic")
    assert found.low > 0.05 and "p = 0.005 of independence" in found.method and "hashed-512" in found.method
    assert not said(answers)
    others = [library.audit(rows(80, each, seed, answered=False)) for seed in range(12)]
    assert max(other.estimate("dependence.hsic").value for other in others) < found.low
    assert sum(bool(said(other)) for other in others) >= 9, "of independent rows one in twenty has p ≤ .05"


def test_at_most_some_thousand_rows_are_compared_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from openloop.auditing.sections import dependence

    monkeypatch.setattr(dependence, "MOST", 100)
    found = library.audit(rows(80, 3, 0, answered=True)).estimate("dependence.hsic")
    assert found.n == 99 and "99 of 240 rows, whole prompts" in found.method


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ([{"completion": f"text {n}", "gold": True} for n in range(20)], "the kept rows have no prompts"),
        ([{"prompt": "q", "completion": f"text {n}", "gold": True} for n in range(20)], "rows of 1 prompts"),
        ([{"prompt": f"q {n}", "completion": "same", "gold": True} for n in range(20)], "all vectors of y are equal"),
        ([{"prompt": "a b c", "completion": "d e f", "gold": True}], "rows of 1 prompts"),
    ],
)
def test_what_is_not_measured_is_said(data: list[dict[str, object]], why: str) -> None:
    found = library.audit(data)
    assert any(text.startswith("dependence of completions") and why in text for text in found.unmeasured)
