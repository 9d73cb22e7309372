"""Signals: what they accept, and what becomes of everything that cannot be scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import openloop
from openloop import signals
from openloop.errors import InputError, ProbeError
from openloop.records import Candidate, Outcome, Verdict
from openloop.signals.base import FunctionSignal, checked, require_probes


def candidates(*completions: Any, **row: Any) -> list[Candidate]:
    return [Candidate(f"c{i}", f"p{i}", "2+2=", text, row=row) for i, text in enumerate(completions)]


def outcome(verdict: Verdict) -> tuple[float | None, str, str]:
    return verdict.value, verdict.outcome.value, verdict.reason


@pytest.mark.parametrize(
    ("completion", "value"),
    [("4", 1), (" 4. ", 1), ("４", 1), ("Four", 0), ("44", 0), ("", 0), ("   ", 0)],
)
def test_exact_compares_normal_forms(completion: str, value: float) -> None:
    (verdict,) = signals.exact("answer").score(candidates(completion, answer="4"))
    assert verdict.value == value
    assert verdict.reason == ("no_answer" if not completion.strip() else "")


def test_exact_takes_the_last_message_and_numbers_as_text() -> None:
    chat = [{"role": "assistant", "content": "three"}, {"role": "assistant", "content": "4"}]
    (verdict,) = signals.exact("answer").score(candidates(chat, answer=4))
    assert verdict.value == 1


def test_exact_without_gold_is_an_error_and_never_a_pass_or_a_fail() -> None:
    for row in ({}, {"answer": None}):
        (verdict,) = signals.exact("answer").score(candidates("4", **row))
        assert outcome(verdict) == (None, "error", "no_gold")


def test_exact_without_normalisation_is_literal() -> None:
    values = [
        v.value for v in signals.exact("answer", normalise=False).score(candidates("4", "4.", answer="4"))
    ]
    assert values == [1, 0]


def made(function: Any, **options: Any) -> FunctionSignal:
    return openloop.signal(**options)(function)


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
    (verdict,) = checked(made(lambda candidate: answer), candidates("4"))
    assert outcome(verdict) == expected


def test_a_row_that_raises_harms_no_other() -> None:
    def fussy(candidate: Candidate) -> bool:
        if candidate.completion == "bad":
            raise ValueError("no such thing")
        return True

    verdicts = checked(made(fussy), candidates("4", "bad", "4"))
    assert [outcome(v) for v in verdicts] == [
        (1.0, "scored", ""),
        (None, "error", "ValueError: no such thing"),
        (1.0, "scored", ""),
    ]


class Batch:
    """A signal object whose `score` is a function of the whole batch."""

    name, kind, depends_on, range, accept_at = "batch", "hard", frozenset({"program"}), (0.0, 1.0), 1.0
    scope, probes, version = "candidate", (), "1"

    def __init__(self, score: Any) -> None:
        self.score = score


def test_too_few_verdicts_are_sorted_out_row_by_row() -> None:
    def loses_bad_rows(rows: Sequence[Candidate]) -> list[Verdict]:
        return [Verdict(1.0) for row in rows if row.completion != "bad"]

    verdicts = checked(Batch(loses_bad_rows), candidates("4", "bad", "4"))
    assert [v.value for v in verdicts] == [1.0, None, 1.0]
    assert verdicts[1].reason == "returned 0 verdicts for 1 candidates"


def test_a_batch_that_exits_is_sorted_out_row_by_row() -> None:
    def exits(rows: Sequence[Candidate]) -> list[Verdict]:
        if any(row.completion == "bad" for row in rows):
            raise SystemExit(0)
        return [Verdict(1.0)] * len(rows)

    verdicts = checked(Batch(exits), candidates("bad", "4"))
    assert [v.outcome.value for v in verdicts] == ["error", "scored"]


def test_a_prompt_scope_is_scored_whole_and_fails_alone() -> None:
    rows = [Candidate(f"c{i}", f"p{i // 2}", "q", str(i)) for i in range(6)]

    def of_a_prompt(group: list[Candidate]) -> list[bool]:
        return [True] * (1 if group[0].prompt_id == "p1" else len(group))

    verdicts = checked(made(of_a_prompt, scope="prompt"), rows)
    assert [v.outcome.value for v in verdicts] == ["scored", "scored", "error", "error", "scored", "scored"]


def test_a_prompt_scope_keeps_the_order_of_rows_that_are_mixed() -> None:
    rows = [Candidate(f"c{i}", f"p{i % 2}", "q", str(i)) for i in range(6)]

    def highest(group: list[Candidate]) -> list[bool]:
        return [c.completion == max(c.completion for c in group) for c in group]

    assert [v.value for v in checked(made(highest, scope="prompt"), rows)] == [0, 0, 0, 0, 1, 1]


def test_two_prompts_whose_wrong_counts_add_up_are_both_errors() -> None:
    rows = [Candidate(f"c{i}", f"p{i // 2}", "q", str(i)) for i in range(4)]

    def off_by_one(group: list[Candidate]) -> list[bool]:
        return [True] * (1 if group[0].prompt_id == "p0" else 3)

    verdicts = checked(made(off_by_one, scope="prompt"), rows)
    assert [v.outcome.value for v in verdicts] == ["error"] * 4


def test_probes_are_proved_or_named() -> None:
    cases = {"accepts": [("2+2=", "4")], "rejects": [("2+2=", "5"), ("2+2=", "")]}
    assert "passes its 3 probes" in require_probes(made(lambda c: c.completion == "4", name="sum", **cases))
    with pytest.raises(ProbeError, match="'lax' fails 2 of its probes: must reject '5'"):
        require_probes(made(lambda c: True, name="lax", **cases))
    with pytest.raises(ProbeError, match=r"must accept '4'.*ZeroDivisionError"):
        require_probes(made(lambda c: 1 / 0, name="broken", **cases))
    assert "nothing is proved" in require_probes(made(lambda c: True))


@pytest.mark.parametrize("noise", ["fresh", "fixed"])
def test_the_simulated_signal_has_the_phi_and_psi_it_was_given(noise: Any) -> None:
    n = 20_000
    good = [Candidate(f"g{i}", f"p{i}", "q", "4", row={"answer": "4"}) for i in range(n)]
    bad = [Candidate(f"b{i}", f"p{i}", "q", "5", row={"answer": "4"}) for i in range(n)]
    check = signals.simulated(phi=0.85, psi=0.25, noise=noise)
    for rows, rate in ((good, 0.85), (bad, 0.25)):
        accepted = np.mean([v.value for v in check.score(rows)])
        assert abs(accepted - rate) < 4 * np.sqrt(rate * (1 - rate) / n)


def test_fixed_noise_judges_equal_answers_equally_and_fresh_noise_does_not() -> None:
    rows = [Candidate(f"c{i}", "p", "q", "5", row={"answer": "4"}) for i in range(200)]
    assert len({v.value for v in signals.simulated(psi=0.5, noise="fixed").score(rows)}) == 1
    assert len({v.value for v in signals.simulated(psi=0.5, noise="fresh").score(rows)}) == 2


def test_simulated_outcomes_and_strata() -> None:
    rows = [Candidate(f"c{i}", "p", "q", "4", row={"answer": "4", "level": "hard"}) for i in range(5000)]
    verdicts = signals.simulated(phi=1.0, abstain=0.1, timeout=0.2, error=0.3).score(rows)
    shares = {o: np.mean([v.outcome == o for v in verdicts]) for o in Outcome}
    for o, rate in (
        (Outcome.ABSTAINED, 0.1),
        (Outcome.TIMEOUT, 0.2),
        (Outcome.ERROR, 0.3),
        (Outcome.SCORED, 0.4),
    ):
        assert abs(shares[o] - rate) < 0.03
    strict = signals.simulated(phi=1.0, strata={"level": {"hard": (0.0, 0.0)}})
    assert {v.value for v in strict.score(rows)} == {0.0}


@pytest.mark.parametrize("bad", [{"phi": 1.2}, {"psi": -0.1}, {"noise": "loud"}])
def test_impossible_dials_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        signals.simulated(**bad)


def test_likelihood_is_the_samplers_own_and_abstains_without_it() -> None:
    rows = [Candidate("a", "p", "q", "4", logprob=-3.0, n_tokens=3), Candidate("b", "p", "q", "4")]
    assert [v.value for v in signals.likelihood().score(rows)] == [-1.0, None]
    assert [v.value for v in signals.likelihood(per_token=False).score(rows)] == [-3.0, None]
