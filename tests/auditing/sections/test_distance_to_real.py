"""Kept rows against real ones, through the audit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as library
from tests.support.audited import ids, write
from tests.support.plain_texts import plain_texts

Rows = list[dict[str, Any]]


def rows(rng: np.random.Generator, n: int, each: int = 1, words: float = 40) -> Rows:
    """n rows, ``each`` of one prompt, whose completions share words."""
    prompts = plain_texts(rng, n // each, words=15)
    return [
        {"prompt": f"{prompt} {i}", "completion": text}
        for i, prompt in enumerate(prompts)
        for text in plain_texts(rng, each, words, topic=5 if each > 1 else 0)
    ]


def sure(made: Rows, every: int) -> Rows:
    """The same, each so-manieth begins with "Sure"."""
    return [row | {"completion": f"Sure! {row['completion']}"} if i % every == 0 else row for i, row in enumerate(made)]


def audit(made: Rows, real: Rows, folder: Path) -> library.Audit:
    return library.audit(made, real=write(folder / "real.jsonl", real))


def sentence(found: library.Audit) -> str:
    (finding,) = [finding for finding in found.findings if finding.id == "off-distribution"]
    return finding.text


def test_rows_of_one_kind_are_no_finding(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    found = audit(rows(rng, 400), rows(rng, 400), tmp_path)
    assert "off-distribution" not in ids(found)
    for name in ("real.auc", "real.auc_prompts"):
        e = found.estimate(name)
        assert e.low < 0.5 < e.high
        assert e.n == 800
    assert not [line for line in found.estimates if line.name == "real.feature"]


def test_rows_that_are_told_apart_are_one_and_what_tells_them_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    made, real = sure(rows(rng, 400, words=80), 3), rows(rng, 400, words=30)
    found = audit(made, real, tmp_path)
    text = sentence(found)
    assert text.startswith("Kept completions are unlike the real ones: longer (median ")
    assert "Shown one of each, a classifier tells which is which " in text
    assert "a finding from 75%" in text
    assert 'starts with "Sure" (3' in text
    assert "Kept prompts" not in text
    assert found.estimate("real.auc").low > 0.75
    assert found.estimate("real.feature", 'feature=starts with "Sure"').value == pytest.approx(1 / 3, abs=0.08)
    turned = audit(real, made, tmp_path)
    assert "shorter (median " in sentence(turned)
    assert 'never starts with "Sure" (0% of kept, 3' in sentence(turned)
    assert turned.estimate("real.auc").value == pytest.approx(found.estimate("real.auc").value, abs=0.03)


def test_one_habit_is_a_finding_where_the_rows_are_alike_otherwise(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    made, real = rows(rng, 800), rows(rng, 800)
    found = audit(sure(made, 5), real, tmp_path)
    text = sentence(found)
    assert text.startswith("Kept completions are like the real ones but for habits: ")
    assert 'starts with "Sure" (' in text
    assert found.estimate("real.feature", 'feature=starts with "Sure"').value == pytest.approx(0.2, abs=0.05)
    assert found.estimate("real.auc").high < 0.75
    assert "off-distribution" not in ids(audit(sure(made, 20), real, tmp_path))


def test_the_weight_follows_the_size(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    made, real = rows(rng, 300), rows(rng, 300)
    weights = [
        next(f.weight for f in audit(sure(made, every), real, tmp_path).findings if f.id == "off-distribution")
        for every in (4, 2, 1)
    ]
    assert weights == sorted(weights)
    assert weights[0] < 0.2 < weights[2] <= 0.4


def test_prompts_are_compared_apart(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    made, real = rows(rng, 400), rows(rng, 400)
    asked = [row | {"prompt": f"Please, could you say: {row['prompt']}?"} for row in made]
    text = sentence(audit(asked, real, tmp_path))
    assert text.startswith("Kept prompts are unlike the real ones: ")
    assert 'starts with "Please' in text
    assert "Kept completions" not in text


def test_of_completions_and_prompts_the_second_sentence_is_short(tmp_path: Path) -> None:
    rng = np.random.default_rng(16)
    made, real = sure(rows(rng, 300), 2), rows(rng, 300)
    text = sentence(audit([row | {"prompt": f"Please: {row['prompt']}?"} for row in made], real, tmp_path))
    assert text.startswith("Kept completions are ")
    assert "Kept prompts are unlike the real ones: " in text
    assert text.count("a finding from 75%") == 1


def test_shared_prompts_are_one_group_and_no_distance(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    both = rows(rng, 600, each=6)
    found = audit(both[::2], both[1::2], tmp_path)
    assert "off-distribution" not in ids(found)
    assert found.estimate("real.auc_prompts").value == pytest.approx(0.5, abs=0.01)
    assert "100 groups of rows" in found.estimate("real.auc").method


def test_real_rows_that_are_all_among_the_kept_ones_are_even_odds(tmp_path: Path) -> None:
    real = rows(np.random.default_rng(6), 200)
    found = audit(real, real, tmp_path)
    assert found.estimate("real.auc").value == pytest.approx(0.5, abs=1e-9)
    assert "off-distribution" not in ids(found)


def test_a_text_copied_many_times_is_one_text(tmp_path: Path) -> None:
    """Forty copies of one row, prompt and all, are no habit of the rows."""
    rng = np.random.default_rng(7)
    made, real = rows(rng, 300), rows(rng, 300)
    assert "off-distribution" not in ids(audit(made + 100 * made[:1], real, tmp_path))


def test_one_text_for_many_prompts_is_a_habit(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    made, real = rows(rng, 400), rows(rng, 400)
    refusal = "Nothing can be said about this here, so no answer to it is given now"
    refused = [row | {"completion": refusal} if i % 3 == 0 else row for i, row in enumerate(made)]
    assert "(3" in sentence(audit(refused, real, tmp_path))


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    made, real = sure(rows(rng, 300, each=3), 3), rows(rng, 300, each=3)
    one = audit(made, real, tmp_path)
    other = audit([made[i] for i in rng.permutation(300)], [real[i] for i in rng.permutation(300)], tmp_path)
    assert sentence(one) == sentence(other)
    names = [(line.name, line.stratum) for line in one.estimates if line.name.startswith("real.")]
    assert len(names) >= 4
    for name in names:
        assert one.estimate(*name) == other.estimate(*name)


@pytest.mark.parametrize("layout", ["texts", "chats", "questions and answers"])
def test_real_rows_in_another_layout(layout: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(10)
    made, real = rows(rng, 300), rows(rng, 300)
    laid_out: Rows = {
        "texts": [{"text": row["completion"]} for row in real],
        "chats": [
            {
                "messages": [
                    {"role": "user", "content": row["prompt"]},
                    {"role": "assistant", "content": row["completion"]},
                ]
            }
            for row in real
        ],
        "questions and answers": [{"question": row["prompt"], "answer": row["completion"]} for row in real],
    }[layout]
    found = audit(made, laid_out, tmp_path)
    assert found.estimate("real.auc").low < 0.5 < found.estimate("real.auc").high
    assert "off-distribution" not in ids(found)
    alone = [text for text in found.said if "prompts are not compared" in text]
    assert len(alone) == (layout == "texts")
    assert [line.name for line in found.estimates].count("real.auc_prompts") == (layout != "texts")
    assert "longer (" in sentence(audit(rows(rng, 300, words=100), laid_out, tmp_path))


@pytest.mark.parametrize("n", [1, 9])
def test_few_rows_on_a_side_are_said_not_measured(n: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    many, few = rows(rng, 100), rows(rng, n)
    for made, real in ((many, few), (few, many)):
        found = audit(made, real, tmp_path)
        (why,) = [text for text in found.unmeasured if text.startswith("real.auc:")]
        assert why.endswith(f"needs 10 different prompts or texts on each side, got {n} on one")
        assert not [line for line in found.estimates if line.name == "real.auc"]


def test_identical_and_empty_texts(tmp_path: Path) -> None:
    made = [{"prompt": f"question {i}", "completion": "yes"} for i in range(300)]
    found = audit(made, made[:40], tmp_path)
    assert found.estimate("real.auc").value == 0.5
    empty = [row | {"completion": "" if i % 2 else "yes"} for i, row in enumerate(made)]
    assert "empty (" in sentence(audit(empty, made, tmp_path))


def test_no_kept_rows_are_said_not_measured(tmp_path: Path) -> None:
    rng = np.random.default_rng(14)
    made = [row | {"verdict": False} for row in rows(rng, 50)]
    found = audit(made, rows(rng, 50), tmp_path)
    assert "real.auc: the kept rows hold no text to compare" in found.unmeasured


def test_what_no_word_tells_is_a_finding_too(tmp_path: Path) -> None:
    """Words of the same letters, each word rare: only the vectors tell."""
    rng = np.random.default_rng(15)
    letters = ("abcdefghijklm", "nopqrstuvwxyz")

    def texts(known: str) -> Rows:
        words = [["".join(rng.choice(list(known), 6)) for _ in range(12)] for _ in range(300)]
        return [{"prompt": f"question {i}", "completion": " ".join(said)} for i, said in enumerate(words)]

    text = sentence(audit(texts(letters[0]), texts(letters[1]), tmp_path))
    assert text.startswith("Kept completions are unlike the real ones, but no single word or mark gives them away.")


def mmd_p_value(found: library.Audit) -> float:
    (p,) = re.findall(r"p = ([\d.e-]+) of one source \(199 permutations of groups", found.estimate("real.mmd").method)
    return float(p)


def test_the_discrepancy_of_rows_of_one_source_is_none(tmp_path: Path) -> None:
    """Four rows a prompt, some prompts on both sides: p-values are not small more often than they may be."""
    held, p = [], []
    for seed in range(12):
        rng = np.random.default_rng([21, seed])
        both = rows(rng, 120, each=4)
        turns = [int(rng.integers(0, 2)) if i % 12 else i // 4 % 2 for i in range(120)]
        found = audit(
            *([row for row, turn in zip(both, turns, strict=True) if turn == side] for side in (0, 1)), tmp_path
        )
        held.append(found.estimate("real.mmd").low <= 0)
        p.append(mmd_p_value(found))
    assert sum(held) >= 11
    assert sum(value <= 0.05 for value in p) <= 3
    assert max(p) > 0.5


def test_the_discrepancy_of_rows_that_differ_grows_with_what_differs(tmp_path: Path) -> None:
    rng = np.random.default_rng(22)
    made, real = rows(rng, 200), rows(rng, 200)
    found = [audit(sure(made, every), real, tmp_path) for every in (4, 1)]
    assert found[0].estimate("real.mmd").value < found[1].estimate("real.mmd").value
    assert mmd_p_value(found[1]) == 0.005
    assert found[1].estimate("real.mmd").low > 0


def test_a_discrepancy_that_is_not_measured_is_said(tmp_path: Path) -> None:
    made = [{"prompt": f"question {i}", "completion": "yes"} for i in range(30)]
    found = audit(made, [{"prompt": f"another {i}", "completion": "yes"} for i in range(30)], tmp_path)
    assert "real.mmd: all vectors of both sides are equal" in found.unmeasured
    found = audit(made, made[:1], tmp_path)
    assert "real.mmd: 30 and 1 groups of rows, at least two on each side are compared" in found.unmeasured


def test_without_real_rows_it_is_said(tmp_path: Path) -> None:
    found = library.audit(rows(np.random.default_rng(12), 50))
    assert "distance to real rows: no --real" in found.unmeasured


def test_the_rows_that_look_least_real_are_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(13)
    made = rows(rng, 300, words=35) + sure(rows(rng, 100, words=120), 1)
    found = audit(made, rows(rng, 400, words=30), tmp_path)
    (finding,) = [finding for finding in found.findings if finding.id == "off-distribution"]
    assert len(finding.rows) == 20
    assert min(finding.rows) >= 300


def false_findings(files: int, n: int, folder: Path) -> int:
    """Of audits of exchangeable rows: four rows a prompt, some prompts on both sides, some rows copied."""
    wrong = 0
    for seed in range(files):
        rng = np.random.default_rng([seed, n])
        both = rows(rng, 2 * n, each=4)
        order = rng.permutation(n // 2)
        shared = {int(prompt) for prompt in order[: n // 8]}
        sides: tuple[Rows, Rows] = ([], [])
        for i, row in enumerate(both):
            prompt = i // 4
            sides[i % 2 if prompt in shared else int(prompt in order[n // 4 :])].append(row)
        for side in sides:
            side += [side[i] for i in rng.integers(0, len(side), n // 20)]
        wrong += "off-distribution" in ids(audit(*sides, folder))
    return wrong


def test_few_clean_files_have_the_finding(tmp_path: Path) -> None:
    assert false_findings(3, 80, tmp_path) == 0


@pytest.mark.slow
@pytest.mark.parametrize("n", [80, 400])
def test_clean_files_hardly_ever_have_it(n: int, tmp_path: Path) -> None:
    assert false_findings(200, n, tmp_path) <= 2
