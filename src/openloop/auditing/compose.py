"""The composer: read, measure, decide, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from json import dumps
from pathlib import Path
from typing import Any

import numpy as np

from openloop import filesystem
from openloop.auditing.decision import Verdict, decide
from openloop.auditing.facts import Facts
from openloop.auditing.inputs import input_of
from openloop.auditing.labelling import draw, with_labels, write_kept, write_rows_to_label
from openloop.auditing.options import Options
from openloop.auditing.reading import read_facts
from openloop.auditing.result import Audit, Chosen, Decision, Finding, Part
from openloop.auditing.roles import Asked
from openloop.auditing.sections import copies, information, judge, labels, overuse, shortcut, verifier
from openloop.auditing.selections import as_is, named
from openloop.auditing.walk import Walk
from openloop.auditing.worst import worst_rows
from openloop.errors import InputError

SECTIONS = (
    verifier.measure,
    overuse.measure,
    labels.measure,
    shortcut.measure,
    judge.measure,
    information.measure,
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
    accept_at: float | None = None,
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

    Columns are recognised unless named. ``gold`` is trusted truth (true/false, 1/0, yes/no, ...) or a comparison such
    as ``"factuality>=0.5"``; ``judge_column`` the verifier's column, or several (the first is the verifier);
    ``accept_at`` the score from which it accepts; ``group`` what tells rows of one prompt. ``labels`` reads back the
    rows that an earlier audit asked to label; ``keep`` writes the rows to train on, ``to_label`` those to label,
    ``json`` the result as plain values.
    Raises DataError or InputError for what cannot be read or does not fit.
    """
    options = Options(max_bad, level, target)
    columns = (judge_column,) if isinstance(judge_column, str) else tuple(judge_column or ())
    asked = Asked(prompt, completion, gold, columns, group, model, confidence, swapped, judge_model)
    source = input_of(data, arm)
    for option, path in (("keep", keep), ("to-label", to_label), ("json", json)):
        if path is not None and source.reads(Path(path)):
            raise InputError(f"--{option} {path}: this is the audited file itself. Give another name.")
    facts, walk = read_facts(source, asked, accept_at if accept_at is not None else source.accept_at)
    for path in (labels,) if isinstance(labels, str | Path) else labels:
        facts = with_labels(facts, Path(path), walk.roles)
    parts = [section(facts, options) for section in SECTIONS]
    copied = copies.measure(facts, options, walk, _path(eval_set), _path(real))
    parts.append(copied.part)
    findings = sorted((f for part in parts for f in part.findings), key=lambda f: (-f.weight, f.id))
    unfit = copied.unfit | shortcut.constant_rows(facts, options)
    now = as_is(facts, options)
    found = decide(facts, options, now, named(facts, options, unfit, shortcut.rules(facts)), findings)
    asked_for = _rows_to_label(found, facts, walk, _path(to_label))
    if keep is not None:
        facts = replace(facts, said=(*facts.said, _keep(found, facts, walk, Path(keep))))
    result = _result(found, facts, options, walk, findings, parts, asked_for, keep)
    if json is not None:
        filesystem.write_text(Path(json), dumps(result.to_json(), indent=1, ensure_ascii=False) + "\n")
    return result


def _rows_to_label(found: Verdict, facts: Facts, walk: Walk, path: Path | None) -> dict[str, Any] | None:
    """With LABEL FIRST: draw the rows, and write them where a file was named."""
    if found.decision is not Decision.LABEL_FIRST or found.labels is None:
        return None
    have = int((facts.kept & ~np.isnan(facts.gold)).sum())
    wanted = max(10, (found.labels.n or 1000) - have)
    drawn = draw(facts, wanted)
    if path is not None and len(drawn):
        write_rows_to_label(path, walk, facts, drawn)
    return {
        "n": len(drawn),
        "needed": found.labels.n,
        "supposes": found.labels.expected,
        "rows": sorted(int(place) for place in facts.place[drawn]),
        "file": str(path) if path is not None and len(drawn) else None,
    }


def _keep(found: Verdict, facts: Facts, walk: Walk, path: Path) -> str:
    if found.selection is None:
        return f"nothing is written to {path}: the decision is {found.decision.value}"
    write_kept(path, walk, facts.place[found.selection.keep])
    return f"wrote {found.selection.kept:,} rows to {path}: {found.selection.name}"


def _result(
    found: Verdict,
    facts: Facts,
    options: Options,
    walk: Walk,
    findings: Sequence[Finding],
    parts: Sequence[Part],
    asked_for: Mapping[str, Any] | None,
    keep: str | Path | None,
) -> Audit:
    chosen = None
    if found.selection is not None:
        s = found.selection
        kept_file = str(keep) if keep is not None else "kept.jsonl"
        chosen = Chosen(s.name, s.kept, s.bad_after, s.recipe.replace("KEPT_FILE", kept_file))
    return Audit(
        decision=found.decision,
        sentence=f"{found.decision.value}: {found.sentence}",
        rows=len(facts),
        findings=findings,
        estimates=[line for part in parts for line in part.lines],
        unmeasured=[text for part in parts for text in part.unmeasured],
        worst=worst_rows(facts, walk, findings),
        curves=[curve for part in parts for curve in part.curves],
        selection=chosen,
        to_label=asked_for,
        said=facts.said,
        max_bad=options.max_bad,
        level=options.level,
        target=options.target,
    )


def _path(value: str | Path | None) -> Path | None:
    return None if value is None else Path(value)
