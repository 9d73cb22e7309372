"""Sampling from a server that others wrote: `transformers serve`, with a small random model."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import openloop
from openloop import models
from openloop.errors import RunError
from openloop.run.store import Store
from tests.support.processes import wait_until
from tests.support.small_models import make_model

pytest.importorskip("transformers")
pytest.importorskip("uvicorn")
pytestmark = pytest.mark.integration
STARTS_WITHIN = 60.0
"""Seconds; about 5 on a quiet machine."""


@dataclass
class Server:
    url: str
    model: str
    process: subprocess.Popen[bytes]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = make_model(tmp_path / "small")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "server.log"
    start = "import sys; from transformers.cli.transformers import main; sys.exit(main())"
    words = ["serve", str(folder), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", start, *words], stdout=output, stderr=output, env=environment)
    try:
        wait_until(lambda: process.poll() is not None or answers(f"http://127.0.0.1:{port}/health"))
        assert process.poll() is None, log.read_text()[-2000:]
        yield Server(f"http://127.0.0.1:{port}/v1", str(folder), process)
    finally:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def test_every_row_of_a_real_server_is_accounted_for(server: Server, tmp_path: Path) -> None:
    rows = [{"prompt": f"question {i}"} for i in range(12)]
    directory = tmp_path / "run"
    teachers = [
        models.endpoint(url=server.url, model=server.model, api=api, logprobs=True, concurrency=8, patience=2.0)
        for api in ("chat", "completions")
    ]
    found = []
    for teacher in teachers:
        run = openloop.Run(directory)
        pool = run.sample(teacher, rows, k=2, max_tokens=8)
        assert pool.counts["requested"] == 24 == pool.counts["generated"] + pool.counts["request_failed"]
        assert pool.counts["generated"] >= 18 and len({row.completion for row in pool}) > 6
        # It answers 200 and sends no log-probabilities; nothing is made of that but a remark.
        assert all(row.logprob is None for row in pool)
        assert sum(n for what, n in pool.counts["remarks"].items() if "no logprobs" in what) == len(pool)
        assert all(row.n_tokens is not None and row.n_tokens <= 8 for row in pool)
        found.append([row.completion for row in pool])
        run.close()
    server.process.kill()
    server.process.wait()
    for teacher, before in zip(teachers, found, strict=True):  # the server is gone, and nothing is asked again
        run = openloop.Run(directory)
        assert [row.completion for row in run.sample(teacher, rows, k=2, max_tokens=8)] == before
        run.close()
    run = openloop.Run(directory)
    with pytest.raises(RunError, match="no answer|connection"):
        run.sample(teachers[0], rows, k=3, max_tokens=8)
    assert len(Store.read(directory).finished()) == 2
    run.close()
