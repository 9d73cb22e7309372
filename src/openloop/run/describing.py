"""What `Run.describe` is given, as stages, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openloop.contracts import Embedder
from openloop.data.prompt_sources import as_rows
from openloop.errors import InputError
from openloop.records import Estimate
from openloop.run.arguments import require_result
from openloop.run.embedded_texts import KeptTexts, RowTexts
from openloop.run.result_text import html_estimates, spoken_estimate
from openloop.run.results import Kept
from openloop.run.session import Session
from openloop.run.stages.describe import DescribeStage
from openloop.run.stages.embed import EmbedStage


@dataclass(frozen=True)
class Description:
    """What kept rows are like: named estimates, and why others could not be made.

    By the names of the audit: ``diversity.vendi2``, ``coverage.unseen``; of all candidates ``entropy.semantic`` and
    ``information.gain``; beside real rows also ``similarity.prompts``, ``similarity.responses`` and ``real.auc``.
    """

    session: Session
    stage: DescribeStage

    @property
    def estimates(self) -> dict[str, Estimate]:
        """``diversity.vendi2``, ``similarity.responses``, ...; empty while they are not computed."""
        held = self.session.result(self.stage).get("estimates", {})
        return {name: Estimate(**estimate) for name, estimate in held.items()}

    @property
    def unmeasured(self) -> dict[str, str]:
        """Why, by name."""
        return dict(self.session.result(self.stage).get("unmeasured", {}))

    def __getitem__(self, name: str) -> Estimate:
        if name not in self.estimates:
            why = self.unmeasured.get(name, f"it is none of {', '.join(self.estimates) or 'those computed so far'}")
            raise InputError(f"description: {name} was not measured: {why}.")
        return self.estimates[name]

    def __repr__(self) -> str:
        said = [spoken_estimate(name, estimate) for name, estimate in self.estimates.items()]
        said += [f"{name}: not measured: {why}" for name, why in self.unmeasured.items()]
        return "\n".join(said) or "Description: not computed yet"

    def _repr_html_(self) -> str:
        return html_estimates("Kept rows", self.estimates)


def describe_stage(kept: Kept, real: Any, embedder: Embedder) -> DescribeStage:
    """One description; its ``inputs`` but the selection are to be carried out before it. Raises InputError."""
    require_result(kept, Kept, "describe", "Run.select")
    completions = EmbedStage(KeptTexts(kept.stage, "completion"), embedder)
    prompts = EmbedStage(KeptTexts(kept.stage, "prompt"), embedder)
    if real is None:
        return DescribeStage(kept.stage, completions, prompts)
    rows = as_rows(real)
    held = rows.load().rows
    if not any(row.get("completion") is not None for row in held):
        raise InputError(
            "describe: the real rows have no completions to compare with. Give rows with a prompt and a completion, or "
            "no real rows."
        )
    asked = any(row.get("prompt") is not None for row in held)
    return DescribeStage(
        kept.stage,
        completions,
        prompts,
        rows,
        EmbedStage(RowTexts(rows, "completion"), embedder),
        EmbedStage(RowTexts(rows, "prompt"), embedder) if asked else None,
    )
