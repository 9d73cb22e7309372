"""Whether a file may be trained on, for a program: an exit code and one line for the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openloop.auditing.key_numbers import BAD_NOW
from openloop.auditing.result import Audit, Decision
from openloop.measures.estimate_text import fixed
from openloop.report.plain_text import flat

EXIT_CODES: Mapping[Decision, int] = {
    Decision.TRAIN: 0,
    Decision.SELECT_FIRST: 3,
    Decision.DO_NOT_TRAIN: 3,
    Decision.LABEL_FIRST: 4,
}
"""With ``--gate``."""


def gate_line(audit: Audit) -> str:
    """``openloop audit: TRAIN bad=0.041 bad-low=0.022 bad-high=0.068 max-bad=0.1 rows=2400 blocked-by=none exit=0 A``.

    ``unknown`` stands for a number that is not known; the file comes last and may hold blanks.
    """
    bad = next((number.estimate for number in audit.numbers if number.name == BAD_NOW), None)
    values = (None, None, None) if bad is None or bad.value != bad.value else (bad.value, bad.low, bad.high)
    shares = zip(("bad", "bad-low", "bad-high"), values, strict=True)
    blocking = sorted({finding.id for finding in audit.findings if finding.blocking})
    words = [
        f"openloop audit: {audit.decision}",
        *(f"{name}={'unknown' if value is None else fixed()(value)}" for name, value in shares),
        f"max-bad={audit.max_bad:g}",
        f"rows={audit.rows}",
        f"blocked-by={','.join(blocking) or 'none'}",
        f"exit={EXIT_CODES[audit.decision]}",
        flat(audit.name),
    ]
    return " ".join(words)


def gate_code(audits: Sequence[Audit]) -> int:
    """Of all of them: 0 where each may be trained on, 3 where one may not, 4 where one has to be labelled first."""
    codes = {EXIT_CODES[audit.decision] for audit in audits}
    return 3 if 3 in codes else max(codes)
