"""The command on the first screen, pasted into a shell, does what it says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import openloop as library
from openloop.cli.again import quoted
from tests.conftest import Said
from tests.support.audited import scored, write
from tests.support.worlds import World

Cli = Callable[..., Said]
STRANGE = 'my rows\' "$HOME" & co.jsonl'


def command(out: str) -> list[str]:
    """The words of the command on a screen, as a shell reads them."""
    found = re.search(r"^  (openloop (?:.*\\\n)*.*)$", out, re.MULTILINE)
    assert found is not None, out
    return shlex.split(found[1].replace("\\\n", " "))[1:]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lines_of(path: str) -> list[Any]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def test_select_first_writes_the_rows(openloop: Cli) -> None:
    rows = [{("is it good?" if k == "gold" else k): v for k, v in row.items()} for row in scored()]
    write(Path(STRANGE), rows)
    given = ("--gold", "is it good?", "--judge-column", "score", "--max-bad", "0.08", "--all", "--gate")
    said = openloop("audit", STRANGE, *given[:6])
    assert said.out.startswith("SELECT FIRST: ")
    words = command(said.out)
    assert words[:2] == ["audit", STRANGE] and words[-2:] == ["--keep", "kept.jsonl"]
    assert not {"--all", "--gate"} & set(words)
    again = openloop(*words)
    kept = lines_of("kept.jsonl")
    assert again.code == 0 and again.out.startswith("SELECT FIRST: ")
    assert f"Wrote {len(kept):,} rows to kept.jsonl" in again.out and 0 < len(kept) < len(rows)
    assert sum(not row["is it good?"] for row in kept) <= 0.08 * len(kept)


def test_options_that_only_print_are_not_repeated(openloop: Cli) -> None:
    write(Path("rows.jsonl"), scored())
    said = openloop("audit", "rows.jsonl", "--lower-is-better", "--report", "r.xml", "--json", "a.json", "--gate")
    assert command(said.out)[:3] == ["audit", "rows.jsonl", "--lower-is-better"]
    assert not {"--report", "--json", "--gate"} & set(command(said.out))


def test_label_first_reads_the_labels_back(openloop: Cli) -> None:
    truth = {row["completion"]: row["gold"] for row in World(0.3, 0.95, 0.01, 500, 1).rows()}
    rows = World(0.3, 0.95, 0.01, 500, 1).rows()
    write(Path("data.jsonl"), [{k: v for k, v in row.items() if k != "gold"} for row in rows])
    said = openloop("audit", "data.jsonl", "--max-bad", "0.12")
    for look in range(8):
        if not said.out.startswith("LABEL FIRST: "):
            break
        words = command(said.out)
        file = words[-1]
        assert words.count("--labels") == look + 1 and "--max-bad" in words
        write(Path(file), [{**row, "gold": truth[row["completion"]]} for row in lines_of(file)])
        said = openloop(*words)
        assert said.code == 0, said.err
    assert said.out.startswith("TRAIN: ")


def test_train_writes_what_the_verifier_accepts_or_takes_the_file_as_it_is(openloop: Cli) -> None:
    rows = World(0.2, 0.9, 0.02, 400, 1).rows()
    write(Path("judged.jsonl"), rows)
    write(Path("plain.jsonl"), [{**row, "gold": True, "verdict": True} for row in rows])
    said = openloop("audit", "judged.jsonl")
    assert said.out.startswith("TRAIN: ")
    openloop(*command(said.out))
    assert len(lines_of("kept.jsonl")) == sum(row["verdict"] for row in rows)
    said = openloop("audit", "plain.jsonl")
    assert "Train on plain.jsonl as it is" in said.out
    assert openloop(*command(said.out)).code == 0 and Path("finetune/recipe.yaml").exists()


def test_do_not_train_shows_where_the_bad_rows_are(openloop: Cli) -> None:
    rows = [{**row, "topic": f"t{i % 3}"} for i, row in enumerate(World(0.7, 0.6, 0.6, 300, 2).rows())]
    write(Path("rows.jsonl"), rows)
    said = openloop("audit", "rows.jsonl")
    assert said.out.startswith("DO NOT TRAIN: ")
    again = openloop(*command(said.out))
    assert again.code == 0 and "topic=t1" in again.out and "topic=t1" not in said.out


def test_a_run_is_exported(openloop: Cli, recipe: Callable[..., Path]) -> None:
    from openloop.report.next_step import next_step

    class OfARun:
        data, more = "runs/mine", ""
        export = ("openloop export runs/mine", "--to trl")

        def changed(self, **options: str) -> tuple[str, ...]:
            return ()

        def everything(self) -> tuple[str, ...]:
            return ()

    found = library.audit(World(0.2, 0.9, 0.02, 400, 1).rows())
    assert next_step(found, OfARun()).command == OfARun.export


def test_python_says_the_call() -> None:
    write(Path("rows.jsonl"), scored())
    shown = repr(library.audit("rows.jsonl", gold="gold", json=Path("out.json")))
    call = next(line.strip() for line in shown.splitlines() if line.startswith("  openloop.audit("))
    assert call == "openloop.audit('rows.jsonl', gold='gold', keep='kept.jsonl')"
    eval(call, {"openloop": library})
    assert lines_of("kept.jsonl")
    in_memory = library.audit(scored())
    assert "openloop.audit(rows, keep='kept.jsonl')" in repr(in_memory)
    assert "data" not in {name for name, value in in_memory.arguments.items() if value is not None}


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("plain.jsonl", "plain.jsonl"),
        ("two words", "'two words'"),
        ("\x1b[31m'\\", r"$'\x1b[31m\'\\'"),
        ("line\nbreak", r"$'line\x0abreak'"),
        ("\udcff.jsonl", r"$'\xff.jsonl'"),
    ],
)
def test_words_are_quoted_for_a_shell_and_steer_no_terminal(word: str, written: str) -> None:
    assert quoted(word) == written


@pytest.mark.parametrize("named", [(), ("--gold", "stars")])
def test_gold_that_is_a_number_gets_a_threshold(openloop: Cli, named: tuple[str, ...]) -> None:
    rows = [{"prompt": f"q{i}", "completion": f"a{i}", "stars": i % 5 + 1} for i in range(200)]
    file = write(Path(STRANGE), [{**row, "human_score": row["stars"]} if not named else row for row in rows])
    first = openloop("audit", file.name, *named)
    assert first.out.startswith("LABEL FIRST") and "threshold" in first.out
    words = command(first.out)
    assert words.count("--gold") == 1 and words[-1].endswith((">=3", ">=4"))
    assert openloop(*words).out.startswith("DO NOT TRAIN")


def test_what_is_missing_beside_the_real_rows_is_written_by_the_command_shown(openloop: Cli) -> None:
    topics = {"cooking": "pan salt onion", "chess": "pawn rook queen", "travel": "train hotel museum"}
    real = [
        {"prompt": f"Tell me of {topic}, case {i}: {words}", "completion": f"{words} and so on, {i}.", "topic": topic}
        for i in range(120)
        for topic, words in topics.items()
    ]
    Path("real.jsonl").write_text("".join(json.dumps(row) + "\n" for row in real))
    Path("made.jsonl").write_text("".join(json.dumps(row) + "\n" for row in real if row["topic"] != "travel"))
    out = openloop("audit", "made.jsonl", "--real", "real.jsonl", "--cells", "topic").out
    assert "To write prompts for what is missing:" in out
    _, said = out.split("To write prompts for what is missing:")
    assert command(said)[-2:] == ["--to-generate", "next.jsonl"]
    again = openloop(*command(said))
    assert "Wrote" in again.out
    assert {row["topic"] for row in lines_of("next.jsonl")} == {"travel"}
