"""Exit codes and the line for a CI log."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Said
from tests.support.audited import scored, varied_rows, write
from tests.support.worlds import World

Cli = Callable[..., Said]
FORM = re.compile(
    r"openloop audit: (TRAIN|SELECT FIRST|DO NOT TRAIN|LABEL FIRST) bad=(\S+) bad-low=(\S+) bad-high=(\S+) "
    r"max-bad=0\.1 rows=(\d+) blocked-by=(\S+) exit=(\d) (.+)"
)
FILES = {
    "TRAIN": (World(0.2, 0.9, 0.02, 400, 1).rows(), 0),
    "SELECT FIRST": (scored(), 3),
    "DO NOT TRAIN": (World(0.7, 0.6, 0.6, 300, 2).rows(), 3),
    "LABEL FIRST": ([{"prompt": f"q{i}", "completion": f"c{i}"} for i in range(90)], 4),
}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("decision", FILES)
def test_the_exit_code_and_the_line_follow_the_decision(openloop: Cli, decision: str) -> None:
    rows, code = FILES[decision]
    write(Path("my rows.jsonl"), rows)
    assert openloop("audit", "my rows.jsonl").code == 0
    said = openloop("audit", "my rows.jsonl", "--gate")
    assert said.code == code, said.out
    found = FORM.fullmatch(said.out.splitlines()[-1])
    assert found is not None, said.out.splitlines()[-1]
    assert found[1] == decision and found[5] == str(len(rows)) and found[7] == str(code) and found[8] == "my rows.jsonl"
    if decision == "LABEL FIRST":
        assert found[2] == found[3] == found[4] == "unknown"
    else:
        assert float(found[3]) <= float(found[2]) <= float(found[4])


def test_json_on_standard_output_stays_json(openloop: Cli) -> None:
    write(Path("rows.jsonl"), scored())
    said = openloop("audit", "rows.jsonl", "--gate", "--json", "-")
    assert said.code == 3 and said.json["decision"] == "SELECT FIRST"
    assert FORM.fullmatch(said.err.strip())


def test_of_several_files_each_has_to_pass(openloop: Cli) -> None:
    for name, (rows, _) in FILES.items():
        write(Path(f"{name}.jsonl"), rows)
    good, bad, open_ = "TRAIN.jsonl", "DO NOT TRAIN.jsonl", "LABEL FIRST.jsonl"
    write(Path("good.jsonl"), FILES["TRAIN"][0])
    for files, code in (((good, "good.jsonl"), 0), ((good, open_), 4), ((open_, bad), 3), ((bad, good), 3)):
        said = openloop("audit", *files, "--gate")
        assert said.code == code
        assert [FORM.fullmatch(line)[8] for line in said.out.splitlines()[-2:]] == list(files)  # type: ignore[index]


def test_what_cannot_be_read_is_another_failure(openloop: Cli) -> None:
    Path("rows.jsonl").write_text("{broken\n")
    assert openloop("audit", "rows.jsonl", "--gate").code == 2
    assert openloop("audit", "no.jsonl", "--gate").code == 2


def test_a_blocking_finding_is_named(openloop: Cli) -> None:
    write(Path("rows.jsonl"), rows := varied_rows(400))
    write(Path("test.jsonl"), [{"question": row["prompt"], "answer": "x"} for row in rows[:25]])
    said = openloop("audit", "rows.jsonl", "--eval-set", "test.jsonl", "--gate")
    assert "blocked-by=contamination" in said.out and said.code == 3
    assert "contamination, blocks training" in said.out
