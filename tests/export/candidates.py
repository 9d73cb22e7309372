"""Candidates that the tests of export write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openloop.records import Candidate

ASK = [{"role": "user", "content": "2+2?"}]
LONG = [{"role": "system", "content": "Be brief."}, *ASK, {"role": "assistant", "content": "?"}, *ASK]
REPLY = [{"role": "assistant", "content": "4"}]
ODD = "{braces} \n \u2028 é 🙂 \x00"


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def candidate(
    prompt: Any = "2+2=", completion: Any = "4", *, prompt_id: str = "p", index: int = 0, **more: Any
) -> Candidate:
    return Candidate(f"{prompt_id}/{index}", prompt_id, prompt, completion, index, **more)


TEXT = [candidate(), candidate("odd " + ODD, ODD, prompt_id="q")]
CHAT = [candidate(ASK, REPLY), candidate(LONG, REPLY, prompt_id="q")]
