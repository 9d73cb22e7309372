"""Several signals as one."""

from __future__ import annotations

from typing import Any

import pytest

import openloop
from openloop import signals
from openloop.contracts import Combined
from openloop.errors import InputError
from openloop.records import Candidate, Outcome
from openloop.testing import check_signal
from tests.support.toy_signals import candidates


@openloop.signal(accepts=[("q", "a long answer")], rejects=[("q", "")])
def long_enough(candidate: Candidate) -> Any:
    return None if candidate.completion == "?" else len(str(candidate.completion)) > 3


@pytest.mark.parametrize(
    "signal",
    [
        signals.combine(signals.exact(), long_enough),
        signals.combine(signals.exact(), signals.consensus(), how="weighted", weights=[3, 1]),
    ],
)
def test_it_keeps_the_contract(signal: Any) -> None:
    check_signal(signal)
    assert isinstance(signal, Combined)


def test_a_required_part_without_a_value_leaves_the_whole_without_one() -> None:
    pool = candidates("5", "5555", "?", "abcd", answer="5")
    for how, values in (("all", [0.0, 0.0, None, 0.0]), ("any", [1.0, 1.0, None, 1.0])):
        found = signals.combine(signals.exact(), long_enough, how=how).score(pool)  # type: ignore[arg-type]
        assert [v.value for v in found] == values
        assert found[2].outcome is Outcome.ABSTAINED and found[2].parts == {"exact": 0.0}
    weighted = signals.combine(signals.exact(), long_enough, how="weighted", weights={"exact": 3, "long_enough": 1})
    assert [v.value for v in weighted.score(pool)] == [0.75, 0.25, None, 0.25]
    assert weighted.depends_on == {"row.answer"} | long_enough.depends_on


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: signals.combine(), "at least one signal"),
        (lambda: signals.combine(signals.exact(), signals.exact()), "the same name"),
        (lambda: signals.combine(signals.exact(), signals.likelihood()), "needs signals with accept_at"),
        (lambda: signals.combine(signals.exact(), signals.likelihood(), how="weighted"), "bounded range"),
        (lambda: signals.combine(signals.exact(), how="weighted", weights=[-1]), "none below 0"),
        (lambda: signals.combine(signals.exact(), how="most"), "how must be"),  # type: ignore[arg-type]
    ],
)
def test_wrong_options_are_refused(make: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        make()
