"""Reports that CI servers read."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest

import openloop as library
from openloop import auditing
from openloop.auditing.result import BLOCKING_CHECKS
from openloop.report.ci_report import write_ci_report
from openloop.report.junit import UNMEASURED
from tests.conftest import Said
from tests.support.audited import scored, varied_rows, write
from tests.support.simulated_rows import HOSTILE
from tests.support.worlds import World

Cli = Callable[..., Said]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def copies() -> list[dict[str, Any]]:
    """Every third row is a copy, so that a finding has rows."""
    rows = scored(n=600)
    return [
        {**row, **({k: rows[0][k] for k in ("prompt", "completion")} if i % 3 == 0 else {})}
        for i, row in enumerate(rows)
    ]


def results(audit: auditing.Audit) -> list[dict[str, Any]]:
    write_ci_report(Path("out.sarif"), [audit])
    log = json.loads(Path("out.sarif").read_text())
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    rules = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    for result in log["runs"][0]["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"] and result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        (place,) = result["locations"]
        assert place["physicalLocation"]["region"]["startLine"] >= 1
        assert place["physicalLocation"]["artifactLocation"]["uri"]
    return list(log["runs"][0]["results"])


def test_a_finding_stands_at_the_lines_of_its_rows() -> None:
    write(Path("my rows.jsonl"), [])
    text = "".join(f"\n{json.dumps(row)}\n" for row in copies())  # rows on every second line
    Path("my rows.jsonl").write_text(text)
    found = library.audit("my rows.jsonl")
    (finding,) = [finding for finding in found.findings if finding.id == "duplicates"]
    mine = [result for result in results(found) if result["ruleId"] == "duplicates"]
    lines = [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in mine]
    assert lines == [2 * (row + 1) for row in finding.rows] and len(lines) == 20
    assert mine[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20rows.jsonl"
    assert len({result["partialFingerprints"]["openloopFinding/v1"] for result in mine}) == len(mine)


def test_the_decision_is_an_error_a_warning_or_nothing() -> None:
    def levels(rows: list[dict[str, Any]]) -> list[str]:
        return [result["level"] for result in results(library.audit(rows)) if result["ruleId"] == "decision"]

    assert levels(World(0.2, 0.9, 0.02, 400, 1).rows()) == []
    assert levels(scored()) == ["error"]
    assert levels([{"prompt": f"q{i}", "completion": f"c{i}"} for i in range(90)]) == ["warning"]


def test_rows_in_shards_and_rows_without_lines_have_their_file(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    Path("shards").mkdir()
    rows = copies()
    write(Path("shards/a.jsonl"), rows[:20])
    write(Path("shards/b.jsonl"), rows[20:])
    found = results(library.audit(tmp_path / "shards"))
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in found[1:]}
    assert uris == {"shards/a.jsonl", "shards/b.jsonl"}  # relative to where CI runs
    pq.write_table(pa.Table.from_pylist(rows), "rows.parquet")
    places = library.audit("rows.parquet").places.values()
    assert places and all(place.file == "rows.parquet" and place.line is None for place in places)
    assert library.audit(rows).places == {}


def test_junit_has_a_test_for_each_check_that_blocks() -> None:
    rows = varied_rows(250)
    bench = write(Path("bench.jsonl"), [{"question": row["prompt"], "answer": "x"} for row in rows[:50]])
    clean = library.audit(rows[50:], eval_set=bench)
    leaked = library.audit(rows, eval_set=bench)
    unlabelled = library.audit([{**row, "gold": None} for row in rows])
    assert outcomes(clean) == dict.fromkeys(["decision", *BLOCKING_CHECKS], "passed") | {
        "constant-completion-wins": "skipped"  # no verdict
    }
    assert outcomes(leaked)["contamination"] == "failure" and outcomes(leaked)["decision"] == "failure"
    assert outcomes(unlabelled) == {
        "decision": "failure",
        "contamination": "skipped",
        "constant-completion-wins": "skipped",
        "stratum-below-target": "skipped",
        "torn-labels": "passed",  # nobody's labels, no pairs: nothing disagrees
        "identical-pairs": "passed",
    }


def outcomes(audit: auditing.Audit) -> dict[str, str]:
    write_ci_report(Path("out.xml"), [audit])
    (suite,) = xml.parse("out.xml").getroot()
    cases = suite.findall("testcase")
    assert int(suite.get("tests", "")) == len(cases)
    assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
    found = {}
    for case in cases:
        held = [part.tag for part in case]
        found[case.get("name", "").split(":")[0]] = held[0] if held else "passed"
    return found


def test_checks_that_block_are_those_of_the_sections() -> None:
    folder = Path(auditing.__file__).parent
    blocking = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                blocks = [word.value for word in node.keywords if word.arg == "blocking"]
                if blocks and isinstance(node.args[0], ast.Constant):
                    blocking.add(node.args[0].value)
    assert {"constant-completion-wins", "stratum-below-target"} <= blocking <= set(BLOCKING_CHECKS)
    assert set(UNMEASURED) == set(BLOCKING_CHECKS)


def test_hostile_texts_make_no_broken_file() -> None:
    rows = [{**row, "completion": f"{HOSTILE[i % len(HOSTILE)][:300]} {i}"} for i, row in enumerate(scored(n=300))]
    found = library.audit(rows)
    results(found)
    write_ci_report(Path("out.xml"), [found])
    xml.parse("out.xml")


def test_a_report_is_refused_before_anything_is_measured(openloop: Cli) -> None:
    write(Path("rows.jsonl"), scored(n=50))
    said = openloop("audit", "rows.jsonl", "--report", "out.html")
    assert said.code == 2 and "end the name with .sarif" in said.err and not Path("rows.to-label.jsonl").exists()


def test_several_files_stand_in_one_report(openloop: Cli) -> None:
    for name in ("a", "b"):
        write(Path(f"{name}.jsonl"), scored(n=200))
    openloop("audit", "a.jsonl", "b.jsonl", "--report", "r.sarif", "--report", "r.xml")
    assert len(json.loads(Path("r.sarif").read_text())["runs"]) == 2
    assert [suite.get("name") for suite in xml.parse("r.xml").getroot()] == ["a.jsonl", "b.jsonl"]
