"""What signals share: a decorator for functions, and the check that no verdict is silently wrong."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, overload

from openloop.contracts import Kind, Scope, Signal
from openloop.errors import InputError, ProbeError
from openloop.records import Candidate, Outcome, Probe, Verdict

_DEPENDS_ON: dict[str, frozenset[str]] = {
    "hard": frozenset({"program"}),
    "reference": frozenset({"reference"}),
    "judge": frozenset({"judge"}),
    "likelihood": frozenset({"generator"}),
    "human": frozenset({"person"}),
}
ProbeLike = Probe | tuple[Any, ...]


@dataclass(frozen=True)
class FunctionSignal:
    """A signal made from a function of one candidate, or (``scope="prompt"``) of all candidates of one prompt."""

    function: Callable[[Any], Any]
    name: str
    kind: Kind
    depends_on: frozenset[str]
    range: tuple[float, float]
    accept_at: float | None
    scope: Scope
    probes: tuple[Probe, ...] = field(default=(), compare=False)

    def __call__(self, candidate: Any) -> Any:
        return self.function(candidate)

    def __reduce__(self) -> tuple[Any, ...]:
        # The decorated name stands for the signal, so the function cannot be pickled by that name: the signal is.
        module, name = self.function.__module__, self.function.__qualname__
        if getattr(sys.modules.get(module), name, None) is self:
            return _imported, (module, name)
        return FunctionSignal, tuple(getattr(self, f.name) for f in fields(self))

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One verdict per candidate; what the function raises on one row is that row's ERROR."""
        if self.scope == "candidate":
            return [self._one(candidate) for candidate in candidates]
        by_id = {
            candidate.id: verdict
            for group in scopes(self, candidates)
            for candidate, verdict in zip(group, self._group(group), strict=True)
        }
        return [by_id[candidate.id] for candidate in candidates]

    def _group(self, group: list[Candidate]) -> list[Verdict]:
        try:
            answers = list(self.function(list(group)))
        except Exception as error:
            return [_error(error)] * len(group)
        if len(answers) != len(group):
            return [_miscounted(len(answers), len(group))] * len(group)
        return [_as_verdict(answer) for answer in answers]

    def _one(self, candidate: Candidate) -> Verdict:
        try:
            return _as_verdict(self.function(candidate))
        except Exception as error:
            return _error(error)


@overload
def signal(function: Callable[[Any], Any], /) -> FunctionSignal: ...
@overload
def signal(
    *,
    name: str | None = None,
    kind: Kind = "hard",
    depends_on: Iterable[str] | None = None,
    range: tuple[float, float] = (0.0, 1.0),
    accept_at: float | None = None,
    scope: Scope = "candidate",
    accepts: Sequence[ProbeLike] = (),
    rejects: Sequence[ProbeLike] = (),
) -> Callable[[Callable[[Any], Any]], FunctionSignal]: ...
def signal(
    function: Callable[[Any], Any] | None = None,
    /,
    *,
    name: str | None = None,
    kind: Kind = "hard",
    depends_on: Iterable[str] | None = None,
    range: tuple[float, float] = (0.0, 1.0),
    accept_at: float | None = None,
    scope: Scope = "candidate",
    accepts: Sequence[ProbeLike] = (),
    rejects: Sequence[ProbeLike] = (),
) -> Any:
    """Turn a function into a signal.

    The function returns a bool, a number, a :class:`Verdict`, or None to abstain. ``accepts`` and ``rejects``
    are cases whose verdict is known, as ``(prompt, completion)`` or ``(prompt, completion, row)``. A hard
    signal in [0, 1] accepts at 1 unless told otherwise.
    """
    if kind not in _DEPENDS_ON:
        raise InputError(f"kind: one of {', '.join(_DEPENDS_ON)}, got {kind!r}.")
    if accept_at is None and kind == "hard":
        accept_at = range[1]
    sources = _DEPENDS_ON[kind] if depends_on is None else frozenset(depends_on)
    probes = (*(_probe(p, True) for p in accepts), *(_probe(p, False) for p in rejects))

    def wrap(inner: Callable[[Any], Any]) -> FunctionSignal:
        own_name = name or str(getattr(inner, "__name__", "signal"))
        return FunctionSignal(inner, own_name, kind, sources, range, accept_at, scope, probes)

    return wrap if function is None else wrap(function)


def checked(signal: Signal, candidates: Sequence[Candidate]) -> list[Verdict]:
    """Score a batch and let no broken verdict through: what is wrong becomes an ERROR of its own rows only.

    A batch whose scoring raises or returns the wrong number of verdicts is scored again scope by scope.
    """
    if not candidates:
        return []
    verdicts = _tried(signal, candidates)
    if isinstance(verdicts, list):
        return [_sound(verdict, signal) for verdict in verdicts]
    groups = scopes(signal, candidates)
    if len(groups) == 1:
        return [verdicts] * len(candidates)
    by_id = {
        candidate.id: verdict
        for group in groups
        for candidate, verdict in zip(group, checked(signal, group), strict=True)
    }
    return [by_id[candidate.id] for candidate in candidates]


def scopes(signal: Signal, candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Groups that must be scored together: single rows, or all rows of a prompt."""
    if signal.scope == "candidate":
        return [[candidate] for candidate in candidates]
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.prompt_id, []).append(candidate)
    return list(groups.values())


def require_probes(signal: Signal) -> str:
    """Score the signal's probes; a sentence when they hold, a ProbeError that lists those that do not."""
    if not signal.probes:
        return f"signal {signal.name!r}: has no probes, so nothing is proved of it."
    if signal.accept_at is None:
        return f"signal {signal.name!r}: has no accept_at, so its probes cannot be judged."
    candidates = [
        Candidate(
            id=f"probe-{i}", prompt_id=f"probe-{i}", prompt=p.prompt, completion=p.completion, row=p.row
        )
        for i, p in enumerate(signal.probes)
    ]
    wrong = []
    for probe, verdict in zip(signal.probes, checked(signal, candidates), strict=True):
        accepted = None if verdict.value is None else verdict.value >= signal.accept_at
        if accepted is not probe.accept:
            must = "accept" if probe.accept else "reject"
            got = f"{verdict.outcome} {verdict.value} {verdict.reason}".strip()
            wrong.append(f"must {must} {probe.completion!r:.60} for {probe.prompt!r:.60}, got: {got}")
    if wrong:
        raise ProbeError(
            f"signal {signal.name!r} fails {len(wrong)} of its probes: " + "; ".join(wrong) + "."
        )
    return f"signal {signal.name!r}: passes its {len(signal.probes)} probes."


def _imported(module: str, name: str) -> FunctionSignal:
    """The signal that a module holds; user files are in ``sys.modules`` before any work arrives."""
    found: FunctionSignal = getattr(sys.modules.get(module) or importlib.import_module(module), name)
    return found


def _tried(signal: Signal, candidates: Sequence[Candidate]) -> list[Verdict] | Verdict:
    """The verdicts of a batch, or the ERROR that the batch as a whole deserves."""
    try:
        verdicts = list(signal.score(candidates))
    except (Exception, SystemExit) as error:
        return _error(error)
    if len(verdicts) != len(candidates):
        return _miscounted(len(verdicts), len(candidates))
    return verdicts


def _sound(verdict: object, signal: Signal) -> Verdict:
    """The verdict itself when it keeps the contract, otherwise an ERROR that says what is wrong with it."""
    if not isinstance(verdict, Verdict):
        return Verdict(None, Outcome.ERROR, f"returned {type(verdict).__name__} instead of a Verdict")
    value = verdict.value
    if verdict.outcome is not Outcome.SCORED:
        return verdict if value is None else Verdict(None, Outcome.ERROR, f"{verdict.outcome} with a value")
    if value is None:
        return Verdict(None, Outcome.ERROR, "scored without a value")
    if math.isnan(value):
        return Verdict(None, Outcome.ERROR, "nan")
    low, high = signal.range
    if not low <= value <= high:
        return Verdict(None, Outcome.ERROR, "out_of_range", detail=f"{value} is outside [{low}, {high}]")
    return verdict


def _as_verdict(answer: object) -> Verdict:
    match answer:
        case Verdict():
            return answer
        case None:
            return Verdict(None, Outcome.ABSTAINED)
        case bool() | int() | float():
            return Verdict(float(answer))
    try:
        return Verdict(float(answer))  # type: ignore[arg-type]  # numpy scalars and the like
    except (TypeError, ValueError):
        return Verdict(None, Outcome.ERROR, f"returned {type(answer).__name__}, not a number")


def _miscounted(got: int, wanted: int) -> Verdict:
    return Verdict(None, Outcome.ERROR, f"returned {got} verdicts for {wanted} candidates")


def _error(error: BaseException) -> Verdict:
    return Verdict(None, Outcome.ERROR, f"{type(error).__name__}: {error}")


def _probe(case: ProbeLike, accept: bool) -> Probe:
    if isinstance(case, Probe):
        return case
    prompt, completion, *row = case
    return Probe(prompt, completion, accept, row[0] if row else {})
