"""What all trainers through TRL do alike, whatever they learn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from openloop.contracts import Model, Pretrained, Report
from openloop.records import Artifact
from openloop.training.pretrained import require_pretrained, require_trainable
from openloop.training.settings import Settings
from openloop.training.trl_training import Training, require_options


@dataclass(frozen=True, kw_only=True)
class ThroughTrl(ABC):
    """A trainer of models whose weights lie in a folder, through one of TRL's trainers."""

    settings: Settings
    name: ClassVar[str]
    config: ClassVar[str]
    """Name of TRL's configuration."""
    own_process: ClassVar[bool] = True

    @property
    def adapter_only(self) -> bool:
        """See :class:`openloop.contracts.training.AdapterOnly`."""
        return self.settings.adapter == "keep"

    def trainable(self, model: Model) -> Pretrained:
        """A model that these settings can train. Raises InputError for any other, and for options that TRL lacks."""
        mine = require_trainable(self.name, model, self.settings)
        mine.tokenizer()  # which refuses a folder without one
        require_options(self.name, self.settings, self.config)
        return mine

    def train(
        self, model: Model, rows: Sequence[Any], *, seed: int, folder: Path, checkpoints: Path, report: Report
    ) -> Artifact:
        """See :class:`openloop.contracts.Trainer`."""
        mine = self.trainable(model)
        training = Training(self.name, mine, self.settings, seed, folder, checkpoints, report)
        with training.at_work():
            return self.carry_out(training, rows)

    @abstractmethod
    def carry_out(self, training: Training, rows: Sequence[Any]) -> Artifact:
        """Train, and say what was made."""

    def load(self, model: Model, folder: Path) -> Pretrained:
        """See :class:`openloop.contracts.Trainer`."""
        return require_pretrained(self.name, model).load(folder)
