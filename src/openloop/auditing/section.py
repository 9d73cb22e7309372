"""What a section of the audit is given, and what it finds. Every section is ``measure(given) -> SectionResult``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from openloop.auditing.baseline import Baseline
from openloop.auditing.data_texts import DataTexts
from openloop.auditing.inputs import OtherTexts
from openloop.auditing.item_scorings import ItemScorings
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.options import Options
from openloop.auditing.pair_arrays import PairArrays
from openloop.auditing.policy_trainings import PolicyTraining
from openloop.auditing.result import Curve, Finding, NamedEstimate
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.auditing.selections import SelectionRule
from openloop.auditing.to_generate import ToGenerate
from openloop.records import Estimate


@dataclass(frozen=True, slots=True)
class SectionInput:
    """The audited rows, what is asked about them, and what they are compared with."""

    arrays: RowArrays
    options: Options
    reader: RowReader
    """For what only the texts tell."""
    texts: DataTexts
    """Samples of texts with their vectors: kept rows, real ones, earlier ones."""
    design: LabelDesign
    """Which rows have labels, and what those are a fair draw of."""
    eval_set: OtherTexts | None = None
    real: OtherTexts | None = None
    baseline: Baseline | None = None
    """The rows of an earlier file."""
    cells: str | None = None
    """The column whose values are the cells that rows are counted in; None: clusters of texts."""
    pairs: PairArrays | None = None
    """The pairs, where each row is one."""
    trainings: Sequence[PolicyTraining] = ()
    """Of policies, in the run whose rows these are."""
    item_scorings: Sequence[ItemScorings] = ()
    """Of judges that scored a rubric's items several times, in that run."""


@dataclass
class SectionResult:
    """What one section of the audit found."""

    estimates: list[NamedEstimate] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)
    """What could not be measured, and why."""
    said: list[str] = field(default_factory=list)
    """What is worth a sentence without being a fault."""
    curves: list[Curve] = field(default_factory=list)
    unfit: NDArray[np.bool_] | None = None
    """Shape [N]: rows that must not be trained on."""
    rules: list[SelectionRule] = field(default_factory=list)
    """Selections that would repair what was found."""
    to_generate: ToGenerate | None = None
    """What rows of the real data are missing, as prompts to ask next."""

    def add(self, name: str, estimate: Estimate, stratum: str = "") -> None:
        """Note an estimate."""
        self.estimates.append(NamedEstimate(name, estimate, stratum))


Section = Callable[[SectionInput], SectionResult]
