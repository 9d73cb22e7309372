"""What a policy answered while it was trained, with what every signal said: written as it goes, kept over kills.

    rollouts/train-000012.parquet      the rollouts of step 12, which the policy sampled before that step
    rollouts/held_out-000010.parquet   its greedy answers to held-out prompts after step 10

A file holds the columns of a pool (:func:`openloop.data.tables.candidate_table`; ``row.step`` is the step), ``reward``
(before any length penalty; null where unscored), ``advantage`` and, for each signal, those of its verdicts
(``verdict.NAME.value``, ...).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from openloop import filesystem
from openloop.data.tables import verdict_table
from openloop.records import Verdict

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "rollouts"
STEP = "step"
"""Of a row of the real data, the name that is ours."""
GOLD = "gold"
"""Name of the verdicts of the signal that training never hears."""
Part = Literal["train", "held_out"]


@dataclass(frozen=True)
class RolloutFolder:
    """The rollouts of one training, below a folder of its own."""

    path: Path

    @classmethod
    def below(cls, folder: Path) -> RolloutFolder:
        """Of the weights in a folder, or of its checkpoints."""
        return cls(folder / FOLDER)

    def write(
        self,
        part: Part,
        step: int,
        candidates: pa.Table,
        rewards: Sequence[float | None],
        verdicts: Mapping[str, Sequence[Verdict]],
        advantages: Sequence[float | None] | None = None,
    ) -> None:
        """Record the rollouts of a step; they are there as a whole or not at all."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        n = candidates.num_rows
        table = candidates.append_column("reward", pa.array(rewards, pa.float64()))
        table = table.append_column(
            "advantage", pa.array([None] * n if advantages is None else advantages, pa.float64())
        )
        for name, said in verdicts.items():
            judged = verdict_table(candidates.column("id").to_pylist(), said).drop_columns("id")
            for column in judged.column_names:
                table = table.append_column(_column(name, column), judged.column(column))
        file = self._file(part, step)
        unfinished = file.with_suffix(".tmp")
        with filesystem.disk_errors(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, unfinished, compression="zstd", write_page_checksum=True)
            unfinished.replace(file)  # durable with the next checkpoint, which is what a training goes on from

    def forget_after(self, step: int) -> None:
        """Drop what came after the checkpoint of a step: it will come again."""
        for file in [*self._files("train"), *self._files("held_out")]:
            if _step(file) > step:
                file.unlink()

    def steps(self, part: Part) -> Iterator[tuple[int, pa.Table]]:
        """Every step with its table, in order."""
        import pyarrow.parquet as pq

        for file in self._files(part):
            yield _step(file), pq.read_table(file)

    def _files(self, part: str) -> list[Path]:
        return sorted(self.path.glob(f"{part}-*.parquet"), key=_step)

    def _file(self, part: str, step: int) -> Path:
        return self.path / f"{part}-{step:06d}.parquet"


def candidates_in(table: pa.Table) -> pa.Table:
    """The columns of a pool."""
    return table.drop_columns([name for name in table.column_names if name.startswith("verdict.")])


def verdicts_in(table: pa.Table, name: str) -> pa.Table:
    """The verdicts of one signal, with the ids of their candidates."""
    columns = verdict_table([], []).column_names[1:]
    return table.select(["id", *(_column(name, column) for column in columns)]).rename_columns(["id", *columns])


def _column(name: str, column: str) -> str:
    return f"verdict.{name}.{column}"


def _step(file: Path) -> int:
    return int(file.stem.rpartition("-")[2])
