"""An audited file as arrays, one entry a row and no texts: everything that the audit measures is measured on these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Values
from openloop.auditing.frame import Frame

Score = TypeVar("Score", float, Values)


@dataclass(frozen=True)
class RowArrays:
    """The N rows of an audited file, in an order that depends on what they hold and not on where they stood.

    So a file whose rows are permuted, or split over several files, gives the same numbers to the last digit.
    """

    name: str
    said: tuple[str, ...]
    place: Codes
    """Shape [N]: where each row stood, from 0."""
    key: NDArray[np.uint64]
    """A name of the row's content; labels are matched by it."""
    prompt: Codes
    """Codes from 0."""
    gold: Values
    """1 good, 0 bad, NaN unknown."""
    score: Values
    """The verdict as a number, NaN unscored; the higher the better."""
    accept: Values
    """1 accepted, 0 rejected, NaN unscored; all NaN where a score has no ``accept_at``."""
    selected: NDArray[np.bool_] | None = None
    """Shape [N]: the rows that a run's selection kept; None where the verdict says which are kept."""
    repeats: Values | None = None
    """Shape [N, R]: several scorings of one row by one judge."""
    panel: Mapping[str, Values] = field(default_factory=dict)
    """Further judges, by column."""
    steps: Mapping[str, Values] = field(default_factory=dict)
    """The score under each aggregate of the scores of an answer's steps; empty where the verdict has no steps."""
    aggregate: str = ""
    """The one that ``score`` is."""
    swapped: Values | None = None
    """A pairwise verdict with the two answers in the other order."""
    first: Values | None = None
    """The one in the order first asked, where that is not ``score``."""
    model: Codes | None = None
    models: tuple[str, ...] = ()
    model_column: str = "model"
    own: Values | None = None
    """1 where the judge is the model that wrote the completion."""
    confidence: Values | None = None
    """The model's own: higher is surer."""
    logprob: Values | None = None
    """Log-probability of the whole completion as recorded, nats, NaN unknown."""
    logprob_column: str = ""
    n_tokens: Values | None = None
    """Tokens of the completion, NaN unknown."""
    cut_off: NDArray[np.bool_] | None = None
    """Shape [N]: completions that did not end by themselves; None where the file does not say."""
    answer: Codes | None = None
    """Codes of the final answers that completions mark, −1 where one marks none."""
    step: Values | None = None
    """The step of the training that wrote the row; NaN unknown."""
    strata: Mapping[str, tuple[Codes, tuple[str, ...]]] = field(default_factory=dict)
    """Other columns of few values: codes [N] and their names."""
    numbers: Mapping[str, Values] = field(default_factory=dict)
    """Columns of numbers with many values, NaN where they hold none: what labelled rows are compared by."""
    surface: NDArray[np.float32] | None = None
    """Shape [N, D]: see :data:`openloop.measures.surface.FEATURES`."""
    same: Codes | None = None
    """Codes of completions that are equal but for case and blanks."""
    opening: Codes | None = None
    """Codes of the first words."""
    signatures: NDArray[np.uint32] | None = None
    """Shape [N, 64]: MinHash of the completions."""
    accept_at: float | None = None
    """The score from which a row is accepted."""
    lower_is_better: bool = False
    """Whether in the file's own numbers low verdicts are good: those of ``score``, ``repeats``, ``panel``,
    ``steps`` and ``accept_at`` are negated, and what is printed goes through :meth:`as_given`."""
    verdict: str = ""
    """The verdict's column as it was named; empty where there is none."""
    gold_ties: NDArray[np.bool_] | None = None
    """Shape [N]: pairs that a label calls a tie (their gold is 0: the preferred response is not the better one)."""
    unit: str = "rows"
    """What a row is, in the plural, for people: ``rows`` or ``pairs``."""
    two_class: bool = True
    """Whether the verdict says only yes or no."""
    gold_score: Values | None = None
    """Gold as a number, the higher the better, NaN unknown; None where gold says only good or bad."""
    gold_columns: tuple[str, ...] = ()
    """Where that was read: more than one where several people have a column each."""
    annotations: Values | None = None
    """Shape [N, R]: what each of R people said of each row, NaN nothing."""
    annotators: tuple[str, ...] = ()
    """Their names, R of them."""
    label_names: tuple[str, ...] = ()
    """Where ``annotations`` are codes of names: the names. Their order means nothing."""
    labels_read: bool = False
    """Whether labels were added to the gold that the rows came with."""
    asked: NDArray[np.bool_] | None = None
    """Shape [N]: rows whose label the audit had asked for."""
    prompt_key: NDArray[np.uint64] | None = None
    """Shape [N]: a name of each row's prompt, the same in every file."""
    asked_from: tuple[Frame, ...] = ()
    """The rows from which it had drawn them."""

    def __len__(self) -> int:
        return len(self.place)

    @cached_property
    def kept(self) -> NDArray[np.bool_]:
        """Rows that the run's selection kept, else that the verdict keeps; all where there is no verdict or cut."""
        if self.selected is not None:
            return self.selected
        if np.isnan(self.accept).all():
            return np.ones(len(self), dtype=bool)
        return np.asarray(self.accept == 1)

    @property
    def judged(self) -> bool:
        """Whether any row was accepted or rejected."""
        return not np.isnan(self.accept).all()

    @property
    def has_gold(self) -> bool:
        """Whether gold is known for any row."""
        return not np.isnan(self.gold).all()

    @property
    def has_completions(self) -> bool:
        """Whether any row holds a completion that says something."""
        return self.surface is not None and bool(self.surface[:, 0].any())

    @property
    def lacks_threshold(self) -> bool:
        """Whether gold is known as a number or a name, and nobody said which of them are good."""
        # Of a pair people say which response is better, and not what is good.
        named = bool(self.label_names) and self.unit == "rows"
        said = named and self.annotations is not None and not np.isnan(self.annotations).all()
        return not self.has_gold and (self.gold_score is not None or said)

    @property
    def why_no_gold(self) -> str:
        """Why no row is good or bad."""
        if self.lacks_threshold:
            return f"nothing says which values of gold ({', '.join(self.gold_columns)}) are good"
        return "no row has gold"

    @property
    def labelled(self) -> float:
        """Share of the rows whose gold is known."""
        return float((~np.isnan(self.gold)).mean())

    @cached_property
    def representative(self) -> bool:
        """Whether gold is known as often among kept rows as among dropped and among unscored ones.

        Labels that were drawn from the kept rows say what is bad among those, and nothing of φ, ψ or a ranking.
        """
        known = ~np.isnan(self.gold)
        if known.all() or not self.judged:
            return True
        groups = (self.accept == 1, self.accept == 0, np.isnan(self.accept))
        shares = [(int(rows.sum()), float(known[rows].mean())) for rows in groups if rows.any()]
        overall = float(known.mean())
        spread = sum(n * (share - overall) ** 2 for n, share in shares) / max(1e-12, overall * (1 - overall))
        return spread < 11  # χ² with up to two degrees of freedom, p about .005

    def lots(self, purpose: int) -> Values:
        """Shape [N]: a number in [0, 1) for each text, by its content alone: copies and other rows change nothing."""
        mixed = (self.key ^ np.uint64(purpose)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(32)
        return np.asarray((mixed >> np.uint64(11)) * 2.0**-53)

    def as_given(self, score: Score) -> Score:
        """A score, or an array of them, in the file's own numbers."""
        return 0.0 - score if self.lower_is_better else score

    @property
    def cut_sign(self) -> str:
        """How a row that is kept compares with a cut, in the file's own numbers."""
        return "≤" if self.lower_is_better else "≥"

    def cut_name(self, at: float) -> str:
        """A cut of the score in the file's own numbers, for people: ``score>=0.5``, or ``score<=2.5``."""
        return f"score{'<=' if self.lower_is_better else '>='}{self.as_given(at):.6g}"

    def cut_recipe(self, at: float) -> str:
        """The line of a recipe that keeps the rows whose score is ``at`` or higher, to the last digit."""
        return (
            f"select: {{use: threshold, {'at_most' if self.lower_is_better else 'at'}: {float(self.as_given(at))!r}}}"
        )

    def cut_text(self, at: float) -> str:
        """The same in words: ``a score of at least 0.5``."""
        return f"a score of at {'most' if self.lower_is_better else 'least'} {self.as_given(at):.6g}"

    def rng(self, purpose: int) -> np.random.Generator:
        """Random numbers that depend on the rows' content only."""
        return np.random.default_rng([purpose, int(np.bitwise_xor.reduce(self.key)), len(self)])

    def places(self, rows: NDArray[np.bool_], most: int = 20) -> tuple[int, ...]:
        """Where the first of some rows, shape [N], stood in the file."""
        return tuple(int(place) for place in np.sort(self.place[rows])[:most])

    def take(self, rows: NDArray[Any]) -> RowArrays:
        """Some rows, or all in another order; ``rows`` as numpy takes it."""
        changed: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                changed[item.name] = value[rows]
        for name in ("panel", "steps", "numbers"):
            changed[name] = {key: values[rows] for key, values in getattr(self, name).items()}
        changed["strata"] = {name: (codes[rows], names) for name, (codes, names) in self.strata.items()}
        return replace(self, **changed)
