"""How long an audit takes, and how much memory: 20,000, 100,000 and (with --million) 1,000,000 rows of 500 characters.

Limits: 20,000 rows in 10 s, 100,000 in 60 s and 2 GiB. The ratio is against reading the same file with json alone, in
the same run. Whole processes, one thread.

python benchmarks/audit.py [--million]
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from measure import cost

PER_PROMPT = 4
WORDS = [
    f"{a}{b}"
    for a in ("al", "be", "ga", "del", "ep", "ze", "et", "the", "io", "kap")
    for b in ("pha", "ta", "mma", "ro", "si")
]


def write(path, rows):
    """Prompts with four completions each; a verdict in [0, 1] that goes with gold and a little with length."""
    rng = np.random.default_rng(0)
    with path.open("w") as stream:
        for start in range(0, rows, PER_PROMPT):
            for _ in range(PER_PROMPT):
                n = int(rng.integers(40, 140))
                gold = bool(rng.random() < 0.7)
                score = float(np.clip(rng.normal(0.6 if gold else 0.4, 0.2) + n / 2000, 0, 1))
                words = " ".join(WORDS[i] for i in rng.integers(0, len(WORDS), n))
                row = {
                    "prompt": f"question {start}",
                    "completion": words,
                    "gold": gold,
                    "score": score,
                    "topic": f"topic {start % 7}",
                }
                stream.write(json.dumps(row) + "\n")


AUDIT = "import sys; from openloop.auditing import audit; print(audit(sys.argv[1], accept_at=0.5).sentence)"
READ = "import sys, json\nfor line in open(sys.argv[1]): json.loads(line)"

sizes = [20_000, 100_000] + ([1_000_000] if "--million" in sys.argv else [])
limits = {20_000: (10, 2), 100_000: (60, 2), 1_000_000: (None, None)}
for rows in sizes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        write(path, rows)
        taken = {name: cost("-c", code, str(path)) for name, code in (("audit", AUDIT), ("json", READ))}
    seconds, gigabytes = limits[rows]
    audit, read = taken["audit"], taken["json"]
    held = "" if seconds is None else "held" if audit.wall <= seconds and audit.peak <= gigabytes * 1024 else "MISSED"
    print(
        f"{rows:>9,} rows: {audit.wall:6.1f} s, {audit.peak:6.0f} MiB; reading alone {read.wall:.1f} s; ratio "
        f"{audit.cpu / read.cpu:.1f} (limit {seconds or 'none'} s) {held}",
        flush=True,
    )
