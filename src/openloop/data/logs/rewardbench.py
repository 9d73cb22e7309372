"""RewardBench: ``MODEL_outputs.jsonl`` of the command, and ``eval-set-scores/MODEL.json`` of its scripts.

A row is one pair with a reward model's score of each answer; the chosen one is better by the benchmark's own labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openloop.data.logs.base import Row, ToolLog, all_have, holds, messages, without

_OWN = ("prompt", "text_chosen", "text_rejected", "scores_chosen", "scores_rejected", "results", "chosen", "rejected")


def find(sample: Sequence[Row], name: str) -> ToolLog | None:  # noqa: ARG001
    """Told by ``text_chosen``, ``text_rejected``, ``scores_chosen`` and ``scores_rejected``."""
    if not all_have(sample, "text_chosen", "text_rejected", "scores_chosen", "scores_rejected"):
        return None
    said = (
        "one row per pair; chosen is better by the benchmark's labels (gold); verdict = which one the reward model "
        "scores higher (chosen_score, rejected_score)"
    )
    if not all_have(sample, "prompt"):
        said += "; the prompt is what both texts begin with"
    return ToolLog("RewardBench scores", said, lambda row: [_row(row)])


def _row(row: Row) -> dict[str, Any]:
    prompt, texts = row.get("prompt"), [row["text_chosen"], row["text_rejected"]]
    if holds(row, text_chosen=list, text_rejected=list):
        chats = [messages(text) for text in texts]
        shared = _shared(chats[0], chats[1])
        prompt, texts = chats[0][:shared], [chat[shared:] for chat in chats]
    elif isinstance(prompt, str) and prompt:
        # The texts are whole conversations, formatted by a chat template: the answer is what follows the prompt.
        texts = [_after(text, prompt) for text in texts]
    chosen, rejected = _number(row["scores_chosen"]), _number(row["scores_rejected"])
    made: dict[str, Any] = {"prompt": prompt} if prompt else {}
    return {
        **made,
        "chosen": texts[0],
        "rejected": texts[1],
        "chosen_score": chosen,
        "rejected_score": rejected,
        **without(row, *_OWN),
    }


def _shared(one: Sequence[Any], other: Sequence[Any]) -> int:
    found = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        found += 1
    return min(found, len(one) - 1, len(other) - 1) if one and other else 0


def _after(text: Any, prompt: str) -> Any:
    if not isinstance(text, str):
        return text
    return text.rpartition(prompt)[2].strip() or text


def _number(score: Any) -> Any:
    """Some scripts write a score as a list of one."""
    return score[0] if isinstance(score, list) and len(score) == 1 else score
