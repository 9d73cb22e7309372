"""Audits as a file that a CI server reads: SARIF or JUnit XML, by the name of the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openloop import filesystem
from openloop.auditing.json_text import json_text
from openloop.auditing.result import Audit
from openloop.errors import InputError

SARIF, JUNIT = (".sarif", ".sarif.json"), (".xml",)


def require_ci_report(path: Path) -> None:
    """Raises InputError for a name that says no format."""
    if not path.name.lower().endswith((*SARIF, *JUNIT)):
        raise InputError(f"--report {path}: end the name with .sarif (SARIF 2.1.0) or .xml (JUnit).")


def write_ci_report(path: Path, audits: Sequence[Audit]) -> None:
    """Write the audits; raises InputError as :func:`require_ci_report` does, and where the file cannot be written."""
    require_ci_report(path)
    from openloop.report.junit import junit
    from openloop.report.sarif import sarif

    is_sarif = path.name.lower().endswith(SARIF)
    filesystem.write_text(path, json_text(sarif(audits), indent=1) + "\n" if is_sarif else junit(audits))
