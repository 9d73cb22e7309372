"""Columns that say what gold says: whoever selects by one selects by gold, which new rows do not have."""

from __future__ import annotations

from openloop.auditing.result import Finding
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.gold_copies import gold_copy


def measure(given: SectionInput) -> SectionResult:
    """One finding that names every column which splits gold into good and bad."""
    arrays, result = given.arrays, SectionResult()
    found = sorted(name for name, (codes, _) in arrays.strata.items() if gold_copy(codes, arrays.gold, arrays.prompt))
    if found:
        columns = f"The column {found[0]}" if len(found) == 1 else f"Each of the columns {', '.join(found)}"
        text = (
            f"{columns} splits the rows into good and bad ones as gold does, and may have been made from it; it is not "
            "used to select."
        )
        result.findings.append(Finding("gold-in-disguise", 0.3, text))
    return result
