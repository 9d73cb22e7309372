"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RecipeArgument = Annotated[Path, typer.Argument(metavar="RECIPE", help="Recipe file (YAML).")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="Run directory.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override one recipe key, such as fit.steps=100. Repeatable."),
]
ArmsOption = Annotated[
    str | None,
    typer.Option(metavar="NAMES", help="Arms to run, separated by commas; `all` includes the optional arms."),
]
DirOption = Annotated[
    Path | None,
    typer.Option("--dir", metavar="FOLDER", help="Run directory [default: runs/NAME next to the recipe]."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

# Options that name columns of a file.
PromptOption = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the prompt.")]
CompletionOption = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column of the completion, or of a list of completions.")
]
GoldOption = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Trusted labels: a good/bad column, or COLUMN>=X.")
]
JudgeColumnOption = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN", help="Column of the verifier to audit. Repeat it for further judges."),
]
GroupOption = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column that identifies the prompt [default: its text].")
]
ModelOption = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column naming the model that wrote the row.")]
ConfidenceOption = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column of the model's own confidence, such as logprob.")
]
SwappedOption = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Pairwise verdict with the two answers swapped.")
]
StepOption = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column of the training step: score, gold, length over it.")
]
JudgeModelOption = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column naming the judge's model.")]
AnnotatorsOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN", help="Labels of several people: repeated, one list or object of labels, or who gave --gold."
    ),
]
