"""The command line."""

from openloop.cli.app import app, main, run

__all__ = ["app", "main", "run"]
