"""Stages that make do with the replies that are there: what stays of a run that may spend no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Partial:
    """In whose place a stage stands, and how many replies the run had: with more, it is another stage."""

    instead_of: str
    """Fingerprint of the stage that would ask for the rest."""
    replies: int


def identity_of(partial: Partial | None) -> dict[str, Any]:
    """What it adds to a stage's identity: nothing where all is asked for."""
    return {} if partial is None else {"partial": [partial.instead_of, partial.replies]}


def record_of(partial: Partial | None) -> dict[str, Any]:
    """What readers are told: nothing where all was asked for."""
    return {} if partial is None else {"partial": {"instead_of": partial.instead_of, "replies": partial.replies}}
