"""The embedded sample: school problems written by this project, for the quickstart and for tests.

    >>> TRAIN.name, HELDOUT.name
    ('train.jsonl', 'heldout.jsonl')

`TRAIN` holds `raymath.records.Example` lines in three modes and two languages; `HELDOUT` is a small benchmark of
the same kinds of problem with other numbers. How both are made is told in `raymath.data.sample.generate`; reading
them is left to `raymath.data.sources` and to `raymath.eval`.
"""

from __future__ import annotations

from pathlib import Path

#: 480 training examples, one `raymath.records.Example` a line.
TRAIN = Path(__file__).with_name("train.jsonl")
#: 120 items, one ``{id, question, answer, language, template, topic}`` a line.
HELDOUT = Path(__file__).with_name("heldout.jsonl")
