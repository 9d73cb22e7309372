"""How the audited completions were drawn, where their origin recorded it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class RecordedSampling:
    """Of one pool of candidates."""

    temperature: float
    top_p: float
    of_model: bool
    """Whether log-probabilities are the model's at temperature 1, before top-p, as endpoints report them; else they are
    the sampler's."""

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> RecordedSampling:
        """From the record of a stage that sampled."""
        sampling = record["sampling"]
        # An endpoint is asked for its log-probabilities; models that sample by themselves record the sampler's.
        of_model = "asks_logprobs" in record["model"].get("options", {})
        return cls(float(sampling["temperature"]), float(sampling["top_p"]), of_model)


@runtime_checkable
class RecordsSampling(Protocol):
    """An input that knows how its rows were drawn."""

    @property
    def samplings(self) -> Sequence[RecordedSampling]:
        """Every way in which rows were drawn, once each."""
        ...
