"""Signals: what they accept, and what becomes of everything that cannot be scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import openloop
from openloop import signals
from openloop.errors import InputError, ProbeError
from openloop.identity import fingerprint
from openloop.records import Candidate, Outcome, Probe, Verdict
from openloop.signals.base import FunctionSignal, checked, probe, require_probes


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
    values = [v.value for v in signals.exact("answer", normalise=False).score(candidates("4", "4.", answer="4"))]
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


@pytest.mark.parametrize("gold", [None, "", "  ", float("nan")])
@pytest.mark.parametrize("completion", ["4", "", "."])
@pytest.mark.parametrize("signal", [signals.exact(), signals.simulated(phi=1, psi=1)], ids=lambda s: s.name)
def test_a_gold_that_is_missing_or_blank_scores_nothing(signal: Any, completion: str, gold: Any) -> None:
    (verdict,) = signal.score(candidates(completion, answer=gold))
    assert outcome(verdict) == (None, "error", "no_gold")


def test_a_gold_of_several_values_is_an_error_and_not_a_wrong_answer() -> None:
    for gold in (["4"], {"value": "4"}, b"4"):
        (verdict,) = signals.exact().score(candidates("4", answer=gold))
        assert outcome(verdict) == (None, "error", "gold_not_text")


@pytest.mark.parametrize("normalise", [True, False])
def test_a_gold_that_is_a_number_is_compared_as_it_is_written(normalise: bool) -> None:
    check = signals.exact(normalise=normalise)
    assert [check.score(candidates("4", answer=gold))[0].value for gold in (4, 4.0, "4")] == [1, 0, 1]


@pytest.mark.parametrize(
    ("turns", "value", "reason"),
    [
        ([("assistant", "4"), ("user", "sure?")], 1, ""),
        ([("assistant", "5"), ("user", "sure?"), ("assistant", "4")], 1, ""),
        ([("user", "4")], 0, "no_answer"),
        ([("assistant", None)], 0, "no_answer"),
        ([], 0, "no_answer"),
    ],
)
def test_of_a_chat_what_the_assistant_says_last_counts(turns: Any, value: float, reason: str) -> None:
    chat = [{"role": role, "content": content} for role, content in turns]
    (verdict,) = signals.exact().score(candidates(chat, answer="4"))
    assert (verdict.value, verdict.reason) == (value, reason)


@pytest.mark.parametrize("logprob", [float("nan"), float("-inf"), float("inf"), 0.5])
@pytest.mark.parametrize("per_token", [True, False])
def test_what_is_no_log_probability_is_never_a_likelihood(logprob: float, per_token: bool) -> None:
    rows = [Candidate("a", "p", "q", "4", logprob=logprob, n_tokens=2)]
    (verdict,) = signals.likelihood(per_token=per_token).score(rows)
    assert outcome(verdict) == (None, "error", "not_a_logprob")


def test_likelihood_per_token_abstains_without_a_number_of_tokens() -> None:
    rows = [
        Candidate("a", "p", "q", "4", logprob=-2.0),
        Candidate("b", "p", "q", "4", logprob=1e-9, n_tokens=1),
    ]
    assert [outcome(v) for v in signals.likelihood().score(rows)] == [
        (None, "abstained", "no_n_tokens"),
        (0.0, "scored", ""),
    ]
    assert signals.likelihood(per_token=False).score(rows)[0].value == -2.0


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict("high"), "'high' is text"),  # type: ignore[arg-type]
        (Verdict("0.5"), "'0.5' is text"),  # type: ignore[arg-type]
        (Verdict([1.0]), "no number"),  # type: ignore[arg-type]
        (Verdict(1j), "no number"),  # type: ignore[arg-type]
        (Verdict(1.0, "scored"), "none of scored"),  # type: ignore[arg-type]
        (Verdict(None, "banana"), "'banana' is none of"),  # type: ignore[arg-type]
        (Verdict(1.0, parts={"format": "good"}), "'good' is text"),  # type: ignore[dict-item]
        (None, "returned NoneType instead of a Verdict"),
    ],
)
def test_no_verdict_however_broken_stops_the_scoring(verdict: Any, reason: str) -> None:
    def score(rows: Sequence[Candidate]) -> list[Any]:
        return [verdict if row.completion == "bad" else Verdict(1.0) for row in rows]

    first, second = checked(Batch(score), candidates("bad", "4"))
    assert first.outcome is Outcome.ERROR and first.value is None and reason in first.reason
    assert second == Verdict(1.0)


def test_numbers_of_other_libraries_become_plain_ones_and_all_else_is_kept() -> None:
    given = Verdict(np.float32(0.5), reason="half", parts={"tone": np.float32(0.25)}, seconds=2.0, cost=0.1)
    (verdict,) = checked(Batch(lambda rows: [given]), candidates("4"))
    assert verdict == Verdict(0.5, reason="half", parts={"tone": 0.25}, seconds=2.0, cost=0.1)
    assert type(verdict.value) is float and type(verdict.parts["tone"]) is float


def test_an_infinite_value_is_an_error_where_the_range_is_infinite() -> None:
    endless = made(lambda c: float("-inf"), range=(float("-inf"), 0.0))
    assert outcome(checked(endless, candidates("4"))[0]) == (None, "error", "infinite")


def test_a_signal_that_sorts_its_batch_does_not_sort_ours() -> None:
    def sorts(rows: list[Candidate]) -> list[Verdict]:
        rows.clear()
        return [Verdict(1.0)]

    rows = candidates("4", "5")
    assert len(checked(Batch(sorts), rows)) == 2
    assert [row.completion for row in rows] == ["4", "5"]


def test_rows_with_one_id_keep_their_own_verdicts() -> None:
    rows = [Candidate("same", "p", "q", text) for text in ("1", "2", "bad")]

    def fussy(batch: Sequence[Candidate]) -> list[Verdict]:
        return [Verdict(float(row.completion == "1")) for row in batch if row.completion != "bad"]

    assert [v.value for v in checked(Batch(fussy), rows)] == [1.0, 0.0, None]


def test_a_keyboard_interrupt_is_not_a_verdict() -> None:
    def stopped(candidate: Candidate) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checked(made(stopped), candidates("4"))


def test_text_is_not_a_number_even_when_it_looks_like_one() -> None:
    assert outcome(checked(made(lambda c: "1"), candidates("4"))[0])[1:] == (
        "error",
        "returned str, not a number",
    )
    assert outcome(checked(made(lambda c: 10**400), candidates("4"))[0])[1:] == ("error", "out_of_range")


def test_only_a_hard_signal_from_zero_to_one_accepts_untold() -> None:
    def accept_at(**options: Any) -> float | None:
        return made(lambda c: 0, **options).accept_at

    assert accept_at() == accept_at(range=(0, 1)) == 1.0
    assert accept_at(range=(0, 10)) is None and accept_at(kind="judge") is None
    assert accept_at(range=(0, 10), accept_at=7.0) == 7.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "soft"}, "kind: one of hard"),
        ({"scope": "prompts"}, "scope: one of candidate"),
        ({"range": (1, 0)}, "range: the smallest"),
        ({"depends_on": "program"}, "depends_on: a set of names"),
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


def test_failing_probes_can_be_listed() -> None:
    lax = made(lambda c: True, accepts=[("2+2=", "4")], rejects=[("2+2=", "5")])
    assert len(probe(lax)) == 1 and probe(lax)[0].startswith("must reject '5'")
    assert probe(made(lambda c: True)) == []


@pytest.mark.parametrize(
    "dials",
    [
        {"abstain": 0.6, "error": 0.6},
        {"phi": float("nan")},
        {"strata": {"level": {"hard": (1.5, 0.0)}}},
        {"strata": {"level": {"hard": (0.9,)}}},
    ],
)
def test_shares_and_strata_that_cannot_be_are_refused(dials: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="abstain|phi"):
        signals.simulated(**dials)


def test_the_simulated_signal_is_a_function_of_its_seed_and_the_row() -> None:
    rows = candidates(*"4545454545" * 20, answer="4")
    values = [[v.value for v in signals.simulated(phi=0.5, psi=0.5, seed=s).score(rows)] for s in (0, 0, 1)]
    assert values[0] == values[1] != values[2]
