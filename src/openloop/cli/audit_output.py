"""What the audit verb prints and writes: the first screen or everything, JSON, a comparison, a gate, a CI report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from openloop.auditing.result import Audit
from openloop.cli.again import CommandLine
from openloop.cli.output import NARROW, print_json, print_table
from openloop.errors import InputError

STDOUT = Path("-")


@dataclass(frozen=True)
class AuditOutput:
    """Where the results of ``openloop audit`` go."""

    json_file: Path | None
    everything: bool
    gate: bool
    reports: Sequence[Path]

    def require(self, data: Sequence[Path]) -> None:
        """Raises InputError for a report that is none, before anything is measured."""
        from openloop.report.ci_report import require_ci_report

        for path in self.reports:
            require_ci_report(path)
            if any(path.exists() and given.exists() and path.samefile(given) for given in data):
                raise InputError(f"--report {path}: this is the audited file itself. Give another name.")

    @property
    def json_to_stdout(self) -> bool:
        return self.json_file == STDOUT

    def one(self, audit: Audit, context: typer.Context, is_run: bool) -> None:
        """Of one audit."""
        from openloop.report.audit_summary import audit_summary
        from openloop.report.first_screen import FirstScreen
        from openloop.report.terminal_audit import show_audit

        if self.json_to_stdout:
            print_json(audit.to_json())
        elif self.everything:
            print_table(show_audit(audit))
        else:
            print_table(FirstScreen(audit_summary(audit, CommandLine(context, is_run))), NARROW)
        self._finish([audit])

    def several(self, audits: Mapping[str, Audit]) -> None:
        """Of several, compared."""
        from openloop.auditing.comparison import compare_audits
        from openloop.auditing.json_text import json_text
        from openloop.filesystem import write_text
        from openloop.report.terminal_comparison import ComparisonScreen

        found = compare_audits(audits)
        if self.json_to_stdout:
            print_json(found.to_json())
        else:
            print_table(ComparisonScreen(found), NARROW)
            if self.json_file is not None:
                write_text(self.json_file, json_text(found.to_json(), indent=1) + "\n")
        self._finish(list(audits.values()))

    def _finish(self, audits: Sequence[Audit]) -> None:
        from openloop.report.ci_report import write_ci_report
        from openloop.report.gate import gate_code, gate_line

        for path in self.reports:
            write_ci_report(path, audits)
        if not self.gate:
            return
        for audit in audits:  # JSON on standard output stays JSON
            typer.echo(gate_line(audit), err=self.json_to_stdout)
        raise typer.Exit(gate_code(audits))
