"""What an audit is asked to decide."""

from __future__ import annotations

from dataclasses import dataclass

from openloop.auditing.row_arrays import RowArrays
from openloop.errors import InputError, nearest
from openloop.measures.clustered import Clusters

TARGETS = ("process", "file")


@dataclass(frozen=True, slots=True)
class Options:
    """Target share of bad rows, coverage, and what the intervals are about."""

    max_bad: float = 0.1
    level: float = 0.95
    target: str = "process"
    """``process``: the models, prompts and judge behind the file, rows of one prompt being one cluster. ``file``: this
    file, of which the labels are a uniform draw; no design effect."""
    label_error: tuple[float, float] = (0.0, 0.0)
    """Supposed error of gold: the share of good rows that it calls bad, and of bad rows that it calls good."""

    def __post_init__(self) -> None:
        if not 0 < self.max_bad < 1:
            raise InputError(f"--max-bad: a share between 0 and 1, such as 0.1, got {self.max_bad}.")
        if not 0 < self.level < 1:
            raise InputError(f"--level: a coverage between 0 and 1, such as 0.95, got {self.level}.")
        if not (min(self.label_error) >= 0 and sum(self.label_error) < 1):
            raise InputError(
                "--label-error: a share, or two with a comma (good rows called bad, bad rows called good), together "
                f"below 1, got {self.label_error}."
            )
        if self.target not in TARGETS:
            raise InputError(f"--target {self.target!r}: {nearest(self.target, TARGETS)}")

    def clusters(self, arrays: RowArrays) -> Clusters:
        """Cluster codes for an interval about the target."""
        return arrays.prompt if self.target == "process" else None
