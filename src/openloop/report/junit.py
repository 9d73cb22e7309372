"""Audits as JUnit XML, which CI servers show as tests: one suite for each file, one test for each check that blocks."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as xml

from openloop.auditing.result import BLOCKING_CHECKS, Audit, Decision
from openloop.report.gate import gate_line
from openloop.report.plain_text import plain

DECISION = "may be trained on as it is"
UNMEASURED = {
    "contamination": ("contamination:",),
    "constant-completion-wins": ("shortcuts (", "constant"),
    "stratum-below-target": ("the verifier's quality",),
    "torn-labels": (),
    "identical-pairs": (),
}
"""How the reason begins, among what could not be measured, for which a check was not made."""


def junit(audits: Sequence[Audit]) -> str:
    """The XML, with its declaration."""
    suites = xml.Element("testsuites", name="openloop audit")
    for audit in audits:
        suites.append(_suite(audit))
    xml.indent(suites)
    return xml.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(audit: Audit) -> xml.Element:
    blocking = {finding.id: finding.text for finding in audit.findings if finding.blocking}
    suite = xml.Element("testsuite", name=plain(audit.name))
    _case(suite, audit, "decision", DECISION, "" if audit.decision is Decision.TRAIN else audit.sentence)
    skipped = {
        id: text for id, starts in UNMEASURED.items() for text in audit.unmeasured if text.startswith(tuple(starts))
    }
    for id, holds in {**BLOCKING_CHECKS, **{id: id for id in blocking if id not in BLOCKING_CHECKS}}.items():
        _case(suite, audit, id, holds, blocking.get(id, ""), skipped.get(id, ""))
    further = [f"{finding.id}: {finding.text}" for finding in audit.findings if not finding.blocking]
    xml.SubElement(suite, "system-out").text = plain("\n".join([gate_line(audit), *further]))
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("errors", "0")
    return suite


def _case(suite: xml.Element, audit: Audit, id: str, holds: str, failure: str, skipped: str = "") -> None:
    case = xml.SubElement(suite, "testcase", name=f"{id}: {holds}", classname=f"openloop.audit.{plain(audit.name)}")
    if failure:
        text = plain(failure)
        xml.SubElement(case, "failure", message=text, type=id).text = text
    elif skipped:
        xml.SubElement(case, "skipped", message=plain(skipped))
