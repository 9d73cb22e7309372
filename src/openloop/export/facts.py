"""The facts that a data-set card states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What is known about an exported data set. Plain data, so that a card can be written from JSON."""

    name: str
    rows: int
    """Rows in the exported file or files."""
    to: str = "trl"
    """Export format: a name of :data:`openloop.export.FORMATS`."""
    task: str = "text-generation"
    """A task category of the Hugging Face hub."""
    license: str = "unknown"
    """Of the data set as a whole."""
    license_sources: str = "unknown"
    """Of the real data that the prompts came from."""
    license_outputs: str = "unknown"
    """What the models' terms say about their outputs."""
    sources: Sequence[Facts] = ()
    """Real data: ``name``, ``rows``, ``fingerprint``, ``license``."""
    models: Sequence[Facts] = ()
    """``name``, ``revision``, ``license``."""
    signals: Sequence[Facts] = ()
    """``name``, ``kind``, ``range`` (low, high), ``accept_at``."""
    generated: int | None = None
    """Candidates before selection."""
    kept: int | None = None
    """Candidates kept; fewer or more than ``rows`` where rows are pairs."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Reason → how many candidates were dropped for it."""
    arms: Sequence[str] = ()
    rounds: int | None = None
    notes: Sequence[str] = ()
    """Further sentences for the section on what the data is not."""
