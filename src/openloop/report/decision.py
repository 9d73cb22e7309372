"""One sentence on what to train on, from the gains of the arms."""

from __future__ import annotations

from collections.abc import Sequence

from openloop.measures.estimate_text import estimate_text, signed
from openloop.report.arms import SEEDS, ArmSummary


def best_arm(arms: Sequence[ArmSummary]) -> ArmSummary | None:
    """The arm with the largest lower bound of its gain, among those that improved."""
    improved = [arm for arm in arms if arm.improved]
    return max(improved, key=lambda arm: arm.gain.low if arm.gain and arm.gain.low else 0.0, default=None)


def decide(arms: Sequence[ArmSummary], *, trains: bool = True) -> str:
    """The decision in one sentence."""
    if not trains:
        return _made(arms)
    if not any(arm.gain for arm in arms):
        return "UNDECIDED: no arm has finished its rounds."
    best = best_arm(arms)
    if best is not None:
        return f"TRAIN on `{best.name}`: it improved by {gain_text(best)}."
    if all(arm.gain is None or arm.gain.n < SEEDS for arm in arms):
        return f"UNDECIDED: too few seeds have finished to tell a gain from chance; run at least {SEEDS}."
    return "DO NOT TRAIN: no arm improved beyond what chance between seeds explains."


def verdict(arm: ArmSummary) -> str:
    """The sentence about one arm: did it improve, was there outside information, from which chain."""
    said = {True: "improved", False: "did not improve", None: "shows no clear change"}[arm.improved]
    gain = f" ({gain_text(arm)})" if arm.gain is not None else " (no seed finished)"
    return f"{arm.name}: {said}{gain}. {information(arm)}"


def information(arm: ArmSummary) -> str:
    """Whether anything from outside the model reaches an arm, and by which chain."""
    outside = "yes (declared)" if arm.record.outside else "no"
    return f"Outside information: {outside}; {' → '.join(arm.record.chain)}."


def gain_text(arm: ArmSummary) -> str:
    """``+0.278 [+0.240, +0.316], paired over 4 seeds``."""
    assert arm.gain is not None, "asked only of arms that finished"
    n = arm.gain.n
    return f"{estimate_text(arm.gain, signed(3))}, paired over {n} seed{'s' if n > 1 else ''}"


def _made(arms: Sequence[ArmSummary]) -> str:
    """What is to be done with rows that were made and nothing was trained on."""
    kept = sum(rows["kept"] for arm in arms for rows in arm.rows)
    if not kept:
        return "NO ROWS yet."
    return f"MADE {kept:,} rows. Whether they are worth training on is not known yet: audit them, then export them."
