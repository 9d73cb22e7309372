"""Requests without a right answer. What matters is how many different answers survive."""


def requests() -> list[dict[str, str]]:
    """Twenty requests; each names one of the twenty kinds, in equal shares."""
    return [{"prompt": f"request {i}", "completion": f"kind {i:03d}", "answer": f"kind {i:03d}"} for i in range(20)]


def draw(seed: int, start: int, n: int) -> list[dict[str, str]]:
    """An endless sequence of requests."""
    return [{"prompt": f"request {seed}-{i}"} for i in range(start, start + n)]
