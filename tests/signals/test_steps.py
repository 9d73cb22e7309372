"""A signal that scores an answer's steps."""

from __future__ import annotations

import pytest

from openloop import signal
from openloop.errors import InputError
from openloop.records import Candidate, Outcome
from openloop.signals import step_verdict


def test_the_value_is_the_aggregate_and_steps_are_parts() -> None:
    made = step_verdict([0.9, None, 0.4], "product")
    assert made.value == pytest.approx(0.36) and made.parts == {"step 1": 0.9, "step 3": 0.4}
    assert step_verdict([0.9, 0.4]).value == 0.4


def test_without_a_scored_step_there_is_no_verdict() -> None:
    for made in (step_verdict([]), step_verdict([None]), step_verdict([0.5, None], "last")):
        assert (made.value, made.outcome) == (None, Outcome.ABSTAINED)
    with pytest.raises(InputError, match="allowed|did you mean"):
        step_verdict([0.5], "median")


def test_a_function_that_returns_a_list_is_told_what_to_return() -> None:
    @signal(kind="judge", accept_at=0.5)
    def steps(candidate: Candidate) -> list[float]:
        return [0.9, 0.4]

    (found,) = steps.score([Candidate("0", "p", "q", "a")])
    assert found.outcome is Outcome.ERROR and "step_verdict(scores)" in found.reason
