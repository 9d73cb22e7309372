"""What the suites share: rows to try things on, and one way to say that a rule is broken."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Sequence
from typing import TypeVar

from openloop.identity import fingerprint
from openloop.records import Candidate, Prompt

T = TypeVar("T")


def require(holds: bool, rule: str) -> None:
    """Raise AssertionError with the rule when it does not hold; unlike ``assert``, also under ``python -O``."""
    if not holds:
        raise AssertionError(rule)


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


def unchanged(name: str, given: Sequence[object], call: Callable[[], T]) -> T:
    """Call, and require that what was given is as it was."""
    before = copy.deepcopy(list(given))
    result = call()
    require(list(given) == before, f"{name} changed what it was given.")
    return result


def check_identity(name: str, value: object) -> None:
    """Pickles, and keeps its identity through it: it must be able to reach a worker, and be named in a store."""
    again = pickle.loads(pickle.dumps(value))
    require(fingerprint(again) == fingerprint(value), f"{name} changes its identity when it is pickled.")
