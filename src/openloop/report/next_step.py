"""What to do after an audit: a sentence, and the command that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from openloop.auditing.result import Audit, Decision

KEPT = "kept.jsonl"
TO_LABEL = "to-label.jsonl"
TO_GENERATE = "next.jsonl"


Command = Sequence[str]
"""The parts of a command, quoted, between which a line may be broken; a blank stands between any two."""


class Again(Protocol):
    """The call that made an audit, to be made once more with other options."""

    @property
    def data(self) -> str:
        """What was audited, as it was named."""

    @property
    def export(self) -> Command:
        """What writes the rows of an audited run as training data; empty for anything but a run."""

    def changed(self, **options: str) -> Command:
        """The call with options added (``labels``) or set (``keep``, ``to_label``), without those that only print."""

    def everything(self) -> Command:
        """The call that prints the whole report."""

    @property
    def more(self) -> str:
        """How to see the rest, in a few words."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next."""

    text: str
    command: Command = ()
    """To copy; empty where no single command does it."""
    recipe: str = ""
    """The line of a recipe that does the same; empty where there is none."""
    missing: str = ""
    """What to do about what is missing beside the real rows; empty where nothing is."""
    to_generate: Command = ()
    """What writes prompts for that; empty where they are written."""


def next_step(audit: Audit, again: Again) -> NextStep:
    """By decision; what was written comes first."""
    step = _STEPS[audit.decision](audit, again)
    step = replace(step, text=" ".join([*map(_sentence, audit.wrote), step.text]))
    if audit.wrote_to_generate:
        return replace(step, missing=" ".join(map(_sentence, audit.wrote_to_generate)))
    if any(finding.id == "missing-cells" for finding in audit.findings):
        command = again.changed(to_generate=TO_GENERATE)
        return replace(step, missing="To write prompts for what is missing:", to_generate=command)
    return step


def _select(audit: Audit, again: Again) -> NextStep:
    assert audit.selection is not None
    selects = audit.selection.recipe if audit.selection.recipe.startswith("select:") else ""
    if audit.wrote:
        return NextStep("Train on those.", recipe=selects)
    kept = _counted(audit.selection.kept, audit)
    return NextStep(f"To write the {kept} of that selection:", again.changed(keep=KEPT), selects)


def _train(audit: Audit, again: Again) -> NextStep:
    kept = audit.rows if audit.selection is None else audit.selection.kept
    if again.export:
        return NextStep(f"Train on the {_counted(kept, audit)}. To write them as training data:", again.export)
    if audit.wrote:
        return NextStep("Train on those.")
    if kept < audit.rows:
        text = f"Train on the {_counted(kept, audit)} that the verifier accepts. To write them:"
        return NextStep(text, again.changed(keep=KEPT))
    text = f"Train on {again.data} as it is. A recipe that fine-tunes and measures the gain (set its `real`):"
    return NextStep(text, ("openloop init finetune", "--template finetune"))


def _label(audit: Audit, again: Again) -> NextStep:
    asked = audit.to_label
    if audit.gold_to_name:
        return NextStep(
            "Say which rows are good, with a threshold of your own choice:", again.changed(gold=audit.gold_to_name)
        )
    if asked is None or not asked["n"]:
        return NextStep("There is nothing left to label here: the sentence above says what would settle it.")
    rows, file = _counted(asked["n"], audit), asked["file"]
    if file is None:
        return NextStep(f"To write the {rows} to label:", again.changed(to_label=TO_LABEL))
    words = "A, B or tie: which response is better" if audit.unit == "pairs" else "true or false"
    # What to do comes first: a long path is cut, and stands in the command once more.
    text = f"Fill in `gold` ({words}) in each of the {rows} written to {file}, then:"
    return NextStep(text, again.changed(labels=file))


def _improve(audit: Audit, again: Again) -> NextStep:  # noqa: ARG001
    text = "Nothing in it is worth selecting. Make better rows; where the bad ones are, by group and score:"
    return NextStep(text, again.everything())


_STEPS: Mapping[Decision, Callable[[Audit, Again], NextStep]] = {
    Decision.TRAIN: _train,
    Decision.SELECT_FIRST: _select,
    Decision.LABEL_FIRST: _label,
    Decision.DO_NOT_TRAIN: _improve,
}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _counted(n: int, audit: Audit) -> str:
    """``821 pairs``."""
    return f"{n:,} {audit.unit.removesuffix('s') if n == 1 else audit.unit}"
