"""Three steps of TRL's GRPO on a small random model, with its completions logged. ``write_trl.py MODEL FOLDER``."""

import sys

from datasets import Dataset
from transformers import AutoTokenizer
from trl import GRPOConfig, GRPOTrainer

model, folder = sys.argv[1:]


def short(completions, **others):
    """Higher for a shorter answer."""
    return [1 / (1 + len(text)) for text in completions]


def has_a(completions, **others):
    """1 where the answer has an a."""
    return [float("a" in text) for text in completions]


options = GRPOConfig(
    output_dir=folder,
    log_completions=True,
    logging_steps=1,
    max_steps=3,
    per_device_train_batch_size=4,
    num_generations=4,
    max_completion_length=6,
    use_cpu=True,
    bf16=False,
    report_to=[],
    save_strategy="no",
    disable_tqdm=True,
)
rows = Dataset.from_list([{"prompt": f"What is {i} + {i}?"} for i in range(8)])
GRPOTrainer(
    model=model,
    args=options,
    reward_funcs=[short, has_a],
    train_dataset=rows,
    processing_class=AutoTokenizer.from_pretrained(model),
).train()
