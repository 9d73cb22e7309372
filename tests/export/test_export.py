"""What is exported is read back as it was; what a format cannot hold is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from openloop import data, export
from openloop.errors import InputError
from openloop.records import Candidate

ASK = [{"role": "user", "content": "2+2?"}]
LONG = [{"role": "system", "content": "Be brief."}, *ASK, {"role": "assistant", "content": "?"}, *ASK]
REPLY = [{"role": "assistant", "content": "4"}]
ODD = "{braces} \n \u2028 é 🙂 \x00"


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def candidate(prompt="2+2=", completion="4", *, prompt_id="p", index=0, **more) -> Candidate:
    return Candidate(f"{prompt_id}/{index}", prompt_id, prompt, completion, index, **more)


TEXT = [candidate(), candidate("odd " + ODD, ODD, prompt_id="q")]
CHAT = [candidate(ASK, REPLY), candidate(LONG, REPLY, prompt_id="q")]


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
@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_round_trip(tmp_path: Path, to: str, given: list[Candidate], layout: str, suffix: str) -> None:
    written = export.write(given, tmp_path / f"a{suffix}", to=to)
    rows = data.read(written.path)
    assert rows.layout == layout
    assert [(row["prompt"], row["completion"]) for row in rows.rows] == [(c.prompt, c.completion) for c in given]
    assert (written.given, written.rows) == (2, 2)
    assert ("gzip" in rows.said[0]) == (suffix == ".jsonl.gz")


def test_text_becomes_turns_and_one_question_with_one_answer_becomes_text(tmp_path: Path) -> None:
    for to in ("messages", "sharegpt"):
        rows = data.read(export.write([candidate("2+2?")], tmp_path / f"{to}.jsonl", to=to).path)
        assert list(rows.rows) == [{"prompt": ASK, "completion": REPLY}]
    rows = data.read(export.write([CHAT[0]], tmp_path / "a.jsonl", to="alpaca").path)
    assert list(rows.rows) == [{"prompt": "2+2?", "completion": "4"}]
    rows = data.read(export.write([candidate(ASK, "4")], tmp_path / "b.jsonl", to="trl").path)
    assert list(rows.rows) == [{"prompt": ASK, "completion": REPLY}]


def test_lone_surrogates_survive_in_json_and_are_refused_by_parquet(tmp_path: Path) -> None:
    half = [candidate("half \ud83d", ODD)]
    rows = data.read(export.write(half, tmp_path / "a.jsonl").path)
    assert rows.rows[0] == {"prompt": "half \ud83d", "completion": ODD}
    with pytest.raises(InputError, match="column 'prompt' holds a lone surrogate"):
        export.write(half, tmp_path / "a.parquet", to="parquet")
    assert names(tmp_path) == ["a.jsonl"]


def test_parquet_holds_every_column(tmp_path: Path) -> None:
    row = {"answer": 4, "tests": ["a"], "meta": {"k": 1}}
    given = [
        candidate(model="m", revision="r", seed=2**62, round=3, logprob=-1.5, n_tokens=7, row=row),
        candidate(),
    ]
    written = export.write(given, tmp_path / "a.parquet", to="parquet")
    first, second = pq.read_table(written.path).to_pylist()
    assert first == {
        "id": "p/0",
        "prompt_id": "p",
        "prompt": "2+2=",
        "completion": "4",
        "index": 0,
        "seed": 2**62,
        "round": 3,
        "n_tokens": 7,
        "model": "m",
        "revision": "r",
        "finish": "stop",
        "reasoning": None,
        "logprob": -1.5,
        "row.answer": 4,
        "row.tests": ["a"],
        "row.meta": '{"k": 1}',
    }
    assert (second["logprob"], second["row.answer"], second["row.meta"]) == (None, None, None)
    assert "row.meta is stored as JSON text" in written.said[0]
    assert data.read(written.path).layout == "trl"
    chat = data.read(export.write(CHAT, tmp_path / "chat.parquet", to="parquet").path)
    assert [row["prompt"] for row in chat.rows] == [c.prompt for c in CHAT]
    mixed = [candidate(row={"x": 1}), candidate(row={"x": "a"})]
    with pytest.raises(InputError, match=r"column 'row\.x' does not fit one Parquet type"):
        export.write(mixed, tmp_path / "b.parquet", to="parquet")


def pairs(tmp_path: Path, given: list[Candidate], accepted: list[bool | None], **more) -> list[tuple[str, str]]:
    path = export.write(given, tmp_path / "d.jsonl", to="dpo", accepted=accepted, overwrite=True, **more).path
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert all(list(row) == ["prompt", "chosen", "rejected"] for row in rows)
    return [(row["chosen"], row["rejected"]) for row in rows]


POOL = [candidate(completion=text, index=i) for i, text in enumerate("ABCDE")]


def test_pairs_are_accepted_against_rejected_of_one_prompt(tmp_path: Path) -> None:
    flags = [True, False, True, False, None]
    assert pairs(tmp_path, POOL, flags) == [("A", "B"), ("C", "D")]
    assert pairs(tmp_path, POOL[::-1], flags[::-1]) == [("A", "B"), ("C", "D")]
    both = [("A", "B"), ("A", "D"), ("C", "B"), ("C", "D")]
    assert pairs(tmp_path, POOL, flags, pairs_per_prompt=2) == both
    assert pairs(tmp_path, POOL, flags, pairs_per_prompt=9) == both
    other = candidate("3+3=", "Z", prompt_id="q")
    assert pairs(tmp_path, [*POOL, other], [*flags, False]) == [("A", "B"), ("C", "D")]
    twins = [candidate(completion=text, index=i) for i, text in enumerate("AAB")]
    assert pairs(tmp_path, twins, [True, False, False]) == [("A", "B")]


def test_pairs_are_counted_and_read_back(tmp_path: Path) -> None:
    bad = [{"role": "assistant", "content": "5"}]
    chat = [candidate(ASK, REPLY), candidate(ASK, bad, index=1), candidate(ASK, REPLY, index=2)]
    written = export.write(chat, tmp_path / "d.jsonl", to="dpo", accepted=[True, False, None])
    assert written.said == ("1 pairs from 2 of 3 candidates; 1 are unscored",)
    rows = data.read(written.path)
    assert (rows.layout, list(rows.rows)) == (
        "preference",
        [{"prompt": ASK, "chosen": REPLY, "rejected": bad}],
    )


@pytest.mark.parametrize(
    ("given", "name", "options", "message"),
    [
        (TEXT, "a.jsonl", {"to": "shargpt"}, "to='shargpt' is no export format; did you mean 'sharegpt'"),
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
        (TEXT, "a.parquet", {}, "the name does not fit to='trl'"),
        (TEXT, "a.jsonl", {"to": "parquet"}, "the name does not fit to='parquet'"),
        (TEXT, "a.jsonl.zst", {}, r"\.zst is not written. Allowed: \.jsonl or \.jsonl\.gz"),
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
def test_refused_and_nothing_is_left_behind(tmp_path, given, name, options, message) -> None:
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


FACTS = {
    "name": "adds: [1]",
    "rows": 1500,
    "sources": [{"name": "gsm", "rows": 7473, "fingerprint": "ab", "license": "MIT"}],
    "models": [{"name": "m|x\n<b>", "revision": "r1"}],
    "signals": [{"name": "exact", "kind": "hard", "range": (0.0, 1.0), "accept_at": 1.0}],
    "generated": 2000,
    "kept": 1500,
    "dropped": {"below_threshold": 480, "duplicate": 20},
    "arms": ["verified"],
    "rounds": 3,
    "notes": ["Only sums below 1,000."],
}


def test_the_card() -> None:
    text = export.card(FACTS)
    assert text == export.card(export.CardFacts(**FACTS))
    head = yaml.safe_load(text.split("---\n")[1])
    assert head == {
        "pretty_name": "adds: [1]",
        "license": "unknown",
        "task_categories": ["text-generation"],
        "size_categories": ["1K<n<10K"],
        "tags": ["synthetic"],
    }
    for line in (
        "| gsm | 7,473 | ab | MIT |",
        "| m\\|x \\<b\\> | r1 | unknown |",
        "| exact | hard | 0.0 to 1.0 | 1.0 |",
        "- dropped, below\\_threshold: 480",
        "- kept: 1,500",
        "- arms: verified",
        "- rounds: 3",
        "- Only sums below 1,000.",
        "- real data: unknown",
        "- model outputs: unknown",
        "## What this data is not",
    ):
        assert line in text.splitlines()


def test_a_bare_card_says_unknown() -> None:
    text = export.card(export.CardFacts(name="x", rows=3))
    assert "## Sources\n\nunknown" in text
    assert "- generated: unknown" in text
    assert "n<1K" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kept": 1499}, r"kept 1,499 \+ dropped 500 is not generated 2,000"),
        ({"licence": "MIT"}, "no field 'licence'; did you mean 'license'"),
    ],
)
def test_a_wrong_card_is_refused(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        export.card({**FACTS, **change})


def test_a_card_needs_a_name() -> None:
    with pytest.raises(InputError, match="the field 'name' is missing"):
        export.card({"rows": 1})
