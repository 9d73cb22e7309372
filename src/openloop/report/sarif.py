"""Audits as SARIF 2.1.0, which code hosts show beside the lines of a file.

One run for each audited file. A result for the decision, where it is not TRAIN; one for each finding, at each of the
rows that show it (hosts show a result at its first location only); one for each of the worst rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from openloop.auditing.result import BLOCKING_CHECKS, Audit, Decision, Finding, RowPlace
from openloop.report.plain_text import flat

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
DECISION, WORST = "decision", "accepted-bad-row"
WARNING = 0.3
"""Weight from which on a finding that does not block is a warning, and not a note."""
_RULES = {
    DECISION: "The file may be trained on as it is.",
    WORST: "A row that the verifier accepts is good.",
    **{id: f"Before training, {text}." for id, text in BLOCKING_CHECKS.items()},
}

Json = dict[str, Any]


def sarif(audits: Sequence[Audit]) -> Json:
    """A SARIF log as plain values."""
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(audit) for audit in audits]}


def _run(audit: Audit) -> Json:
    found = list(_results(audit))
    rules = sorted({result["ruleId"] for result in found} | set(_RULES))
    for result in found:
        result["ruleIndex"] = rules.index(result["ruleId"])
    return {
        "tool": {
            "driver": {
                "name": "openloop",
                "semanticVersion": version("openloop"),
                "rules": [
                    {"id": id, "shortDescription": {"text": _RULES.get(id, id.replace("-", " ").capitalize() + ".")}}
                    for id in rules
                ],
            }
        },
        "automationDetails": {"id": f"openloop-audit/{quote(flat(audit.name))}"},
        "results": found,
    }


def _results(audit: Audit) -> Iterator[Json]:
    if audit.decision is not Decision.TRAIN:
        level = "warning" if audit.decision is Decision.LABEL_FIRST else "error"
        yield _result(audit, DECISION, level, audit.sentence, None)
    for finding in audit.findings:
        places: list[RowPlace | None] = [audit.places[row] for row in finding.rows if row in audit.places]
        for place in dict.fromkeys(places or [None]):
            yield _result(audit, finding.id, _level(finding), finding.text, place)
    for row in audit.worst:
        text = f"Among the worst rows ({row['why']}): {row['completion'][:200]}"
        yield _result(audit, WORST, "note", text, audit.places.get(row["row"]))


def _level(finding: Finding) -> str:
    return "error" if finding.blocking else "warning" if finding.weight >= WARNING else "note"


def _result(audit: Audit, rule: str, level: str, text: str, place: RowPlace | None) -> Json:
    file = audit.name if place is None else place.file
    line = 1 if place is None or place.line is None else place.line
    name = f"{rule}\0{_uri(file)}\0{'' if place is None else line}"
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": flat(text) or rule},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": {"startLine": line}}}],
        "partialFingerprints": {
            "openloopFinding/v1": blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        },
    }


def _uri(file: str) -> str:
    """Relative to where the command runs, which in CI is the repository's root; absolute for a file elsewhere."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    uri = quote(path.as_posix().encode("utf-8", "surrogateescape"))
    return f"file://{uri}" if path.is_absolute() else uri
