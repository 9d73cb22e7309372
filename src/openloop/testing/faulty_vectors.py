"""What :class:`openloop.testing.FaultyServer` answers to a request for vectors, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openloop.embedding import hashed

WIDTH = 32
FAULTS = {
    "shuffled": "vectors in another order, with their index",
    "one-short": "one vector too few",
    "nan-vector": "NaN in a vector",
    "other-width": "a vector longer than the others",
    "batch-refused": "status 400 for more than four texts",
    "long-refused": "status 400 for a text of more than a hundred characters",
    "no-usage": "tokens are not counted",
}
"""Each is the same whenever the request is made."""


def refusal(body: Mapping[str, Any], fault: str) -> str:
    """Why a request is refused; empty where it is not."""
    if fault == "batch-refused" and len(body["input"]) > 4:
        return f"batch size {len(body['input'])} > maximum allowed batch size 4"
    if fault == "long-refused" and any(len(text) > 100 for text in body["input"]):
        return "maximum context length is 25 tokens"
    return ""


def vectors_reply(body: Mapping[str, Any], fault: str) -> dict[str, Any]:
    """Vectors of three times the length of :func:`openloop.embedding.hashed`: clients set them to length 1."""
    vectors = (3 * hashed(WIDTH).embed(body["input"])).tolist()
    if fault == "nan-vector":
        vectors[-1][0] = float("nan")
    if fault == "other-width":
        vectors[-1].append(0.5)
    data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
    if fault == "shuffled":
        data = data[1::2] + data[::2]
    if fault == "one-short":
        data.pop()
    tokens = 0 if fault == "no-usage" else sum(1 + len(text) // 4 for text in body["input"])
    usage = {} if fault == "no-usage" else {"usage": {"prompt_tokens": tokens, "total_tokens": tokens}}
    return {"object": "list", "model": body.get("model"), "data": data, **usage}
