"""What to do after an audit: a sentence, and the command that does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from openloop.auditing.result import Audit, Decision

KEPT = "kept.jsonl"
TO_LABEL = "to-label.jsonl"


Command = Sequence[str]
"""The parts of a command, quoted, between which a line may be broken; a blank stands between any two."""


class Again(Protocol):
    """The call that made an audit, to be made once more with other options."""

    @property
    def data(self) -> str:
        """What was audited, as it was named."""

    @property
    def kept_file(self) -> str:
        """Where the call wrote the rows to train on; empty for nowhere."""

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


def next_step(audit: Audit, again: Again) -> NextStep:
    """By decision."""
    match audit.decision:
        case Decision.TRAIN:
            return _train(audit, again)
        case Decision.SELECT_FIRST:
            return _select(audit, again)
        case Decision.LABEL_FIRST:
            return _label(audit, again)
        case Decision.DO_NOT_TRAIN:
            text = "Nothing in it is worth selecting. Make better rows; where the bad ones are, by group and score:"
            return NextStep(text, again.everything())


def _select(audit: Audit, again: Again) -> NextStep:
    assert audit.selection is not None
    rows = _rows(audit.selection.kept)
    if again.kept_file:
        return NextStep(f"Train on {again.kept_file}: it holds the {rows} of that selection.")
    return NextStep(f"To write the {rows} of that selection:", again.changed(keep=KEPT))


def _train(audit: Audit, again: Again) -> NextStep:
    kept = audit.rows if audit.selection is None else audit.selection.kept
    if again.export:
        return NextStep(f"Train on the {_rows(kept)}. To write them as training data:", again.export)
    if again.kept_file:
        return NextStep(f"Train on {again.kept_file}: it holds the {_rows(kept)} that are kept.")
    if kept < audit.rows:
        text = f"Train on the {_rows(kept)} that the verifier accepts. To write them:"
        return NextStep(text, again.changed(keep=KEPT))
    text = f"Train on {again.data} as it is. A recipe that fine-tunes and measures the gain (set its `real`):"
    return NextStep(text, ("openloop init finetune", "--template finetune"))


def _label(audit: Audit, again: Again) -> NextStep:
    asked = audit.to_label
    if asked is None or not asked["n"]:
        return NextStep("There is nothing left to label here: the sentence above says what would settle it.")
    rows, file = _rows(asked["n"]), asked["file"]
    if file is None:
        return NextStep(f"To write the {rows} to label:", again.changed(to_label=TO_LABEL))
    return NextStep(
        f"Wrote {rows} to {file}. Fill in `gold` (true or false) in each, then:", again.changed(labels=file)
    )


def _rows(n: int) -> str:
    return f"{n:,} row{'' if n == 1 else 's'}"
