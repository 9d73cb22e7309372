"""Which column is what: the one place where every verb (read, score, audit, labels) recognises columns.

recognise_texts(kinds, name)            prompt and completion, or an error: openloop.read
recognise(rows, named, name)            the same with gold, verdict, ...: openloop score, signals.human
recognise(..., guess=True)              the likeliest reading, reported to the user: openloop audit
recognise_pairs(rows, named, name)      two responses a row and which is preferred, or None: openloop audit
column_uses(roles, rows)                what every column is taken for, why, and the option that changes it
pair_uses(pairs, rows)                  the same of a file of pairs
"""

from openloop.data.recognise.column_roles import ColumnRoles, NamedColumns
from openloop.data.recognise.column_use import ColumnUse, column_uses, use_sentences
from openloop.data.recognise.layouts import guess_texts, recognise_texts
from openloop.data.recognise.pair_columns import PairColumns, PairRow
from openloop.data.recognise.pair_sentences import pair_sentences
from openloop.data.recognise.pair_uses import pair_uses
from openloop.data.recognise.pairs import recognise_pairs
from openloop.data.recognise.roles import recognise
from openloop.data.recognise.sentences import sentences
from openloop.data.recognise.texts import TextColumns

__all__ = [
    "ColumnRoles",
    "ColumnUse",
    "NamedColumns",
    "PairColumns",
    "PairRow",
    "TextColumns",
    "column_uses",
    "guess_texts",
    "pair_sentences",
    "pair_uses",
    "recognise",
    "recognise_pairs",
    "recognise_texts",
    "sentences",
    "use_sentences",
]
