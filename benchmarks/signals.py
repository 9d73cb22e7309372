"""Verdicts a second: sandboxed programs, mathematical answers, exact answers; two processes, as a run works.

Limits: 60 programs a second, 2,500 integer answers, 300,000 exact ones. Beside each, the bare work in one process:
bubblewrap with an interpreter that does nothing, math-verify's own calls, a comparison of texts.

python benchmarks/signals.py
"""

import subprocess
import time
from concurrent.futures import ProcessPoolExecutor

from measure import verdict
from openloop import signals
from openloop.records import Candidate
from openloop.sandbox.base import Limits
from openloop.sandbox.bubblewrap import Bubblewrap, _command

PROGRAM = "def f(x):\n    return sorted(x)\n"
TESTS = """
def check(candidate):
    for n in range(20):
        assert candidate(list(range(n, 0, -1))) == list(range(1, n + 1))
"""


def code_rows(n):
    row = {"test": TESTS, "entry_point": "f"}
    return [Candidate(f"c{i}", "p", "", PROGRAM, row=row) for i in range(n)]


def answer_rows(n):
    return [Candidate(f"c{i}", "p", "q", f"so it is {i}", row={"answer": f"{i}"}) for i in range(n)]


def number_rows(n):
    return [Candidate(f"c{i}", "p", "q", f"{i}", row={"answer": f"{i}"}) for i in range(n)]


def half(name, n):
    """Seconds that one process takes to score n rows, its start left out; all must be accepted."""
    made = {"code": signals.code, "math": signals.math, "exact": signals.exact}[name]()
    rows = {"code": code_rows, "math": answer_rows, "exact": number_rows}[name](n)
    made.score(rows[:2])
    began = time.perf_counter()
    found = made.score(rows)
    seconds = time.perf_counter() - began
    assert all(v.value == 1.0 for v in found), found[:3]
    return seconds


def rate(pool, name, n):
    return 2 * n / max(pool.map(half, [name, name], [n, n]))


def bare_sandbox(n):
    command = _command(Limits())[:-1]
    began = time.perf_counter()
    for _ in range(n):
        subprocess.run([*command, "-c", "pass"], check=True, capture_output=True, env={})
    return n / (time.perf_counter() - began)


def bare_math(n):
    from math_verify import parse, verify

    began = time.perf_counter()
    for i in range(n):
        said = parse(f"so it is {i}", parsing_timeout=None)
        assert verify(parse(f"{i}", parsing_timeout=None), said, timeout_seconds=None)
    return n / (time.perf_counter() - began)


def bare_exact(n):
    rows = number_rows(n)
    began = time.perf_counter()
    assert all(row.completion == row.row["answer"] for row in rows)
    return n / (time.perf_counter() - began)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        for name, n, limit, bare in (
            ("code", 150, 60, bare_sandbox),
            ("math", 4_000, 2_500, bare_math),
            ("exact", 400_000, 300_000, bare_exact),
        ):
            if name == "code" and (why := Bubblewrap().missing()):
                print(f"code: {why}")
                continue
            ours, alone = rate(pool, name, n), bare(n)
            print(f"{name}: the bare work in one process {alone:,.0f}/s; two of ours are {ours / alone:.2f} as fast")
            verdict(f"{name}, verdicts a second", ours, limit, "/s", at_least=True)
