"""The suite of a signal passes what is shipped and catches what breaks the contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

import openloop
from openloop import signals
from openloop.contracts import Signal
from openloop.records import Candidate, Probe, Verdict
from openloop.testing import check_signal


@openloop.signal(accepts=[("2+2=", "4")], rejects=[("2+2=", "")])
def has_digits(candidate: Candidate) -> bool:
    return any(character.isdigit() for character in str(candidate.completion))


@openloop.signal(scope="prompt")
def agrees_with_the_most(candidates: list[Candidate]) -> list[bool]:
    texts = [c.completion for c in candidates]
    return [texts.count(text) == max(map(texts.count, texts)) for text in texts]


SIGNALS = [
    signals.exact("answer"),
    signals.exact("answer", normalise=False),
    signals.likelihood(),
    signals.likelihood(per_token=False),
    signals.simulated(phi=0.8, psi=0.3, abstain=0.1, timeout=0.1, error=0.1),
    signals.simulated(noise="fixed", strata={"answer": {"0008": (1.0, 1.0)}}),
    has_digits,
    agrees_with_the_most,
]


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda s: s.name)
def test_every_shipped_signal_keeps_the_contract(signal: Signal) -> None:
    check_signal(signal)


@pytest.mark.parametrize("signal", SIGNALS[:-1], ids=lambda s: s.name)
def test_shipped_signals_keep_the_contract_on_ten_thousand_rows(signal: Signal) -> None:
    rows = [
        Candidate(f"c{i}", f"p{i // 4}", "q", str(i % 7), index=i % 4, logprob=-1.0, n_tokens=2, row={"answer": "3"})
        for i in range(10_000)
    ]
    check_signal(signal, rows)


def broken(score: Callable[[Sequence[Candidate]], Any], **changes: Any) -> Signal:
    @dataclass(frozen=True)
    class Broken:
        version = "1"
        name = "broken"
        kind = "hard"
        depends_on = frozenset({"program"})
        range = (0.0, 1.0)
        accept_at = 1.0
        scope = "candidate"
        probes = changes.get("probes", ())

        def score(self, candidates: Sequence[Candidate]) -> Any:
            return score(candidates)

    return Broken()  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("score", "rule"),
    [
        (lambda rows: [Verdict(1.0)] * max(0, len(rows) - 1), "returned 17 verdicts for 18"),
        (lambda rows: [Verdict(2.0)] * len(rows), "outside its range"),
        (lambda rows: [Verdict(float("nan"))] * len(rows), "outside its range"),
        (lambda rows: [Verdict(None)] * len(rows), "must give a value where it is SCORED and nowhere else"),
        (lambda rows: [1.0] * len(rows), "not a Verdict"),
        (lambda rows: [Verdict(float(i % 2)) for i in range(len(rows))], "what else is in the batch"),
        (lambda rows: [Verdict(float(len(rows) > 1))] * len(rows), "what else is in the batch"),
        (lambda rows: (rows.reverse(), [Verdict(1.0)] * len(rows))[1], "changed what it was given"),
    ],
)
def test_a_broken_signal_is_caught(score: Callable[[Any], Any], rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_signal(broken(score))


def test_a_signal_that_fails_its_own_probes_is_caught() -> None:
    probes = (Probe("2+2=", "5", accept=False),)
    with pytest.raises(AssertionError, match="must reject '5'"):
        check_signal(broken(lambda rows: [Verdict(1.0)] * len(rows), probes=probes))
