"""Rows held out for a test: whole prompts, by what they say, so that none is on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from openloop.data.content import text_of
from openloop.errors import InputError
from openloop.measures.surface import skeleton
from openloop.records import Candidate


def require_share(share: float) -> None:
    """Raise InputError unless ``share`` is 0 (nothing is held out) or a share of the prompts."""
    if not 0 <= share < 1:
        raise InputError(f"holdout={share}: a share of the prompts from 0 up to 1, such as 0.1.")


def held_out(candidates: Sequence[Candidate], share: float) -> list[bool]:
    """Shape [N]: whether the prompt of each row is held out.

    A function of the prompt's text alone, case and blanks aside: a prompt stays on its side when rows are added, and
    about ``share`` of the prompts are held out. Raises InputError where that leaves nothing on one side.
    """
    require_share(share)
    sides = {text: _lot(text) < share for text in {_normal(candidate) for candidate in candidates}}
    if share and len(set(sides.values())) < 2:
        side = "holds out all of" if any(sides.values()) else "holds out none of"
        raise InputError(
            f"holdout={share} {side} the {len(sides):,} prompts: there are too few. Give another share, or none."
        )
    return [sides[_normal(candidate)] for candidate in candidates]


def _normal(candidate: Candidate) -> str:
    return skeleton(text_of(candidate.prompt))


def _lot(text: str) -> float:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, person=b"holdout").digest()
    return int.from_bytes(digest) * 2.0**-64
