"""``openloop read FILE``: what is understood of a file, and the same rows under the usual names."""

from __future__ import annotations

import csv
import gzip
import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import openloop as library
from openloop.cli import main
from openloop.data.conversion import convert_file
from openloop.data.file_description import describe_file
from openloop.data.recognise import NamedColumns
from openloop.errors import InputError
from openloop.report.file_description import file_blocks
from tests.conftest import Said

Cli = Callable[..., Said]
Rows = list[dict[str, Any]]
WIDTH = 80


def write(path: Path, rows: Rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def judged(i: int) -> tuple[str, bool, float]:
    """A completion, whether it is right, and a score that knows mostly."""
    right = i % 4 > 0
    return f"It is {i if right else i + 1}, I think.", right, (0.9 if right else 0.2) - (i % 7) / 50


def layout(name: str, n: int = 240) -> Rows:
    rows = []
    for i in range(n):
        text, right, score = judged(i)
        ask, model = f"What is the number {i // 2}?", ("gpt-4", "llama-2-7b")[i % 2]
        chat = [{"role": "user", "content": ask}, {"role": "assistant", "content": text}]
        judged_twice = {"prompt": ask, "response": text, "gold": right, "one": score > 0.5, "two": i % 3 > 0}
        rows.append(
            {
                "plain": {"prompt": ask, "completion": text, "gold": right, "verdict": score},
                "renamed": {"problem": ask, "response": text, "is_correct": int(right), "reward": score, "kind": i % 3},
                "alpaca": {"instruction": ask, "input": "", "output": text, "label": right, "score": str(score)},
                "messages": {"messages": chat, "correct": "yes" if right else "no", "judge": score, "source": model},
                "objects": {"question": ask, "answer": text, "gold": right, "scores": {"b": score, "a": i % 5}},
                "inside": {"question": ask, "response": text, "marks": {"people": int(right)}, "nll": score},
                "taken": {"query": ask, "reply": text, "correct": right, "prompt_id": i, "confidence": score},
                "no text": {"task_id": i // 4, "gold": right, "verdict": score > 0.5},
                "human": {"prompt": ask, "response": text, "human_score": 5 if right else 2, "rm_logit": score},
                "several judges": judged_twice,
                "both orders": {
                    "prompt": ask,
                    "response": text,
                    "gold": right,
                    "model": model,
                    "judged_by": "gpt-4",
                    "wins": "AB"[i % 3 == 0],
                    "again": "AB"[i % 4 == 0],
                },
                "list": {
                    "problem": ask,
                    "generations": [text, text + "!"],
                    "correct": [right, not right],
                    "models": ["gpt-4", "phi-2"],
                    "topic": "a",
                },
                "list of objects": {"prompt": ask, "completions": [{"text": text, "score": score, "gold": right}] * 2},
            }[name]
        )
    return rows


OPTIONS: dict[str, list[str]] = {
    "inside": ["--gold", "marks.people"],
    "taken": ["--confidence", "confidence"],
    "human": ["--gold", "human_score>=4"],
    "both orders": ["--swapped", "again", "--judge-model", "judged_by", "--judge-column", "wins"],
    "several judges": ["--judge-column", "two", "--judge-column", "one"],
}
LAYOUTS = [
    *("plain", "renamed", "alpaca", "messages", "objects", "inside", "taken", "no text", "human", "several judges"),
    *("both orders", "list", "list of objects"),
]


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("ending", [".jsonl", ".parquet", ".csv"])
def test_what_it_writes_is_audited_alike(name: str, ending: str, openloop: Cli, tmp_path: Path) -> None:
    file, out = write(tmp_path / "rows.jsonl", layout(name)), tmp_path / f"out{ending}"
    said = openloop("read", file, *OPTIONS.get(name, ()), "--out", out)
    if name == "messages" and ending == ".csv":
        assert said.code == 2 and ".jsonl" in said.err and not out.exists()
        return
    assert said.code == 0, said.err
    command = shlex.split(said.out.strip().splitlines()[-1].partition(": ")[2])
    assert command[:2] == ["openloop", "audit"] and command[2] == str(out)
    label = tmp_path / "label.jsonl"
    before = openloop("audit", file, *OPTIONS.get(name, ()), "--json", "-", "--to-label", label).json
    after = openloop(*command[1:], "--json", "-", "--to-label", label).json
    assert (after["decision"], after["rows"]) == (before["decision"], before["rows"])
    assert after["decision"] != "LABEL FIRST" or before["sentence"] == after["sentence"]
    shares = [{e["name"]: e["value"] for e in a["estimates"] if not e["stratum"]} for a in (before, after)]
    for estimate in ("verifier.p", "verifier.phi", "verifier.psi", "decision.bad_after"):
        assert shares[0].get(estimate) == pytest.approx(shares[1].get(estimate)), estimate


def test_the_decision_follows_the_rows_and_not_their_names(openloop: Cli, tmp_path: Path) -> None:
    """The same file with its gold turned round is decided otherwise, before and after."""
    rows = layout("renamed")
    for turned in (False, True):
        for row in rows:
            row["is_correct"] = int(not row["is_correct"]) if turned else 1
        file, out = write(tmp_path / "rows.jsonl", rows), tmp_path / "out.jsonl"
        openloop("read", file, "--out", out)
        assert library.audit(out).decision == library.audit(file).decision == ("TRAIN", "DO NOT TRAIN")[turned]


def test_the_screen_is_80_wide_and_says_what_every_column_is(openloop: Cli, tmp_path: Path) -> None:
    rows = [
        {
            "prompt": f"q{i} " + "long " * 100,
            "response": f"a{i} \x1b[31mred\x07",
            "human_score": i % 5 + 1,
            "rationale": "words " * 30,
            "a_very_long_name_of_a_column_that_somebody_made_up_for_no_good_reason_at_all": i,
            "passed": i % 2 == 0,
        }
        for i in range(30)
    ]
    said = openloop("read", write(tmp_path / "r.jsonl", rows))
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[-1].startswith("audit them: openloop audit ")  # a command to copy is not broken
    assert max(map(len, lines[:-1])) <= WIDTH
    assert "\x1b" not in said.out and "\x07" not in said.out and "�[31mred�" in said.out
    flat = " ".join(said.out.split())
    assert "30 rows (JSON lines)" in flat
    for column, role in (("prompt", "prompt"), ("response", "completion"), ("human_score", "score by people")):
        assert f"{column} {role}" in flat
    assert "--gold 'human_score>=4'" in flat and "rationale" in flat and "ignored" in flat
    assert "row 3" in said.out and "row 4" not in said.out


def test_json_has_the_same(openloop: Cli, tmp_path: Path) -> None:
    found = openloop("read", write(tmp_path / "r.jsonl", layout("list")), "--json").json
    assert (found["rows"], found["completions"], found["format"]) == (240, 480, "JSON lines")
    roles = {use["column"]: use["role"] for use in found["columns"]}
    assert roles["problem"] == "prompt" and roles["correct"] == "gold" and roles["models"] == "source model"
    assert [set(row) >= {"prompt", "completion", "gold", "model"} for row in found["examples"]] == [True] * 3
    out = tmp_path / "o.jsonl"
    assert openloop("read", tmp_path / "r.jsonl", "--out", out, "--json").json["written"]["rows"] == 480


def test_rows_under_the_usual_names(openloop: Cli, tmp_path: Path) -> None:
    row = {"model": "kept", "question": "q", "response": "a", "is_correct": "yes", "reward": "4/5", "source": "gpt-4"}
    out = tmp_path / "out.jsonl.gz"
    file = write(tmp_path / "r.jsonl", [row, {**row, "is_correct": None}])
    assert openloop("read", file, "--model", "source", "--out", out).code == 0
    rows = [json.loads(line) for line in gzip.decompress(out.read_bytes()).splitlines()]
    expected = {
        "prompt": "q",
        "completion": "a",
        "gold": True,
        "verdict": "4/5",
        "model": "gpt-4",
        "file.model": "kept",
    }
    assert rows == [expected, {**expected, "gold": None}]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("r.jsonl", "--out", "r.jsonl"), "this is the file that is read"),
        (("r.jsonl", "--out", "o.xlsx"), "Allowed: .jsonl, .parquet, .csv"),
        (("r.jsonl", "--out", "o.csv.gz"), "Allowed: .jsonl, .parquet, .csv"),
        (("none.jsonl",), "no such file; did you mean"),
        (("r.jsonl", "--gold", "nothing"), "no column 'nothing' (--gold)"),
        (("r.jsonl", "--completion", "nothing"), "no column 'nothing' (--completion)"),
        (("broken.jsonl",), "line 2: broken JSON"),
        (("empty.jsonl",), "the file holds no rows"),
        (("gold.jsonl", "--gold", "gold", "--out", "o.jsonl"), "line 3: gold is 'maybe'"),
        (("run",), "this is a run"),
        (("chat.jsonl",), "line 2: turn 1"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(words: tuple[str, ...], says: str, openloop: Cli, tmp_path: Path) -> None:
    write(tmp_path / "r.jsonl", layout("plain", 4))
    (tmp_path / "broken.jsonl").write_text('{"prompt": "q"}\n{"prompt"\n')
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "store.sqlite").write_text("")
    write(tmp_path / "gold.jsonl", [{"prompt": "q", "completion": "a", "gold": g} for g in (1, 0, "maybe")])
    write(tmp_path / "chat.jsonl", [{"messages": [{"role": "user", "content": c}]} for c in ("a", 7)])
    given = [
        word if word.startswith("--") or word == "nothing" or word == "gold" else tmp_path / word for word in words
    ]
    said = openloop("read", *given)
    assert said.code == 2 and says in " ".join(said.err.split()), said.err
    assert "Traceback" not in said.err and not list(tmp_path.glob("o.*")) and not list(tmp_path.glob(".*"))


HOSTILE: dict[str, bytes] = {
    "half a surrogate pair.jsonl": b'{"prompt": "q\\ud800", "completion": "a", "gold": true}\n' * 3,
    "NaN.jsonl": b'{"prompt": "q", "completion": "a", "score": NaN, "held": {"x": Infinity}}\n' * 3,
    "mixed.jsonl": b'{"prompt": "q", "completion": "a", "x": 1}\n{"prompt": "q", "completion": 7, "x": "y", "z": {}}\n',
    "huge.jsonl": b'{"prompt": "q", "completion": "a", "x": 1' + b"0" * 400 + b"}\n",
    "semicolons.csv": '\ufefffrage;response;score\n"a;\nb";c, d;0,93\ne;f;1,0\n'.encode(),
    "blanks.csv": b"prompt,completion\n a ,\n",
    "no text.jsonl": b'{"a": 1}\n',
    "odd names.jsonl": b'{"": 1, "prompt": "q", "a.b": 2, "completion": "c", "file.gold": 3}\n',
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("ending", [".jsonl", ".parquet", ".csv"])
def test_strange_files_are_shown_and_written(name: str, ending: str, openloop: Cli, tmp_path: Path) -> None:
    file, out = tmp_path / name, tmp_path / f"out{ending}"
    file.write_bytes(HOSTILE[name])
    said = openloop("read", file, "--out", out)
    assert said.code == 0, said.err
    again = openloop("read", out, "--json")
    assert again.code == 0 and again.json["rows"] == openloop("read", file, "--json").json["completions"]


def test_a_semicolon_file_with_decimal_commas_is_audited(openloop: Cli, tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    with file.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["prompt", "response", "is_correct", "score"])
        for i in range(240):
            text, right, score = judged(i)
            mark = "yes" if right else "no"
            writer.writerow([f"q;{i}\nnext", text, mark, f"{score:.2f}".replace(".", ",")])
    found = library.audit(file)
    same = library.audit(
        [
            {"prompt": f"q;{i}\nnext", "response": t, "is_correct": r, "score": round(s, 2)}
            for i, (t, r, s) in ((i, judged(i)) for i in range(240))
        ]
    )
    assert found.sentence == same.sentence
    assert "columns are separated by semicolons" in found.said
    assert "columns are separated by semicolons" in " ".join(openloop("read", file).out.split())


class Answers:
    """A terminal on which somebody types."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)

    def isatty(self) -> bool:
        return True

    def readline(self, *_: int) -> str:
        return self.lines.pop(0) + "\n" if self.lines else ""


def unclear(path: Path) -> Path:
    rows = [{"prompt": f"q{i}", "response": f"a{i}", "true": i % 2, "info": i % 3 > 0} for i in range(40)]
    return write(path, rows)


def test_unclear_columns_are_refused_with_the_commands_to_copy(openloop: Cli, tmp_path: Path) -> None:
    file = unclear(tmp_path / "my rows.jsonl")
    said = openloop("audit", file, "--max-bad", "0.2")
    assert said.code == 2 and "several columns may be the trusted label" in said.err
    commands = [line.strip() for line in said.err.splitlines() if line.strip().startswith("openloop ")]
    assert [shlex.split(line)[-2:] for line in commands] == [["--gold", "true"], ["--gold", "info"]]
    for line in commands:
        assert openloop(*shlex.split(line)[1:], "--json", "-").code == 0
    shown = openloop("read", file)
    assert shown.code == 0 and "unclear:" in shown.out and "audit them" not in shown.out
    assert openloop("read", file, "--out", tmp_path / "o.jsonl").code == 2
    assert not (tmp_path / "o.jsonl").exists()


@pytest.mark.parametrize(("typed", "code"), [(("3", "x", "2"), 0), ((), 130)])
def test_on_a_terminal_unclear_columns_are_asked(
    typed: tuple[str, ...],
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, found = unclear(tmp_path / "rows.jsonl"), tmp_path / "found.json"
    monkeypatch.setattr(sys, "stdin", Answers(*typed))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(SystemExit) as end:
        main(prog="openloop", words=["audit", str(file), "--json", str(found)])
    assert (end.value.code or 0) == code
    out = capsys.readouterr().out
    assert "1  true: 0 | 1" in out and "2  info: " in out
    if code == 0:
        assert out.count("Which one") == 3 and "Next time: --gold info" in out
        assert "gold = info; verdict = none" in json.loads(found.read_text())["said"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.sampled_from(["", "a b", "yes", "4/5", "\x00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "score", "role"]), inner),
    max_leaves=6,
)
COLUMNS = st.sampled_from(
    [
        *("prompt", "response", "completions", "scores", "gold", "human_score", "source", "logprob", "chosen"),
        *("rejected", "a.b", "messages"),
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.dictionaries(COLUMNS, VALUES, max_size=6), min_size=1, max_size=5))
@pytest.mark.parametrize("ending", [".jsonl", ".parquet", ".csv"])
def test_whatever_a_file_holds_is_shown_and_written_or_refused_in_one_sentence(
    ending: str, tmp_path_factory: pytest.TempPathFactory, rows: Rows
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    file, out = write(folder / "rows.jsonl", rows), folder / f"out{ending}"
    try:
        found = describe_file(file, NamedColumns())
        assert json.dumps(found.to_json()) and list(file_blocks(found))
        written = convert_file(file, NamedColumns(), out)
    except InputError as error:
        assert str(error) and not out.exists()
        return
    assert written.rows == found.completions == describe_file(out, NamedColumns()).rows
