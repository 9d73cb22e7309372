"""Write docs/cli.md from the commands' own help, or check that it is current (--check)."""

import os
import subprocess
import sys
from pathlib import Path

TARGET = Path(__file__).parent / "cli.md"
VERBS = [
    "init",
    "validate",
    "plan",
    "run",
    "show",
    "score",
    "audit",
    "export",
    "sandbox",
    "reproduce",
    "simulate",
]
SIMULATE = ["breakdown", "plurality", "pruning", "recursion", "mixing", "drift", "channel", "hacking"]


def help_of(*words: str) -> str:
    """What a command prints for --help, at a fixed width."""
    command = [sys.executable, "-m", "openloop", *words, "--help"]
    environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()


def document() -> str:
    """The whole page."""
    parts = [
        "# Command line",
        "Generated from the commands' own help by `make docs`; do not edit.",
        fenced(help_of()),
    ]
    for verb in VERBS:
        parts += [f"## openloop {verb}", fenced(help_of(verb))]
    for what in SIMULATE:
        parts += [f"## openloop simulate {what}", fenced(help_of("simulate", what))]
    return "\n\n".join(parts) + "\n"


def fenced(text: str) -> str:
    """Text as a code block."""
    return f"```text\n{text}\n```"


if __name__ == "__main__":
    text = document()
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        sys.exit(f"{TARGET} is not current: run `make docs`")
