"""``python -m openloop``."""

from openloop.cli import main

main(prog="openloop")
