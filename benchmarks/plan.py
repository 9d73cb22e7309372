"""Planning a finished run of a million candidates. Limits: 2 s, and memory that does not grow with the run.

python benchmarks/plan.py [candidates]    # builds both runs first, which takes a minute or two
"""

import json
import sys
from pathlib import Path
from statistics import median

import yaml

from measure import cost, folder_on_disk, verdict

FEW, MANY = 10_000, int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
K = 8


def finished_run(folder: Path, candidates: int) -> tuple[Path, Path]:
    """A recipe and its finished run."""
    folder.mkdir()
    with (folder / "rows.jsonl").open("w") as file:
        for i in range(candidates // K):
            file.write(json.dumps({"prompt": f"{i}+{i}=", "answer": str(2 * i)}) + "\n")
    (folder / "test.jsonl").write_text('{"prompt": "1+1=", "answer": "2"}\n')
    recipe = {
        "name": "big",
        "model": {"use": "simulated", "error": 0.3},
        "test": "test.jsonl",
        "rounds": 1,
        "prompts": {"path": "rows.jsonl", "batch": candidates // K},
        "sampling": {"k": K},
    }
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    cost("-m", "openloop", "run", folder / "recipe.yaml", "--dir", folder / "run", "--json")
    return folder / "recipe.yaml", folder / "run"


with folder_on_disk() as folder:
    peaks = {}
    for candidates in (FEW, MANY):
        recipe, run = finished_run(Path(folder) / str(candidates), candidates)
        costs = [cost("-m", "openloop", "plan", recipe, "--dir", run) for _ in range(7)]
        seconds, peaks[candidates] = median(c.wall for c in costs), median(c.peak for c in costs)
        verdict(f"plan of {candidates:>9,} candidates", seconds, 2.0, " s")
        print(f"{'':>31}peak {peaks[candidates]:.0f} MiB")
    verdict(f"memory, {MANY:,} over {FEW:,}", peaks[MANY] / peaks[FEW], 1.1, "x")
