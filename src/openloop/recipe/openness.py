"""Whether an arm hears anything from outside the model, derived from what its parts depend on.

A loop is information-open when what decides its training rows carries information about which answers are right that
the model does not have: I(S; E | D) > 0 (information-open, §3.3). Derived from what the parts declare and what the
model was trained on (:mod:`openloop.recipe.known`), not measured: what depends on something outside may tell nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from openloop.contracts import Signal, Sourced
from openloop.contracts.selection import signals_read
from openloop.recipe.known import TAUGHT, Known
from openloop.recipe.parts import Parts
from openloop.recipe.round_schema import Round
from openloop.run.record import ModelRecord, SignalRecord


@dataclass(frozen=True)
class Openness:
    """The answer and the chain it comes from."""

    outside: bool
    chain: list[str]
    """From what the model is asked to what it is trained on; links say what they bring from outside, or why nothing."""

    @property
    def text(self) -> str:
        """``yes (declared); student answers → signal check (hard) [outside: row.answer] → ...``."""
        return f"{'yes (declared)' if self.outside else 'no'}; {' → '.join(self.chain)}"


def openness(parts: Parts) -> Openness:
    """Walk one arm's round and collect what decides its training rows."""
    known = Known(parts)
    outside, chain = (False, []) if parts.proposer is None else _answers(parts.proposer, known, "proposes prompts")
    settings = parts.settings
    if isinstance(settings, Round) and settings.mix == "real":
        return Openness(False, [f"real {TAUGHT.replace('that it', 'that it already')}", "training"])
    if isinstance(settings, Round) and settings.train is not None and parts.rewarded:
        heard, links = _rewards(parts, known)
    else:
        heard, links = _answers(parts, known, "answers")
    outside, chain = outside or heard, chain + links
    if isinstance(settings, Round) and settings.mix != "replace":
        chain.append("with real rows that it was already trained on" if settings.accumulates else "with real rows")
    return Openness(outside, [*chain, "training" if parts.recipe.model is not None else "export"])


def _answers(parts: Parts, known: Known, verb: str) -> tuple[bool, list[str]]:
    """Who answers, what judges, what selects; and whether any of it hears something from outside."""
    outside, chain = False, []
    for model, _ in parts.samplers:
        sources = model.depends_on if isinstance(model, Sourced) else {f"model:{model.name}"}
        # Where nothing is trained, what answers is news to whoever is trained on the rows.
        student = known if parts.recipe.model is not None else None
        heard, link = _link(f"{model.name} {verb}", sources, [ModelRecord.of(model)], student)
        outside |= heard
        chain.append(link)
    if not chain:
        chain = [f"student {verb}"]
    read = signals_read(parts.selector, parts.signals)
    for name in (name for name in parts.signals if name in read):
        heard, link = _of_signal("signal", name, parts.signals[name], known)
        outside |= heard
        chain.append(link)
    chain.append(_selection(len(read), [name for name in parts.signals if name not in read]))
    return outside, chain


def _selection(read: int, unread: Sequence[str]) -> str:
    """What selects; signals that only measure are named, as they bring nothing to the rows that are kept."""
    if not read:
        return "selection without a signal"
    return f"selection (which does not read {', '.join(unread)})" if unread else "selection"


def _rewards(parts: Parts, known: Known) -> tuple[bool, list[str]]:
    """A policy that answers by itself hears every one of its signals."""
    links = [_of_signal("reward", name, signal, known) for name, signal in parts.signals.items()]
    return any(heard for heard, _ in links), ["student answers", *(link for _, link in links)]


def _of_signal(role: str, name: str, signal: Signal, known: Known) -> tuple[bool, str]:
    """The same for a signal, from what a run records of it."""
    record = SignalRecord.of(signal)
    return _link(f"{role} {name} ({record.kind})", record.depends_on, record.models, known)


def _link(who: str, sources: Collection[str], models: Sequence[ModelRecord], known: Known | None) -> tuple[bool, str]:
    """Whether a link of the chain brings something from outside, and the link in words. ``known``: None is nothing."""
    why = {source: None if known is None else known.why_inside(source, models) for source in sorted(sources)}
    outside = [source for source, reason in why.items() if reason is None]
    if outside:
        return True, f"{who} [outside: {', '.join(outside)}]"
    reasons = dict.fromkeys(reason for reason in why.values() if reason is not None)
    return False, f"{who} [inside: {', '.join(reasons) or 'nothing'}]"
