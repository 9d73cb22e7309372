"""When is an effect a finding: sure to be there, and sure to matter."""

from __future__ import annotations

from openloop.auditing.options import Options
from openloop.records import Estimate

TESTED = (
    "annotator-differs",
    "annotators-disagree",
    "another-judge-is-better",
    "collapse",
    "constant-completion-wins",
    "drift",
    "judge-inconsistent",
    "length-shortcut",
    "missing-cells",
    "narrow",
    "near-copies-of-real",
    "off-distribution",
    "other-aggregate-ranks-better",
    "over-optimised-verifier",
    "position-bias",
    "reward-hacking",
    "score-rises-unchecked",
    "self-preference",
    "surface-shortcut",
    "unscored-not-random",
    "verifier-reversed",
)
"""Findings of a file of rows that rest on a test: each may be false in an equal part of 1 − level of the clean files,
so that all together are false in no more than 1 − level of them (Bonferroni). Files of pairs, and of gold that is a
score, rest on fewer tests and use the same part."""


def finding_level(options: Options) -> float:
    """The coverage of the interval that must leave out "no effect"; the printed intervals keep ``options.level``."""
    return 1 - (1 - options.level) / len(TESTED)


def direction(shown: Estimate, surely: Estimate, worth: float, none: float = 0.0) -> int:
    """1 for a finding above ``none``, −1 for one below, 0 for no finding.

    The interval at the finding's level (``surely``) leaves out ``none``, so that chance finds something in few files;
    the printed one (``shown``) lies more than ``worth`` beyond, so that what is found matters. No interval, no finding.
    """
    if shown.low is None or shown.high is None or surely.low is None or surely.high is None:
        return 0
    if surely.low > none and shown.low > none + worth:
        return 1
    return -1 if surely.high < none and shown.high < none - worth else 0


def weight_of(effect: float, full: float, most: float) -> float:
    """A finding's weight by the size of the harm: 0 for none, rising in proportion to ``most`` at ``full``."""
    return round(most * min(1.0, abs(effect) / full), 2)
