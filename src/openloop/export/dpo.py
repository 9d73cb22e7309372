"""``{"prompt", "chosen", "rejected"}``: accepted against rejected completions of one prompt.

Rule: within a prompt, candidates are ordered by (index, id). Each accepted row is paired with at most
``pairs_per_prompt`` rejected rows, taken in turn from where the row before stopped, so that rejected rows are
used evenly. A pair of equal completions teaches nothing and is passed over. Unscored rows are never used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openloop.errors import InputError
from openloop.export.base import Line, as_turns, is_chat, require_completion
from openloop.records import Candidate

Pair = tuple[Candidate, Candidate]


def dpo_pairs(candidates: Sequence[Candidate], accepted: Sequence[bool | None], pairs_per_prompt: int) -> list[Pair]:
    """(chosen, rejected) pairs, prompts in order of first appearance; ``accepted``: shape [N], None unscored.

    Each accepted row is in at most ``pairs_per_prompt`` pairs. Raises InputError when no prompt gives a pair.
    """
    if len(accepted) != len(candidates):
        raise InputError(
            f"accepted: {len(accepted)} flags for {len(candidates)} candidates. Allowed: one each, in order."
        )
    if pairs_per_prompt < 1:
        raise InputError(f"pairs_per_prompt={pairs_per_prompt}. Allowed: 1 or more.")
    groups: dict[str, tuple[list[Candidate], list[Candidate]]] = {}
    for candidate, flag in zip(candidates, accepted, strict=True):
        good, bad = groups.setdefault(candidate.prompt_id, ([], []))
        if flag is not None:
            (good if flag else bad).append(require_completion(candidate))
    pairs = [pair for good, bad in groups.values() for pair in _within(good, bad, pairs_per_prompt)]
    if not pairs:
        raise InputError(_no_pairs(groups))
    return pairs


def dpo_lines(pairs: Sequence[Pair]) -> Iterator[Line]:
    for chosen, rejected in pairs:
        if is_chat(chosen) or is_chat(rejected):
            yield {
                "prompt": as_turns(chosen.prompt, "user"),
                "chosen": as_turns(chosen.completion, "assistant"),
                "rejected": as_turns(rejected.completion, "assistant"),
            }
        else:
            yield {"prompt": chosen.prompt, "chosen": chosen.completion, "rejected": rejected.completion}


def _within(good: list[Candidate], bad: list[Candidate], most: int) -> Iterator[Pair]:
    good = sorted(good, key=lambda candidate: (candidate.index, candidate.id))
    bad = sorted(bad, key=lambda candidate: (candidate.index, candidate.id))
    start = 0
    for chosen in good:
        made = 0
        for step in range(len(bad)):
            rejected = bad[(start + step) % len(bad)]
            if _differs(chosen, rejected):
                yield chosen, rejected
                made += 1
                if made == most:
                    start = (start + step + 1) % len(bad)
                    break


def _differs(one: Candidate, other: Candidate) -> bool:
    return as_turns(one.completion, "assistant") != as_turns(other.completion, "assistant")


def _no_pairs(groups: dict[str, tuple[list[Candidate], list[Candidate]]]) -> str:
    good = sum(bool(accepted) and not rejected for accepted, rejected in groups.values())
    bad = sum(bool(rejected) and not accepted for accepted, rejected in groups.values())
    neither = sum(not accepted and not rejected for accepted, rejected in groups.values())
    alike = len(groups) - good - bad - neither
    return (
        f"dpo: none of {len(groups):,} prompts has an accepted and a different rejected completion: "
        f"{good:,} with accepted only, {bad:,} with rejected only, {neither:,} unscored, {alike:,} with "
        "equal texts on both sides. Sample with k >= 2 (more completions a prompt), or a higher temperature."
    )
