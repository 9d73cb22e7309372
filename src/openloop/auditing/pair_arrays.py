"""A file of pairs as arrays, one entry a pair and no texts."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Mask, Values
from openloop.auditing.row_arrays import RowArrays
from openloop.data.content import text_of
from openloop.data.recognise import PairColumns, PairRow
from openloop.measures.duplicates import hash_of
from openloop.measures.surface import skeleton


@dataclass(frozen=True)
class PairArrays:
    """All N pairs of a file, those without a preferred response included.

    Wins are 1 for the first response, 0 for the second, .5 for a tie, NaN unknown.
    """

    columns: PairColumns
    place: Codes
    """Shape [N]: where each pair stood, from 0."""
    prompt: Codes
    win: Values
    """Which one the pair is trained towards."""
    judges: Values
    """Shape [N, J]: wins by judge in the order first asked."""
    swapped: Values
    """Wins of the first response when the first judge was shown the second one first."""
    margin: Values
    """How much the first is preferred."""
    gold: Values
    length: Values
    """Shape [N, 2]: characters of the two responses."""
    same: Codes
    """Shape [N, 2]: codes of texts that are equal but for case and blanks."""
    models: Codes
    """Shape [N, 2], −1 where there is none."""
    names: tuple[str, ...] = ()
    """Of the models."""
    judge_names: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.place)

    @property
    def identical(self) -> Mask:
        """Pairs of two equal responses."""
        return np.asarray(self.same[:, 0] == self.same[:, 1])

    @property
    def preferred(self) -> Mask:
        """Pairs with a preferred response, each a row of the audit."""
        return np.isin(self.win, (0.0, 1.0))

    @property
    def longer(self) -> Values:
        """Shape [N]: 1 where the first response is the longer one, 0 where the second is, NaN where neither."""
        gap = np.sign(self.length[:, 0] - self.length[:, 1])
        return np.asarray(np.where(gap == 0, np.nan, (gap + 1) / 2))

    def with_gold(self, arrays: RowArrays) -> PairArrays:
        """The same with the labels that were read into the rows."""
        row = np.empty(len(arrays), dtype=np.int64)
        row[arrays.place] = np.arange(len(arrays))
        mine = np.flatnonzero(self.preferred)
        row = row[np.searchsorted(self._row_places, self.place[mine])]
        told = np.where(arrays.gold[row] == 1, self.win[mine], 1 - self.win[mine])
        if arrays.gold_ties is not None:
            told = np.where(arrays.gold_ties[row], 0.5, told)
        gold = self.gold.copy()
        # What the file itself says of a tie stays: a row holds only whether the preferred response is the better one.
        said = (gold[mine] == 0.5) & (arrays.gold[row] == 0)
        gold[mine] = np.where(np.isnan(arrays.gold[row]), np.nan, np.where(said, 0.5, told))
        return replace(self, gold=gold)

    def rows_of(self, arrays: RowArrays, pairs: Mask) -> Mask:
        """Shape [rows]: the audit's rows of some pairs [N]."""
        return np.isin(arrays.place, np.flatnonzero(np.isin(self._row_places, self.place[pairs])))

    @property
    def _row_places(self) -> Codes:
        """Where the pairs that are rows stood, in the order of the rows' own places."""
        return np.sort(self.place[self.preferred])


class PairArraysBuilder:
    """Takes in pairs with :meth:`add`; :meth:`arrays` is what they became."""

    def __init__(self, columns: PairColumns) -> None:
        self.columns = columns
        self.prompt, self.same = array("Q"), array("Q")
        self.win, self.judges, self.swapped, self.margin, self.gold, self.length = (array("d") for _ in range(6))
        self.models = array("q")
        self.names: dict[str, int] = {}
        self.n_judges = 0

    def add(self, pair: PairRow, group: Any) -> None:
        """One pair, and what its prompt is identified by (None or empty: nothing)."""
        self.prompt.append(_hash(str(group)) | 1 if group else 0)
        self.n_judges = len(pair.judges) if not self.win else self.n_judges
        self.win.append(pair.win)
        judged = [*pair.judges, *[float("nan")] * self.n_judges][: self.n_judges]
        self.judges.extend(judged)
        self.swapped.append(pair.swapped)
        self.margin.append(pair.margin)
        self.gold.append(pair.gold)
        texts = [text_of(side) for side in (pair.first, pair.second)]
        self.length.extend(float(len(text)) for text in texts)
        self.same.extend(hash_of([skeleton(text)]) for text in texts)
        for model in pair.models or ():
            self.models.append(-1 if model == "None" else self.names.setdefault(model, len(self.names)))

    def arrays(self) -> PairArrays:
        """Everything, in an order that depends on what the pairs hold."""
        n = len(self.win)
        prompt = np.array(self.prompt, dtype=np.uint64)
        alone = np.flatnonzero(prompt == 0)
        codes = np.unique(prompt, return_inverse=True)[1].astype(np.int64)
        codes[alone] = codes.max(initial=0) + 1 + np.arange(len(alone))
        same = np.unique(np.array(self.same, dtype=np.uint64), return_inverse=True)[1].reshape(n, 2)
        models = np.array(self.models).reshape(n, 2) if self.models else np.full((n, 2), -1)
        names = sorted(self.names)
        rank = np.empty(len(names) + 1, dtype=np.int64)
        rank[[self.names[name] for name in names]] = np.arange(len(names))
        rank[-1] = -1
        found = PairArrays(
            self.columns,
            np.arange(n),
            np.unique(codes, return_inverse=True)[1].astype(np.int64),
            np.array(self.win),
            np.array(self.judges).reshape(n, -1) if self.n_judges else np.zeros((n, 0)),
            np.array(self.swapped),
            np.array(self.margin),
            np.array(self.gold),
            np.array(self.length).reshape(n, 2),
            same.astype(np.int64),
            rank[models],
            tuple(names),
            tuple(column.ref.spelled for column in self.columns.verdicts) or (("score",) if self.n_judges else ()),
        )
        order = np.lexsort((np.nan_to_num(found.gold, nan=2.0), found.win, found.same[:, 1], found.same[:, 0], prompt))
        return take(found, order)


def take(pairs: PairArrays, rows: NDArray[Any]) -> PairArrays:
    """Some pairs, or all in another order; ``rows`` as numpy takes it."""
    arrays = {name: value[rows] for name, value in vars(pairs).items() if isinstance(value, np.ndarray)}
    return replace(pairs, **arrays)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
