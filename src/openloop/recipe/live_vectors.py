"""The vectors of a recipe as live objects: what makes them, and of which side of each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openloop.contracts import Embedder
from openloop.data.vectors import PRECISIONS
from openloop.embedding import embedder_of
from openloop.errors import InputError, RecipeError
from openloop.recipe.round_schema import Spec
from openloop.run.embedded import Embedded
from openloop.run.embedded_texts import SIDES
from openloop.run.results import Pool
from openloop.run.run import Run


@dataclass(frozen=True)
class LiveVectors:
    """One named column of vectors."""

    name: str
    embedder: Embedder
    how: Mapping[str, Any]
    """``of`` and ``precision``, where the recipe says them."""

    @property
    def text(self) -> str:
        """``embed.vector: completions by 'hashed-512'``."""
        return f"embed.{self.name}: {self.how.get('of', 'completion')}s by {self.embedder.name!r}"

    def embed(self, at: Run, pool: Pool) -> Embedded:
        """The vectors of a pool."""
        return at.embed(pool, self.embedder, name=self.name, **self.how)


def live_vectors(name: str, spec: Spec, base: Path) -> LiveVectors:
    """Of one entry of ``embed``. Raises RecipeError."""
    options = dict(spec) if isinstance(spec, Mapping) else {}
    how: dict[str, Any] = {key: options.pop(key) for key in ("of", "precision") if key in options}
    for key, allowed in (("of", SIDES), ("precision", PRECISIONS)):
        if key in how and how[key] not in allowed:
            raise RecipeError(f"embed.{name}.{key}: {' or '.join(allowed)}, got {how[key]!r}.")
    try:
        return LiveVectors(name, embedder_of(options if isinstance(spec, Mapping) else spec, base), how)
    except InputError as error:
        raise RecipeError(f"embed.{name}: {str(error).removeprefix('embed: ')}") from None
