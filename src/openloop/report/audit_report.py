"""The audit as ``openloop.audit`` returns it: the same data, which shows itself in a terminal and in a notebook."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import wraps
from typing import Any, ParamSpec, final

from rich.console import Console

from openloop import auditing
from openloop.auditing import Audit
from openloop.report.audit_html import summary_html
from openloop.report.audit_summary import AuditSummary, audit_summary
from openloop.report.first_screen import rows_of, screen_lines
from openloop.report.python_call import PythonCall, is_paths
from openloop.report.terminal_audit import show_audit

P = ParamSpec("P")
WIDTH, FULL_WIDTH = 80, 118
"""Columns of the first screen, and of the whole report."""


@final
@dataclass(frozen=True, repr=False)
class AuditReport(Audit):
    """An audit that prints as its first screen; ``print(audit.full())`` prints all of it."""

    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Of the call that made it."""

    @property
    def summary(self) -> AuditSummary:
        """What the first screen says, as plain data."""
        return audit_summary(self, PythonCall(self.arguments))

    def __repr__(self) -> str:
        return rows_of(screen_lines(self.summary, WIDTH))

    def _repr_html_(self) -> str:
        return summary_html(self.summary)

    def full(self, width: int = FULL_WIDTH) -> str:
        """The whole report as text: every finding, estimate and curve, what was read and what was not measured."""
        console = Console(width=width, highlight=False, no_color=True, color_system=None, force_terminal=False)
        with console.capture() as captured:
            console.print(show_audit(self))
        return captured.get()


def shown(measure: Callable[P, Audit]) -> Callable[P, AuditReport]:
    """The same function, its audit as a report."""

    @wraps(measure)
    def report(*args: P.args, **kwargs: P.kwargs) -> AuditReport:
        found = measure(*args, **kwargs)
        given = dict(inspect.signature(measure).bind(*args, **kwargs).arguments)
        if not is_paths(given["data"]):
            given["data"] = None  # rows in memory are not held on to
        return AuditReport(**{item.name: getattr(found, item.name) for item in fields(found)}, arguments=given)

    return report


audit = shown(auditing.audit)
