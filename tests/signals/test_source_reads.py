"""What the source of a signal reads: fields of the candidate, and what may change outside of it."""

from __future__ import annotations

import datetime
import os
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop
from openloop.signals.arguments import arguments_of
from openloop.signals.remarks import changing_reads, guesses
from openloop.signals.source_reads import fields_read, outside_reads
from openloop.user_code import import_user_file
from tests.support.toy_signals import made

LIMIT = int(os.environ.get("OPENLOOP_TEST_LIMIT", "3"))
SEED = 7


def environment(candidate: Any) -> bool:
    return candidate.completion == os.getenv("ANSWER")


def by_a_constant(candidate: Any) -> bool:
    return len(candidate.completion) < LIMIT


def files(candidate: Any) -> bool:
    with open("answers.txt") as file:  # noqa: PTH123
        return candidate.completion in file.read()


def path(completion: str) -> bool:
    return completion == Path("answer.txt").read_text()


def clock(candidate: Any) -> bool:
    return bool(time.time() % 2)


def date(candidate: Any) -> bool:
    return candidate.completion == str(datetime.datetime.now().year)


def luck(candidate: Any) -> bool:
    return random.random() < 0.5


def numpy_luck(candidate: Any) -> bool:
    return bool(np.random.default_rng().random() < 0.5)


def helper() -> float:
    return time.monotonic()


def by_a_helper(candidate: Any) -> bool:
    return helper() > 0


def network(candidate: Any) -> bool:
    import urllib.request

    return bool(urllib.request.urlopen("http://localhost").read())


def seeded(candidate: Any) -> bool:
    return bool(random.Random(SEED).random() < np.random.default_rng(SEED).random())


def innocent(candidate: Any) -> bool:
    opened = candidate.row["open"]
    return bool(opened == candidate.completion)


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (environment, "the environment"),
        (by_a_constant, "the environment"),
        (files, "files"),
        (path, "files"),
        (clock, "the clock"),
        (date, "the clock"),
        (luck, "random numbers"),
        (numpy_luck, "random numbers"),
        (by_a_helper, "the clock"),
        (network, "the network"),
    ],
)
def test_what_may_change_is_seen_and_a_version_silences_it(function: Any, kind: str) -> None:
    assert list(outside_reads(function)) == [kind]
    (said,) = changing_reads(made(function))
    assert kind in said and "test_source_reads.py, line" in said and 'version="1"' in said
    assert changing_reads(made(function, version="1")) == []


@pytest.mark.parametrize("function", [seeded, innocent, len])
def test_what_cannot_change_is_not_warned_about(function: Any) -> None:
    assert outside_reads(function) == {} and changing_reads(made(function)) == []


def test_parts_of_a_combination_and_rewards_are_looked_at_too() -> None:
    def reward(completions: list[str], **_: Any) -> list[float]:
        return [random.random() for _ in completions]

    both = openloop.signals.combine(made(clock), openloop.signals.from_reward(reward))
    said = changing_reads(both)
    assert len(said) == 2 and 'reward.version = "1"' in said[1]


@pytest.mark.parametrize(
    ("function", "read"),
    [
        (lambda candidate: len(candidate.completion) < 200, {"completion"}),
        (lambda completion: len(completion) < 200, {"completion"}),
        (lambda completion, prompt: prompt in completion, {"completion", "prompt"}),
        (lambda completion, answer: completion == answer, {"completion", "row.answer"}),
        (lambda c: c.completion == c.row["answer"], {"completion", "row.answer"}),
        (lambda c: c.completion == c.row.get("answer"), {"completion", "row.answer"}),
        (lambda row, completion: row["a"] == completion, {"completion", "row.a"}),
        (lambda c: len(c.prompt) > len(c.completion), {"completion", "prompt"}),
        (lambda c: str(c) == "4", None),
        (lambda c: c.row == {}, None),
        (lambda completion, **columns: bool(columns), None),
        (len, None),
    ],
)
def test_the_fields_that_a_function_reads(function: Any, read: set[str] | None) -> None:
    assert fields_read(function, arguments_of(function)) == read


@pytest.mark.parametrize(
    ("function", "sources"),
    [
        (lambda completion: len(completion) < 200, {"completion"}),
        (lambda completion, answer: completion == answer, {"row.answer"}),
        (lambda prompt, completion: prompt in completion, {"program"}),
        (lambda c: str(c) == "4", {"program"}),
    ],
)
def test_sources_that_are_not_declared_are_what_is_read(function: Any, sources: set[str]) -> None:
    assert made(function).depends_on == sources
    assert made(function, depends_on={"a prover"}).depends_on == {"a prover"}
    assert bool(guesses(made(function))) is (sources == {"completion"})


def test_a_decorated_function_of_a_users_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import time as t\n\nfrom openloop import signal\n\n\n@signal(\n    accepts=[('q', 'a')],\n)\n"
        "def late(completion):\n    return t.time() > 0\n"
    )
    mine = import_user_file(tmp_path / "mine.py").late
    assert mine.depends_on == {"completion"}
    assert "time.time (mine.py, line 10)" in changing_reads(mine)[0]
