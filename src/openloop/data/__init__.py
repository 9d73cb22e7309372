"""Rows of data: read from files, their columns detected, and turned into prompts and examples.

    source = data.Source("gsm8k.jsonl.gz")   # lazy: names the data without parsing it
    source.fingerprint                       # of the bytes, never of the path
    rows = source.load()                     # the same as data.read("gsm8k.jsonl.gz")
    print("; ".join(rows.said))              # what was detected, in sentences
    data.prompts(rows), data.examples(rows)

Files: JSON lines, a JSON array, CSV, Parquet, Arrow; plain, gzip or zstd (told by content, not by name); folders of
shards, and folders that Hugging Face ``save_to_disk`` wrote. Which column is what: ``recognise/``, the same for every
verb; what a cell of gold says: ``gold.py``. Whatever is wrong with a file is a :class:`openloop.errors.DataError` that
names the file and the line.

Beside it: ``tables`` (candidates and verdicts in Arrow), ``prompt_sources`` (where a run's prompts come from),
``file_rows`` (completions of a file with their labels), ``mixing`` (real rows among synthetic ones),
``file_description`` and ``conversion`` (what is understood of a file, and the same rows under the usual names).
"""

from openloop.data.convert import content_id, examples, prompts, told_apart
from openloop.data.rows import Rows, from_rows
from openloop.data.source import Source, fingerprint_of, read

__all__ = [
    "Rows",
    "Source",
    "content_id",
    "examples",
    "fingerprint_of",
    "from_rows",
    "prompts",
    "read",
    "told_apart",
]
