"""Progress: a bar on a terminal, and a line now and then where there is none."""

from __future__ import annotations

import io

from rich.console import Console

from openloop.report.terminal_progress import LINE_SECONDS, ProgressDisplay, training_text
from openloop.run.plan import Plan, Planned
from openloop.run.store import Step


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_no_end_is_told_while_most_of_what_is_left_is_unknown() -> None:
    text, clock = io.StringIO(), Clock()
    console = Console(file=text, force_terminal=True, width=140)
    with ProgressDisplay(planned("sample", "train", "train", "evaluate"), console, clock) as display:
        clock.now += 10.0
        display("finished", {"stage": "sample", "fingerprint": "0", "seconds": 10.0, "counts": {}})
        display.bar.refresh()
        assert "1 of 4 stages" in text.getvalue() and "ETA" not in text.getvalue()
        clock.now += 20.0
        display("finished", {"stage": "train", "fingerprint": "1", "seconds": 20.0, "counts": {}})
        display.bar.refresh()
    assert "ETA" in text.getvalue()


def test_a_few_replies_do_not_tell_the_pace() -> None:
    text, clock = io.StringIO(), Clock()
    with ProgressDisplay(planned("sample"), Console(file=text, force_terminal=True, width=140), clock) as display:
        told = {"stage": "0", "total": 1000, "tokens": 2000, "money": 0.5}
        for done in (0, 5):
            clock.now += 10.0
            display("replies", told | {"done": done})
        display.bar.refresh()
    assert "5 of 1,000 replies" in text.getvalue() and "ETA" not in text.getvalue()


def planned(*kinds: str) -> Plan:
    return Plan([Planned(Step(), kind, str(i), "new") for i, kind in enumerate(kinds)])


def test_progress_says_what_is_left() -> None:
    text, clock = io.StringIO(), Clock()
    console = Console(file=text, force_terminal=True, width=140)
    with ProgressDisplay(planned("train", "train", "sample", "score"), console, clock) as display:
        display("started", {"stage": "train", "step": Step("closed", 3, 1), "fingerprint": "0"})
        display.bar.refresh()
        assert "ETA" not in text.getvalue()
        clock.now += 10.0
        display("finished", {"stage": "train", "fingerprint": "0", "seconds": 10.0, "counts": {}})
        display.bar.refresh()
    said = text.getvalue()
    # Another training of ten seconds, and a guess of what sampling and scoring add.
    assert "closed seed 3 round 1" in said and "1 of 4 stages" in said and "ETA 0:14" in said


def test_replies_are_counted_at_the_pace_so_far() -> None:
    text, clock = io.StringIO(), Clock()
    console = Console(file=text, force_terminal=True, width=140)
    with ProgressDisplay(planned("sample"), console, clock) as display:
        told = {"stage": "0", "total": 1000, "tokens": 2000, "money": 0.5}
        display("replies", told | {"done": 100})  # these were there before
        clock.now += 30.0
        display("replies", told | {"done": 400})
        display.bar.refresh()
    assert "400 of 1,000 replies, 2,000 tokens, cost 0.50" in text.getvalue() and "ETA 1:00" in text.getvalue()


def test_without_a_terminal_progress_is_a_line_now_and_then() -> None:
    text, clock = io.StringIO(), Clock()
    with ProgressDisplay(planned("sample", "sample"), Console(file=text, force_terminal=False), clock) as display:
        clock.now += LINE_SECONDS
        display("finished", {"stage": "sample", "fingerprint": "0", "seconds": 1.0, "counts": {}})
        assert text.getvalue() == ""
        clock.now += 1.0
        display("finished", {"stage": "sample", "fingerprint": "1", "seconds": 1.0, "counts": {}})
    assert text.getvalue().startswith("2 of 2 stages, 16 s")


def test_what_a_trainer_reports_is_shown() -> None:
    said = {"stage": "0", "step": 120.0, "of": 2000.0, "loss": 1.2345, "tokens_per_second": 4600.4, "seconds_left": 7.0}
    assert training_text(said) == "step 120 of 2,000, loss 1.234, 4,600 tokens/s"
    assert training_text({"stage": "0", "loss": 0.5}) == "loss 0.5"
    text = io.StringIO()
    with ProgressDisplay(planned("train"), Console(file=text, force_terminal=True, width=140), Clock()) as display:
        display("training", {"stage": "0", "step": 3, "of": 4})
        display.bar.refresh()
    assert "step 3 of 4" in text.getvalue()


def test_the_first_steps_of_a_training_tell_nothing_of_the_time_left() -> None:
    text, clock = io.StringIO(), Clock()
    said = {"stage": "0", "of": 1000.0}
    with ProgressDisplay(planned("train"), Console(file=text, force_terminal=True, width=140), clock) as display:
        clock.now += 27.0
        display("training", said | {"step": 1.0, "seconds_left": 900.0})
        display.bar.refresh()
        assert "ETA" not in text.getvalue()
        clock.now += 60.0
        display("training", said | {"step": 500.0, "seconds_left": 60.0})
        display.bar.refresh()
    assert "ETA" in text.getvalue()
