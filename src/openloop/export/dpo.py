"""``{"prompt", "chosen", "rejected"}`` of messages: accepted against rejected completions of one prompt.

As in :mod:`openloop.export.trl`, text becomes turns unless ``plain`` is asked for.

Rule: within a prompt, candidates are ordered by (index, id). Each accepted row is paired with at most
``pairs_per_prompt`` rejected rows, taken in turn from where the row before stopped, so that rejected rows are
used evenly. A pair of equal completions teaches nothing and is passed over. Unscored rows are never used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from openloop.errors import InputError, RowsRefused
from openloop.export.base import Rows, Written, are_chat, as_turns, require_completion
from openloop.export.containers import ENDINGS, Line, write_lines
from openloop.records import Candidate

Pair = tuple[Candidate, Candidate]


@dataclass(frozen=True)
class Dpo:
    """Accepted against rejected rows of one prompt."""

    name: ClassVar[str] = "dpo"
    holds: ClassVar[str] = "prompt, chosen, rejected pairs by verdict"
    endings: ClassVar[tuple[str, ...]] = ENDINGS
    pairs: ClassVar[bool] = True
    has_plain: ClassVar[bool] = True

    def write(self, rows: Rows, path: Path, ending: str) -> Written:
        """See :class:`openloop.export.base.Format`."""
        flags = rows.accepted or ()
        pairs = pairs_of(rows.candidates, flags, rows.pairs_per_prompt)
        chat = are_chat(rows)
        write_lines((_line(pair, chat) for pair in pairs), path, ending)
        used = len({id(candidate) for pair in pairs for candidate in pair})
        unscored = sum(flag is None for flag in flags)
        counted = (
            f"{len(pairs):,} pairs from {used:,} of {len(rows.candidates):,} candidates; {unscored:,} are unscored"
        )
        return Written(len(pairs), (counted,))


DPO = Dpo()


def pairs_of(candidates: Sequence[Candidate], accepted: Sequence[bool | None], pairs_per_prompt: int = 1) -> list[Pair]:
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
        raise RowsRefused(_no_pairs(groups))
    return pairs


def _line(pair: Pair, chat: bool) -> Line:
    chosen, rejected = pair
    if chat:
        return {
            "prompt": as_turns(chosen.prompt, "user"),
            "chosen": as_turns(chosen.completion, "assistant"),
            "rejected": as_turns(rejected.completion, "assistant"),
        }
    return {"prompt": chosen.prompt, "chosen": chosen.completion, "rejected": rejected.completion}


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
