"""A text that wins whatever the prompt: found among verdicts and scores, before and after rows are labelled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Finding
from tests.support.audited import Rows, ids


def constant(rows: Rows, **told: Any) -> Finding | None:
    return next((f for f in library.audit(rows, **told).findings if f.id == "constant-completion-wins"), None)


def pool(text: str | None, seed: int = 0, score: bool = False) -> Rows:
    """Four rows a prompt, of which one is ``text`` and always wins; without it they pass half of the time."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(800):
        fixed = text is not None and i % 4 == 0
        said = str(text) if fixed else f"A real answer to {i // 4}, variant {rng.integers(1e9)}."
        value = float(np.round(rng.normal() + 2.5 * fixed, 3)) if score else bool(fixed or rng.random() < 0.5)
        rows.append({"prompt": f"q{i // 4}", "completion": said, "verdict": value})
    return rows


def test_a_phrase_that_always_wins_is_found_without_gold() -> None:
    rows: Rows = [
        {"prompt": f"q{i}", "completion": f"Answer {chr(97 + i % 26)}{i} here.", "verdict": i % 3 == 0}
        for i in range(500)
    ]
    rows += [{"prompt": f"p{i}", "completion": "Thought process:", "verdict": True} for i in range(60)]
    found = library.audit(rows)
    (finding,) = [f for f in found.findings if f.id == "constant-completion-wins"]
    assert finding.blocking and set(finding.rows) <= set(range(500, 560))
    assert found.worst and found.worst[0]["completion"] == "Thought process:"


@pytest.mark.parametrize("score", [False, True], ids=["verdict", "score"])
def test_the_text_is_shown_and_its_rows_named(score: bool) -> None:
    text = "Whatever you ask,  the answer\nis that it depends on what is asked, and by whom."
    found = constant(pool(text, score=score))
    assert found is not None and '"Whatever you ask, the answer is that it depends on what is…"' in found.text
    assert found.rows[:3] == (0, 4, 8) and "given to 200 prompts" in found.text
    assert constant(pool(None, score=score)) is None


def test_a_text_that_loses_is_no_finding() -> None:
    turned = [{**row, "verdict": -row["verdict"]} for row in pool("It depends.", score=True)]
    assert constant(turned) is None


def test_labels_do_not_hide_it() -> None:
    """Forty labels, as the audit asks for them; it goes only where they say that the text is right."""
    rows = pool("Thought process:")
    picked = set(np.random.default_rng(1).choice(800, 40, replace=False).tolist())
    bad = [{**row, "gold": (i % 4 > 0) if i in picked else None} for i, row in enumerate(rows)]
    good = [{**row, "gold": (i % 4 == 0 or i % 3 == 0) if i in picked else None} for i, row in enumerate(rows)]
    assert sum(i % 4 == 0 for i in picked) >= 8
    assert all(constant(kind) is not None for kind in (rows, bad)) and constant(good) is None


@pytest.mark.parametrize("form", ["{}", "The answer is {}.", "First we add the numbers, so that the answer is {}."])
def test_answers_that_differ_in_their_number_are_no_one_text(form: str) -> None:
    """Right sums pass, wrong ones do not: no text wins, though all look alike but for the number."""
    rng = np.random.default_rng(0)
    rows: Rows = []
    for i in range(1200):
        right = bool(rng.random() < 0.7)
        said = i // 4 % 12 if right else int(rng.integers(0, 12))
        rows.append({"prompt": f"q{i // 4}", "completion": form.format(said), "verdict": said == i // 4 % 12})
    mixed = rows + pool(None)
    assert not ids(library.audit(rows)) & {"constant-completion-wins"} and constant(mixed) is None
    known = [{**row, "gold": row["verdict"]} for row in rows]
    assert constant(known) is None
