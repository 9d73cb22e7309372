"""How many paid replies a second are committed. Limit: 20,000 rows/s, beside plain sqlite3 doing the same.

python benchmarks/committed_requests.py
"""

import json
import sqlite3
import time
from hashlib import blake2b
from pathlib import Path

from measure import folder_on_disk, verdict
from openloop.run.store import Store

ROWS, REPEATS = 40_000, 5
KEYS = [blake2b(str(i).encode(), digest_size=16).digest() for i in range(ROWS)]  # as random as real ones
REPLY = json.dumps([{"content": "x" * 400, "logprob": -1.5, "n_tokens": 120, "finish": "stop"}])


def ours(folder: Path, chunk: int) -> float:
    """Rows a second through the store: marked as sent, then committed, chunk by chunk."""
    requests = Store.open(folder / "run").requests
    keys = KEYS
    began = time.perf_counter()
    for start in range(0, ROWS, chunk):
        mine = keys[start : start + chunk]
        requests.exchange([], mine, "stage")
        requests.exchange([(key, REPLY) for key in mine], [], "stage")
    return ROWS / (time.perf_counter() - began)


def plain(folder: Path, chunk: int) -> float:
    """The same two transactions a chunk with nothing of ours."""
    db = sqlite3.connect(folder / "plain.sqlite")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE requests (key BLOB PRIMARY KEY, fingerprint TEXT, sent REAL, reply TEXT)")
    keys = KEYS
    began = time.perf_counter()
    for start in range(0, ROWS, chunk):
        mine = keys[start : start + chunk]
        with db:
            db.executemany("INSERT INTO requests VALUES (?, 'stage', 0, NULL)", ((key,) for key in mine))
        with db:
            db.executemany("UPDATE requests SET reply = ? WHERE key = ?", ((REPLY, key) for key in mine))
    return ROWS / (time.perf_counter() - began)


def best(measure: object, chunk: int) -> float:
    """The best of some repeats: the disk is shared."""
    rates = []
    for _ in range(REPEATS):
        with folder_on_disk() as folder:
            rates.append(measure(Path(folder), chunk))
    return max(rates)


for chunk in (32, 256, 1024):
    mine, raw = best(ours, chunk), best(plain, chunk)
    verdict(
        f"chunks of {chunk:>4}: {mine / raw:.2f} of plain sqlite3 ({raw:,.0f} rows/s); ours",
        mine,
        20_000,
        " rows/s",
        at_least=True,
    )
