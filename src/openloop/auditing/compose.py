"""The audit: read the rows, measure them section by section, decide, write what was asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from openloop import filesystem
from openloop.auditing.argument_types import require_types
from openloop.auditing.baseline import baseline_of
from openloop.auditing.data_texts import DataTexts
from openloop.auditing.decision import Recommendation, recommend
from openloop.auditing.input_of import input_of
from openloop.auditing.json_text import json_text
from openloop.auditing.kept_file import write_kept
from openloop.auditing.key_numbers import influences, key_numbers
from openloop.auditing.label_design import label_design
from openloop.auditing.label_files import with_labels
from openloop.auditing.labelling import rows_to_label
from openloop.auditing.options import Options
from openloop.auditing.other_texts import in_file, real_rows_in
from openloop.auditing.read_arrays import read_arrays
from openloop.auditing.result import Audit, ChosenSelection, Decision, NamedEstimate, RowPlace
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_numbers import row_numbers
from openloop.auditing.row_reader import RowReader
from openloop.auditing.section import SectionInput
from openloop.auditing.sections import PAIR_SECTIONS, SECTIONS
from openloop.auditing.selection_cost import selection_cost
from openloop.auditing.to_generate import write_to_generate
from openloop.auditing.worst_rows import worst_rows
from openloop.contracts import Embedder
from openloop.data.recognise import NamedColumns
from openloop.data.write_rows import require_rows_format
from openloop.embedding import embedder_of
from openloop.errors import InputError
from openloop.measures.step_scores import require_aggregate

NOTHING_TO_SHOW = (
    " No row holds a completion that somebody could look at: give gold for more rows in the file itself, or name the "
    "column of completions (--completion)."
)


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
    step: str | None = None,
    accept_at: float | None = None,
    lower_is_better: bool = False,
    aggregate: str | None = None,
    annotators: str | Sequence[str] = (),
    max_bad: float = 0.1,
    level: float = 0.95,
    target: str = "process",
    label_error: float | tuple[float, float] = 0.0,
    labels: str | Path | Sequence[str | Path] = (),
    eval_set: str | Path | None = None,
    real: str | Path | None = None,
    baseline: str | Path | None = None,
    cells: str | None = None,
    embed: str | Embedder | None = None,
    keep: str | Path | None = None,
    to_label: str | Path | None = None,
    to_generate: str | Path | None = None,
    json: str | Path | None = None,
    arm: str | None = None,
    seed: int | None = None,
    round: int | None = None,
) -> Audit:
    """Audit rows: a path (file, folder of shards or run directory), several paths, or rows in memory.

    Columns are detected unless named. ``gold`` is the trusted label (true/false, 1/0, yes/no, ...) or a comparison such
    as ``"factuality>=0.5"``; ``judge_column`` the verifier's column, or several (the first is the verifier);
    ``accept_at`` the score from which it accepts (with ``lower_is_better``, as for a loss or a distance, up to which);
    ``aggregate`` (min, last, mean or product) makes one score of a verdict that is a list of scores of steps;
    ``annotators`` are columns of several people's labels, the one that holds all of them (as a list or an object), or
    the one that says whose label ``gold`` is; ``group`` the column that identifies rows of one prompt; ``step`` the one
    that says when in a training a row was written. ``max_bad`` is the share of bad rows among those kept that you
    accept, ``level`` the coverage of every interval. ``label_error`` supposes that gold errs: the share of rows that it
    calls wrongly, or (good ones called bad, bad ones called good); the decision then is about the true share.
    ``labels`` reads back the rows that an earlier audit asked to label; ``keep`` writes the rows to train on
    (``.jsonl``, ``.jsonl.gz``, ``.parquet`` or ``.csv``), ``to_label`` those to label, ``to_generate`` the
    prompts of real rows that the kept rows have no like of (both ``.jsonl``), ``json`` the result
    as plain values. Of a run directory the rows are those that ``export`` writes of the same ``arm``, ``seed`` and
    ``round``; they are compared with the real and evaluation rows that it recorded. ``real`` and ``baseline`` are files
    of real rows and of earlier ones, ``cells`` a column whose values rows are counted by, ``embed`` what makes vectors
    of texts (see :func:`openloop.embedding.embedder_of`).

    Raises DataError or InputError for what cannot be read or does not fit.
    """
    require_types(locals())  # by name, before there is any other variable
    alarms, misses = label_error if isinstance(label_error, Sequence) else (label_error, label_error)
    options = Options(max_bad, level, target, (alarms, misses))
    if accept_at is not None and not math.isfinite(accept_at):
        raise InputError(f"--accept-at: a finite score, got {accept_at}.")
    if aggregate is not None:
        require_aggregate(aggregate)
    people = (annotators,) if isinstance(annotators, str) else tuple(annotators)
    columns = (judge_column,) if isinstance(judge_column, str) else tuple(judge_column or ())
    named = NamedColumns(
        prompt, completion, gold, columns, group, model, confidence, swapped, judge_model, people, step=step
    )
    source = input_of(data, arm, seed, round)
    for option, path in (("keep", keep), ("to-label", to_label), ("to-generate", to_generate), ("json", json)):
        if path is not None and source.reads(Path(path)):
            raise InputError(f"--{option} {path}: this is the audited file itself. Give another name.")
    if keep is not None:
        require_rows_format("--keep", Path(keep))
    if to_label is not None and Path(to_label).suffix.lower() != ".jsonl":
        raise InputError(f"--to-label {to_label}: rows to label are JSON lines. Allowed: a name that ends in .jsonl.")
    if to_generate is not None:
        _require_to_generate(Path(to_generate), real)
    arrays, reader = read_arrays(source, named, accept_at, lower_is_better=lower_is_better, aggregate=aggregate)
    files = [Path(path) for path in ((labels,) if isinstance(labels, str | Path) else labels)]
    arrays = with_labels(arrays, files, reader.roles, None if reader.pairs is None else reader.pairs.columns)
    pairs = None if reader.pairs is None else reader.pairs.with_gold(arrays)
    if pairs is not None:
        for option, value in (("real", real), ("cells", cells), ("embed", embed)):
            if value is not None:
                raise InputError(
                    f"--{option} {value}: is about completions, and these rows are pairs of responses. Audit one side "
                    f"of them: --completion {pairs.columns.first}."
                )
    design = label_design(arrays)
    known = source.recorded_texts("evaluation") if eval_set is None else in_file(Path(eval_set))
    originals = source.recorded_texts("real") if real is None else real_rows_in(Path(real))
    if to_generate is not None and originals is None:
        raise InputError(f"--to-generate {to_generate}: needs real rows to find what is missing. Add --real FILE.")
    before = (
        None
        if baseline is None
        else baseline_of(Path(baseline), named, accept_at, lower_is_better=lower_is_better, aggregate=aggregate)
    )
    given = SectionInput(
        arrays,
        options,
        reader,
        DataTexts(arrays, reader, embedder_of(embed), originals, before),
        design,
        eval_set=known,
        real=originals,
        baseline=before,
        cells=cells,
        pairs=pairs,
        trainings=source.trainings,
        item_scorings=source.item_scorings,
    )
    sections = [measure(given) for measure in (SECTIONS if pairs is None else PAIR_SECTIONS)]
    findings = sorted((f for section in sections for f in section.findings), key=lambda f: (-f.weight, f.id))
    unfit = np.zeros(len(arrays), dtype=bool)
    for section in sections:
        unfit |= False if section.unfit is None else section.unfit
    because = sorted(
        {f.id for s in sections if s.unfit is not None and s.unfit.any() for f in s.findings if f.blocking}
    )
    rules = [rule for section in sections for rule in section.rules]
    reversed_verdict = any(finding.id == "verifier-reversed" for finding in findings)
    decided = recommend(design, options, unfit, because, rules, cuts=not reversed_verdict)
    nothing_to_show = decided.decision is Decision.LABEL_FIRST and not arrays.has_completions
    asked_for = None if nothing_to_show else rows_to_label(decided, arrays, reader, _path(to_label))
    wrote = () if keep is None else write_kept(Path(keep), decided, arrays, reader)
    asked_next = next((section.to_generate for section in sections if section.to_generate is not None), None)
    generated = () if to_generate is None else write_to_generate(Path(to_generate), asked_next)
    estimates = [*_of_decision(decided, arrays, options), *(e for s in sections for e in s.estimates)]
    worst = worst_rows(arrays, reader, findings)
    others = [other.name for other in (originals, before) if other is not None]
    result = Audit(
        decision=decided.decision,
        sentence=f"{decided.decision.value}: {decided.sentence}{NOTHING_TO_SHOW if nothing_to_show else ''}",
        rows=len(arrays),
        findings=findings,
        estimates=estimates,
        unmeasured=[text for section in sections for text in section.unmeasured],
        worst=worst,
        curves=[curve for section in sections for curve in section.curves],
        selection=_chosen(decided, keep, pairs=pairs is not None),
        to_label=asked_for,
        said=(*arrays.said, *(text for section in sections for text in section.said)),
        wrote=wrote,
        wrote_to_generate=generated,
        max_bad=max_bad,
        level=level,
        target=target,
        name=source.name,
        unit=arrays.unit,
        gold_to_name=decided.gold,
        numbers=key_numbers(decided, estimates, design, options),
        row_numbers=row_numbers(estimates, others),
        compared_with=others,
        places=_places(reader, [row for finding in findings for row in finding.rows] + [row["row"] for row in worst]),
        influences=influences(design, options),
        columns=reader.columns,
    )
    if json is not None:
        filesystem.write_text(Path(json), json_text(result.to_json(), indent=1) + "\n")
    return result


def _require_to_generate(path: Path, real: str | Path | None) -> None:
    """Raises InputError for a name of another format, and for the file of real rows itself."""
    if path.suffix.lower() != ".jsonl":
        raise InputError(f"--to-generate {path}: prompts are JSON lines. Allowed: a name that ends in .jsonl.")
    if real is not None and path.exists() and Path(real).exists() and path.samefile(real):
        raise InputError(f"--to-generate {path}: this is the file of real rows itself. Give another name.")


def _of_decision(decided: Recommendation, arrays: RowArrays, options: Options) -> list[NamedEstimate]:
    """The share that was decided on, and what the selection costs."""
    found = [NamedEstimate("decision.bad_after", decided.now.bad_after)] if arrays.has_gold else []
    if decided.selection is not None and decided.decision is Decision.SELECT_FIRST:
        found.append(NamedEstimate("selection.bad_after", decided.selection.bad_after))
        found += selection_cost(arrays, decided.selection.keep, options.level)
    return found


def _chosen(decided: Recommendation, keep: str | Path | None, *, pairs: bool) -> ChosenSelection | None:
    chosen = decided.selection
    if chosen is None:
        return None
    file = "kept.jsonl" if keep is None else str(keep)
    # A recipe selects candidates; pairs are what --keep writes of them.
    recipe = f"--keep {file}  # prompt, chosen, rejected" if pairs else chosen.recipe.replace("KEPT_FILE", file)
    return ChosenSelection(chosen.name, chosen.kept, chosen.bad_after, recipe)


def _places(reader: RowReader, rows: Sequence[int]) -> dict[int, RowPlace]:
    found = {row: reader.row_place(row) for row in rows}
    return {row: place for row, place in found.items() if place is not None}


def _path(value: str | Path | None) -> Path | None:
    return None if value is None else Path(value)
