"""Trainable rows leave a run: one selection, written as training data with a data-set card, from what was recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from openloop import filesystem
from openloop.data import content_id
from openloop.data.mixing import real_beside
from openloop.data.tables import CandidateRows, examples
from openloop.errors import InputError
from openloop.export import CardFacts, Export, HowToWrite, card, write
from openloop.export.formats import require_format
from openloop.export.write import CARD
from openloop.records import Candidate
from openloop.run.kept_rows import RecordedSelection, recorded_selection
from openloop.run.rows_of_run import RowsOfRun
from openloop.run.stages.real import RealStage
from openloop.run.stages.select import SelectStage
from openloop.run.store import Store
from openloop.seeds import derive, uniforms


@dataclass(frozen=True)
class Selected:
    """A selection to be exported, and what its card says of it."""

    store: Store
    selection: str
    """Fingerprint."""
    title: str
    chain: Sequence[str] = ()
    sources: Sequence[Mapping[str, Any]] = ()
    arms: Sequence[str] = ()
    round: int | None = None
    licence: Mapping[str, str] = field(default_factory=dict)
    real: str | None = None
    """Fingerprint of the stage that holds the real rows."""
    real_share: float | None = None
    """Share of the written rows that are real; None writes none."""
    partial: str = ""
    """Why these are fewer rows than were to be made; empty where they are all."""


def selection_by_itself(store: Store, kept: SelectStage, real: RealStage | None, real_share: float | None) -> Selected:
    """One selection of a run made by Python calls, and the real rows that are mixed in."""
    return Selected(
        store,
        kept.fingerprint,
        title=f"kept-{kept.fingerprint[:8]}",
        real=None if real is None else real.fingerprint,
        real_share=real_share,
    )


def selected_rows(rows: RowsOfRun) -> Selected:
    """The rows of a recipe's run, with what the run recorded of their sources and licences.

    Raises InputError where there are none.
    """
    if not rows.counts["kept"]:
        raise InputError(
            f"{rows.where}: the selection kept no row ({rows.dropped_text}). `openloop show {rows.store.root} --rows` "
            "shows what was dropped, by reason."
        )
    record, step = rows.record, rows.step
    assert record is not None, "a run made by Python calls exports through `Run.export`"
    arm = record.arms[step.arm]
    title = f"{record.name}-{step.arm}-seed{step.seed}-round{step.round}"
    return Selected(
        rows.store,
        rows.selection,
        title=title + ("-partial" if rows.partial else ""),
        chain=arm.chain,
        sources=record.sources,
        arms=[step.arm],
        round=step.round,
        licence=record.licence,
        real=None if arm.real_share is None else _real_stage(rows),
        real_share=arm.real_share,
        partial=rows.partial,
    )


def _real_stage(rows: RowsOfRun) -> str | None:
    """The stage that holds the real rows that the arm mixes in."""
    mine = (rows.step.arm, rows.step.seed)
    placed = rows.store.journal.steps()
    return next(
        (one.fingerprint for one in placed if one.kind == "real" and (one.step.arm, one.step.seed) == mine), None
    )


def write_selected(selected: Selected, to: str, path: Path | None, **how: Unpack[HowToWrite]) -> Export:
    """Write a selection and its card. See :func:`openloop.export.write`."""
    store = selected.store
    recorded = recorded_selection(store, selected.selection)
    form = require_format(to)
    path = path or store.root / "export" / f"{selected.title}-{to}{'' if how.get('hub') else form.endings[0]}"
    if form.pairs:
        rows = CandidateRows(lambda columns: store.table(recorded.pools, columns))
        written = write(rows, path, to=to, accepted=recorded.judged.accepted(store.storage), **how)
    else:
        kept = CandidateRows.of(recorded.parts.table(store.storage))
        if selected.real is None or selected.real_share is None:
            written = write(kept, path, to=to, **how)
        else:
            real = _real_beside(selected, selected.real, selected.real_share, len(kept))
            together = [*kept, *real]
            order = np.argsort(uniforms([derive("mix", selected.selection)], len(together))[0], kind="stable")
            written = write([together[i] for i in order.tolist()], path, to=to, **how)
            written = replace(written, said=(*written.said, f"{len(real):,} of the rows are real, mixed in"))
    if selected.partial:
        written = replace(written, said=(f"PARTIAL: {selected.partial}", *written.said))
    filesystem.write_text(card_path(path), card(_facts(selected, recorded, written)))
    return written


def card_path(path: Path) -> Path:
    """Where the card of a file lies; that of a hub's folder is in it."""
    if path.is_dir():
        return path / CARD
    return path.with_name(path.name.split(".")[0] + ".card.md")


def _real_beside(selected: Selected, real: str, share: float, kept: int) -> list[Candidate]:
    """The real rows of a mix, as candidates that a model named ``real`` wrote."""
    table = selected.store.table([real])
    drawn = examples(real_beside(table, kept, share, derive("mix", selected.selection)))
    return [
        Candidate(f"real-{i}", content_id(row.prompt), row.prompt, row.completion, model="real", row=row.row)
        for i, row in enumerate(drawn)
    ]


def _facts(selected: Selected, recorded: RecordedSelection, written: Export) -> CardFacts:
    store = selected.store
    result = store.finished_stage(selected.selection).result
    samplers = recorded.parts.table(store.storage, ["model", "revision"])
    names = sorted(set(zip(*(samplers.column(c).to_pylist() for c in ("model", "revision")), strict=True)))
    return CardFacts(
        name=selected.title,
        rows=written.rows,
        to=written.to,
        splits=written.splits if written.path.is_dir() else {},
        license=selected.licence.get("data", "unknown"),
        license_sources=selected.licence.get("real", "unknown"),
        license_outputs=selected.licence.get("outputs", "unknown"),
        sources=selected.sources,
        models=[{"name": name, "revision": revision} for name, revision in names],
        signals=[
            {"name": name, "kind": signal.kind, "range": signal.range, "accept_at": signal.accept_at}
            for name, signal in recorded.signals().items()
        ],
        generated=result["generated"],
        kept=result["kept"],
        dropped=result["dropped"],
        arms=selected.arms,
        rounds=selected.round,
        notes=[
            *written.said,
            *(source["note"] for source in selected.sources if source.get("note")),
            *([f"Made by: {' → '.join(selected.chain)}."] if selected.chain else []),
        ],
    )
