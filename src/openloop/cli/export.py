"""Trainable rows leave the run of a recipe: one selection of one arm, from what the run recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Unpack

from openloop.errors import InputError, nearest
from openloop.export import HowToWrite
from openloop.export.formats import require_format
from openloop.report.decision import best_arm
from openloop.report.run_summary import RunSummary, run_summary
from openloop.run.exporting import Selected, card_path, write_selected
from openloop.run.record import ArmRecord
from openloop.run.store import Placed, Store


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
    summary = run_summary(store)
    if summary is None:
        raise InputError(f"{directory} was made by Python calls, not by a recipe; export with `Run.export(kept, ...)`.")
    require_format(to)
    record, said = summary.record, []
    if arm is None:
        arm, sentence = _chosen_arm(summary)
        said.append(sentence)
    if arm not in record.arms:
        raise InputError(f"--arm {arm!r}: {nearest(arm, record.arms)}")
    if seed is None and len(record.seeds) > 1 and not record.trains:
        said.append(f"seed {record.seeds[0]} of {list(record.seeds)}: export the others with --seed")
    seed = record.seeds[0] if seed is None else seed
    if seed not in record.seeds:
        raise InputError(f"--seed {seed}: allowed {list(record.seeds)}.")
    mine = [placed for placed in store.journal.steps() if (placed.step.arm, placed.step.seed) == (arm, seed)]
    selections = [placed for placed in mine if placed.kind == "select" and placed.step.purpose == "loop"]
    rounds = sorted({placed.step.round for placed in selections})
    if not rounds:
        raise InputError(f"arm {arm!r}, seed {seed} has no finished selection yet.")
    if round is None and len(rounds) > 1 and not record.trains:
        said.append(f"round {rounds[-1]} of {len(rounds)}: export the others with --round")
    round = rounds[-1] if round is None else round
    if round not in rounds:
        raise InputError(f"--round {round}: finished rounds are {rounds}.")
    selected = Selected(
        store,
        [placed.fingerprint for placed in selections if placed.step.round == round][-1],
        title=f"{record.name}-{arm}-seed{seed}-round{round}",
        chain=record.arms[arm].chain,
        sources=record.sources,
        arms=[arm],
        round=round,
        licence=record.licence,
        real=_real_rows(record.arms[arm], mine),
        real_share=record.arms[arm].real_share,
    )
    written = write_selected(selected, to, out, **how)
    return {
        "file": str(written.path),
        **({"rows held out": written.splits["test"]} if "test" in written.splits else {}),
        "card": str(card_path(written.path)),
        "format": to,
        "arm": arm,
        "seed": seed,
        "round": round,
        "rows": written.rows,
        "said": [*said, *written.said],
    }


def _real_rows(arm: ArmRecord, mine: Sequence[Placed]) -> str | None:
    """The stage that holds the real rows that the arm mixes in."""
    if arm.real_share is None:
        return None
    return next((placed.fingerprint for placed in mine if placed.kind == "real"), None)


def _chosen_arm(summary: RunSummary) -> tuple[str, str]:
    """The arm that the decision names, or else the one with the largest gain, and a sentence that says which."""
    names = list(summary.record.arms)
    if not summary.record.trains:
        if len(names) == 1:
            return names[0], "the only arm there is"
        raise InputError(
            f"--arm: nothing was trained, so no arm is known to be better; name one of {', '.join(names)}."
        )
    best = best_arm(summary.arms)
    if best is not None:
        return best.name, f"arm {best.name!r}, which the decision names"
    finished = [(arm.gain.value, arm.name) for arm in summary.arms if arm.gain is not None]
    if not finished:
        raise InputError(f"--arm: no arm has finished, so none is chosen for you; name one of {', '.join(names)}.")
    name = max(finished)[1]
    return name, f"arm {name!r}: the largest gain, but no arm is known to have improved; name another with --arm"
