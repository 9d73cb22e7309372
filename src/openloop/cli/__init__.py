"""The command line."""

from openloop.cli.app import app, main

__all__ = ["app", "main"]
