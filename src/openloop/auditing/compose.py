"""The audit: read the rows, measure them section by section, decide, write what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import Any

import numpy as np

from openloop import filesystem
from openloop.auditing.decision import Recommendation, decide
from openloop.auditing.inputs import input_of
from openloop.auditing.kept_file import write_kept
from openloop.auditing.labelling import rows_to_label, with_labels
from openloop.auditing.options import Options
from openloop.auditing.read_arrays import read_arrays
from openloop.auditing.result import Audit, ChosenSelection
from openloop.auditing.section import SectionInput
from openloop.auditing.sections import SECTIONS
from openloop.auditing.selections import current_selection, named_selections
from openloop.auditing.worst_rows import worst_rows
from openloop.data.recognise import NamedColumns
from openloop.errors import InputError


def audit(
    data: str | Path | Sequence[Any],
    *,
    gold: str | None = None,
    judge_column: str | Sequence[str] | None = None,
    group: str | None = None,
    prompt: str | None = None,
    completion: str | None = None,
    model: str | None = None,
    confidence: str | None = None,
    swapped: str | None = None,
    judge_model: str | None = None,
    accept_at: float | None = None,
    lower_is_better: bool = False,
    max_bad: float = 0.1,
    level: float = 0.95,
    target: str = "process",
    labels: str | Path | Sequence[str | Path] = (),
    eval_set: str | Path | None = None,
    real: str | Path | None = None,
    keep: str | Path | None = None,
    to_label: str | Path | None = None,
    json: str | Path | None = None,
    arm: str | None = None,
) -> Audit:
    """Audit rows: a path (file, folder of shards or run directory), several paths, or rows in memory.

    Columns are detected unless named. ``gold`` is the trusted label (true/false, 1/0, yes/no, ...) or a comparison such
    as ``"factuality>=0.5"``; ``judge_column`` the verifier's column, or several (the first is the verifier);
    ``accept_at`` the score from which it accepts (with ``lower_is_better``, as for a loss or a distance, up to which);
    ``group`` the column that identifies rows of one prompt. ``max_bad``
    is the share of bad rows among those kept that you accept, ``level`` the coverage of every interval. ``labels``
    reads back the rows that an earlier audit asked to label; ``keep`` writes the rows to train on, ``to_label`` those
    to label, ``json`` the result as plain values.

    Raises DataError or InputError for what cannot be read or does not fit.
    """
    options = Options(max_bad, level, target)
    columns = (judge_column,) if isinstance(judge_column, str) else tuple(judge_column or ())
    named = NamedColumns(prompt, completion, gold, columns, group, model, confidence, swapped, judge_model)
    source = input_of(data, arm)
    for option, path in (("keep", keep), ("to-label", to_label), ("json", json)):
        if path is not None and source.reads(Path(path)):
            raise InputError(f"--{option} {path}: this is the audited file itself. Give another name.")
    arrays, reader = read_arrays(source, named, accept_at, lower_is_better=lower_is_better)
    for path in (labels,) if isinstance(labels, str | Path) else labels:
        arrays = with_labels(arrays, Path(path), reader.roles)
    given = SectionInput(arrays, options, reader, _path(eval_set), _path(real))
    sections = [measure(given) for measure in SECTIONS]
    findings = sorted((f for section in sections for f in section.findings), key=lambda f: (-f.weight, f.id))
    unfit = np.zeros(len(arrays), dtype=bool)
    for section in sections:
        unfit |= False if section.unfit is None else section.unfit
    rules = [rule for section in sections for rule in section.rules]
    now, others = current_selection(arrays, options), named_selections(arrays, options, unfit, rules)
    decided = decide(arrays, options, now, others, findings)
    asked_for = rows_to_label(decided, arrays, reader, _path(to_label))
    wrote = () if keep is None else (write_kept(Path(keep), decided, arrays, reader),)
    result = Audit(
        decision=decided.decision,
        sentence=f"{decided.decision.value}: {decided.sentence}",
        rows=len(arrays),
        findings=findings,
        estimates=[estimate for section in sections for estimate in section.estimates],
        unmeasured=[text for section in sections for text in section.unmeasured],
        worst=worst_rows(arrays, reader, findings),
        curves=[curve for section in sections for curve in section.curves],
        selection=_chosen(decided, keep),
        to_label=asked_for,
        said=(*arrays.said, *wrote),
        max_bad=max_bad,
        level=level,
        target=target,
    )
    if json is not None:
        filesystem.write_text(Path(json), dumps(result.to_json(), indent=1, ensure_ascii=False) + "\n")
    return result


def _chosen(decided: Recommendation, keep: str | Path | None) -> ChosenSelection | None:
    chosen = decided.selection
    if chosen is None:
        return None
    recipe = chosen.recipe.replace("KEPT_FILE", "kept.jsonl" if keep is None else str(keep))
    return ChosenSelection(chosen.name, chosen.kept, chosen.bad_after, recipe)


def _path(value: str | Path | None) -> Path | None:
    return None if value is None else Path(value)
