"""What a signal declares of itself."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from openloop import models, signals
from openloop.contracts import Asking, Combined, Signal
from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.records import Candidate, Probe, Verdict
from openloop.signals.base import Declaration, Declared, require_accept_at, row_columns
from openloop.testing import check_signal
from tests.support.judges import rater
from tests.support.toy_signals import made


@dataclass(frozen=True)
class Short(Declared):
    """All that a new signal needs."""

    most: int

    @property
    def declared(self) -> Declaration:
        return Declaration("short", row_columns(), probes=(Probe("q", "a", True), Probe("q", "a" * 99, False)))

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        return [Verdict(float(len(str(candidate.completion)) <= self.most)) for candidate in candidates]


def test_a_declaration_and_a_score_are_a_signal() -> None:
    check_signal(Short(5))
    assert (Short(5).range, Short(5).accept_at, Short(5).kind, Short(5).scope) == ((0.0, 1.0), 1.0, "hard", "candidate")


def test_what_declares_nothing_cannot_be_made() -> None:
    class Silent(Declared):
        def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
            return []

    with pytest.raises(TypeError, match="declared"):
        Silent()  # type: ignore[abstract]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "soft"}, "kind: must be one of hard"),
        ({"scope": "prompts"}, "scope: must be one of candidate"),
        ({"range": (1.0, 1.0)}, "range: the smallest"),
        ({"range": (float("nan"), 1.0)}, "range: the smallest"),
    ],
)
def test_impossible_declarations_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Declaration("mine", frozenset(), **options)


def test_a_threshold_lies_in_the_range() -> None:
    assert require_accept_at(0.5, (0.0, 1.0), "mine") == 0.5
    for outside in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match=r"mine: accept_at must be in \[0, 1\]"):
            require_accept_at(outside, (0.0, 1.0), "mine")


def test_columns_are_named_as_sources() -> None:
    assert row_columns("answer", "") == {"row.answer"} and row_columns() == frozenset()


SHIPPED = [
    signals.exact(),
    signals.exact("gold"),
    signals.format(),
    signals.format("boxed"),
    signals.consensus(),
    signals.simulated(),
    signals.likelihood(),
    signals.rubric(rater),
    signals.combine(signals.exact(), signals.format()),
    signals.human("labels.jsonl"),
    signals.from_reward(print),
    made(len),
]


@pytest.mark.parametrize("signal", SHIPPED, ids=lambda s: s.name)
def test_every_shipped_signal_is_a_signal(signal: Any) -> None:
    assert isinstance(signal, Signal)
    assert isinstance(signal, Asking) is (signal.name in ("rubric", "likelihood"))
    assert isinstance(signal, Combined) is (signal.name == "combine")


def test_two_signals_have_two_identities_and_keep_them_when_pickled() -> None:
    named = [signal for signal in SHIPPED if signal.name not in ("print", "len", "rubric", "human")]
    found = [fingerprint(signal) for signal in named]
    assert len(set(found)) == len(named)
    assert [fingerprint(pickle.loads(pickle.dumps(signal))) for signal in named] == found


def test_another_declaration_is_another_signal() -> None:
    def judge(candidate: Candidate) -> float:
        return 1.0

    plain = fingerprint(made(judge))
    for options in ({"accept_at": 0.5}, {"range": (0.0, 2.0)}, {"depends_on": {"x"}}, {"accepts": [("q", "a")]}):
        assert fingerprint(made(judge, **options)) != plain


def test_a_signal_that_asks_says_whom() -> None:
    asking = signals.rubric(rater, repeats=3, against="rival")
    assert isinstance(asking, Asking) and asking.model is rater and asking.requests == 6
    reading = signals.likelihood()
    assert isinstance(reading, Asking) and reading.model is None and reading.requests == 1
    with pytest.raises(InputError, match="has no logprobs"):
        signals.likelihood(model=models.simulated())
