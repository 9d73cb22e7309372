"""Trainable rows leave the run of a recipe: one selection of one arm, from what the run recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Unpack

from openloop.errors import InputError
from openloop.export import HowToWrite
from openloop.export.formats import require_format
from openloop.run.exporting import card_path, selected_rows, write_selected
from openloop.run.rows_of_run import rows_of_run
from openloop.run.store import Store


def export_run(
    directory: Path,
    to: str,
    *,
    arm: str | None = None,
    seed: int | None = None,
    round: int | None = None,
    out: Path | None = None,
    **how: Unpack[HowToWrite],
) -> dict[str, Any]:
    """Write one selection of a recipe's run: by default of the arm that the decision names, its last round."""
    store = Store.read(directory)
    if store.journal.run() is None:
        raise InputError(f"{directory} was made by Python calls, not by a recipe; export with `Run.export(kept, ...)`.")
    require_format(to)
    rows = rows_of_run(store, arm=arm, seed=seed, round=round)
    selected = selected_rows(rows)
    written = write_selected(selected, to, out, **how)
    return {
        "file": str(written.path),
        **({"rows held out": written.splits["test"]} if "test" in written.splits else {}),
        "card": str(card_path(written.path)),
        "format": to,
        "arm": rows.step.arm,
        "seed": rows.step.seed,
        "round": rows.step.round,
        "rows": written.rows,
        "partial": rows.partial,
        "said": [*rows.said, *written.said],
    }
