"""The audit: says whether to train on a file, with an interval on every number. See docs/reference/audit.md.

    openloop.audit("rows.jsonl.gz", gold="is_correct", judge_column="verdict", max_bad=0.1)

Core only: no model, no GPU, no torch.
"""

from openloop.auditing.comparison import AuditComparison, ComparedAudit, Difference, compare_audits
from openloop.auditing.compose import audit
from openloop.auditing.result import Audit, Curve, Decision, Finding, KeyNumber, NamedEstimate, RowPlace

__all__ = [
    "Audit",
    "AuditComparison",
    "ComparedAudit",
    "Curve",
    "Decision",
    "Difference",
    "Finding",
    "KeyNumber",
    "NamedEstimate",
    "RowPlace",
    "audit",
    "compare_audits",
]
