"""``openloop read FILE`` of pairs says what ``openloop audit FILE`` makes of them, and writes them so that it stays."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Said

Cli = Callable[..., Said]
Rows = list[dict[str, Any]]


def write(path: Path, rows: Rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def pairs(kind: str, n: int = 60) -> Rows:
    rows: Rows = []
    for i in range(n):
        ask, right, wrong = f"What is {i} plus one?", f"It is {i + 1}.", f"It is {i}."
        chats = [[{"role": "user", "content": ask}, {"role": "assistant", "content": text}] for text in (right, wrong)]
        rows.append(
            {
                "dpo": {"prompt": ask, "chosen": right, "rejected": wrong},
                "scored": {"prompt": ask, "chosen": right, "rejected": wrong}
                | {"score_chosen": i % 5 + 0.5, "score_rejected": i % 3},
                "chats": {"chosen": chats[0], "rejected": chats[1], "score_chosen": i % 5, "score_rejected": i % 3},
                "judged": {"question": ask, "response_A": right, "response_B": wrong, "winner": "AB"[i % 3 == 0]},
            }[kind]
        )
    return rows


@pytest.mark.parametrize("kind", ["dpo", "scored", "chats", "judged"])
def test_both_responses_are_named_and_the_audit_is_offered(kind: str, openloop: Cli, tmp_path: Path) -> None:
    file = write(tmp_path / "pairs.jsonl", pairs(kind))
    said = openloop("read", file)
    assert said.code == 0 and f"openloop audit {file}" in said.out and "unclear" not in said.out
    found = openloop("read", file, "--json").json
    roles = {column["column"]: column["role"] for column in found["columns"]}
    first, second = ("response_A", "response_B") if kind == "judged" else ("chosen", "rejected")
    assert roles[first] in ("preferred response", "first response")
    assert roles[second] in ("other response", "second response")
    assert not {"ignored", "stratum"} & set(roles.values())
    audited = openloop("audit", file, "--json", "-", "--to-label", tmp_path / "label.jsonl").json
    assert set(found["said"]) <= set(audited["said"])


@pytest.mark.parametrize("kind", ["dpo", "scored", "chats", "judged"])
@pytest.mark.parametrize("ending", [".jsonl", ".parquet", ".csv"])
def test_what_it_writes_is_audited_alike(kind: str, ending: str, openloop: Cli, tmp_path: Path) -> None:
    file, out = write(tmp_path / "pairs.jsonl", pairs(kind)), tmp_path / f"out{ending}"
    said = openloop("read", file, "--out", out)
    if (kind, ending) == ("chats", ".csv"):
        assert said.code == 2 and "'chosen' holds chat messages" in said.err and not out.exists()
        return
    command = shlex.split(said.out.strip().splitlines()[-1].partition(": ")[2])
    assert command == ["openloop", "audit", str(out)]
    before, after = (
        openloop("audit", path, "--json", "-", "--to-label", tmp_path / "label.jsonl").json for path in (file, out)
    )
    assert before["sentence"] == after["sentence"] and before["numbers"] == after["numbers"]


def test_without_a_preference_it_says_what_is_missing(openloop: Cli, tmp_path: Path) -> None:
    file = write(tmp_path / "pairs.jsonl", [{k: v for k, v in r.items() if k != "winner"} for r in pairs("judged")])
    said = openloop("read", file)
    assert "no column says which of them is preferred" in " ".join(said.out.split()) and "audit them" not in said.out


def test_one_side_is_read_as_rows(openloop: Cli, tmp_path: Path) -> None:
    file = write(tmp_path / "pairs.jsonl", pairs("dpo"))
    found = openloop("read", file, "--completion", "rejected", "--json").json
    assert {c["column"]: c["role"] for c in found["columns"]}["rejected"] == "completion"


@pytest.mark.parametrize(("kind", "answers"), [("dpo", "A, B or tie"), ("rows", "true or false")])
def test_the_screen_asks_for_the_labels_that_are_read_back(
    kind: str, answers: str, openloop: Cli, tmp_path: Path
) -> None:
    rows = [{"prompt": f"q{i}", "completion": f"a{i}"} for i in range(60)] if kind == "rows" else pairs(kind)
    file, label = write(tmp_path / "rows.jsonl", rows), tmp_path / "label.jsonl"
    screen = " ".join(openloop("audit", file, "--to-label", label).out.split())
    assert f"Fill in `gold` ({answers}) in the 60 rows written to" in screen
