"""Verdicts of the code sandbox beside the grades of 16,400 HumanEval samples, every difference listed.

    OPENLOOP_DATA=folder python benchmarks/humaneval.py [every]

Takes about four minutes on two cores; ``every`` looks at each so-many-th sample only. A row that differs is explained
when it needs a module that is not there, or was stopped by the clock; anything else is a disagreement.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from openloop import signals
from openloop.records import Candidate

BATCH = 1_640


def read(name: str) -> list[dict[str, Any]]:
    """Rows of one file of the folder."""
    with gzip.open(Path(os.environ["OPENLOOP_DATA"]) / name, "rt") as lines:
        return [json.loads(line) for line in lines]


def main() -> None:
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    problems = {row["task_id"]: row for row in read("humaneval_problems_with_gen_tests.jsonl.gz")}
    graded = read("humaneval_codegen16b_graded.jsonl.gz")[::every]
    code = signals.code()
    rows = [(f"{t}", p["canonical_solution"], True) for t, p in problems.items()]
    rows += [(row["task_id"], row["completion"], row["gold_pass"]) for row in graded]
    candidates = [
        Candidate(f"{i}", task, problems[task]["prompt"], said, row=problems[task])
        for i, (task, said, _) in enumerate(rows)
    ]
    began = time.perf_counter()
    verdicts = []
    for start in range(0, len(candidates), BATCH):
        verdicts += code.score(candidates[start : start + BATCH])
    seconds = time.perf_counter() - began
    own = sum(v.value == 1.0 for v in verdicts[: len(problems)])
    print(f"canonical solutions: {own} of {len(problems)}")
    counts: Counter[str] = Counter()
    listed = []
    for (task, _, gold), verdict, candidate in zip(rows, verdicts, candidates, strict=True):
        if int(candidate.id) < len(problems):
            continue
        if verdict.value is not None:
            kind = "as graded" if (verdict.value == 1.0) == gold else "disagrees"
            if kind == "disagrees" and graded[int(candidate.id) - len(problems)]["gold_error"] == "ModuleNotFoundError":
                kind = "graded where a module was missing that is here"
        else:
            kind = verdict.reason if verdict.reason in ("missing_module", "time") else "not scored"
            kind += " (graded: passes)" if gold else " (graded: fails)"
        counts[kind] += 1
        if kind != "as graded":
            sample = graded[int(candidate.id) - len(problems)]["sample"]
            listed.append(f"{task} {sample}: {kind}: {verdict.reason} {verdict.detail:.80}")
    for kind, n in counts.most_common():
        print(f"{n:6,}  {kind}")
    print(f"{len(rows):,} programs in {seconds:.0f} s: {len(rows) / seconds:.0f} a second")
    print("\n".join(listed))


if __name__ == "__main__":
    main()
