"""Code: the program passes the tests of its row, run where it can do no harm."""

from __future__ import annotations

import ast
import builtins
import os
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Any, ClassVar

from openloop.data.content import text_of
from openloop.errors import InputError
from openloop.records import Candidate, Probe, Verdict
from openloop.sandbox.base import Limits, Runner
from openloop.sandbox.inside import wire
from openloop.sandbox.runners import runner_named
from openloop.signals.base import Declaration, Declared, row_columns
from openloop.time_limits import require_seconds
from openloop.verdicts import error, timed_out

_BLOCK = re.compile(r"```[ \t]*(?:python|py|python3)?[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL | re.IGNORECASE)
NONSENSE = ("openloop: not an answer", None)
"""What every call returns when the tests themselves are tried: tests that pass on each of them test nothing."""


@dataclass(frozen=True)
class Code(Declared):
    """See :func:`code`."""

    tests: str
    entry_point: str
    runner: Runner
    limits: Limits
    version: ClassVar[str] = "2"

    @cached_property
    def declared(self) -> Declaration:
        row = {
            self.tests: "def check(candidate):\n    assert candidate(2, 3) == 5\n",
            self.entry_point: "add",
        }
        start = "def add(a, b):\n"
        probes = (
            Probe(start, "    return a + b\n", True, row),
            Probe(start, "    return a - b\n", False, row),
            Probe(start, "    import os\n    os._exit(0)\n", False, row),
            Probe(start, "    class Same:\n        __eq__ = lambda *_: True\n    return Same()\n", False, row),
        )
        return Declaration("code", row_columns(self.tests), probes=probes)

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One sandbox a candidate, one more at a time than there are cores: while one starts, others compute.

        Tests are tried on nonsense once somebody passes them, in further sandboxes: what nobody passes is not empty.
        """
        tried = {self._tested(candidate): Tests(self) for candidate in candidates}
        with ThreadPoolExecutor(min(len(os.sched_getaffinity(0)), 8) + 1) as pool:
            return list(pool.map(lambda c: self._one(c, tried[self._tested(c)]), candidates))

    def _one(self, candidate: Candidate, tested: Tests) -> Verdict:
        tests, entry = candidate.row.get(self.tests), str(candidate.row.get(self.entry_point) or "")
        broken = tested.broken(tests)
        if broken is not None:
            return broken
        verdict = self._run(program_of(candidate), tests, entry)
        return tested.empty(tests, entry) or verdict if verdict.value == 1.0 else verdict

    def _tested(self, candidate: Candidate) -> tuple[str, str]:
        """What names the tests of a row."""
        return str(candidate.row.get(self.tests)), str(candidate.row.get(self.entry_point))

    def _run(self, program: str, tests: Any, entry_point: str) -> Verdict:
        began = time.perf_counter()
        held, mode = (tests, "calls") if isinstance(tests, str) else (_cases(tests), "runs")
        parts = ((program, self.limits.inside(), mode), (held, entry_point))
        message = b"".join(wire.framed(wire.encode(part)) for part in parts)
        ran = self.runner.run(message, self.limits)
        seconds = time.perf_counter() - began
        return replace(self._verdict(ran.said, ran.status, ran.complaint), seconds=seconds)

    def _verdict(self, said: bytes, status: int | None, complaint: str) -> Verdict:
        if status is None:
            return timed_out(self.limits.seconds)
        try:
            outcome, reason, detail = wire.decode(said[wire.HEAD :])
        except (wire.Broken, ValueError, TypeError):
            if complaint:
                return error("sandbox", complaint)
            return Verdict(0.0, reason="died", detail=f"the sandbox ended with status {status} and no verdict")
        match outcome:
            case "right":
                return Verdict(1.0)
            case "wrong":
                return Verdict(0.0, reason=str(reason), detail=str(detail))
            case "timeout":
                return timed_out(self.limits.seconds)
        return error(str(reason), str(detail))


@dataclass
class Tests:
    """The tests of some rows: whether they can be run, and whether they test anything; each is found out once."""

    code: Code
    _turn: Lock = field(default_factory=Lock)
    _broken: list[Verdict | None] = field(default_factory=list)
    _empty: list[Verdict | None] = field(default_factory=list)

    def broken(self, tests: Any) -> Verdict | None:
        """Why nothing can be run."""
        with self._turn:
            if not self._broken:
                self._broken.append(_unusable(tests, self.code.tests))
            return self._broken[0]

    def empty(self, tests: Any, entry: str) -> Verdict | None:
        """The ERROR of tests that pass whatever the program returns; runs them on :data:`NONSENSE`."""
        with self._turn:
            if not self._empty:
                passed = all(self.code._run(program, tests, entry).value == 1.0 for program in _nonsense(tests, entry))
                text = "the tests pass whatever the program returns"
                self._empty.append(error("tests_pass_on_nothing", text) if passed else None)
            return self._empty[0]


def _unusable(tests: Any, column: str) -> Verdict | None:
    if tests is None or tests in ("", []):
        return error("no_tests", f"the row has no {column!r}")
    if isinstance(tests, str):
        try:
            ast.parse(tests)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as exception:
            return error("tests_do_not_parse", str(exception))
    elif _cases(tests) is None:
        return error("tests_do_not_parse", f"{column!r} must be text, or a list of input and output")
    return None


def _nonsense(tests: Any, entry: str) -> list[str]:
    """Programs that say :data:`NONSENSE` to everything that the tests ask."""
    if not isinstance(tests, str):
        return [f"print({said!r})" for said in NONSENSE]
    calls = (node.func for node in ast.walk(ast.parse(tests)) if isinstance(node, ast.Call))
    names = {entry, *(called.id for called in calls if isinstance(called, ast.Name))}
    own = sorted({name for name in names if name.isidentifier()} - set(dir(builtins)))
    return ["\n".join(f"def {name}(*_, **__): return {said!r}" for name in own) for said in NONSENSE]


def _cases(tests: Any) -> list[tuple[str, str]] | None:
    """Inputs and outputs of a list of cases; None for anything else."""
    try:
        return [(str(case["input"]), str(case["output"])) for case in tests]
    except (TypeError, KeyError):
        return None


def program_of(candidate: Candidate) -> str:
    """The program that a candidate is: a fenced block of its completion, else the prompt and the completion."""
    said = text_of(candidate.completion)
    blocks = _BLOCK.findall(said)
    if blocks:
        return "\n\n".join(blocks)
    return said if not isinstance(candidate.prompt, str) else candidate.prompt + said


def code(
    tests: str = "test",
    *,
    entry_point: str = "entry_point",
    runner: str = "bubblewrap",
    seconds: float = 10.0,
    cpu: int = 10,
    memory: int = 512,
    image: str = "python:3.12-slim",
) -> Code:
    """1 when prompt + completion (or the completion's fenced code) passes the tests of its row, 0 when not.

    ``row[tests]``: ``check(candidate)`` as in HumanEval, or plain asserts, with ``row[entry_point]``; or a
    list of ``{input, output}`` for programs that read and print. A program gets ``seconds`` from its start, ``cpu``
    seconds of computing and ``memory`` MiB.
    ``runner``: ``bubblewrap``, ``docker``, ``podman``, the address of a service (``openloop sandbox``), or ``none``,
    which gives no protection at all.

    A program that takes longer is a TIMEOUT. One that imports a module which is not installed is an ERROR
    (``missing_module``), and so are tests that do not parse, call nothing, or pass whatever the program returns.

    Covered: no network; no files except a private /tmp and the interpreter with its standard library; no environment
    variables; the user ``nobody`` without capabilities; a seccomp filter; limits on time, memory, processes, open files
    and output. The tests run in a process of their own and compare plain data that the program returns, so it can
    neither see them nor pass through what it prints, raises, redefines or exits with. Not covered: kernel bugs; a
    program that recognises the arguments of public tests; tests that rely on functions the program itself defines.
    Raises InputError where the runner does not work.
    """
    require_seconds(seconds, "code")
    if cpu < 1 or memory < 32:
        raise InputError(f"code: cpu must be at least 1 and memory at least 32; got {cpu} and {memory}.")
    return Code(tests, entry_point, runner_named(runner, image, "code"), Limits(seconds, cpu, memory))
