"""An embedder by its name, as a command or a recipe gives it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openloop import embedding
from openloop.contracts import Embedder
from openloop.embedding.endpoint import endpoint
from openloop.embedding.hashed import hashed
from openloop.embedding.sentence_transformer import sentence_transformer
from openloop.errors import InputError
from openloop.specs import build

ALLOWED = (
    "hashed, hashed-DIMS, the folder of a sentence-transformers model, a model of the Hugging Face hub (ORG/NAME), "
    "http://HOST/v1#MODEL, file.py:NAME"
)


def embedder_of(spec: str | Mapping[str, Any] | Embedder | None, base: Path | None = None) -> Embedder:
    """What makes vectors: an embedder itself, its name, or ``{use: NAME, option: ...}`` as a recipe writes it.

    Names: ``hashed``, ``hashed-1024``, a folder (relative to ``base``) or hub name of a sentence-transformers model,
    ``http://HOST/v1#MODEL``, ``file.py:name``. Raises InputError.
    """
    if spec is None:
        return hashed()
    if isinstance(spec, Embedder):
        return spec
    made: Any = None
    if isinstance(spec, Mapping):
        use = spec.get("use")
        alone = isinstance(use, str) and use not in embedding.__all__ and len(spec) == 1
        made = embedder_of(use, base) if alone else _built(spec, base)
    elif isinstance(spec, str):
        made = _named(spec, base)
    if not isinstance(made, Embedder):
        raise InputError(f"embed: {spec!r:.120} is nothing that makes vectors. Allowed: {ALLOWED}.")
    return made


def _named(name: str, base: Path | None) -> Any:
    """None for a name that is none."""
    dims = name.removeprefix("hashed-")
    if name == "hashed" or (dims != name and dims.isdecimal()):
        return hashed() if name == "hashed" else hashed(int(dims))
    if name.startswith(("http://", "https://")):
        url, _, model = name.partition("#")
        if not model:
            raise InputError(f"embed: {name!r} does not say which model is asked; write {url}#MODEL.")
        return endpoint(url=url, model=model)
    if ":" in name:
        return _built(name, base)
    if "/" in name or (name and ((base or Path()) / name).is_dir()):
        return sentence_transformer(name, base=base)
    return None


def _built(spec: str | Mapping[str, Any], base: Path | None) -> Any:
    where = base or Path()
    return build(spec, base=where, shipped=embedding, defaults={"base": where})
