"""A lot of trainable rows: one selection, written as training data with a data-set card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from openloop import filesystem
from openloop.contracts import Signal
from openloop.data import content_id
from openloop.data.mixing import real_beside
from openloop.data.prompt_sources import ExampleSource
from openloop.data.tables import CandidateRows, examples
from openloop.errors import InputError
from openloop.export import CardFacts, Export, card, write
from openloop.records import Candidate
from openloop.run.kept_rows import kept_mask, kept_table
from openloop.run.results import Kept
from openloop.run.store import Store
from openloop.seeds import derive, uniforms


@dataclass(frozen=True)
class Lot:
    """One selection of a run, by fingerprints, and what is to be said of it."""

    store: Store
    pools: Sequence[str]
    selection: str
    verdicts: Mapping[str, tuple[Signal, Sequence[str]]]
    """By name: the signal, and its score stages, one per pool."""
    title: str
    chain: Sequence[str] = ()
    sources: Sequence[Mapping[str, Any]] = ()
    arms: Sequence[str] = ()
    round: int | None = None
    licence: Mapping[str, str] = field(default_factory=dict)
    real: ExampleSource | None = None
    real_share: float | None = None
    """Share of the written rows that are real, drawn from ``real``; None writes none."""


def lot_of(kept: Kept, real: ExampleSource | None = None, real_share: float | None = None) -> Lot:
    """What a selection kept, in a run made by Python calls."""
    stage = kept.stage
    verdicts = {
        name: (stages[0].signal, [scored.fingerprint for scored in stages]) for name, stages in stage.verdicts.items()
    }
    pools = [pool.fingerprint for pool in stage.pools]
    title = f"kept-{stage.fingerprint[:8]}"
    return Lot(kept.session.store, pools, stage.fingerprint, verdicts, title, real=real, real_share=real_share)


def write_lot(lot: Lot, to: str, path: Path | None, overwrite: bool) -> Export:
    """Write a lot and its card. See :data:`openloop.export.FORMATS`."""
    suffix = "parquet" if to == "parquet" else "jsonl"
    path = path or lot.store.root / "export" / f"{lot.title}-{to}.{suffix}"
    if to == "dpo":
        rows = CandidateRows(lambda columns: lot.store.table(lot.pools, columns))
        written = write(rows, path, to=to, accepted=_pair_flags(lot), overwrite=overwrite)
    else:
        kept = CandidateRows.of(kept_table(lot.store, lot.pools, lot.selection))
        if lot.real is None or lot.real_share is None:
            written = write(kept, path, to=to, overwrite=overwrite)
        else:
            real = _real_beside(lot.real, lot.real_share, len(kept), derive("mix", lot.selection))
            together = [*kept, *real]
            order = np.argsort(uniforms([derive("mix", lot.selection)], len(together))[0], kind="stable")
            written = write([together[i] for i in order.tolist()], path, to=to, overwrite=overwrite)
            written = replace(written, said=(*written.said, f"{len(real):,} of the rows are real, mixed in"))
    filesystem.write_text(card_path(path), card(_facts(lot, written)))
    return written


def _real_beside(real: ExampleSource, share: float, kept: int, seed: int) -> list[Candidate]:
    """The real rows of a mix, as candidates that a model named ``real`` wrote."""
    drawn = examples(real_beside(real.table(), kept, share, seed))
    return [
        Candidate(f"real-{i}", content_id(row.prompt), row.prompt, row.completion, model="real", row=row.row)
        for i, row in enumerate(drawn)
    ]


def card_path(path: Path) -> Path:
    """Where the card of a file lies."""
    return path.with_name(path.name.split(".")[0] + ".card.md")


def _pair_flags(lot: Lot) -> list[bool | None]:
    """True where kept, False where a signal scored the row and rejects it, None elsewhere. Shape [N]."""
    judged = [(signal, stages) for signal, stages in lot.verdicts.values() if signal.accept_at is not None]
    if not judged:
        raise InputError("dpo: pairs need the verdicts of a signal with accept_at, and this selection has none.")
    keep = kept_mask(lot.store, lot.selection).to_pylist()
    rejected = np.zeros(len(keep), dtype=np.bool_)
    for signal, stages in judged:
        values = lot.store.table(stages, ["value"]).column("value").to_numpy()
        rejected |= values < signal.accept_at  # NaN, unscored, compares false
    return [True if mine else False if no else None for mine, no in zip(keep, rejected.tolist(), strict=True)]


def _facts(lot: Lot, written: Export) -> CardFacts:
    counts = lot.store.stage(lot.selection)
    assert counts is not None, "a selection is released after it has finished"
    samplers = kept_table(lot.store, lot.pools, lot.selection, ["model", "revision"])
    names = sorted(set(zip(*(samplers.column(c).to_pylist() for c in ("model", "revision")), strict=True)))
    return CardFacts(
        name=lot.title,
        rows=written.rows,
        to=written.to,
        license=lot.licence.get("data", "unknown"),
        license_sources=lot.licence.get("real", "unknown"),
        license_outputs=lot.licence.get("outputs", "unknown"),
        sources=lot.sources,
        models=[{"name": name, "revision": revision} for name, revision in names],
        signals=[
            {"name": name, "kind": signal.kind, "range": signal.range, "accept_at": signal.accept_at}
            for name, (signal, _) in lot.verdicts.items()
        ],
        generated=counts.counts["generated"],
        kept=counts.counts["kept"],
        dropped=counts.counts["dropped"],
        arms=lot.arms,
        rounds=lot.round,
        notes=[*written.said, *([f"Made by: {' → '.join(lot.chain)}."] if lot.chain else [])],
    )
