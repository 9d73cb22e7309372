"""Scoring candidates row by row or group by group, so that no verdict is silently wrong and none is lost."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ParamSpec

from openloop.contracts import Signal
from openloop.errors import RunError
from openloop.records import Candidate, Outcome, Verdict
from openloop.time_limits import TimeLimitExceeded, no_call_is_running, time_limit
from openloop.verdicts import as_number, error, miscounted, raised, timed_out

P = ParamSpec("P")


def checked_verdicts(signal: Signal, candidates: Sequence[Candidate]) -> list[Verdict]:
    """Score a batch and let no broken verdict through: what is wrong becomes an ERROR of its own rows only.

    A batch whose scoring raises or returns the wrong number of verdicts is scored again scope by scope. Only
    KeyboardInterrupt and RunError pass.
    """
    if not candidates:
        return []
    verdicts = _tried(signal, candidates)
    if isinstance(verdicts, list):
        low, high = signal.range
        return [_sound(verdict, low, high) for verdict in verdicts]
    groups = grouped_places(signal, candidates)
    if len(groups) == 1:
        return [verdicts] * len(candidates)
    return score_groups(groups, candidates, lambda group: checked_verdicts(signal, group))


def score_rows(
    candidates: Sequence[Candidate], judge: Callable[[Candidate], Verdict], seconds: float | None = None
) -> list[Verdict]:
    """Row by row; one that takes more than ``seconds`` is a TIMEOUT."""
    if seconds is None:
        return [judge(candidate) for candidate in candidates]
    return [verdict_within(seconds, judge, candidate) for candidate in candidates]


def verdict_within(
    seconds: float | None, judge: Callable[P, Verdict], *arguments: P.args, **options: P.kwargs
) -> Verdict:
    """The verdict of a call, or the TIMEOUT of one that takes longer than it may."""
    try:
        with time_limit(seconds):
            return judge(*arguments, **options)
    except TimeLimitExceeded:
        return timed_out(seconds)


def grouped_places(signal: Signal, candidates: Sequence[Candidate]) -> list[list[int]]:
    """Places of what must be scored together: single rows, or all rows of a prompt, wherever they stand."""
    if signal.scope == "candidate":
        return [[place] for place, _ in enumerate(candidates)]
    groups: dict[str, list[int]] = {}
    for place, candidate in enumerate(candidates):
        groups.setdefault(candidate.prompt_id, []).append(place)
    return list(groups.values())


def scored_together(signal: Signal, candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Groups that must be scored together: single rows, or all rows of a prompt."""
    return [[candidates[place] for place in group] for group in grouped_places(signal, candidates)]


def score_groups(
    groups: Sequence[Sequence[int]],
    candidates: Sequence[Candidate],
    judge: Callable[[list[Candidate]], Sequence[Verdict]],
) -> list[Verdict]:
    """Group by group; verdicts in the order of the candidates. Groups hold places: two rows may have one id."""
    found = {
        place: verdict
        for group in groups
        for place, verdict in zip(group, judge([candidates[place] for place in group]), strict=True)
    }
    return [found[place] for place, _ in enumerate(candidates)]


def _tried(signal: Signal, candidates: Sequence[Candidate]) -> list[Any] | Verdict:
    """What a batch returned, or the ERROR that the batch as a whole deserves.

    What ends a run (a judge's budget, a full disk) says nothing about rows, and passes.
    """
    try:
        verdicts = list(signal.score(list(candidates)))  # a list of its own: it may sort it, and ours stays
    except RunError:
        raise
    except (Exception, SystemExit) as exception:
        return raised(exception)
    finally:
        no_call_is_running()
    if len(verdicts) != len(candidates):
        return miscounted(len(verdicts), len(candidates))
    return verdicts


def _sound(verdict: object, low: float, high: float) -> Verdict:
    """The verdict itself when it keeps the contract, otherwise an ERROR that says what is wrong with it."""
    if not isinstance(verdict, Verdict):
        return error(f"returned {type(verdict).__name__} instead of a Verdict")
    value, outcome = verdict.value, verdict.outcome
    tidy = type(verdict.reason) is str and not verdict.parts
    if tidy and outcome is Outcome.SCORED and type(value) is float and low <= value <= high:
        return error("infinite") if math.isinf(value) else verdict
    if tidy and value is None and isinstance(outcome, Outcome) and outcome is not Outcome.SCORED:
        return verdict
    # Few rows come this far: those that are broken, or hold numbers of another library.
    if not isinstance(outcome, Outcome):
        return error(f"the outcome {outcome!r:.40} is not one of {', '.join(Outcome)}")
    try:
        value = None if value is None else as_number(value)
        parts = {str(name): as_number(part) for name, part in (verdict.parts or {}).items()}
    except Exception as exception:
        return error(f"a value or part is not a number ({type(exception).__name__}: {exception})")
    if outcome is not Outcome.SCORED:
        if value is not None:
            return error(f"{outcome} with a value")
    elif value is None:
        return error("scored without a value")
    elif math.isnan(value):
        return error("nan")
    elif not low <= value <= high:
        return error("out_of_range", f"{value} is outside [{low}, {high}]")
    elif math.isinf(value):
        return error("infinite")
    return replace(verdict, value=value, reason=str(verdict.reason or ""), parts=parts)
