"""Run, measure and repair synthetic-data loops in language-model post-training.

    run = openloop.Run("runs/mine")
    pool = run.sample(model, prompts, k=8)
    verdicts = run.score(pool, signals.exact("answer"))
    kept = run.select(pool, verdicts, selection.threshold(accept=True))
    student = run.train(model, kept)
    run.evaluate(student, test)

Every call is stored once under its fingerprint: run the same Python again and it goes on where it was.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openloop.data import read
    from openloop.report.audit_report import audit
    from openloop.run.run import Run
    from openloop.signals.function import signal

__version__ = "0.1.0"
__all__ = ["Run", "audit", "read", "signal"]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def __getattr__(name: str) -> Any:
    # Imported when first used, so that `import openloop` and `openloop --help` start in a blink.
    match name:
        case "Run":
            from openloop.run.run import Run

            return Run
        case "audit":
            from openloop.report.audit_report import audit

            return audit
        case "read":
            from openloop.data import read

            return read
        case "signal":
            from openloop.signals.function import signal

            return signal
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
