"""Functions as signals: the decorator, and what becomes of what they return."""

from __future__ import annotations

import inspect
import time
from typing import Any

import numpy as np
import pytest

import openloop
from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.records import Candidate, Outcome, Probe, Verdict
from openloop.scoring import checked_verdicts
from openloop.signals.function import FunctionSignal
from tests.support.toy_signals import candidates, made, outcome


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (True, (1.0, "scored", "")),
        (0, (0.0, "scored", "")),
        (np.float64(0.5), (0.5, "scored", "")),
        (None, (None, "abstained", "")),
        (float("nan"), (None, "error", "nan")),
        (1.5, (None, "error", "out_of_range")),
        (float("inf"), (None, "error", "out_of_range")),
        ("yes", (None, "error", "returned str, not a number")),
        (Verdict(None, Outcome.TIMEOUT, "slow"), (None, "timeout", "slow")),
        (Verdict(None), (None, "error", "scored without a value")),
        (Verdict(1.0, Outcome.ERROR), (None, "error", "error with a value")),
    ],
)
def test_what_a_function_returns_becomes_a_sound_verdict(answer: Any, expected: tuple[Any, ...]) -> None:
    (verdict,) = checked_verdicts(made(lambda candidate: answer), candidates("4"))
    assert outcome(verdict) == expected


def test_a_row_that_raises_harms_no_other() -> None:
    def fussy(candidate: Candidate) -> bool:
        if candidate.completion == "bad":
            raise ValueError("no such thing")
        return True

    verdicts = checked_verdicts(made(fussy), candidates("4", "bad", "4"))
    assert [outcome(v) for v in verdicts] == [
        (1.0, "scored", ""),
        (None, "error", "ValueError: no such thing"),
        (1.0, "scored", ""),
    ]


def test_a_prompt_scope_is_scored_whole_and_fails_alone() -> None:
    rows = [Candidate(f"c{i}", f"p{i // 2}", "q", str(i)) for i in range(6)]

    def of_a_prompt(group: list[Candidate]) -> list[bool]:
        return [True] * (1 if group[0].prompt_id == "p1" else len(group))

    verdicts = checked_verdicts(made(of_a_prompt, scope="prompt"), rows)
    assert [v.outcome.value for v in verdicts] == ["scored", "scored", "error", "error", "scored", "scored"]


def test_a_prompt_scope_keeps_the_order_of_rows_that_are_mixed() -> None:
    rows = [Candidate(f"c{i}", f"p{i % 2}", "q", str(i)) for i in range(6)]

    def highest(group: list[Candidate]) -> list[bool]:
        return [c.completion == max(c.completion for c in group) for c in group]

    assert [v.value for v in checked_verdicts(made(highest, scope="prompt"), rows)] == [0, 0, 0, 0, 1, 1]


def test_two_prompts_whose_wrong_counts_add_up_are_both_errors() -> None:
    rows = [Candidate(f"c{i}", f"p{i // 2}", "q", str(i)) for i in range(4)]

    def off_by_one(group: list[Candidate]) -> list[bool]:
        return [True] * (1 if group[0].prompt_id == "p0" else 3)

    verdicts = checked_verdicts(made(off_by_one, scope="prompt"), rows)
    assert [v.outcome.value for v in verdicts] == ["error"] * 4


def test_a_keyboard_interrupt_is_not_a_verdict() -> None:
    def stopped(candidate: Candidate) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checked_verdicts(made(stopped), candidates("4"))


def test_text_is_not_a_number_even_when_it_looks_like_one() -> None:
    assert outcome(checked_verdicts(made(lambda c: "1"), candidates("4"))[0])[1:] == (
        "error",
        "returned str, not a number",
    )
    assert outcome(checked_verdicts(made(lambda c: 10**400), candidates("4"))[0])[1:] == ("error", "out_of_range")


def test_an_infinite_value_is_an_error_where_the_range_is_infinite() -> None:
    endless = made(lambda c: float("-inf"), range=(float("-inf"), 0.0))
    assert outcome(checked_verdicts(endless, candidates("4"))[0]) == (None, "error", "infinite")


def test_only_a_hard_signal_from_zero_to_one_accepts_untold() -> None:
    def accept_at(**options: Any) -> float | None:
        return made(lambda c: 0, **options).accept_at

    assert accept_at() == accept_at(range=(0, 1)) == 1.0
    assert accept_at(range=(0, 10)) is None and accept_at(kind="judge") is None
    assert accept_at(range=(0, 10), accept_at=7.0) == 7.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "soft"}, "kind: must be one of hard"),
        ({"scope": "prompts"}, "scope: must be one of candidate"),
        ({"range": (1, 0)}, "range: the smallest"),
        ({"depends_on": "program"}, "depends_on: a set of names"),
        ({"seconds": 0}, "seconds must be above 0"),
        ({"accepts": [("2+2=",)]}, "a probe is a Probe"),
        ({"accepts": ["4"]}, "a probe is a Probe"),
        ({"accepts": [Probe("q", "x", accept=False)]}, "accepts: holds a probe with accept=False"),
        ({"rejects": [Probe("q", "x", accept=True)]}, "rejects: holds a probe with accept=True"),
    ],
)
def test_a_signal_made_wrongly_is_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        made(lambda c: 1, **options)


def test_a_version_stands_for_the_source_of_a_function() -> None:
    def by(limit: int, **options: Any) -> FunctionSignal:
        return made(lambda c: len(c.completion) < limit, name="short", **options)

    assert fingerprint(by(3)) != fingerprint(by(4))  # what a function holds is part of it
    assert fingerprint(by(3, version="1")) == fingerprint(by(4, version="1"))
    assert fingerprint(by(3, version="1")) != fingerprint(by(3, version="2"))
    assert fingerprint(by(3, version="1")) != fingerprint(by(3, version="1", accept_at=0.5))


def test_a_group_that_hangs_is_a_timeout_of_its_prompt() -> None:
    def slow(group: list[Candidate]) -> list[bool]:
        if group[0].prompt_id == "p1":
            time.sleep(60)
        return [True] * len(group)

    rows = [Candidate(f"c{i}", f"p{i % 3}", "q", "a") for i in range(6)]
    found = made(slow, scope="prompt", seconds=2.0).score(rows)
    assert [v.outcome for v in found] == [Outcome.SCORED, Outcome.TIMEOUT, Outcome.SCORED] * 2


def test_without_a_limit_a_function_is_called_all_the_same() -> None:
    assert made(lambda candidate: 1.0, seconds=None).score(candidates("a")) == [Verdict(1.0)]


def test_the_decorator_is_used_alone_or_with_options() -> None:
    @openloop.signal
    def bare(candidate: Candidate) -> bool:
        return True

    @openloop.signal()
    def empty(candidate: Candidate) -> bool:
        return True

    @openloop.signal(name="named", kind="judge", accept_at=0.5)
    def optioned(candidate: Candidate) -> bool:
        return True

    assert [s.name for s in (bare, empty, optioned)] == ["bare", "empty", "named"]
    assert (optioned.kind, optioned.accept_at, optioned.depends_on) == ("judge", 0.5, {"judge"})
    assert all(isinstance(s, FunctionSignal) and s("any") is True for s in (bare, empty, optioned))


def test_the_decorator_shows_its_options() -> None:
    assert list(inspect.signature(openloop.signal).parameters)[:4] == ["function", "name", "kind", "depends_on"]
    with pytest.raises(TypeError, match="nme"):
        openloop.signal(nme="typo")(lambda c: 1)  # type: ignore[call-overload]
