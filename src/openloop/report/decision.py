"""One sentence on what to train on, from how the arms compare with their start."""

from __future__ import annotations

from collections.abc import Sequence

from openloop.evaluation import Comparison
from openloop.measures.estimate_text import interval_text, signed
from openloop.report.arms import ArmSummary
from openloop.run.best_arm import SEEDS, best_arm
from openloop.run.record import ArmRecord

NOTHING_COMPARED = "no test answer was scored both before and after training"


def decide(arms: Sequence[ArmSummary], comparisons: Sequence[Comparison] = (), *, trains: bool = True) -> str:
    """The decision in one sentence, and a second where other arms do as well for all that ``comparisons`` tell."""
    if not trains:
        return _made(arms)
    changes = [arm.change for arm in arms if arm.change is not None]
    if not changes:
        return "UNDECIDED: no arm has finished its rounds."
    if not any(change.n_items for change in changes):
        return f"UNDECIDED: {NOTHING_COMPARED}."
    by_name = {arm.name: arm.change for arm in arms}
    best = best_arm(by_name)
    if best is not None and (change := by_name[best]) is not None:
        return f"TRAIN on `{best}`: it improved by {change_text(change)}.{_rivals(best, change, arms, comparisons)}"
    if all(change.n_seeds < SEEDS for change in changes):
        return f"UNDECIDED: one seed says nothing of another training; run at least {SEEDS}, better 4."
    if all(arm.improved is False for arm in arms):
        return "DO NOT TRAIN: every arm got worse."
    return "UNDECIDED: no arm improved by more than seeds and items explain; the table says what would tell."


def _rivals(best: str, change: Comparison, arms: Sequence[ArmSummary], comparisons: Sequence[Comparison]) -> str:
    """What else may be trained on: a gain over the start is no gain over another arm, such as one without its rows."""
    mine = [c for c in comparisons if best in (c.a, c.b) and (c.test, c.estimate) == (change.test, change.estimate)]
    others = {arm.name for arm in arms} - {best}
    pairs = [(({c.a, c.b} - {best}).pop(), c) for c in mine if {c.a, c.b} - {best} <= others]
    better = [f"`{name}`" for name, c in pairs if c.verdict == ("better" if c.a == name else "worse")]
    alike = [f"`{name}`" for name, c in pairs if c.verdict == "cannot tell"]
    said = f" {', '.join(better)} did better still under the seeds of both." if better else ""
    return said + (f" It cannot be told from {', '.join(alike)}." if alike else "")


def verdict(arm: ArmSummary) -> str:
    """The sentence about one arm: did it improve, was there outside information, from which chain."""
    change = arm.change
    if change is None:
        return f"{arm.name}: is not known to help: no seed finished. {information_text(arm.record)}"
    said = {True: "improved", False: "got worse", None: "shows no clear change"}[arm.improved]
    if not change.n_items:
        return f"{arm.name}: is not known to help: {NOTHING_COMPARED}. {information_text(arm.record)}"
    if change.n_seeds < SEEDS:
        said = "ran under one seed only"
    why = f"; {change.why}" if change.why and change.n_seeds >= SEEDS else ""
    return f"{arm.name}: {said} ({change_text(change)}{why}). {information_text(arm.record)}"


def information_text(arm: ArmRecord) -> str:
    """Whether anything from outside the model reaches an arm, and by which chain."""
    return f"Outside information: {'yes (declared)' if arm.outside else 'no'}; {' → '.join(arm.chain)}."


def change_text(change: Comparison) -> str:
    """``+0.278 [+0.240, +0.316], 4 seeds on 2,000 items``."""
    if change.difference is None:
        return change.why
    size = f"{change.n_seeds} seed{'s' if change.n_seeds > 1 else ''} on {change.n_items:,} items"
    number = signed(3)
    return f"{number(change.difference)} {interval_text(change.low, change.high, number)}".rstrip() + f", {size}"


def _made(arms: Sequence[ArmSummary]) -> str:
    """What is to be done with rows that were made and nothing was trained on."""
    kept = sum(rows["kept"] for arm in arms for rows in arm.rows)
    if not kept:
        return "NO ROWS yet."
    later = "Whether they are worth training on is not known yet: audit them, then export them"
    if len(arms) == 1:
        return f"MADE {kept:,} rows. {later}."
    # Arms may keep the same rows, so their numbers have no sum.
    by_arm = ", ".join(f"{sum(rows['kept'] for rows in arm.rows):,} in arm {arm.name}" for arm in arms)
    return f"MADE rows: {by_arm}. {later}, one arm at a time (--arm {arms[0].name})."
