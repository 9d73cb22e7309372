"""What each selection of docs/evidence/prediction.md holds, by stratum and as a whole, without training a student.

python examples/prediction/describe.py docs/evidence/prediction-strata.csv      # two minutes on one core

Generators and selections depend on seeds alone. The whole's greedy accuracy is the column ``before`` of
prediction.csv: equal on the machine that trained the students, close to it elsewhere.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import worlds

import run

COLUMNS = ("seed", "name", "stratum", "share", "sampled", "greedy", "kept", "bad", "commonest")
"""Stratum: number of carries, or "all". Share of the test problems; the generator's accuracy, sampled on the candidates
and greedy on the test; rows kept, bad ones among them, and how many of those share the commonest error.
"""


def main(path: Path) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for seed in run.SEEDS:
            pool = run.candidates(seed)
            share, sampled, greedy = (v.tolist() for v in (pool.shares, pool.sampled, pool.greedy))
            share, sampled, greedy = [*share, 1.0], [*sampled, pool.good.mean()], [*greedy, pool.before]
            for dial in worlds.dials():
                rows, examples = run.selected(pool, dial)
                strata, good = pool.strata[rows], pool.good[rows]
                for s in range(worlds.STRATA + 1):
                    mine = strata == s if s < worlds.STRATA else np.ones(len(rows), bool)
                    bad = mine & ~good
                    commonest = round(run.commonest(examples, bad) * bad.sum())
                    numbers = [f"{v[s]:.4f}" for v in (share, sampled, greedy)]
                    stratum = str(s) if s < worlds.STRATA else "all"
                    writer.writerow([seed, dial.name, stratum, *numbers, mine.sum(), bad.sum(), commonest])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
