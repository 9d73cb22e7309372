"""Throughput of our GRPO, which records every rollout, against TRL's own script with the same trivial reward.

As benchmarks/training.py, without held-out prompts. Limit: at least .95 of TRL's.

python benchmarks/grpo.py [pairs]
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

import openloop
from measure import ROOT, folder_on_disk
from openloop import models, training
from openloop.records import Prompt
from training import CUDA, DEVICE, HIDDEN, LAYERS, Pair, compare, plain

sys.path.insert(0, str(ROOT))
from tests.support.small_models import make_model

STEPS, K, BATCH, NEW = (20, 8, 64, 256) if CUDA else (40, 8, 32, 32)
FULL = {"min_new_tokens": NEW}
"""All answers are of one length, or luck would decide which of the two computes more."""


@openloop.signal(range=(0.0, 1.0), version="1")
def half(candidate: Any) -> float:
    """A trivial reward that still tells answers apart."""
    return float(candidate.completion[:1] < "O")


def rewarded(completions: Sequence[str], **_: Any) -> list[float]:
    return [float(completion[:1] < "O") for completion in completions]


def grpo(folder: Path) -> Pair:
    """Answers of ``NEW`` tokens."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer

    given = [Prompt(f"{i}", f"{i:06d} say something") for i in range(STEPS * BATCH // K)]
    model = models.transformers(str(folder), device=DEVICE)

    def ours(out: Path) -> None:
        weights, checkpoints = out / "weights", out / "checkpoints"
        weights.mkdir(parents=True)
        checkpoints.mkdir()
        size = {"steps": STEPS, "k": K, "batch": BATCH, "accumulate": 1, "max_tokens": NEW, "held_out": 0}
        trainer = training.grpo(signals=half, **size, trl={"generation_kwargs": FULL})
        trainer.train(model, given, seed=0, folder=weights, checkpoints=checkpoints, report=lambda _: None)

    def trls(out: Path) -> None:
        length = {"max_completion_length": NEW, "generation_kwargs": FULL}
        options = GRPOConfig(
            **plain(out, STEPS, BATCH), **length, num_generations=K, learning_rate=1e-6, logging_steps=1
        )
        network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        network.generation_config = type(network.generation_config)(eos_token_id=network.config.eos_token_id)
        trainer = GRPOTrainer(
            network,
            reward_funcs=rewarded,
            args=options,
            train_dataset=Dataset.from_list([{"prompt": prompt.content} for prompt in given]),
            processing_class=AutoTokenizer.from_pretrained(folder),
        )
        trainer.train()
        trainer.save_model(str(out))

    return Pair("grpo", ours, trls, STEPS * BATCH * NEW, 0.95)


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with folder_on_disk() as held:
        shape = {"hidden_size": HIDDEN, "intermediate_size": 8 * HIDDEN // 3, "num_hidden_layers": LAYERS}
        heads = {"num_attention_heads": HIDDEN // 64, "num_key_value_heads": HIDDEN // 64}
        folder = make_model(Path(held) / "model", scale=0.02, max_position_embeddings=512, **shape, **heads)
        print(f"{LAYERS} layers of {HIDDEN}, {STEPS} steps of {BATCH} answers of {NEW} tokens on {DEVICE}")
        compare(grpo(folder), Path(held), times)


if __name__ == "__main__":
    main()
