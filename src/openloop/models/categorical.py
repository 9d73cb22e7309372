"""A model whose weights are a table: the probability of each of a finite set of completions, whatever the prompt.

Fitting it is exact maximum likelihood, so the laws of recursion hold for it as they stand (mathematics of
recursion: see ``openloop.theory.recursion``). No torch.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from openloop.data.answers import last_text
from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.records import Completion, Example, Prompt, Sampling
from openloop.seeds import sample_seed, uniforms


@dataclass(frozen=True)
class Categorical:
    """See :func:`categorical`."""

    table: Mapping[str, float]
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "categorical"

    @cached_property
    def revision(self) -> str:
        return fingerprint(self.table)

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        """See :class:`openloop.contracts.Model`; temperature and top-p as for a language model's tokens."""
        if not prompts:
            return []
        texts, p = list(self.table), self.probabilities(sampling)
        cdf = np.cumsum(p)
        seeds = [sample_seed(sampling.seed, prompt.id, i) for prompt in prompts for i in range(k)]
        luck = uniforms(seeds, 1)[:, 0] * cdf[-1]
        drawn = np.searchsorted(cdf, luck, side="right").reshape(len(prompts), k).tolist()
        made = [
            Completion(text, logprob=math.log(q) if q > 0 else None, n_tokens=1)
            for text, q in zip(texts, p, strict=True)
        ]
        return [[made[number] for number in row] for row in drawn]

    def probabilities(self, sampling: Sampling) -> NDArray[np.float64]:
        """What is drawn from, shape [V]."""
        p = np.array(list(self.table.values()))
        if sampling.temperature == 0:
            return np.asarray(np.arange(len(p)) == p.argmax(), dtype=np.float64)
        with np.errstate(divide="ignore"):
            p = np.exp((np.log(p) - np.log(p.max())) / sampling.temperature)
        p /= p.sum()
        order = np.argsort(-p, kind="stable")
        beyond = np.cumsum(p[order]) - p[order] >= sampling.top_p  # the one that crosses top_p stays
        p[order[beyond]] = 0.0
        return np.asarray(p / p.sum(), dtype=np.float64)

    def fit(self, examples: Sequence[Example], *, seed: int = 0) -> Categorical:
        """Probabilities become the shares among the examples; completions that are not among them are lost."""
        del seed  # maximum likelihood is not random
        if not examples:
            raise InputError("fit: needs at least one example, got none.")
        counts = Counter(last_text(example.completion) for example in examples)
        return Categorical({text: n / len(examples) for text, n in sorted(counts.items())})

    def save(self, folder: Path) -> None:
        """Write the table."""
        (folder / "table.json").write_text(json.dumps(self.table, ensure_ascii=False))

    def load(self, folder: Path) -> Categorical:
        """Read what ``save`` wrote; the table is all there is to this model."""
        return replace(self, table=json.loads((folder / "table.json").read_text()))


def categorical(*, kinds: int = 20, table: Mapping[str, float] | None = None) -> Categorical:
    """A table of completion → probability; ``kinds`` equally likely completions unless ``table`` is given."""
    if table is None:
        table = {f"kind {i:03d}": 1 / kinds for i in range(kinds)}
    if not table or any(p < 0 for p in table.values()) or not math.isclose(sum(table.values()), 1.0):
        raise InputError("categorical: probabilities must be at least 0 and sum to 1.")
    return Categorical({text: float(p) for text, p in sorted(table.items())})
