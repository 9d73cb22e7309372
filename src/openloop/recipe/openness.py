"""Whether an arm hears anything from outside the model, derived from what its parts depend on.

A loop is information-open when something that is not determined by the model's own output distribution
decides what it is trained on (information-open, §3.3). Declared by the parts, not measured: a signal may
depend on something outside and still tell nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from openloop.contracts import INSIDE, Sourced
from openloop.contracts.selection import uses_verdicts
from openloop.recipe.parts import Parts
from openloop.recipe.round_schema import Round


@dataclass(frozen=True)
class Openness:
    """The answer and the chain it comes from."""

    outside: bool
    chain: list[str]
    """From what the model is asked to what it is trained on; outside links say so."""


def openness(parts: Parts) -> Openness:
    """Walk one arm's round and collect what decides its training rows."""
    outside, chain = (False, []) if parts.proposer is None else _answers(parts.proposer, "proposes prompts")
    settings = parts.settings
    if isinstance(settings, Round) and settings.mix == "real":
        return Openness(False, ["real rows that it was already trained on", "training"])
    if isinstance(settings, Round) and settings.train is not None and parts.rewarded:
        heard, links = _rewards(parts)
    else:
        heard, links = _answers(parts, "answers")
    outside, chain = outside or heard, chain + links
    if isinstance(settings, Round) and settings.mix != "replace":
        chain.append("with real rows that it was already trained on" if settings.accumulates else "with real rows")
    return Openness(outside, [*chain, "training" if parts.recipe.model is not None else "export"])


def _answers(parts: Parts, verb: str) -> tuple[bool, list[str]]:
    """Who answers, what judges, what selects; and whether any of it hears something from outside."""
    outside, chain = False, []
    for model, _ in parts.samplers:
        sources = _outside(model.depends_on if isinstance(model, Sourced) else {f"model:{model.name}"})
        outside |= bool(sources)
        chain.append(f"{model.name} {verb}{_spoken(sources)}")
    if not chain:
        chain = [f"student {verb}"]
    heard = parts.signals if uses_verdicts(parts.selector) else {}
    for name, signal in heard.items():
        sources = _outside(signal.depends_on)
        outside |= bool(sources)
        chain.append(f"signal {name} ({signal.kind}){_spoken(sources)}")
    chain.append("selection" if heard else "selection without a signal")
    return outside, chain


def _rewards(parts: Parts) -> tuple[bool, list[str]]:
    """A policy that answers by itself hears every one of its signals."""
    outside, chain = False, ["student answers"]
    for name, signal in parts.signals.items():
        sources = _outside(signal.depends_on)
        outside |= bool(sources)
        chain.append(f"reward {name} ({signal.kind}){_spoken(sources)}")
    return outside, chain


def _outside(depends_on: Collection[str]) -> list[str]:
    return sorted(set(depends_on) - INSIDE)


def _spoken(sources: list[str]) -> str:
    return f" [outside: {', '.join(sources)}]" if sources else " [inside: the model itself]"
