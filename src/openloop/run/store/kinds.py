"""What the store needs to know of a kind of stage. The kinds themselves stand in ``run/stages``."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StageKind:
    """A kind of stage: where its files lie, what it reports, and what makes two of its results equal."""

    name: str
    folder: str
    """Folder of the run directory that holds its results, each in a folder named by its fingerprint."""
    result: type
    """TypedDict of what a finished stage reports: its counts, its estimates, its revision."""
    holds: str = "rows"
    """``rows`` (Parquet parts) or ``files`` (one folder, such as weights)."""
    varying: frozenset[str] = field(default=frozenset())
    """Columns that may differ between two runs of the same work, such as times; all others are canonical."""
    weight: float = 1.0
    """Cost relative to other kinds, as a first guess of how long a run takes. Only the ratio matters."""
    makes_candidates: bool = False
    """Whether its rows are candidates, which may be judged, selected and audited."""
    readme: str = ""
    """Written beside the files, for somebody who finds them by hand."""


@dataclass(frozen=True, slots=True)
class PartName:
    """One committed part of a stage, by which any process that sees the run directory finds its rows."""

    folder: str
    stage: str
    """Fingerprint."""
    number: int

    @property
    def path(self) -> str:
        """Relative to the run directory."""
        return f"{self.folder}/{self.stage}/part-{self.number:05d}.parquet"
