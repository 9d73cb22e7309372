"""The same scoring as a user of each library would write it (``python -c PROGRAM exact|math N``), and its CPU.

N replies, each the right one to its question: a number, or a number in a box at the end of a sentence. A program that
does not find all of them right fails.
"""

import os
import statistics
import subprocess
import sys

from measure import ROOT

REPLIES = """
import sys
what, n = sys.argv[1], int(sys.argv[2])
rows = [(f"question {i}", f"{i}" if what == "exact" else f"so it is \\\\boxed{{{i}}}", f"{i}") for i in range(n)]
"""
OPENLOOP = (
    REPLIES
    + """
from openloop import signals
from openloop.records import Candidate
candidates = [Candidate(str(i), asked, asked, said, row={"answer": gold}) for i, (asked, said, gold) in enumerate(rows)]
verdicts = {"exact": signals.exact, "math": signals.math}[what]().score(candidates)
assert all(verdict.value == 1.0 for verdict in verdicts)
"""
)
MATH_VERIFY = (
    REPLIES
    + """
from math_verify import parse, verify
for asked, said, gold in rows:
    assert verify(parse(gold, parsing_timeout=None), parse(said, parsing_timeout=None), timeout_seconds=None)
"""
)
INSPECT = (
    REPLIES
    + """
import asyncio
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Target, exact, math
from inspect_ai.solver import TaskState
async def main():
    score = {"exact": exact, "math": math}[what]()
    for i, (asked, said, gold) in enumerate(rows):
        state = TaskState("m", i, 1, asked, [], output=ModelOutput.from_content("m", said))
        assert (await score(state, Target(gold))).value in ("C", 1, 1.0)
asyncio.run(main())
"""
)
VERIFIERS = (
    REPLIES
    + """
import asyncio
import verifiers as vf
def same(completion, answer):
    return float(completion[-1]["content"] == answer)
async def main():
    rubric = vf.Rubric(funcs=[same]) if what == "exact" else vf.MathRubric()
    for i, (asked, said, gold) in enumerate(rows):
        turns = [{"role": "user", "content": asked}], [{"role": "assistant", "content": said}]
        state = vf.State(prompt=turns[0], completion=turns[1], answer=gold, task="t", info={}, example_id=i,
                         trajectory=[], timing={"start_time": 0.0, "scoring_ms": 0.0, "total_ms": 0.0})
        await rubric.score_rollout(state)
        assert state["reward"] == 1.0, state
asyncio.run(main())
"""
)
PROGRAMS = {"openloop": OPENLOOP, "math-verify": MATH_VERIFY, "inspect_ai": INSPECT, "verifiers": VERIFIERS}
SIZES = {"exact": (200, 20_200), "math": (20, 1_020)}
"""Rows of a short run, whose cost is taken off, and of a long one."""


def table(pythons, repeats):
    """Microseconds of CPU a row, by library and by what is scored: the median, or why there is none."""
    spent = {(name, what): [] for name in pythons if name in PROGRAMS for what in SIZES}
    spent.pop(("math-verify", "exact"), None)  # it compares no texts
    failed = {}
    for _ in range(repeats):
        for (name, what), values in spent.items():
            if (name, what) in failed:
                continue
            few, many = SIZES[what]
            try:
                short, long = (cpu(name, pythons[name], what, n) for n in (few, many))
                values.append(1e6 * (long - short) / (many - few))
            except RuntimeError as error:
                failed[name, what] = str(error)
    return {key: failed.get(key) or statistics.median(values) for key, values in spent.items()}


def cpu(name, python, what, n):
    """CPU seconds of a whole program and of what it started."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if python == sys.executable:
        inherited["PYTHONPATH"] = str(ROOT / "src")
    words = [python, "-c", PROGRAMS[name], what, str(n)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=inherited)
    said = process.stderr.read().strip().splitlines() or ["it said nothing"]
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise RuntimeError(said[-1][:40])
    return used.ru_utime + used.ru_stime
