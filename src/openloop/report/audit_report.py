"""The audit as ``openloop.audit`` returns it: the same data, which shows itself in a terminal and in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import ParamSpec, final

from openloop import auditing
from openloop.auditing import Audit
from openloop.report.terminal_audit import as_html, as_text

P = ParamSpec("P")


@final
@dataclass(frozen=True, repr=False)
class AuditReport(Audit):
    """An audit that prints as its report."""

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def shown(measure: Callable[P, Audit]) -> Callable[P, AuditReport]:
    """The same function, its audit as a report."""

    @wraps(measure)
    def report(*args: P.args, **kwargs: P.kwargs) -> AuditReport:
        found = measure(*args, **kwargs)
        return AuditReport(**{item.name: getattr(found, item.name) for item in fields(found)})

    return report


audit = shown(auditing.audit)
