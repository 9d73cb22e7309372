"""What is exported is read back as it was; what a format cannot hold is refused."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from openloop import data, export
from openloop.errors import InputError
from openloop.export.base import Format
from openloop.export.formats import require_format
from openloop.records import Candidate
from tests.export.candidates import ASK, CHAT, ODD, REPLY, TEXT, candidate, names

POOL = [candidate(completion=text, index=i) for i, text in enumerate("ABCDE")]


@pytest.mark.parametrize(
    ("to", "given", "layout"),
    [
        ("trl", TEXT, "trl"),
        ("trl", CHAT, "trl"),
        ("messages", CHAT, "messages"),
        ("sharegpt", CHAT, "sharegpt"),
        ("alpaca", TEXT, "alpaca"),
    ],
)
@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".parquet"])
def test_round_trip(tmp_path: Path, to: str, given: list[Candidate], layout: str, suffix: str) -> None:
    plain = {"plain": True} if to == "trl" else {}
    written = export.write(given, tmp_path / f"a{suffix}", to=to, **plain)
    rows = data.read(written.path)
    assert rows.layout == layout
    assert [(row["prompt"], row["completion"]) for row in rows.rows] == [(c.prompt, c.completion) for c in given]
    assert (written.given, written.rows) == (2, 2)
    assert ("gzip" in rows.said[0]) == (suffix == ".jsonl.gz")


def test_text_becomes_turns_and_one_question_with_one_answer_becomes_text(tmp_path: Path) -> None:
    for to in ("trl", "messages", "sharegpt"):
        rows = data.read(export.write([candidate("2+2?")], tmp_path / f"{to}.jsonl", to=to).path)
        assert list(rows.rows) == [{"prompt": ASK, "completion": REPLY}]
    rows = data.read(export.write([CHAT[0]], tmp_path / "a.jsonl", to="alpaca").path)
    assert list(rows.rows) == [{"prompt": "2+2?", "completion": "4"}]
    rows = data.read(export.write([candidate(ASK, "4")], tmp_path / "b.jsonl", to="trl").path)
    assert list(rows.rows) == [{"prompt": ASK, "completion": REPLY}]


def test_lone_surrogates_survive_in_json_and_are_refused_by_parquet(tmp_path: Path) -> None:
    half = [candidate("half \ud83d", ODD)]
    rows = data.read(export.write(half, tmp_path / "a.jsonl", plain=True).path)
    assert rows.rows[0] == {"prompt": "half \ud83d", "completion": ODD}
    with pytest.raises(InputError, match="column 'prompt' holds a lone surrogate"):
        export.write(half, tmp_path / "a.parquet", to="parquet")
    assert names(tmp_path) == ["a.jsonl"]


@pytest.mark.parametrize(
    ("given", "name", "options", "message"),
    [
        (TEXT, "a.jsonl", {"to": "shargpt"}, "to='shargpt' is not an export format; did you mean 'sharegpt'"),
        ([], "a.jsonl", {}, "no candidates to export"),
        ([], "a.parquet", {"to": "parquet"}, "no candidates to export"),
        (CHAT, "a.jsonl", {"to": "alpaca"}, "candidate q/0: Alpaca holds one question and one answer"),
        (
            [candidate([{"role": "developer", "content": "d"}], REPLY)],
            "a.jsonl",
            {"to": "sharegpt"},
            "candidate p/0: ShareGPT has no speaker for the role 'developer'",
        ),
        ([candidate(finish="failed")], "a.jsonl", {}, "candidate p/0: its request failed"),
        (TEXT, "a.csv", {}, r"the name does not fit to='trl'. Allowed: .* \.jsonl, \.jsonl\.gz, \.parquet"),
        (TEXT, "a.jsonl", {"to": "parquet"}, "the name does not fit to='parquet'"),
        (TEXT, "a.jsonl.zst", {}, r"the name does not fit to='trl'"),
        (TEXT, "a.jsonl", {"to": "messages", "plain": True}, "plain .--plain. belongs to trl and dpo"),
        (TEXT, "a.jsonl", {"holdout": 1.5}, "holdout=1.5: a share of the prompts"),
        (TEXT, "a.jsonl", {"holdout": 1e-9}, "holds out none of the 2 prompts"),
        (TEXT, "a.jsonl", {"to": "dpo"}, "to='dpo' needs accepted="),
        (TEXT, "a.jsonl", {"accepted": [True, True]}, "to='trl' does not use accepted="),
        (TEXT, "a.jsonl", {"to": "dpo", "accepted": [True]}, "1 flags for 2 candidates"),
        (
            POOL[:2],
            "a.jsonl",
            {"to": "dpo", "accepted": [True, False], "pairs_per_prompt": 0},
            "pairs_per_prompt=0. Allowed: 1 or more",
        ),
        (
            [*TEXT, candidate(prompt_id="r")],
            "a.jsonl",
            {"to": "dpo", "accepted": [True, False, None]},
            "none of 3 prompts .* 1 with accepted only, 1 with rejected only, 1 unscored.* k >= 2",
        ),
    ],
)
def test_refused_and_nothing_is_left_behind(
    tmp_path: Path, given: list[Candidate], name: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        export.write(given, tmp_path / name, **options)
    assert names(tmp_path) == []


def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("mine")
    with pytest.raises(InputError, match=r"the file exists\. Choose another name, or pass overwrite=True"):
        export.write(TEXT, path)
    with pytest.raises(InputError, match="Alpaca"):
        export.write(CHAT, path, to="alpaca", overwrite=True)
    assert path.read_text() == "mine"
    export.write(TEXT, path, overwrite=True)
    assert len(data.read(path)) == 2
    assert names(tmp_path) == ["a.jsonl"]


def test_folders_are_made_and_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    assert export.write(iter(TEXT), tmp_path / "new" / "a.jsonl").path.exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match=r"cannot be written|the file exists"):
        export.write(TEXT, tmp_path / "file" / "a.jsonl")


def test_the_same_candidates_give_the_same_bytes(tmp_path: Path) -> None:
    one = export.write(TEXT, tmp_path / "a.jsonl.gz").path.read_bytes()
    other = export.write(TEXT, tmp_path / "b.jsonl.gz").path.read_bytes()
    assert one == other
    assert gzip.decompress(one).count(b"\n") == 2


@pytest.mark.parametrize("form", export.FORMATS.values(), ids=lambda form: form.name)
def test_every_format_says_what_it_holds_and_writes_as_many_rows_as_it_says(form: Format, tmp_path: Path) -> None:
    accepted = [True, False] if form.pairs else None
    given = [candidate(), candidate(completion="5", index=1)]
    written = export.write(given, tmp_path / f"a{form.endings[0]}", to=form.name, accepted=accepted)
    assert form.holds and require_format(form.name) is form
    assert len(data.read(written.path)) == written.rows == (1 if form.pairs else 2)
