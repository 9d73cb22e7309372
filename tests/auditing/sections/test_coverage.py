"""What the kept rows leave out, through the audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop
from openloop.auditing.result import Audit
from openloop.data.write_rows import write_rows
from openloop.errors import InputError

Rows = list[dict[str, Any]]
TOPICS = {
    "billing": "why does the invoice of {a} show a payment of {n} that the bank of {b} refused",
    "garden": "which flowers of {a} grow in the shade of {b} with {n} litres of water",
    "code": "write a python function for {a} that sorts {n} numbers of {b}",
    "travel": "which train goes from {a} to {b} in less than {n} hours",
    "cooking": "how long do {n} potatoes of {a} boil in the kitchen of {b}",
}
PLACES = ["paris", "rome", "oslo", "cairo", "lima", "delhi", "quito", "dakar", "seoul", "perth"]


def rows(rng: np.random.Generator, prompts: int, without: tuple[str, ...] = (), each: int = 1) -> Rows:
    topics = [topic for topic in TOPICS if topic not in without]
    found = []
    for _ in range(prompts):
        topic = str(rng.choice(topics))
        a, b = rng.choice(PLACES, 2)
        prompt = TOPICS[topic].format(a=a, b=b, n=rng.integers(2, 900))
        for k in range(each):
            words = " ".join(rng.choice(PLACES, 9))
            found.append({"prompt": prompt, "completion": f"{words} {k}", "topic": topic})
    return found


def audited(kept: Rows, real: Rows | None, folder: Path, **told: Any) -> Audit:
    if real is not None:
        write_rows(real, folder / "real.jsonl", "")
        told["real"] = folder / "real.jsonl"
    return openloop.audit(kept, **told)


def missing(audit: Audit) -> list[str]:
    return [finding.text for finding in audit.findings if finding.id == "missing-cells"]


@pytest.mark.parametrize("cells", ["topic", None])
def test_a_topic_that_only_real_rows_have_is_missing_and_named(cells: str | None, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kept, real = rows(rng, 300, without=("billing",), each=2), rows(rng, 300)
    audit = audited(kept, real, tmp_path, cells=cells)
    (text,) = missing(audit)
    assert "invoice" in text or "billing" in text
    assert "as in" in text
    truth = sum(row["topic"] == "billing" for row in real) / len(real)
    found = audit.estimate("coverage.missing_cells")
    assert found.value == pytest.approx(truth, abs=0.08)
    assert found.low is not None and found.low <= truth <= (found.high or 0)
    # Turned around, nothing of the real rows is missing: the kept rows have drifted off.
    turned = audited(real, kept, tmp_path, cells=cells)
    assert not missing(turned)
    assert turned.estimate("coverage.missing_cells").value == 0
    assert turned.estimate("coverage.drifted_off").value == pytest.approx(truth, abs=0.08)


@pytest.mark.parametrize("cells", ["topic", None])
def test_rows_of_one_source_miss_nothing(cells: str | None, tmp_path: Path) -> None:
    for seed in range(4):
        rng = np.random.default_rng([seed, 1])
        audit = audited(rows(rng, 150, each=3), rows(rng, 200), tmp_path, cells=cells)
        assert not missing(audit)
        assert audit.estimate("coverage.missing_cells").low == 0


def test_what_to_generate_next_is_written_as_prompts(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    kept, real, out = rows(rng, 400, without=("billing", "code")), rows(rng, 300), tmp_path / "next.jsonl"
    audit = audited(kept, real, tmp_path, cells="topic", to_generate=out)
    written = [json.loads(line) for line in out.read_text().splitlines()]
    lacking = {row["prompt"] for row in real if row["topic"] in ("billing", "code")}
    assert {row["prompt"] for row in written} == lacking
    assert {row["cell"] for row in written} == {"billing", "code"}
    assert all(row["topic"] == row["cell"] for row in written)  # the real row's own columns are there
    # With so many rows added the kept ones have as large a share of the topics as the real ones.
    wanted = sum(row["wanted"] for row in written)
    share = sum(row["topic"] in ("billing", "code") for row in real) / len(real)
    assert wanted / (wanted + len(kept)) == pytest.approx(share, abs=0.1)
    assert any("wrote" in text and "next.jsonl" in text for text in audit.wrote_to_generate)


def test_where_nothing_is_missing_nothing_is_written_and_it_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    out = tmp_path / "next.jsonl"
    audit = audited(rows(rng, 200), rows(rng, 200), tmp_path, to_generate=out)
    assert not out.exists()
    assert any(text.startswith(f"nothing is written to {out}: no cell") for text in audit.wrote_to_generate)


def test_prompts_that_are_written_are_a_recipes_prompts(tmp_path: Path) -> None:
    from openloop.data import prompts, read

    rng = np.random.default_rng(4)
    out = tmp_path / "next.jsonl"
    audited(rows(rng, 300, without=("garden",)), rows(rng, 300), tmp_path, cells="topic", to_generate=out)
    asked = prompts(read(out))
    assert asked and all("flowers" in str(prompt.content) for prompt in asked)


@pytest.mark.parametrize("layout", ["completions", "texts", "prompts"])
def test_real_rows_of_one_text_each(layout: str, tmp_path: Path) -> None:
    """Texts without prompts are compared with completions; prompts alone with prompts."""
    rng = np.random.default_rng(5)
    named = {"completions": "completion", "texts": "text", "prompts": "prompt"}[layout]
    real = [{named: row["prompt"]} for row in rows(rng, 300)]
    asked = rows(rng, 300, without=("billing",))
    kept = (
        asked
        if layout == "prompts"
        else [{"prompt": f"say {i}", "completion": r["prompt"]} for i, r in enumerate(asked)]
    )
    audit = audited(kept, real, tmp_path)
    (text,) = missing(audit)
    assert "invoice" in text
    assert (
        f"clusters of {'prompts' if layout == 'prompts' else 'completions'}"
        in audit.estimate("coverage.missing_cells").method
    )


def test_copies_of_one_real_row_are_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    real = [{"text": row["prompt"]} for row in rows(rng, 200)] + [
        {"text": "an unusual thing about zebras and quartz"}
    ] * 60
    kept = [{"prompt": f"say {i}", "completion": row["prompt"]} for i, row in enumerate(rows(rng, 200))]
    assert not missing(audited(kept, real, tmp_path))


def test_unseen_cells_by_a_column(tmp_path: Path) -> None:
    # Each of 30 prompts has a topic of its own: every new prompt brings one, more samples of these bring none.
    kept = [{"prompt": f"q{p}", "completion": f"a{p} {k}", "topic": f"t{p}"} for p in range(30) for k in range(4)]
    audit = audited(kept, None, tmp_path, cells="topic")
    assert audit.estimate("coverage.unseen").value == 1
    assert audit.estimate("coverage.new_by_prompts").value == pytest.approx(30, rel=0.01)
    assert audit.estimate("coverage.new_by_samples").value == 0
    same = [{**row, "topic": f"t{i % 4}"} for i, row in enumerate(kept)]
    assert audited(same, None, tmp_path, cells="topic").estimate("coverage.unseen").value == 0


def test_short_answers_are_cells_of_their_own(tmp_path: Path) -> None:
    kept = [{"prompt": f"q{p}", "completion": f"{p % 5}"} for p in range(50)]
    audit = audited(kept, None, tmp_path)
    assert "different completions" in audit.estimate("coverage.unseen").method
    long = [
        {**row, "completion": f"the answer to the question number {i} is this one here"} for i, row in enumerate(kept)
    ]
    assert any("--cells" in text for text in audited(long, None, tmp_path).unmeasured)


def test_case_and_blanks_make_no_cells_and_rows_without_a_value_are_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    kept, real = rows(rng, 200), rows(rng, 200)
    kept = [{**row, "topic": None if i < 20 else f" {row['topic'].upper()} "} for i, row in enumerate(kept)]
    audit = audited(kept, real, tmp_path, cells="topic")
    assert not missing(audit)
    assert any("20 of 200 kept rows have no topic" in text for text in audit.said)


def test_every_row_its_own_cell_says_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    kept, real = ([{**row, "id": f"{side}{i}"} for i, row in enumerate(rows(rng, 100))] for side in "kr")
    audit = audited(kept, real, tmp_path, cells="id")
    assert not missing(audit)
    assert audit.estimate("coverage.missing_cells").high == 1


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"cells": "tpic"}, "--cells tpic: no row has a value there; did you mean 'topic'?"),
        ({"to_generate": "next.csv", "real": "real.jsonl"}, "Allowed: a name that ends in .jsonl."),
        ({"to_generate": "real.jsonl", "real": "real.jsonl"}, "this is the file of real rows itself"),
        ({"to_generate": "next.jsonl"}, "Add --real FILE."),
    ],
)
def test_wrong_options_are_refused(
    told: dict[str, str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_rows(rows(np.random.default_rng(9), 20), tmp_path / "real.jsonl", "")
    with pytest.raises(InputError, match=says.replace("?", r"\?")):
        openloop.audit(rows(np.random.default_rng(9), 20), **told)  # type: ignore[arg-type]


def test_real_rows_without_the_column_are_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(10)
    real = [{"prompt": row["prompt"], "completion": row["completion"]} for row in rows(rng, 50)]
    audit = audited(rows(rng, 50), real, tmp_path, cells="topic")
    assert any("no real row has a value of topic" in text for text in audit.unmeasured)


@pytest.mark.parametrize("kept", [1, 5])
def test_too_few_rows_to_tell_are_said(kept: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    audit = audited(rows(rng, kept), rows(rng, 3), tmp_path)
    assert any("too few prompts to tell an empty cell from chance" in text for text in audit.unmeasured)


def test_identical_and_japanese_rows_are_no_fault(tmp_path: Path) -> None:
    same = [{"prompt": "one question", "completion": "one answer"}] * 60
    assert not missing(audited(same, same, tmp_path))
    rng = np.random.default_rng(12)
    japanese = [
        {"prompt": f"東京の天気は{n}日後どうですか、教えてください。", "completion": "晴れです"}
        for n in rng.integers(0, 99, 200)
    ]
    others = [
        {"prompt": f"請求書番号{n}をもう一度送ってください。", "completion": "送りました"}
        for n in rng.integers(0, 9999, 200)
    ]
    (text,) = missing(audited(japanese, japanese + others, tmp_path))
    assert "請求" in text


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    rng = np.random.default_rng(13)
    kept, real = rows(rng, 150, each=2), rows(rng, 150)
    one, again = audited(kept, real, tmp_path), audited(kept[::-1], real[::-1], tmp_path)
    assert [line for line in one.estimates if "coverage" in line.name] == [
        line for line in again.estimates if "coverage" in line.name
    ]


def test_long_texts_without_blanks_are_no_short_answers() -> None:
    rng = np.random.default_rng(14)
    signs = list("数学は楽しい科目です今日天気いので散歩に行きましょう私東京住")
    texts = [{"prompt": f"質問{n}", "completion": "".join(rng.choice(signs, 80))} for n in range(60)]
    short = [{**row, "completion": row["completion"][:2]} for row in texts]
    assert "coverage.unseen" not in {line.name for line in openloop.audit(texts).estimates}
    assert "coverage.unseen" in {line.name for line in openloop.audit(short).estimates}
