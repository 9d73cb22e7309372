"""Constraints: the completion follows the verifiable instructions of its row (IFEval)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from openloop.data.answers import last_text
from openloop.errors import nearest, require_installed
from openloop.records import Candidate, Probe, Verdict
from openloop.scoring import score_rows
from openloop.signals.base import Declaration, Declared, row_columns
from openloop.signals.instructions import FOLLOWED, loosened
from openloop.time_limits import require_seconds
from openloop.verdicts import error


@dataclass(frozen=True)
class Constraints(Declared):
    """See :func:`constraints`."""

    instructions: str
    arguments: str
    loose: bool
    seconds: float | None
    version: ClassVar[str] = "1"

    @cached_property
    def declared(self) -> Declaration:
        row = {
            self.instructions: ["punctuation:no_comma", "length_constraints:number_words"],
            self.arguments: [{}, {"num_words": 3, "relation": "at least"}],
        }
        said = (("one two three", True), ("one, two, three", False), ("one two", False), ("", False))
        probes = tuple(Probe("Say three words without a comma.", words, good, row) for words, good in said)
        return Declaration("constraints", row_columns(self.instructions), probes=probes)

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        return score_rows(candidates, self._row, self.seconds)

    def _row(self, candidate: Candidate) -> Verdict:
        names, given = candidate.row.get(self.instructions), candidate.row.get(self.arguments)
        if not isinstance(names, list) or not isinstance(given, list) or not len(names) == len(given) > 0:
            return error(
                "no_instructions",
                f"needs lists {self.instructions!r} and {self.arguments!r} of one length, at least 1",
            )
        said = last_text(candidate.completion)
        parts: dict[str, float] = {}
        for name, arguments in zip(names, given, strict=True):
            known = str(name).removeprefix("en:")
            if known not in FOLLOWED:
                return error("unknown_instruction", f"{name!r}; {nearest(known, FOLLOWED)}")
            try:
                strict, loose = _followed(said, known, arguments or {})
            except Exception as exception:  # arguments that are missing, of another type, or not a pattern
                return error("arguments", f"{name}: {type(exception).__name__}: {exception}")
            label = known if known not in parts else f"{known}-{len(parts)}"
            parts |= {label: float(strict), f"{label} (loose)": float(loose)}
        ruling = [value for label, value in parts.items() if label.endswith(" (loose)") is self.loose]
        return Verdict(min(ruling), parts=parts)


def _followed(said: str, name: str, arguments: Mapping[str, Any]) -> tuple[bool, bool]:
    """Strictly, and loosely. An empty text follows nothing."""
    given = {key: value for key, value in arguments.items() if value is not None}
    follows = FOLLOWED[name]
    if not said.strip():
        return False, False
    if follows(said, **given):
        return True, True
    return False, any(form.strip() and follows(form, **given) for form in loosened(said)[1:])


def constraints(
    instructions: str = "instruction_id_list",
    *,
    arguments: str = "kwargs",
    loose: bool = False,
    seconds: float | None = 30.0,
) -> Constraints:
    """1 when the completion follows every instruction of ``row[instructions]``, 0 when not (IFEval's 25).

    ``row[arguments]`` holds one mapping for each. ``parts``: each instruction's verdict, strict and loose (one of the
    forms without a first or last line, or without asterisks, follows). An instruction that is not known, or lacks its
    arguments, is an ERROR; a row that takes longer than ``seconds`` is a TIMEOUT. Raises InputError where langdetect,
    nltk or nupunkt is not installed.
    """
    for package in ("langdetect", "nltk", "nupunkt"):
        require_installed("constraints:", package, "verify")
    return Constraints(instructions, arguments, loose, require_seconds(seconds, "constraints"))
