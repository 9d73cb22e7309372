"""No verdict is silently wrong: what a signal returns is checked, and only the culprits become errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from openloop.clock import Late, limited
from openloop.contracts import Signal
from openloop.errors import InputError, RunError
from openloop.records import Candidate, Outcome, Verdict


def checked(signal: Signal, candidates: Sequence[Candidate]) -> list[Verdict]:
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
    groups = places(signal, candidates)
    if len(groups) == 1:
        return [verdicts] * len(candidates)
    return in_groups(groups, candidates, lambda group: checked(signal, group))


def places(signal: Signal, candidates: Sequence[Candidate]) -> list[list[int]]:
    """Places of what must be scored together: single rows, or all rows of a prompt, wherever they stand."""
    if signal.scope == "candidate":
        return [[place] for place, _ in enumerate(candidates)]
    groups: dict[str, list[int]] = {}
    for place, candidate in enumerate(candidates):
        groups.setdefault(candidate.prompt_id, []).append(place)
    return list(groups.values())


def scopes(signal: Signal, candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Groups that must be scored together: single rows, or all rows of a prompt."""
    return [[candidates[place] for place in group] for group in places(signal, candidates)]


def in_groups(
    groups: Sequence[Sequence[int]],
    candidates: Sequence[Candidate],
    score: Callable[[list[Candidate]], Sequence[Verdict]],
) -> list[Verdict]:
    """Score group by group; verdicts in the order of the candidates. By place: ids may stand twice."""
    found = {
        place: verdict
        for group in groups
        for place, verdict in zip(group, score([candidates[place] for place in group]), strict=True)
    }
    return [found[place] for place, _ in enumerate(candidates)]


def _tried(signal: Signal, candidates: Sequence[Candidate]) -> list[Any] | Verdict:
    """What a batch returned, or the ERROR that the batch as a whole deserves.

    What ends a run (a judge's budget, a full disk) is no verdict on rows, and passes.
    """
    try:
        verdicts = list(signal.score(list(candidates)))  # a list of its own: it may sort it, and ours stays
    except RunError:
        raise
    except (Exception, SystemExit) as error:
        return failed(error)
    if len(verdicts) != len(candidates):
        return miscounted(len(verdicts), len(candidates))
    return verdicts


def _sound(verdict: object, low: float, high: float) -> Verdict:
    """The verdict itself when it keeps the contract, otherwise an ERROR that says what is wrong with it."""
    if not isinstance(verdict, Verdict):
        return broken(f"returned {type(verdict).__name__} instead of a Verdict")
    value, outcome = verdict.value, verdict.outcome
    tidy = type(verdict.reason) is str and not verdict.parts
    if tidy and outcome is Outcome.SCORED and type(value) is float and low <= value <= high:
        return broken("infinite") if math.isinf(value) else verdict
    if tidy and value is None and isinstance(outcome, Outcome) and outcome is not Outcome.SCORED:
        return verdict
    # Few rows come this far: those that are broken, or hold numbers of another library.
    if not isinstance(outcome, Outcome):
        return broken(f"the outcome {outcome!r:.40} is none of {', '.join(Outcome)}")
    try:
        value = None if value is None else number(value)
        parts = {str(name): number(part) for name, part in (verdict.parts or {}).items()}
    except Exception as error:
        return broken(f"a value or part is no number ({type(error).__name__}: {error})")
    if outcome is not Outcome.SCORED:
        if value is not None:
            return broken(f"{outcome} with a value")
    elif value is None:
        return broken("scored without a value")
    elif math.isnan(value):
        return broken("nan")
    elif not low <= value <= high:
        return broken("out_of_range", f"{value} is outside [{low}, {high}]")
    elif math.isinf(value):
        return broken("infinite")
    return replace(verdict, value=value, reason=str(verdict.reason or ""), parts=parts)


def shares(weights: Sequence[float], names: Sequence[str], who: str, what: str) -> tuple[float, ...]:
    """Weights made to add up to 1, equal where none are given. Raises InputError: one is needed for each ``what``."""
    given = [float(w) for w in weights] or [1.0] * len(names)
    if len(given) != len(names) or min(given) < 0 or sum(given) <= 0:
        raise InputError(
            f"{who}: one weight {what}, none below 0, not all 0; got {given!r:.80} for {list(names)!r:.80}."
        )
    whole = sum(given)
    return tuple(w / whole for w in given)


def number(value: Any) -> float:
    """A float. Numbers of any library count; text that looks like one does not."""
    if isinstance(value, str | bytes):
        raise TypeError(f"{value!r:.40} is text")
    return float(value)


def broken(reason: str, detail: str = "") -> Verdict:
    """An ERROR with its reason."""
    return Verdict(None, Outcome.ERROR, reason, detail=detail[:500])


def miscounted(got: int, wanted: int) -> Verdict:
    """The ERROR of rows whose signal returned more or fewer verdicts than rows."""
    return Verdict(None, Outcome.ERROR, f"returned {got} verdicts for {wanted} candidates")


def failed(error: BaseException) -> Verdict:
    """The ERROR of what could not be scored because of an exception."""
    return Verdict(None, Outcome.ERROR, f"{type(error).__name__}: {error}")


def within(seconds: float | None, score: Callable[[], Verdict]) -> Verdict:
    """The verdict of a call, or the TIMEOUT of one that takes longer than it may."""
    try:
        with limited(seconds):
            return score()
    except Late:
        return Verdict(None, Outcome.TIMEOUT, "time", detail=f"more than {seconds:g} s")
