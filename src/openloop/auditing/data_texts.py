"""What the sections about the rows themselves compare: the kept rows, real ones, and those of an earlier file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from openloop.auditing.baseline import Baseline
from openloop.auditing.inputs import OtherTexts
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.auditing.text_sample import TextSample, sample_of_kept, sample_of_texts
from openloop.contracts import Embedder


@dataclass(frozen=True)
class DataTexts:
    """Samples of texts, each read when it is first asked for, and once."""

    arrays: RowArrays
    reader: RowReader
    embedder: Embedder
    other: OtherTexts | None = None
    before: Baseline | None = None

    @cached_property
    def kept(self) -> TextSample:
        """Of the rows that are kept."""
        return sample_of_kept(self.arrays, self.reader, self.embedder)

    @cached_property
    def real(self) -> TextSample | None:
        """Of the real rows, where there are any to compare with."""
        if self.other is None:
            return None
        return sample_of_texts(self.other.name, self.other.read(), self.embedder)

    @cached_property
    def baseline(self) -> TextSample | None:
        """Of the kept rows of an earlier file."""
        if self.before is None:
            return None
        return sample_of_kept(self.before.arrays, self.before.reader, self.embedder)
