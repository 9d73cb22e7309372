"""Programs are judged by what they return, in a sandbox that they cannot leave or fool."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from openloop import signals
from openloop.errors import InputError
from openloop.records import Candidate, Outcome, Verdict
from openloop.sandbox.base import INSIDE, Limits, Ran
from openloop.sandbox.bubblewrap import Bubblewrap
from openloop.testing import check_signal
from tests.support.hostile_programs import BODIES, PROGRAMS, REACHES
from tests.support.processes import HANG

WHY_NOT = Bubblewrap().missing()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
TESTS = "assert f(20) == 41\nassert f(1) == 3\n"


@pytest.fixture(scope="module")
def code() -> Any:
    return signals.code(seconds=10.0, cpu=10, memory=256)


@pytest.fixture(scope="module")
def impatient() -> Any:
    return signals.code(seconds=1.0, cpu=1, memory=256)


def score(code: Any, program: str, tests: Any = TESTS, entry: str = "f") -> Verdict:
    (verdict,) = code.score([Candidate("c", "p", "", program, row={"test": tests, "entry_point": entry})])
    return verdict  # type: ignore[no-any-return]


def test_it_keeps_the_contract() -> None:
    check_signal(signals.code())


@dataclass
class Counted:
    """Bubblewrap that counts its sandboxes."""

    name: str = "counted"
    sandboxes: int = 0

    def missing(self) -> str:
        return ""

    def run(self, message: bytes, limits: Limits) -> Ran:
        self.sandboxes += 1
        return Bubblewrap().run(message, limits)


@pytest.mark.parametrize(("factor", "sandboxes"), [(3, 6), (2, 7)])
def test_tests_are_tried_on_nonsense_once_and_only_when_a_program_passes_them(
    code: Any, factor: int, sandboxes: int
) -> None:
    counted = Counted()
    row = {"test": "assert f(4) == 8", "entry_point": "f"}
    program = f"def f(x):\n    return {factor} * x\n"
    verdicts = replace(code, runner=counted).score([Candidate(f"c{i}", "p", "", program, row=row) for i in range(6)])
    assert {verdict.value for verdict in verdicts} == {float(factor == 2)}
    assert counted.sandboxes == sandboxes


def test_the_judge_starts_without_the_enumerations_of_signal() -> None:
    """They took half of the time that a sandbox takes to start."""
    code = "import sys; sys.argv = []; sys.path.insert(0, sys.orig_argv[-1]); import judge; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, INSIDE], capture_output=True, text=True, check=True, timeout=HANG
    )
    assert "judge" in said.stdout.split() and not {"enum", "signal", "functools"} & {*said.stdout.split()}


def test_a_right_program_passes_and_a_wrong_one_does_not(code: Any) -> None:
    assert score(code, "def f(x):\n    return 2 * x + 1\n").value == 1.0
    wrong = score(code, "def f(x):\n    return 2 * x\n")
    assert (wrong.value, wrong.outcome, wrong.reason) == (0.0, Outcome.SCORED, "wrong_answer")


@pytest.mark.parametrize("name", BODIES)
def test_no_hostile_body_passes(impatient: Any, name: str) -> None:
    verdict = score(impatient, f"def f(x):\n    {BODIES[name]}\n")
    assert verdict.value != 1.0
    assert verdict.value == 0.0 or verdict.outcome is Outcome.TIMEOUT, verdict


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_hostile_program_passes(code: Any, name: str) -> None:
    assert score(code, PROGRAMS[name]).value == 0.0


@pytest.mark.parametrize("name", REACHES)
def test_the_machine_is_out_of_reach(code: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH_OF_TEST", "secret")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "secret").chmod(0o644)
    with socket.create_server(("127.0.0.1", 0)) as server:
        reach = (
            REACHES[name].replace("{secret}", str(tmp_path / "secret")).replace("{port}", str(server.getsockname()[1]))
        )
        tried = f"    try:\n        {reach}\n    except BaseException:\n        return 'kept out'\n"
        program = f"def f(x):\n{tried}    return 'reached'\n"
        assert score(code, program, "assert f(1) == 'kept out'").value == 1.0, name


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ("def check(candidate:", "tests_do_not_parse"),
        ("", "no_tests"),
        (None, "no_tests"),
        ("x = 1", "tests_call_nothing"),
        ("def check(candidate):\n    candidate(1)\n", "tests_pass_on_nothing"),
        ("f(1)", "tests_pass_on_nothing"),
        ([{"in": "x"}], "tests_do_not_parse"),
        ("def check(candidate):\n    return True", "tests_call_nothing"),
    ],
)
def test_tests_that_test_nothing_are_errors(code: Any, tests: Any, reason: str) -> None:
    verdict = score(code, "def f(x):\n    return 2 * x + 1\n", tests)
    assert (verdict.value, verdict.outcome, verdict.reason) == (None, Outcome.ERROR, reason)


@pytest.mark.parametrize(
    "tests",
    [
        "assert sorted(f([3, 1])) == [1, 3]",
        "x = [3, 1]\nf(x)\nassert x == [1, 3]",
        "def check(candidate):\n    assert candidate([2, 1]) == [1, 2] and candidate(x=[1]) == [1]",
        "import math\nassert math.isclose(f([1.5])[0], 1.5)",
        "assert helper(2) == 4 and CONSTANT == {'a': (1, 2)}\nassert f([1]) == [1]",
        "try:\n    f(None)\n    assert False\nexcept TypeError:\n    pass\nassert f([1]) == [1]",
        "assert isclose(f([0.1])[0], .1)",
    ],
)
def test_tests_of_many_kinds(code: Any, tests: str) -> None:
    program = (
        "from math import isclose\nCONSTANT = {'a': (1, 2)}\ndef helper(x): return x * 2\n"
        "def f(x):\n    x.sort() if x is not None else len(x)\n    return x\n"
    )
    verdict = score(code, program, tests)
    assert verdict.value == 1.0, verdict


def test_programs_that_read_and_print(code: Any, impatient: Any) -> None:
    cases = [{"input": "2 3\n", "output": "5\n"}, {"input": "10 -4\n", "output": "6"}]
    right = "a, b = map(int, input().split())\nif __name__ == '__main__':\n    print(a + b, ' ')\n"
    assert score(code, right, cases).value == 1.0
    for wrong in (
        "print(5)",
        "import sys; sys.exit(0)",
        "print(1 / 0)",
        "while True: pass",
        "print(open('/tmp/output').read())",
    ):
        assert score(impatient, wrong, cases).value != 1.0


def test_what_a_module_lacks_is_no_wrong_answer(code: Any) -> None:
    verdict = score(code, "import numpy\ndef f(x): return 2 * x + 1\n")
    assert (verdict.outcome, verdict.reason, verdict.detail) == (Outcome.ERROR, "missing_module", "numpy")


def test_fenced_code_is_the_program(code: Any) -> None:
    said = "Here it is:\n```python\ndef f(x):\n    return 2 * x + 1\n```\nThat is all."
    candidate = Candidate("c", "p", "Write f.", said, row={"test": TESTS, "entry_point": "f"})
    assert code.score([candidate])[0].value == 1.0


def test_wrong_options_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'bubblewrap'"):
        signals.code(runner="bubblewrp")
    with pytest.raises(InputError, match="seconds must be above 0"):
        signals.code(seconds=0)
    with pytest.raises(InputError, match="podman is not installed"):
        signals.code(runner="podman")
    with pytest.warns(UserWarning, match="WITH ALL YOUR RIGHTS"):
        assert score(signals.code(runner="none"), "def f(x):\n    return 2 * x + 1\n").value == 1.0


@pytest.mark.realdata
def test_canonical_solutions_pass_and_graded_samples_agree() -> None:
    if "OPENLOOP_DATA" not in os.environ:
        pytest.skip("needs OPENLOOP_DATA")
    folder = Path(os.environ["OPENLOOP_DATA"])
    problems = {row["task_id"]: row for row in rows_of(folder / "humaneval_problems_with_gen_tests.jsonl.gz")}
    code = signals.code()
    canonical = [candidate(row, row["canonical_solution"]) for row in problems.values()]
    assert [verdict.value for verdict in code.score(canonical)] == [1.0] * 164
    graded = rows_of(folder / "humaneval_codegen16b_graded.jsonl.gz")[::41]
    verdicts = code.score([candidate(problems[row["task_id"]], row["completion"]) for row in graded])
    for row, verdict in zip(graded, verdicts, strict=True):
        explained = verdict.reason == "missing_module" or verdict.outcome is Outcome.TIMEOUT
        assert explained or verdict.value == float(row["gold_pass"]), (row["task_id"], row["sample"], verdict)


def rows_of(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def candidate(problem: dict[str, Any], completion: str) -> Candidate:
    row = {"test": problem["test"], "entry_point": problem["entry_point"]}
    return Candidate(problem["task_id"], problem["task_id"], problem["prompt"], completion, row=row)
