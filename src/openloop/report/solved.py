"""Prompts solved (pass@k), by each signal that checks answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from openloop.data.tables import generated
from openloop.measures.pass_at import pass_at, sizes
from openloop.records import Estimate
from openloop.run.kept_rows import signal_of
from openloop.run.store import Placed, Store
from openloop.selection.base import accepted


def solved(store: Store, placed: Sequence[Placed], signals: Sequence[str]) -> Mapping[str, Mapping[int, Estimate]]:
    """Signal → k → pass@k over all prompts of the loop's pools, for hard signals that accept."""
    found = {}
    for name in signals:
        scores = dict.fromkeys(
            entry.fingerprint
            for entry in placed
            if entry.kind == "score" and entry.step.purpose == "loop" and entry.label == name
        )
        judges = [signal_of(store, score) for score in scores]
        if not judges or any(judge != judges[0] for judge in judges):
            continue  # one name, several judges: there is no one rate
        signal = judges[0]
        if signal.kind != "hard" or signal.accept_at is None:
            continue
        prompts, correct = [], []
        for number, score in enumerate(scores):
            pool = store.finished_stage(score).record["pool"]
            ids = generated(store.table([pool], ["prompt_id", "finish"])).column("prompt_id").to_pylist()
            prompts += [f"{number} {prompt}" for prompt in ids]
            correct.append(accepted(store.table([score], ["value"]).column("value").to_numpy(), signal.accept_at))
        codes = np.unique(prompts, return_inverse=True)[1].astype(np.int64)
        verdicts = np.concatenate(correct)
        found[name] = {k: pass_at(verdicts, codes, k) for k in sizes(codes, verdicts)}
    return found
