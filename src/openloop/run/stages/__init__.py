"""The kinds of stages. A new kind is one file here and one line below.

Everything else is derived from this list: where files lie, what a plan and a progress bar show and in which order,
what is compared when two runs are compared.
"""

from openloop.run.stages.embed import EmbedStage
from openloop.run.stages.evaluate import EvaluateStage
from openloop.run.stages.parse import ParseStage
from openloop.run.stages.real import RealStage
from openloop.run.stages.reference import ReferenceStage
from openloop.run.stages.rollouts import RolloutStage
from openloop.run.stages.sample import SampleStage
from openloop.run.stages.score import ScoreStage
from openloop.run.stages.select import SelectStage
from openloop.run.stages.train import TrainStage
from openloop.run.store import StageKind

STAGES = (
    RealStage,
    ReferenceStage,
    SampleStage,
    ParseStage,
    ScoreStage,
    EmbedStage,
    SelectStage,
    TrainStage,
    RolloutStage,
    EvaluateStage,
)
"""In the order in which a round carries them out."""

KINDS: dict[str, StageKind] = {stage.kind.name: stage.kind for stage in STAGES}
"""By name."""
