"""Print the estimate of a training and the memory that it took, in bytes. In a process of its own, so that nothing else
is counted.

    memory_program.py FOLDER OPTIONS LENGTH
"""

import json
import resource
import sys
from pathlib import Path

from openloop import training
from openloop.records import Example
from tests.support.small_models import make_model
from tests.training.small_trainings import SUMS, small, trained

SHAPE = {"hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 8}
HEADS = {"num_attention_heads": 8, "num_key_value_heads": 8}


def main(base: Path, options: str, length: int) -> None:
    model = small(make_model(base / "model", max_position_embeddings=1024, **SHAPE, **HEADS))
    trained(training.sft(steps=1), small(make_model(base / "warm")), SUMS, base / "warm up")
    rows, trainer = [Example("a", "b" * (length - 3))] * 16, training.sft(steps=2, **json.loads(options))
    told = trainer.estimate(model, rows).memory_bytes
    before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    trained(trainer, model, rows, base / "out")
    took = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    sys.stdout.write(json.dumps([told, took]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
