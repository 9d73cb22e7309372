"""What `simulate` prints: a label for each number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from openloop.cli.output import print_json
from openloop.measures.estimate_text import significant

LABELS = {
    "p_star": "breakdown point p★",
    "filtering_helps": "filtering lowers the share of bad rows",
    "p_minus": "lower bound p★⁻(t)",
    "p_plus": "upper bound p★⁺(t)",
    "bad_after": "share of bad rows after filtering",
    "side": "p compared with p★",
    "p_plurality": "share of bad candidates at which the vote breaks down",
    "correct": "probability that the vote is right",
    "nothing_kept": "probability that no candidate is kept",
    "p": "share of bad rows p",
    "phi": "φ, good rows kept",
    "psi": "ψ, bad rows kept",
    "accuracy": "accuracy after training on unlimited rows",
    "replace": "diversity left, training on the last round only",
    "accumulate": "diversity left, training on all rounds",
    "subsample": "diversity left, training on n rows of all rounds",
    "fresh_at_rest": "diversity at which fresh real rows hold the loop",
    "weight": "weight of the real rows",
    "variance": "variance that remains (of one row: 1)",
    "frozen": "acceptance of a judge that is not retrained",
    "mean": "mean acceptance",
    "std": "standard deviation over judges",
    "std_by_law": "standard deviation over judges, closed form",
    "at_an_end": "share of judges that accept below 1% or above 99%",
    "bits_once": "bits from one scoring",
    "bits_repeated": "bits from all scorings",
    "bits_of_a_perfect_coarse_signal": "bits of a perfect signal, accept or reject",
    "bits_of_a_perfect_fine_signal": "bits of a perfect signal that names one answer",
    "spurious_weight": "weight of the spurious feature",
    "true_weight": "weight of the true feature",
    "accuracy_at_home": "accuracy on data like the training data",
    "accuracy_in_use": "accuracy in use",
    "accuracy_decorrelated": "accuracy in use, trained on decorrelated data",
}
"""Key of the JSON output → what a person reads."""


def print_simulation(found: Mapping[str, Any], as_json: bool) -> None:
    """The numbers of a simulation: a line for each, with its label, or JSON."""
    if as_json:
        print_json(dict(found))
        return
    number = significant(6)
    for name, value in found.items():
        if isinstance(value, bool):
            value = "yes" if value else "no"
        text = number(value) if isinstance(value, float) else "undefined" if value is None else value
        typer.echo(f"{LABELS.get(name, name.replace('_', ' '))}: {text}")
