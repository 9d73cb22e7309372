"""``python -m openloop``."""

from openloop.cli import run

run(prog="openloop")
