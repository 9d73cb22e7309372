"""What is worth saying of a signal before it scores: what it reads that may change, what it was taken for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cache

from openloop.contracts import Combined, Signal
from openloop.signals.function import FunctionSignal
from openloop.signals.reward import RewardSignal
from openloop.signals.source_reads import outside_reads

log = logging.getLogger("openloop")
SHOWN = 2
"""Places named of each kind."""


def changing_reads(signal: Signal) -> list[str]:
    """A sentence for each function that reads what may change between two scorings, unless a version stands for it."""
    return [sentence for part in _functions(signal) for sentence in _changing(part)]


def warn_of_changing_reads(signal: Signal) -> None:
    """Log those sentences, each once in a process."""
    for sentence in changing_reads(signal):
        _warned_of(sentence)


@cache
def _warned_of(sentence: str) -> None:
    log.warning("%s", sentence)


def guesses(signal: Signal) -> list[str]:
    """A sentence for each function that was taken to bring no outside information because of what it reads."""
    return [
        f"signal {part.name!r}: reads the completion alone, so it counts as no outside information. If it asks "
        "something that knows which answers are right (a prover, a service), declare it: depends_on={'a prover'}."
        for part in _functions(signal)
        if part.depends_on == {"completion"}
    ]


def _changing(signal: FunctionSignal | RewardSignal) -> Iterator[str]:
    function = signal.function if isinstance(signal, FunctionSignal) else signal.reward
    if isinstance(getattr(function, "version", None), str):
        return
    if isinstance(signal, FunctionSignal) and signal.version is not None:
        return
    reads = outside_reads(function)
    if reads:
        found = "; ".join(f"{kind}: {', '.join(places[:SHOWN])}" for kind, places in sorted(reads.items()))
        how = 'version="1"' if isinstance(signal, FunctionSignal) else f'{function.__name__}.version = "1"'
        yield (
            f"signal {signal.name!r} reads what may change between two scorings ({found}). Stored verdicts are not "
            f"computed again when it does. Pass it as an option or a column of the rows, or declare `{how}` and count "
            "it up when verdicts may change."
        )


def _functions(signal: Signal) -> Iterator[FunctionSignal | RewardSignal]:
    if isinstance(signal, FunctionSignal | RewardSignal):
        yield signal
    elif isinstance(signal, Combined):
        for part in signal.signals:
            yield from _functions(part)
