"""What signals share: a decorator for functions, the check of verdicts, and the proof by probes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, get_args, overload

from openloop import clock
from openloop.contracts import Kind, Scope
from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.records import Candidate, Outcome, Probe, Verdict
from openloop.signals.checking import (
    broken,
    checked,
    failed,
    in_groups,
    miscounted,
    number,
    places,
    scopes,
    within,
)
from openloop.signals.probes import ProbeLike, as_probe, probe, require_probes

__all__ = ["FunctionSignal", "checked", "probe", "require_probes", "scopes", "signal"]

_DEPENDS_ON: dict[str, frozenset[str]] = {
    "hard": frozenset({"program"}),
    "reference": frozenset({"reference"}),
    "judge": frozenset({"judge"}),
    "likelihood": frozenset({"generator"}),
    "human": frozenset({"person"}),
}


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
    seconds: float | None = clock.SECONDS
    """What one candidate may take; None is no limit."""

    @property
    def fingerprint(self) -> str | None:
        """Identity of a signal with a ``version``; without one it comes from the fields as they are."""
        if self.version is None:
            return None
        module = self.function.__module__  # user files are loaded under a name that holds no path
        where = str(getattr(sys.modules.get(module), "__openloop_name__", module))
        rest = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "function"}
        return fingerprint([where, getattr(self.function, "__qualname__", ""), rest])

    @property
    def __wrapped__(self) -> Callable[[Any], Any]:
        """What stands behind the decorated name, as `functools.wraps` would say."""
        return self.function

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
        return in_groups(places(self, candidates), candidates, self._group)

    def _group(self, group: list[Candidate]) -> list[Verdict]:
        answers: list[Any] = []

        def call() -> Verdict:
            answers.extend(self.function(list(group)))
            return miscounted(len(answers), len(group))

        try:
            failure = within(None if self.seconds is None else self.seconds * len(group), call)
        except Exception as error:
            failure = failed(error)
        if len(answers) != len(group):
            return [failure] * len(group)
        return [_as_verdict(answer) for answer in answers]

    def _one(self, candidate: Candidate) -> Verdict:
        try:
            return within(self.seconds, lambda: _as_verdict(self.function(candidate)))
        except Exception as error:
            return failed(error)


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
    seconds: float | None = clock.SECONDS,
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
    seconds: float | None = clock.SECONDS,
) -> Any:
    """Turn a function into a signal.

    The function returns a bool, a number, a :class:`Verdict`, or None to abstain. ``accepts`` and ``rejects``
    are cases whose verdict is known, as ``(prompt, completion)`` or ``(prompt, completion, row)``. A hard
    signal in [0, 1] accepts at 1 unless told otherwise; any other needs an ``accept_at`` to accept at all.
    A ``version`` names what the function does in place of its source: count it up when a verdict may change.
    A candidate that takes more than ``seconds`` is a TIMEOUT; None is no limit.
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
        raise InputError(f"depends_on: a set of names, got the text {depends_on!r}; write {{{depends_on!r}}}.")
    sources = _DEPENDS_ON[kind] if depends_on is None else frozenset(depends_on)
    probes = (*(as_probe(p, True) for p in accepts), *(as_probe(p, False) for p in rejects))

    def wrap(inner: Callable[[Any], Any]) -> FunctionSignal:
        own_name = name or str(getattr(inner, "__name__", "signal"))
        return FunctionSignal(inner, own_name, kind, sources, (low, high), accept_at, scope, probes, version, seconds)

    return wrap if function is None else wrap(function)


def _imported(module: str, name: str) -> FunctionSignal:
    """The signal that a module holds; user files are in ``sys.modules`` before any work arrives."""
    found: FunctionSignal = getattr(sys.modules.get(module) or importlib.import_module(module), name)
    return found


def _as_verdict(answer: object) -> Verdict:
    match answer:
        case Verdict():
            return answer
        case None:
            return Verdict(None, Outcome.ABSTAINED)
    try:
        return Verdict(number(answer))
    except OverflowError:  # a whole number beyond every float
        return broken("out_of_range")
    except Exception:
        return broken(f"returned {type(answer).__name__}, not a number")
