"""The audit: says whether to train on a file, with an interval on every number. See docs/reference/audit.md.

    openloop.audit("rows.jsonl.gz", gold="is_correct", judge_column="verdict", max_bad=0.1)

Core only: no model, no GPU, no torch.
"""

from openloop.auditing.compose import audit
from openloop.auditing.result import Audit, Curve, Decision, Finding, NamedEstimate

__all__ = ["Audit", "Curve", "Decision", "Finding", "NamedEstimate", "audit"]
