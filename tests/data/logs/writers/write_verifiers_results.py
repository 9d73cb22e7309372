"""Run by verifiers 0.1: results.jsonl and a data set, from rollouts that its own functions turn into outputs."""

import sys
from pathlib import Path

from verifiers.utils.save_utils import make_dataset, save_outputs, state_to_output


def rollout(i):
    good = i % 2 == 0
    return {
        "example_id": i,
        "prompt": [{"role": "user", "content": f"What is {i} + {i}?"}],
        "completion": [{"role": "assistant", "content": str(2 * i if good else 99)}],
        "answer": str(2 * i),
        "reward": float(good) + 0.5,
        "timing": {"total_ms": 1.0},
        "is_completed": True,
        "metrics": {"right": float(good), "short": 0.5},
        "trajectory": [],
    }


folder = Path(sys.argv[1])
outputs = [state_to_output(rollout(i)) for i in range(6)]
save_outputs(outputs, folder)
make_dataset({"outputs": outputs}).save_to_disk(str(folder / "data_set"))
