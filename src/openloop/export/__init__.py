"""Candidates as files that trainers read, and the card that goes with them.

export.write(kept, "train.jsonl", to="trl", holdout=0.1)
export.write(pool, "pairs.jsonl.gz", to="dpo", accepted=flags, pairs_per_prompt=2)
Path("README.md").write_text(export.card(export.CardFacts(name="my-data", ...)))
"""

from openloop.export.card import CardFacts, card
from openloop.export.formats import FORMATS
from openloop.export.write import Export, HowToWrite, write

__all__ = ["FORMATS", "CardFacts", "Export", "HowToWrite", "card", "write"]
