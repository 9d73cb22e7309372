"""Throughput of our trainings against TRL's own scripts on the same rows: from rows in memory to weights on the disk.

One process, interleaved pairs after a warm-up of each; CPU time where there is no GPU. Limit: sft at least .97 of
TRL's tokens a second.

python benchmarks/training.py [pairs]
"""

import io
import math
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from measure import ROOT, folder_on_disk, median_interval, verdict
from openloop import models, training
from openloop.records import Example

sys.path.insert(0, str(ROOT))
from tests.support.small_models import make_model

CUDA = torch.cuda.is_available()
DEVICE = "cuda" if CUDA else "cpu"
LAYERS, HIDDEN = (12, 768) if CUDA else (4, 192)
STEPS, BATCH, LENGTH = (100, 16, 1024) if CUDA else (80, 8, 128)
PEAK = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L4": 121e12}
"""Dense bf16 operations a second, by the name of the device (NVIDIA's data sheets)."""
Script = Callable[[Path], None]


@dataclass(frozen=True)
class Pair:
    """Two ways to do the same training, each from rows to weights in a folder."""

    name: str
    ours: Script
    trls: Script
    tokens: int
    limit: float


def plain(out: Path, steps: int, batch: int) -> dict[str, Any]:
    """What a script of TRL's is told: to train, and nothing else."""
    return {
        "output_dir": str(out),
        "max_steps": steps,
        "per_device_train_batch_size": batch,
        "gradient_checkpointing": False,
        "bf16": CUDA,
        "use_cpu": not CUDA,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }


def rows() -> list[Example]:
    """As many as the steps take, of equal length, so that both ways pad alike."""
    return [Example(f"{i:06d}", "x" * (LENGTH - 7)) for i in range(STEPS * BATCH)]


def sft(folder: Path) -> Pair:
    """Supervised fine-tuning, the prompt masked."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    given, model = rows(), models.transformers(str(folder), device=DEVICE)

    def ours(out: Path) -> None:
        weights, checkpoints = out / "weights", out / "checkpoints"
        weights.mkdir(parents=True)
        checkpoints.mkdir()
        trainer = training.sft(steps=STEPS, batch=BATCH)
        trainer.train(model, given, seed=0, folder=weights, checkpoints=checkpoints, report=lambda _: None)

    def trls(out: Path) -> None:
        dataset = Dataset.from_list([{"prompt": row.prompt, "completion": row.completion} for row in given])
        options = SFTConfig(**plain(out, STEPS, BATCH), learning_rate=2e-5, max_length=None)
        network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        trainer = SFTTrainer(network, args=options, train_dataset=dataset, processing_class=tokenizer)
        with redirect_stdout(io.StringIO()):
            trainer.train()
        trainer.save_model(str(out))

    return Pair("sft", ours, trls, STEPS * BATCH * LENGTH, 0.97)


PAIRS: list[Callable[[Path], Pair]] = [sft]


def seconds(script: Script, out: Path) -> float:
    """Of one training; on a CPU, which others may use too, of its own time on it."""
    clock = time.perf_counter if CUDA else time.process_time
    began = clock()
    script(out)
    if CUDA:
        torch.cuda.synchronize()
    return clock() - began


def compare(pair: Pair, base: Path, times: int) -> None:
    """Print tokens a second of both ways, and their ratio with its interval."""
    ways = {"ours": pair.ours, "trls": pair.trls}
    ratios, taken = [], {name: [math.inf] for name in ways}
    for number in range(times + 1):
        order = list(ways) if number % 2 else list(ways)[::-1]
        found = {name: seconds(ways[name], base / f"{pair.name} {name} {number}") for name in order}
        if number == 0:
            continue  # the first of each warms up
        ratios.append(found["trls"] / found["ours"])
        for name, mine in found.items():
            taken[name].append(mine)
    for name, mine in taken.items():
        print(f"{pair.name}, {name}: {pair.tokens / min(mine):,.0f} tokens a second at best")
    middle, low, high = median_interval(ratios)
    print(f"{pair.name}: ours / TRL's {middle:.3f} [{low:.3f}, {high:.3f}] over {times} pairs")
    verdict(f"{pair.name}, throughput against TRL's own", middle, pair.limit, at_least=True)
    print(utilisation(pair, min(taken["ours"])))


def utilisation(pair: Pair, taken: float) -> str:
    """Share of the device's operations that a training uses (MFU): 6 a parameter and token, and attention's."""
    if not CUDA:
        return "no GPU here, so no MFU is measured"
    name = torch.cuda.get_device_name()
    peak = next((value for key, value in PEAK.items() if key in name), None)
    if peak is None:
        return f"{name}: its peak is not known, so no MFU is given"
    each = 6 * 12 * LAYERS * HIDDEN**2 + 12 * LAYERS * HIDDEN * LENGTH  # Chowdhery et al. 2022 (PaLM), appendix B
    return f"{pair.name}: MFU {each * pair.tokens / taken / peak:.1%} of {name}, bf16, loading and saving included"


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with folder_on_disk() as held:
        shape = {"hidden_size": HIDDEN, "intermediate_size": 8 * HIDDEN // 3, "num_hidden_layers": LAYERS}
        heads = {"num_attention_heads": HIDDEN // 64, "num_key_value_heads": HIDDEN // 64}
        folder = make_model(Path(held) / "model", scale=0.02, max_position_embeddings=2 * LENGTH, **shape, **heads)
        print(f"{LAYERS} layers of {HIDDEN}, {STEPS} steps of {BATCH} rows of {LENGTH} tokens on {DEVICE}")
        for make in PAIRS:
            compare(make(folder), Path(held), times)


if __name__ == "__main__":
    main()
