"""How much of a reference text is shared (ROUGE)."""

from __future__ import annotations

import pytest

from openloop import signals
from openloop.errors import InputError
from openloop.records import Candidate
from openloop.testing import check_signal

pytest.importorskip("rouge_score")


def test_a_reference_is_shared_in_part() -> None:
    check_signal(signals.reference("answer"))
    gold = {"reference": "the bridge was closed on monday"}
    texts = ("the bridge was closed on monday", "on monday the bridge was closed", "cats", "")
    pool = [Candidate(f"{i}", "p", "q", text, row=gold) for i, text in enumerate(texts)]
    one, two, three, four = signals.reference().score(pool)
    assert (one.value, three.value, four.value) == (1.0, 0.0, 0.0) and one.parts == {
        "precision": 1.0,
        "recall": 1.0,
    }
    assert two.value == pytest.approx(4 / 6)  # "the bridge was closed" is the longest common run of six words
    assert signals.reference(metric="rouge1").score(pool)[1].value == pytest.approx(1.0)
    for options, says in (({"metric": "rouge3"}, "no metric"), ({"accept_at": 2.0}, "accept_at must be")):
        with pytest.raises(InputError, match=says):
            signals.reference(**options)  # type: ignore[arg-type]


def test_of_several_references_the_nearest_counts() -> None:
    near, far = "the bridge was closed on monday", "a cat sat there"
    both = Candidate("c", "p", "q", "the bridge was closed", row={"reference": [far, near]})
    alone = Candidate("c", "p", "q", "the bridge was closed", row={"reference": near})
    found, expected = signals.reference().score([both, alone])
    assert (found.value, found.parts) == (expected.value, expected.parts)
    assert found.reason == f"reference 2 of 2: {near}" and not expected.reason
