"""What the tests of endpoints share: prompts, and a model behind a server that fails on purpose."""

from __future__ import annotations

from typing import Any

from openloop import models
from openloop.records import Prompt
from openloop.testing import FaultyServer
from openloop.testing.faulty_server import ANSWERED, FAULTS

ROWS = [{"prompt": f"question {i}", "answer": str(i)} for i in range(40)]
PROMPTS = [Prompt(f"p{i}", row["prompt"], row) for i, row in enumerate(ROWS)]
PASSING = sorted(FAULTS.keys() - ANSWERED - {"stall"})
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}


def model(server: FaultyServer, **options: Any) -> Any:
    return models.endpoint(**({"url": server.url, "model": "faulty", "backoff": 0.01, "timeout": 20} | options))
