"""What the benchmarks share: whole processes measured in interleaved pairs, and a median with an interval."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Cost:
    """What one finished process took, its children included."""

    wall: float
    """Seconds."""
    cpu: float
    """User and system seconds."""
    peak: float
    """Largest resident memory, MiB."""


def cost(*words: object) -> Cost:
    """Run a Python command and account for it as the operating system does. Fails when the command fails."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *map(str, words)], stdout=subprocess.DEVNULL, cwd=ROOT)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        sys.exit(f"{words} failed with status {status}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def folder_on_disk() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes away, on the disk of this repository and not in memory, where git does not look."""
    (ROOT / "runs").mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(dir=ROOT / "runs")


def median_interval(values: list[float], level: float = 0.95) -> tuple[float, float, float]:
    """Median, and a percentile-bootstrap interval of it with a fixed seed."""
    array = np.array(values)
    draws = np.random.default_rng(0).choice(array, size=(10_000, len(array)))
    low, high = np.quantile(np.median(draws, axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(np.median(array)), float(low), float(high)


def verdict(what: str, value: float, limit: float, unit: str = "", *, at_least: bool = False) -> None:
    """Print a figure beside its limit."""
    holds = value >= limit if at_least else value <= limit
    sign = "≥" if at_least else "≤"
    print(f"{what}: {value:,.3f}{unit}   limit {sign} {limit:,g}{unit}   {'holds' if holds else 'MISSED'}")
