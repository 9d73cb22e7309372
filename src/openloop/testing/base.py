"""What the suites share: rows to try things on, and one way to say that a rule is broken."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from openloop.identity import fingerprint
from openloop.records import Candidate, Completion, Prompt

T = TypeVar("T")


@dataclass(frozen=True)
class Suite:
    """Checks of one thing. Each raises AssertionError with the rule that is broken, also under ``python -O``."""

    subject: str
    """What is checked, as an error speaks of it: ``model 'tiny'``."""

    @classmethod
    def of(cls, kind: str, value: object) -> Suite:
        """Named by its ``name`` where it has one."""
        return cls(f"{kind} {getattr(value, 'name', value)!r:.120}")

    def require(self, holds: bool, rule: str) -> None:
        """``rule`` says what is wrong when it does not hold."""
        if not holds:
            raise AssertionError(f"{self.subject} {rule}.")

    def unchanged(self, given: Sequence[object], call: Callable[[], T]) -> T:
        """Call, and require that what was given is as it was."""
        before = copy.deepcopy(list(given))
        result = call()
        self.require(list(given) == before, "changed what it was given")
        return result

    def check_identity(self, value: object) -> None:
        """Pickles, and keeps its identity through it: it must be able to reach a worker, and be named in a store."""
        again = pickle.loads(pickle.dumps(value))
        self.require(fingerprint(again) == fingerprint(value), "changes its identity when it is pickled")


def texts(drawn: Sequence[Sequence[Completion]]) -> list[object]:
    """What was sampled, [P][K], in one list."""
    return [completion.content for group in drawn for completion in group]


def some_prompts(n: int = 12) -> list[Prompt]:
    """Sums with their answers."""
    return [Prompt(f"p{i}", f"{i:03d}+{7 * i:03d}=", {"answer": f"{8 * i:04d}"}) for i in range(n)]


def some_candidates(prompts: int = 6, k: int = 3) -> list[Candidate]:
    """Right, wrong and empty completions, K to a prompt."""
    return [
        Candidate(
            f"c{p}-{i}",
            prompt.id,
            prompt.content,
            (prompt.row["answer"], "0001", "")[i % 3],
            index=i,
            model="some",
            logprob=-0.5 * (i + 1),
            n_tokens=i + 1,
            row=prompt.row,
        )
        for p, prompt in enumerate(some_prompts(prompts))
        for i in range(k)
    ]
