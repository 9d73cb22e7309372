"""A function as a signal: the decorator :func:`openloop.signal`."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Concatenate, ParamSpec, Protocol, cast, overload

from openloop.contracts import Kind, Scope
from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.records import Candidate, Verdict
from openloop.scoring import grouped_places, score_groups, score_rows, verdict_within
from openloop.signals.base import Declaration, Declared
from openloop.signals.probes import ProbeLike, probes_of
from openloop.time_limits import DEFAULT_SECONDS, require_seconds
from openloop.verdicts import abstained, as_number, error, miscounted, raised

Function = Callable[[Any], Any]
"""Of one candidate, or of a list of them; see :func:`signal`."""
P = ParamSpec("P")

_DEPENDS_ON: dict[str, frozenset[str]] = {
    "hard": frozenset({"program"}),
    "reference": frozenset({"reference"}),
    "judge": frozenset({"judge"}),
    "likelihood": frozenset({"generator"}),
    "human": frozenset({"person"}),
}


@dataclass(frozen=True)
class FunctionSignal(Declared):
    """A signal made from a function of one candidate, or (``scope="prompt"``) of all candidates of one prompt."""

    function: Function
    declaration: Declaration
    version: str | None = None
    """Stands for the source of the function where it is given."""
    seconds: float | None = DEFAULT_SECONDS
    """What one candidate may take; None is no limit."""

    @property
    def declared(self) -> Declaration:
        return self.declaration

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
    def __wrapped__(self) -> Function:
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
            return score_rows(candidates, self._row, self.seconds)
        return score_groups(grouped_places(self, candidates), candidates, self._group)

    def _row(self, candidate: Candidate) -> Verdict:
        try:
            return _as_verdict(self.function(candidate))
        except Exception as exception:
            return raised(exception)

    def _group(self, group: list[Candidate]) -> list[Verdict]:
        answers: list[Any] = []

        def call() -> Verdict:
            answers.extend(self.function(list(group)))
            return miscounted(len(answers), len(group))

        try:
            failure = verdict_within(None if self.seconds is None else self.seconds * len(group), call)
        except Exception as exception:
            failure = raised(exception)
        if len(answers) != len(group):
            return [failure] * len(group)
        return [_as_verdict(answer) for answer in answers]


class Decorator(Protocol[P]):
    """What :func:`decorator` makes: used alone, or called with options first."""

    @overload
    def __call__(self, function: Function, /) -> FunctionSignal: ...
    @overload
    def __call__(self, *args: P.args, **options: P.kwargs) -> Callable[[Function], FunctionSignal]: ...


def decorator(make: Callable[Concatenate[Function, P], FunctionSignal]) -> Decorator[P]:
    """What makes a signal of a function and options, as a decorator with or without parentheses."""

    called: Callable[..., FunctionSignal] = make

    @functools.wraps(make)
    def decorate(function: Function | None = None, /, **options: Any) -> Any:
        return functools.partial(called, **options) if function is None else called(function, **options)

    return cast("Decorator[P]", decorate)


@decorator
def signal(
    function: Function,
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
    seconds: float | None = DEFAULT_SECONDS,
) -> FunctionSignal:
    """Turn a function into a signal.

    The function returns a bool, a number, a :class:`Verdict`, or None to abstain. ``accepts`` and ``rejects``
    are cases whose verdict is known, as ``(prompt, completion)`` or ``(prompt, completion, row)``. A hard
    signal in [0, 1] accepts at 1 unless told otherwise; any other needs an ``accept_at`` to accept at all.
    A ``version`` stands for the function's source in its identity: increase it when a verdict may change.
    A candidate that takes more than ``seconds`` is a TIMEOUT; None is no limit. Raises InputError.
    """
    if isinstance(depends_on, str):  # or it would be taken apart into letters
        raise InputError(f"depends_on: a set of names, got the text {depends_on!r}; write {{{depends_on!r}}}.")
    if accept_at is None and kind == "hard" and tuple(range) == (0, 1):
        accept_at = 1.0
    declared = Declaration(
        name or str(getattr(function, "__name__", "signal")),
        _DEPENDS_ON.get(kind, frozenset()) if depends_on is None else frozenset(depends_on),
        kind,
        (range[0], range[1]),
        accept_at,
        scope,
        probes_of(accepts, rejects),
    )
    return FunctionSignal(function, declared, version, require_seconds(seconds, declared.name))


def _imported(module: str, name: str) -> FunctionSignal:
    """The signal that a module holds; user files are in ``sys.modules`` before any work arrives."""
    found: FunctionSignal = getattr(sys.modules.get(module) or importlib.import_module(module), name)
    return found


def _as_verdict(answer: object) -> Verdict:
    match answer:
        case Verdict():
            return answer
        case None:
            return abstained("")
    try:
        return Verdict(as_number(answer))
    except OverflowError:  # a whole number beyond every float
        return error("out_of_range")
    except Exception:
        steps = "; for scores of steps return openloop.signals.step_verdict(scores)" if isinstance(answer, list) else ""
        return error(f"returned {type(answer).__name__}, not a number{steps}")
