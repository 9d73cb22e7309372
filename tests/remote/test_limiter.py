"""How many requests may be in flight."""

from __future__ import annotations

from openloop.remote.limiter import Limiter


def test_one_stall_halves_the_limit_once() -> None:
    limiter = Limiter(64, limit=64, starting=False, best=0.02)
    for _ in range(300):
        limiter.succeeded(5.0)  # sent long before the halving that the first of them bring
    assert limiter.limit == 32


def replies(limiter: Limiter, latency: float, n: int) -> None:
    for _ in range(n):
        limiter.succeeded(latency)


def test_it_doubles_until_the_first_trouble_and_then_grows_by_one() -> None:
    seconds = [0.0]
    limiter = Limiter(1000, limit=4, now=lambda: seconds[0])
    for limit in (4, 8, 16, 32):
        assert limiter.limit == limit
        seconds[0] += 1
        replies(limiter, 0.1, limit)
    limiter.trouble()
    assert limiter.limit == 32
    seconds[0] += 1
    replies(limiter, 0.1, 32)
    assert limiter.limit == 33


def test_trouble_halves_it_once_a_window_and_never_below_one() -> None:
    limiter = Limiter(64, limit=64)
    for _ in range(5):
        limiter.trouble()
    assert limiter.limit == 32
    for _ in range(100):
        limiter.trouble()
        replies(limiter, 0.1, 1)
    assert limiter.limit == 1


def test_a_latency_of_three_times_the_best_is_trouble() -> None:
    seconds = [0.0]
    limiter = Limiter(64, limit=8, starting=False, now=lambda: seconds[0])
    replies(limiter, 0.1, 8)
    assert limiter.limit == 9
    seconds[0] += 10
    replies(limiter, 0.2, 9)
    assert limiter.limit == 10
    seconds[0] += 10
    replies(limiter, 0.31, 10)
    assert limiter.limit == 5


def test_it_never_exceeds_the_most() -> None:
    limiter = Limiter(10, limit=8)
    replies(limiter, 0.1, 8)
    assert limiter.limit == 10
