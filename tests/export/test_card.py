"""The data-set card states the facts it was given, and no others."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from openloop import export
from openloop.errors import InputError

FACTS: dict[str, Any] = {
    "name": "adds: [1]",
    "rows": 1500,
    "sources": [{"name": "gsm", "rows": 7473, "fingerprint": "ab", "license": "MIT"}],
    "models": [{"name": "m|x\n<b>", "revision": "r1"}],
    "signals": [{"name": "exact", "kind": "hard", "range": (0.0, 1.0), "accept_at": 1.0}],
    "generated": 2000,
    "kept": 1500,
    "dropped": {"below_threshold": 480, "duplicate": 20},
    "arms": ["verified"],
    "rounds": 3,
    "notes": ["Only sums below 1,000."],
}


def test_the_card() -> None:
    text = export.card(FACTS)
    assert text == export.card(export.CardFacts(**FACTS))
    head = yaml.safe_load(text.split("---\n")[1])
    assert head == {
        "pretty_name": "adds: [1]",
        "license": "unknown",
        "task_categories": ["text-generation"],
        "size_categories": ["1K<n<10K"],
        "tags": ["synthetic"],
    }
    for line in (
        "| gsm | 7,473 | ab | MIT |",
        "| m\\|x \\<b\\> | r1 | unknown |",
        "| exact | hard | 0.0 to 1.0 | 1.0 |",
        "- dropped, below\\_threshold: 480",
        "- kept: 1,500",
        "- arms: verified",
        "- rounds: 3",
        "- Only sums below 1,000.",
        "- real data: unknown",
        "- model outputs: unknown",
        "## What this data is not",
    ):
        assert line in text.splitlines()


def test_a_bare_card_says_unknown() -> None:
    text = export.card(export.CardFacts(name="x", rows=3))
    assert "## Sources\n\nunknown" in text
    assert "- generated: unknown" in text
    assert "n<1K" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kept": 1499}, r"kept 1,499 \+ dropped 500 is not generated 2,000"),
        ({"licence": "MIT"}, "no field 'licence'; did you mean 'license'"),
    ],
)
def test_a_wrong_card_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        export.card({**FACTS, **change})


def test_a_card_needs_a_name() -> None:
    with pytest.raises(InputError, match="the field 'name' is missing"):
        export.card({"rows": 1})
