"""An embedder by its name, as a command or a recipe gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openloop.contracts import Embedder
from openloop.embedding.hashed import hashed
from openloop.errors import InputError


def embedder_of(spec: str | Mapping[str, Any] | Embedder | None) -> Embedder:
    """What makes vectors: an embedder itself, or ``hashed``, ``hashed-1024``. Raises InputError."""
    if spec is None or spec == "hashed":
        return hashed()
    if isinstance(spec, Embedder):
        return spec
    if isinstance(spec, str):
        dims = spec.removeprefix("hashed-")
        if dims != spec and dims.isdecimal():
            return hashed(int(dims))
    raise InputError(f"embed: {spec!r} is nothing that makes vectors. Allowed: hashed, hashed-DIMS.")
