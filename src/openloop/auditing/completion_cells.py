"""What is measured of each completion's text while it is read: numbers, and no text is kept."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes
from openloop.data.answers import final_answer
from openloop.measures.duplicates import PERMUTATIONS, signature
from openloop.measures.surface import FEATURES, opening, skeleton, surface


class CompletionCells:
    """Takes in completions with :meth:`add`."""

    def __init__(self) -> None:
        self.texts = 0
        """Completions that say something."""
        self._same, self._opening, self._answer = (array("Q") for _ in range(3))
        self._surface, self._signatures = array("f"), array("I")

    def add(self, prompt: str, completion: str) -> None:
        """Take in one."""
        self.texts += bool(completion.strip())
        self._surface.extend(surface(completion))
        # A text that repeats its prompt is a template: the prompt is masked.
        masked = completion.replace(prompt, "…") if len(prompt) > 3 else completion
        self._same.append(text_hash(skeleton(masked)))
        self._opening.append(text_hash(opening(completion)))
        self._signatures.extend(signature(completion))
        answer = final_answer(completion)
        self._answer.append(0 if answer is None else text_hash(answer) | 1)

    def arrays(self) -> dict[str, Any]:
        """Fields of :class:`openloop.auditing.row_arrays.RowArrays`; none where there were no completions."""
        if not self._surface:
            return {}
        answer = ranked(self._answer)
        return {
            "surface": np.array(self._surface).reshape(-1, len(FEATURES)),
            "same": ranked(self._same),
            "opening": ranked(self._opening),
            "signatures": np.array(self._signatures).reshape(-1, PERMUTATIONS),
            "answer": answer - 1 if 0 in self._answer else answer,
        }


def ranked(values: Sequence[int] | NDArray[Any]) -> Codes:
    """Codes from 0, in the order of the values."""
    return np.unique(np.asarray(values), return_inverse=True)[1].astype(np.int64)


def text_hash(text: str) -> int:
    """64 bits that name a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
