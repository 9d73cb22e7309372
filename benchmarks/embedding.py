"""100,000 texts become vectors: how many a second, what a kill costs, how much memory it takes.

python benchmarks/embedding.py [EMBEDDER] [TEXTS]

``hashed`` unless another is named: the folder of a sentence-transformers model, http://HOST/v1#MODEL. A second run of
as many texts, killed when half of its parts are stored, is taken up again.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np

import openloop
from measure import cost, folder_on_disk, verdict
from openloop.embedding import embedder_of


def texts(n: int) -> list[str]:
    """Texts of 20 to 100 words, of which some are common (Zipf's law)."""
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(50_000)]
    sizes = rng.integers(20, 101, n)
    drawn = rng.zipf(1.3, int(sizes.sum())) % len(words)
    return [" ".join(words[i] for i in mine.tolist()) for mine in np.split(drawn, np.cumsum(sizes)[:-1])]


def work(folder: str, name: str, n: int, stop: int) -> None:
    """Embed, or be gone once so many parts are stored (0: never; -1: embed only one text)."""
    run = openloop.Run(folder)
    left = [stop]

    def count(kind: str, _: object) -> None:
        left[0] -= kind == "committed"
        if kind == "committed" and left[0] == 0:
            os._exit(0)  # as a kill would, but with an exit status that the measurement takes

    run.store.observers.append(count)
    run.embed(texts(n) if stop >= 0 else texts(n)[:1], name)


def main(name: str, n: int) -> None:
    parts = -(-n // 1024)
    with folder_on_disk() as folder:
        nothing = cost(__file__, "work", Path(folder) / "none", name, n, -1)
        whole = cost(__file__, "work", Path(folder) / "whole", name, n, 0)
        killed = cost(__file__, "work", Path(folder) / "killed", name, n, parts // 2)
        rest = cost(__file__, "work", Path(folder) / "killed", name, n, 0)
        size = sum(file.stat().st_size for file in (Path(folder) / "whole" / "vectors").rglob("*.parquet"))
        run = openloop.Run(Path(folder) / "whole")
        began = time.perf_counter()
        vectors = run.embed(texts(n), name).vectors
        reading = time.perf_counter() - began
        run.close()
    quick = embedder_of(name).name.startswith("hashed")
    verdict("texts a second of CPU time", n / (whole.cpu - nothing.cpu), 4_000 if quick else 0, at_least=True)
    verdict("a killed run and its resume, against an uninterrupted one", (killed.cpu + rest.cpu) / whole.cpu, 1.4)
    verdict("the resume alone, from half of the parts", rest.cpu / whole.cpu, 0.8)
    verdict("memory beside the texts and the program", whole.peak - nothing.peak, 200 if quick else 8_000, " MiB")
    print(f"stored: {size / n:,.0f} bytes a text, shape {vectors.shape}; named and read again in {reading:.1f} s")


if sys.argv[1:2] == ["work"]:
    work(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
else:
    main(*(sys.argv[1:2] or ["hashed"]), int((sys.argv[2:3] or ["100000"])[0]))
