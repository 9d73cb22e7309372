"""The error of a file's findings, shared among those that chance alone can cause."""

from __future__ import annotations

from openloop.auditing.options import Options

TESTED = 12
"""Findings that rest on a test, rounded up: each may be false in this part of 1 − level of the clean files, so that
all together are false in no more than 1 − level of them (Bonferroni)."""


def finding_level(options: Options) -> float:
    """The coverage of the interval by which one finding is decided; the printed intervals keep ``options.level``."""
    return 1 - (1 - options.level) / TESTED


def weight_of(effect: float, full: float, most: float) -> float:
    """A finding's weight by the size of the harm: 0 for none, rising in proportion to ``most`` at ``full``."""
    return round(most * min(1.0, abs(effect) / full), 2)
