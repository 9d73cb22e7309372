"""What each section of the audit finds, and that it finds nothing where there is nothing."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from pkgutil import iter_modules

import numpy as np

import openloop as library
from openloop.auditing import sections
from tests.conftest import Said
from tests.support.audited import ids, write

Cli = Callable[..., Said]


def test_contamination_blocks_and_its_rows_are_left_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(300)]
    rows = [{"prompt": " ".join(rng.choice(words, 30)), "completion": f"c {i}", "gold": True} for i in range(400)]
    bench = write(tmp_path / "bench.jsonl", [{"question": rows[i]["prompt"], "answer": "x"} for i in range(25)])
    keep = tmp_path / "kept.jsonl"
    found = library.audit(rows, eval_set=bench, keep=keep)
    (finding,) = [f for f in found.findings if f.id == "contamination"]
    assert finding.blocking and finding.rows == tuple(range(20)) and "25 kept rows" in finding.text
    assert found.decision == "SELECT FIRST"
    assert [json.loads(line) for line in keep.read_text().splitlines()] == rows[25:]
    assert "contamination" not in ids(library.audit(rows[100:], eval_set=bench))


def test_duplicates_are_counted() -> None:
    rows = [
        {
            "prompt": f"q{i % 60}",
            "completion": f"text {i % 60} with some words to compare it by",
            "gold": True,
        }
        for i in range(120)
    ]
    found = library.audit(rows)
    assert found.estimate("duplicates.exact").value == 0.5
    assert "duplicates" in ids(found)
    once = library.audit(rows[:60])
    assert once.estimate("duplicates.exact").value == 0 and "duplicates" not in ids(once)


def test_every_file_among_the_sections_is_a_section() -> None:
    """A finding needs one new file and its line in SECTIONS: neither may be forgotten."""
    modules = [importlib.import_module(f"{sections.__name__}.{m.name}") for m in iter_modules(sections.__path__)]
    assert {module.measure for module in modules} == {*sections.SECTIONS, *sections.PAIR_SECTIONS}
    assert all(len(set(part)) == len(part) for part in (sections.SECTIONS, sections.PAIR_SECTIONS))


def test_the_largest_group_of_copies_may_be_of_short_rows() -> None:
    rows = [{"prompt": f"{i % 10} + 1 =", "completion": f"{i % 10 + 1}"} for i in range(40)]
    (found,) = (finding for finding in library.audit(rows).findings if finding.id == "duplicates")
    assert "the largest group has 4 rows" in found.text
