"""Prompts that are never trained on: set aside, and answered by the policy as it is at a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from openloop.contracts import Pretrained
from openloop.data import content_id
from openloop.errors import InputError
from openloop.records import Completion, Prompt
from openloop.seeds import derive


def set_aside(prompts: Sequence[Prompt], held_out: int, least: int, seed: int) -> tuple[list[Prompt], list[Prompt]]:
    """(to train on, held out): chosen by the seed, and nothing that is asked in one is asked in the other.

    Held-out prompts are different from each other; ``least`` prompts must be left to train on. Raises InputError.
    """
    asked = list(dict.fromkeys(content_id(prompt.content) for prompt in prompts))
    if len(asked) < held_out + least:
        raise InputError(
            f"grpo: {len(asked):,} different prompts are too few: {held_out:,} are held out, and a step asks {least:,} "
            "others. Give more prompts, or lower held_out, or batch and accumulate."
        )
    chosen = np.random.default_rng(derive("held out", seed)).permutation(len(asked))[:held_out]
    aside = {asked[place] for place in chosen}
    first = {content_id(prompt.content): prompt for prompt in reversed(prompts)}
    train = [prompt for prompt in prompts if content_id(prompt.content) not in aside]
    return train, [first[name] for name in asked if name in aside]


def greedy_answers(
    network: Any, model: Pretrained, prompts: Sequence[Prompt], max_tokens: int, batch: int
) -> list[Completion]:
    """The most probable answer to each prompt, of a network in training, which is left as it was. Shape [P]."""
    import torch
    from transformers import GenerationConfig

    ends = model.end_tokens
    config = GenerationConfig(
        max_new_tokens=max_tokens, do_sample=False, eos_token_id=list(ends), pad_token_id=ends[0], disable_compile=True
    )
    found: list[Completion] = []
    training = network.training
    network.eval()
    try:
        for start in range(0, len(prompts), batch):
            some = prompts[start : start + batch]
            asked = [model.prompt_tokens(prompt.content) for prompt in some]
            longest = max(map(len, asked))
            ids = torch.tensor([[ends[0]] * (longest - len(row)) + row for row in asked], device=network.device)
            mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in asked], device=network.device)
            with torch.no_grad():
                made = network.generate(input_ids=ids, attention_mask=mask, generation_config=config)
            said = made[:, longest:].tolist()
            found += [model.answer(p.content, _until(row, ends)) for p, row in zip(some, said, strict=True)]
    finally:
        network.train(training)
    return found


def _until(row: list[int], ends: Sequence[int]) -> list[int]:
    place = next((place for place, token in enumerate(row) if token in ends), len(row))
    return row[: place + 1]


@contextmanager
def random_state_kept() -> Iterator[None]:
    """What is done inside takes no random number from a training."""
    import random

    import torch

    ours, numbers = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count()) if torch.cuda.is_available() else []):
        try:
            yield
        finally:
            random.setstate(ours)
            np.random.set_state(numbers)
