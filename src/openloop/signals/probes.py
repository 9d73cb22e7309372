"""Probes: cases whose verdict is known, on which a signal proves itself before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openloop.contracts import Signal
from openloop.errors import InputError, ProbeError
from openloop.records import Candidate, Probe
from openloop.scoring import checked_verdicts

ProbeLike = Probe | tuple[Any, ...]
"""A probe, or in brief ``(prompt, completion)`` or ``(prompt, completion, row)``."""


def failing_probes(signal: Signal) -> list[str]:
    """Score the signal's probes: a clause for each that does not hold."""
    if signal.accept_at is None:
        return []
    candidates = [
        Candidate(id=f"probe-{i}", prompt_id=f"probe-{i}", prompt=p.prompt, completion=p.completion, row=p.row)
        for i, p in enumerate(signal.probes)
    ]
    wrong = []
    for case, verdict in zip(signal.probes, checked_verdicts(signal, candidates), strict=True):
        accepted = None if verdict.value is None else verdict.value >= signal.accept_at
        if accepted is not case.accept:
            must = "accept" if case.accept else "reject"
            got = f"{verdict.outcome} {verdict.value} {verdict.reason}".strip()
            wrong.append(f"must {must} {case.completion!r:.60} for {case.prompt!r:.60}, got: {got}")
    return wrong


def require_probes(signal: Signal) -> str:
    """Score the signal's probes; a sentence when they hold, a ProbeError that lists those that do not."""
    if not signal.probes:
        return f"signal {signal.name!r}: has no probes, so nothing is proved about it."
    if signal.accept_at is None:
        return f"signal {signal.name!r}: has no accept_at, so its probes cannot be checked."
    wrong = failing_probes(signal)
    if wrong:
        raise ProbeError(f"signal {signal.name!r} fails {len(wrong)} of its probes: " + "; ".join(wrong) + ".")
    return f"signal {signal.name!r}: passes its {len(signal.probes)} probes."


def probes_of(accepts: Sequence[ProbeLike], rejects: Sequence[ProbeLike]) -> tuple[Probe, ...]:
    """Cases that must be accepted and cases that must be rejected, as probes. Raises InputError."""
    return (*(_as_probe(case, True) for case in accepts), *(_as_probe(case, False) for case in rejects))


def _as_probe(case: ProbeLike, accept: bool) -> Probe:
    if isinstance(case, Probe):
        if case.accept is not accept:
            side = "accepts" if accept else "rejects"
            raise InputError(f"{side}: holds a probe with accept={case.accept}: {case.completion!r:.60}.")
        return case
    if not isinstance(case, tuple | list) or len(case) not in (2, 3):
        raise InputError(f"a probe is a Probe, (prompt, completion) or (prompt, completion, row), got {case!r:.80}.")
    prompt, completion, *row = case
    return Probe(prompt, completion, accept, row[0] if row else {})
