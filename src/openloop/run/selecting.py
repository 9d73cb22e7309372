"""What `Run.select` is given, as stages: the selection, and the vectors that it compares with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from openloop.contracts import Selector
from openloop.errors import InputError
from openloop.run.arguments import require, require_result
from openloop.run.embedded import Embedded, split_columns
from openloop.run.embedded_texts import RowTexts
from openloop.run.results import Pool, Verdicts
from openloop.run.stages.embed import EmbedStage
from openloop.run.stages.select import SelectStage
from openloop.selection import chain
from openloop.selection.reference import GivenVectors, references_of


def select_stage(
    pool: Pool,
    verdicts: Verdicts | Mapping[str, Verdicts] | None,
    selectors: Sequence[Selector],
    limit: int | None,
    columns: Mapping[str, NDArray[Any] | Embedded] | None,
) -> SelectStage:
    """One selection; its ``references`` are to be carried out before it. Raises InputError."""
    require_result(pool, Pool, "select", "Run.sample or Run.parse")
    for selector in selectors:
        require(selector, Selector, "selector", "openloop.selection")
    by_name = {verdicts.signal: verdicts} if isinstance(verdicts, Verdicts) else verdicts or {}
    selector = selectors[0] if len(selectors) == 1 else chain(*selectors)
    scored = {name: mine.stages for name, mine in by_name.items()}
    arrays, vectors = split_columns(pool, columns)
    references = _references(selector, arrays, vectors)
    return SelectStage(pool.stages, scored, selector, limit, arrays, vectors, references)


def _references(
    selector: Selector, arrays: Mapping[str, NDArray[Any]], stored: Mapping[str, tuple[EmbedStage, ...]]
) -> dict[str, EmbedStage]:
    """What makes the vectors of the rows that a selector compares a pool with: the way their column was made.

    Raises InputError where that is not known, because the column is an array.
    """
    stages = {}
    for reference in references_of(selector):
        if isinstance(reference.rows, GivenVectors):
            continue
        if reference.column in arrays:
            raise InputError(
                f"select: columns[{reference.column!r}] is an array, and nothing says how to make such vectors of the "
                "rows to compare with. Give their vectors [M, D] in place of the rows, or columns from run.embed(pool)."
            )
        if reference.column in stored:  # where there is none, the selector says so
            like = stored[reference.column][0]
            texts = RowTexts(reference.rows, like.texts.of)
            stages[reference.name] = EmbedStage(texts, like.embedder, like.precision)
    return stages
