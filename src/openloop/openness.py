"""Whether an arm hears anything from outside the model, derived from what its parts depend on.

A loop is information-open when something that is not determined by the model's own output distribution
decides what it is trained on (information-open, §3.3). Declared by the parts, not measured: a signal may
depend on something outside and still tell nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openloop.contracts import INSIDE

if TYPE_CHECKING:
    from openloop.recipe.parts import Parts


@dataclass(frozen=True)
class Openness:
    """The answer and the chain it comes from."""

    outside: bool
    chain: list[str]
    """From what the model is asked to what it is trained on; outside links say so."""


def openness(parts: Parts) -> Openness:
    """Walk one arm's round and collect what decides its training rows."""
    outside = False
    chain = ["student answers" if parts.sampler is None else ""]
    if parts.sampler is not None:
        sources = _outside(getattr(parts.sampler, "depends_on", frozenset({f"model:{parts.sampler.name}"})))
        outside |= bool(sources)
        chain = [f"{parts.sampler.name} answers{_said(sources)}"]
    for name, signal in parts.signals.items():
        sources = _outside(signal.depends_on)
        outside |= bool(sources)
        chain.append(f"signal {name} ({signal.kind}){_said(sources)}")
    chain.append("selection" if parts.signals else "selection without a signal")
    if parts.settings.mix == "accumulate":
        chain.append("with the real rows it was trained on already")
    return Openness(outside, [*chain, "training"])


def _outside(depends_on: frozenset[str]) -> list[str]:
    return sorted(depends_on - INSIDE)


def _said(sources: list[str]) -> str:
    return f" [outside: {', '.join(sources)}]" if sources else " [inside: the model itself]"
