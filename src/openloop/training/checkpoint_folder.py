"""Checkpoints that a kill, a full disk or a cut file cannot turn into wrong weights.

A checkpoint counts once a manifest with the hash of each of its files was written after them.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from openloop import filesystem

MANIFEST = "openloop-manifest.json"


@dataclass(frozen=True)
class CheckpointFolder:
    """The checkpoints of one training, in folders ``checkpoint-STEP``."""

    path: Path

    def seal(self, step: int) -> None:
        """Say that the checkpoint of a step is whole, once its files are on the disk."""
        folder = self.path / f"checkpoint-{step}"
        for recorded in self.path.glob("*/*"):
            # What a trainer records as it goes has to be there once the checkpoint is.
            if recorded.is_file() and _step(recorded.parent) is None:
                filesystem.sync(recorded)
        files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
        held = {}
        for file in files:
            filesystem.sync(file)
            held[str(file.relative_to(folder))] = filesystem.sha256(file)
        filesystem.write_text(folder / MANIFEST, json.dumps(held))

    def newest(self) -> Path | None:
        """The newest whole checkpoint. Those after it are deleted: they were cut short."""
        ours = [folder for folder in self.path.glob("checkpoint-*") if _step(folder) is not None]
        for folder in sorted(ours, key=lambda folder: _step(folder) or 0, reverse=True):
            if _whole(folder):
                return folder
            shutil.rmtree(folder, ignore_errors=True)
        return None


def _step(folder: Path) -> int | None:
    number = folder.name.removeprefix("checkpoint-")
    return int(number) if number.isdecimal() else None


def _whole(folder: Path) -> bool:
    try:
        held = json.loads((folder / MANIFEST).read_text())
        return bool(held) and all(filesystem.sha256(folder / name) == digest for name, digest in held.items())
    except (OSError, ValueError, AttributeError):
        return False
