"""How often the size of a batch changes a text: the share of completions that differ from those of batches of 32.

A random Llama of two layers, 200 prompts of different lengths, 48 tokens each, on one thread of a CPU.

python benchmarks/flip_rate.py
"""

import sys
import tempfile
from pathlib import Path

from measure import ROOT

sys.path.insert(0, str(ROOT))
from tests.support.small_models import make_model

from openloop import models
from openloop.measures.intervals import proportion
from openloop.records import Prompt, Sampling

PROMPTS = [Prompt(f"p{i}", "number " * (1 + i % 7) + str(i)) for i in range(200)]

with tempfile.TemporaryDirectory() as scratch:
    folder = make_model(Path(scratch) / "small", max_position_embeddings=512, hidden_size=128, intermediate_size=256)
    for dtype in ("float32", "bfloat16"):
        for temperature in (1.0, 0.0):
            drawn = {}
            for batch in (32, 8, 1):
                model = models.transformers(str(folder), batch=batch, dtype=dtype, device="cpu", threads=1)
                found = model.sample(PROMPTS, 1, Sampling(temperature=temperature, max_tokens=48))
                drawn[batch] = [group[0].content for group in found]
            for batch in (8, 1):
                flips = sum(one != other for one, other in zip(drawn[32], drawn[batch], strict=True))
                share = proportion(flips, len(PROMPTS))
                differ = f"{flips} of {len(PROMPTS)} texts differ"
                interval = f"{share.value:.3f} [{share.low:.3f}, {share.high:.3f}]"
                print(f"{dtype}, temperature {temperature:g}, batch {batch} against 32: {differ}, {interval}")
