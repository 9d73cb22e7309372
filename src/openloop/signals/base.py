"""What signals share: a decorator for functions, and the check that no verdict is silently wrong."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, get_args, overload

from openloop.contracts import Kind, Scope, Signal
from openloop.errors import InputError, ProbeError
from openloop.identity import fingerprint
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
    version: str | None = None
    """Stands for the source of the function where it is given."""

    @property
    def fingerprint(self) -> str | None:
        """Identity of a signal with a ``version``; without one it comes from the fields as they are."""
        if self.version is None:
            return None
        module = self.function.__module__  # user files are loaded under a name that holds no path
        where = str(getattr(sys.modules.get(module), "__openloop_name__", module))
        rest = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "function"}
        return fingerprint([where, getattr(self.function, "__qualname__", ""), rest])

    def __call__(self, candidate: Any) -> Any:
        return self.function(candidate)

    def __reduce__(self) -> tuple[Any, ...]:
        # The decorated name stands for the signal, so the function cannot be pickled by that name: the signal is.
        module, name = self.function.__module__, getattr(self.function, "__qualname__", "")
        if getattr(sys.modules.get(module), name, None) is self:
            return _imported, (module, name)
        return FunctionSignal, tuple(getattr(self, f.name) for f in fields(self))

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One verdict per candidate; what the function raises on one row is that row's ERROR."""
        if self.scope == "candidate":
            return [self._one(candidate) for candidate in candidates]
        return _put_together(places(self, candidates), candidates, self._group)

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
    version: str | None = None,
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
    version: str | None = None,
) -> Any:
    """Turn a function into a signal.

    The function returns a bool, a number, a :class:`Verdict`, or None to abstain. ``accepts`` and ``rejects``
    are cases whose verdict is known, as ``(prompt, completion)`` or ``(prompt, completion, row)``. A hard
    signal in [0, 1] accepts at 1 unless told otherwise; any other needs an ``accept_at`` to accept at all.
    A ``version`` names what the function does in place of its source: count it up when a verdict may change.
    """
    for option, value, allowed in (("kind", kind, get_args(Kind)), ("scope", scope, get_args(Scope))):
        if value not in allowed:
            raise InputError(f"{option}: one of {', '.join(allowed)}, got {value!r}.")
    low, high = range
    if not low < high:
        raise InputError(f"range: the smallest and the largest value, got {range}.")
    if accept_at is None and kind == "hard" and (low, high) == (0, 1):
        accept_at = 1.0
    if isinstance(depends_on, str):  # or it would be taken apart into letters
        raise InputError(
            f"depends_on: a set of names, got the text {depends_on!r}; write {{{depends_on!r}}}."
        )
    sources = _DEPENDS_ON[kind] if depends_on is None else frozenset(depends_on)
    probes = (*(_probe(p, True) for p in accepts), *(_probe(p, False) for p in rejects))

    def wrap(inner: Callable[[Any], Any]) -> FunctionSignal:
        own_name = name or str(getattr(inner, "__name__", "signal"))
        return FunctionSignal(inner, own_name, kind, sources, (low, high), accept_at, scope, probes, version)

    return wrap if function is None else wrap(function)


def checked(signal: Signal, candidates: Sequence[Candidate]) -> list[Verdict]:
    """Score a batch and let no broken verdict through: what is wrong becomes an ERROR of its own rows only.

    A batch whose scoring raises or returns the wrong number of verdicts is scored again scope by scope. Only
    KeyboardInterrupt passes.
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
    return _put_together(groups, candidates, lambda group: checked(signal, group))


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


def probe(signal: Signal) -> list[str]:
    """Score the signal's probes: a clause for each that does not hold."""
    if signal.accept_at is None:
        return []
    candidates = [
        Candidate(
            id=f"probe-{i}", prompt_id=f"probe-{i}", prompt=p.prompt, completion=p.completion, row=p.row
        )
        for i, p in enumerate(signal.probes)
    ]
    wrong = []
    for case, verdict in zip(signal.probes, checked(signal, candidates), strict=True):
        accepted = None if verdict.value is None else verdict.value >= signal.accept_at
        if accepted is not case.accept:
            must = "accept" if case.accept else "reject"
            got = f"{verdict.outcome} {verdict.value} {verdict.reason}".strip()
            wrong.append(f"must {must} {case.completion!r:.60} for {case.prompt!r:.60}, got: {got}")
    return wrong


def require_probes(signal: Signal) -> str:
    """Score the signal's probes; a sentence when they hold, a ProbeError that lists those that do not."""
    if not signal.probes:
        return f"signal {signal.name!r}: has no probes, so nothing is proved of it."
    if signal.accept_at is None:
        return f"signal {signal.name!r}: has no accept_at, so its probes cannot be judged."
    wrong = probe(signal)
    if wrong:
        raise ProbeError(
            f"signal {signal.name!r} fails {len(wrong)} of its probes: " + "; ".join(wrong) + "."
        )
    return f"signal {signal.name!r}: passes its {len(signal.probes)} probes."


def _imported(module: str, name: str) -> FunctionSignal:
    """The signal that a module holds; user files are in ``sys.modules`` before any work arrives."""
    found: FunctionSignal = getattr(sys.modules.get(module) or importlib.import_module(module), name)
    return found


def _put_together(groups: Sequence[Sequence[int]], candidates: Sequence[Candidate],
                  score: Callable[[list[Candidate]], Sequence[Verdict]]) -> list[Verdict]:  # fmt: skip
    """Score group by group; verdicts in the order of the candidates. By place: ids may stand twice."""
    found = {
        place: verdict
        for group in groups
        for place, verdict in zip(group, score([candidates[place] for place in group]), strict=True)
    }
    return [found[place] for place, _ in enumerate(candidates)]


def _tried(signal: Signal, candidates: Sequence[Candidate]) -> list[Any] | Verdict:
    """What a batch returned, or the ERROR that the batch as a whole deserves."""
    try:
        verdicts = list(signal.score(list(candidates)))  # a list of its own: it may sort it, and ours stays
    except (Exception, SystemExit) as error:
        return _error(error)
    if len(verdicts) != len(candidates):
        return _miscounted(len(verdicts), len(candidates))
    return verdicts


def _sound(verdict: object, low: float, high: float) -> Verdict:
    """The verdict itself when it keeps the contract, otherwise an ERROR that says what is wrong with it."""
    if not isinstance(verdict, Verdict):
        return _broken(f"returned {type(verdict).__name__} instead of a Verdict")
    value, outcome = verdict.value, verdict.outcome
    plain = type(value) is float and outcome is Outcome.SCORED and not verdict.reason and not verdict.parts
    if plain and low <= value <= high and math.isfinite(value):  # type: ignore[operator, arg-type]  # nearly every row
        return verdict
    if not isinstance(outcome, Outcome):
        return _broken(f"the outcome {outcome!r:.40} is none of {', '.join(Outcome)}")
    try:
        value = None if value is None else _number(value)
        parts = {str(name): _number(part) for name, part in (verdict.parts or {}).items()}
    except Exception as error:
        return _broken(f"a value or part is no number ({type(error).__name__}: {error})")
    if outcome is not Outcome.SCORED:
        if value is not None:
            return _broken(f"{outcome} with a value")
    elif value is None:
        return _broken("scored without a value")
    elif math.isnan(value):
        return _broken("nan")
    elif not low <= value <= high:
        return _broken("out_of_range", f"{value} is outside [{low}, {high}]")
    elif math.isinf(value):
        return _broken("infinite")
    return replace(verdict, value=value, reason=str(verdict.reason or ""), parts=parts)


def _number(value: Any) -> float:
    """Numbers of any library count; text that looks like one does not."""
    if isinstance(value, str | bytes):
        raise TypeError(f"{value!r:.40} is text")
    return float(value)


def _broken(reason: str, detail: str = "") -> Verdict:
    return Verdict(None, Outcome.ERROR, reason, detail=detail)


def _as_verdict(answer: object) -> Verdict:
    match answer:
        case Verdict():
            return answer
        case None:
            return Verdict(None, Outcome.ABSTAINED)
    try:
        return Verdict(_number(answer))
    except OverflowError:  # a whole number beyond every float
        return _broken("out_of_range")
    except Exception:
        return _broken(f"returned {type(answer).__name__}, not a number")


def _miscounted(got: int, wanted: int) -> Verdict:
    return Verdict(None, Outcome.ERROR, f"returned {got} verdicts for {wanted} candidates")


def _error(error: BaseException) -> Verdict:
    return Verdict(None, Outcome.ERROR, f"{type(error).__name__}: {error}")


def _probe(case: ProbeLike, accept: bool) -> Probe:
    if isinstance(case, Probe):
        if case.accept is not accept:
            side = "accepts" if accept else "rejects"
            raise InputError(f"{side}: holds a probe with accept={case.accept}: {case.completion!r:.60}.")
        return case
    if not isinstance(case, tuple | list) or len(case) not in (2, 3):
        raise InputError(
            f"a probe is a Probe, (prompt, completion) or (prompt, completion, row), got {case!r:.80}."
        )
    prompt, completion, *row = case
    return Probe(prompt, completion, accept, row[0] if row else {})
