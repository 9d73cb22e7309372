"""How different the texts of a set are."""

from __future__ import annotations

from collections.abc import Iterable

from openloop.errors import DataError


def distinct_share(texts: Iterable[str]) -> float:
    """Number of different texts over the number of texts. Falls with size: compare at equal N."""
    listed = list(texts)
    if not listed:
        raise DataError("distinct_share: needs at least one text, got none.")
    return len(set(listed)) / len(listed)
