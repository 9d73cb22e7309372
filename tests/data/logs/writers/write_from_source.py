"""The writing functions of verl and RewardBench, taken from their wheels' source: their imports need GPUs' packages.

Run as ``python write_from_source.py SITE_PACKAGES FOLDER``.
"""

import ast
import json
import os
import sys
from pathlib import Path
from typing import Union


def function(file, name):
    """One function of a source file, on its own; a method without its decorators."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            node.decorator_list = []
            names = {"os": os, "json": json, "Dict": dict, "List": list, "Union": Union}
            exec(compile(ast.Module([node], []), str(file), "exec"), names)
            return names[name]
    raise SystemExit(f"{file}: no function {name}")


packages, folder = Path(sys.argv[1]), Path(sys.argv[2])
write_generations = function(packages / "verl/trainer/ppo/ray_trainer.py", "_write_generations")
for step in range(1, 4):
    good = [i % (4 - step) == 0 for i in range(6)]
    write_generations(
        [f"What is {i} + {i}?" for i in range(6)],
        [str(2 * i if g else 99) for i, g in enumerate(good)],
        [str(2 * i) for i in range(6)],
        [1.0 if g else -1.0 for g in good],
        {"acc": good, "pred": [str(i) for i in range(6)]},
        str(folder / "verl"),
        step,
    )
save_jsonl = function(packages / "rewardbench/rewardbench.py", "save_jsonl")
prompts = [f"What is {i} + {i}?" for i in range(6)]
pairs = {
    "prompt": prompts,
    "results": [int(i % 3 > 0) for i in range(6)],
    "scores_chosen": [float(i % 3) for i in range(6)],
    "scores_rejected": [0.5] * 6,
    "text_chosen": [f"User: {p}\nAssistant: {2 * i}" for i, p in enumerate(prompts)],
    "text_rejected": [f"User: {p}\nAssistant: 99" for p in prompts],
    "subset": ["sums"] * 6,
}
save_jsonl(str(folder / "rewardbench" / "model_outputs.jsonl"), pairs)
os.chdir(folder / "rewardbench")
save_to_hub = function(packages / "rewardbench/utils.py", "save_to_hub")
lists = {name: held for name, held in pairs.items() if name != "prompt"} | {"model": "tiny", "chat_template": "none"}
save_to_hub(lists, "tiny", "eval-set-scores/", False, local_only=True)
