"""What a recorded selection made of the candidates that are audited: their kept rows are its, not a column's."""

from __future__ import annotations

from dataclasses import dataclass

from openloop.arrays import Mask


@dataclass(frozen=True, slots=True)
class RecordedChoice:
    """A selection over N candidates, in the order in which they are read."""

    kept: Mask
    """Shape [N]: the rows that leave the run."""
    passed: Mask
    """Shape [N]: those, and what was dropped only because there were enough."""
    heard: bool
    """Whether verdicts decided it, or nothing but filters."""
