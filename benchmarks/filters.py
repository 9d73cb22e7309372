"""How well the filters `coding` and `repetition` find what they are named after: precision and recall on labelled rows.

    python benchmarks/filters.py            both filters, with intervals
    python benchmarks/filters.py --wrong    and the rows on which they err

The rows are in filter_rows/, written for this benchmark; loops are also made by a generator. Half of the rows, by the
hash of their text, were set aside while the filters were written.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

from openloop.measures.intervals import proportion
from openloop.measures.loops import loop
from openloop.measures.programming import programming

ROWS = Path(__file__).parent / "filter_rows"
LEAST = {"precision": 0.95, "recall": 0.9}
SUBJECTS = ("the old teacher", "a young farmer", "my neighbour", "the captain", "our cousin", "the night nurse")
DEEDS = ("walked to the station", "opened a small shop", "planted apple trees", "wrote a long letter", "fixed the roof")
WHENS = ("in the morning", "before the storm", "without a word", "on the last day of May", "after the concert")


def labelled(name: str) -> Iterator[tuple[str, bool]]:
    """The rows of a file, each with whether the filter should find it."""
    lines = [line for line in (ROWS / f"{name}.txt").read_text().splitlines(keepends=True) if line[:1] != "#"]
    wanted, text = False, ""
    for line in [*lines, "-\n"]:
        if line in ("+\n", "-\n"):
            if text.strip():
                yield text.strip(), wanted
            wanted, text = line == "+\n", ""
        else:
            text += line


def made_loops(n: int = 240) -> Iterator[tuple[str, bool]]:
    """Loops at the end and in the middle, cut or not, counting or not; and as many stories that do not loop."""
    rng = random.Random(0)

    def sentence() -> str:
        return f"{rng.choice(SUBJECTS)} {rng.choice(DEEDS)} {rng.choice(WHENS)}"

    for number in range(n):
        start, end = sentence(), sentence()
        turns = rng.randint(3, 8)
        match number % 6:
            case 0:
                text = f"{start}. " + f"{end}. " * turns
                yield text[: len(text) - rng.randint(1, 12)] if turns > 3 else text, True
            case 1:
                yield f"{start}. " + f"{sentence()}. " * turns + f"{end}.", True
            case 2:
                phrase = sentence()
                yield "\n".join(f"{i}. {phrase}" for i in range(1, turns + 2)), True
            case _:
                yield ". ".join(dict.fromkeys(sentence() for _ in range(turns))) + ".", False


def held_out(text: str) -> bool:
    """Whether a row was set aside while the filters were written."""
    return blake2b(text.encode(), digest_size=1).digest()[0] % 2 == 0


FILTERS: dict[str, tuple[Callable[[str], str], list[tuple[str, bool]]]] = {
    "coding": (programming, list(labelled("coding"))),
    "repetition": (loop, [*labelled("repetition"), *made_loops()]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrong", action="store_true", help="print the rows on which a filter errs")
    parser.add_argument("--tuning", action="store_true", help="with --wrong: only rows that were not set aside")
    asked = parser.parse_args()
    for name, (finds, rows) in FILTERS.items():
        for which, mine in (("all rows", rows), ("rows set aside", [row for row in rows if held_out(row[0])])):
            found = [(text, wanted, finds(text)) for text, wanted in mine]
            hits = sum(bool(why) and wanted for _, wanted, why in found)
            dropped, wanted_n = sum(bool(why) for *_, why in found), sum(wanted for _, wanted, _ in found)
            for what, k, of in (("precision", hits, dropped), ("recall", hits, wanted_n)):
                share = proportion(k, of)
                verdict = "ok" if share.value >= LEAST[what] else f"below {LEAST[what]}"
                print(
                    f"{name:<11}{which:<15}{what:<10}{share.value:.3f} [{share.low:.3f}, {share.high:.3f}]  "
                    f"{k} of {of}  {verdict}"
                )
        if asked.wrong:
            for text, wanted in rows:
                why = finds(text)
                if bool(why) != wanted and not (asked.tuning and held_out(text)):
                    print(f"  {'missed' if wanted else f'dropped for {why}'}: {text[:100]!r}")


if __name__ == "__main__":
    main()
