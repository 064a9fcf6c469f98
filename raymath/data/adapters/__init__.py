"""What the fields of each source mean: one function a source, from its row to an Example.

    example = ADAPTERS["gsm8k"](row, Origin("gsm8k", "gsm8k_train.jsonl.gz", 0))

To add a source: write a function ``(Row, Origin) -> Example`` in the module of its family that raises `Unusable` with
the reason for a row it cannot take, and name it in `ADAPTERS`. Rows with a question and a solution need none: the
adapter ``jsonl`` with a field map reads them. Reading files is left to `sources`, running programs to `curate`.
"""

from __future__ import annotations

from collections.abc import Callable

from raymath.data.adapters import chinese, conversations, english, generic, instructions, word_problems
from raymath.data.adapters.row import Adapter, Origin, Row, Unusable, language_of, last_boxed

__all__ = ["ADAPTERS", "PARTS", "PART_OF", "Adapter", "Origin", "Row", "Unusable", "language_of", "last_boxed"]

#: By the name that ``data.sources.NAME.adapter`` gives.
ADAPTERS: dict[str, Adapter] = {
    "raymath": generic.raymath,
    "jsonl": generic.jsonl,
    "gsm8k": english.gsm8k,
    "math": english.math,
    "aqua": english.aqua,
    "mathqa": english.mathqa,
    "tabmwp": english.tabmwp,
    "loong": english.loong,
    "openmathinstruct2": english.openmathinstruct2,
    "mathinstruct": instructions.mathinstruct,
    "lila": instructions.lila,
    "svamp": word_problems.svamp,
    "mawps": word_problems.mawps,
    "asdiv": word_problems.asdiv,
    "draw": word_problems.draw,
    "alg514": word_problems.draw,
    "dolphin1878": word_problems.dolphin1878,
    "tora": conversations.tora,
    "zh_tir": conversations.zh_tir,
    "tal_scq5k": chinese.tal,
    "carp": chinese.carp,
    "gaokao": chinese.gaokao,
    "cm17k": word_problems.cm17k,
    "cm17k_tir": word_problems.cm17k_tir,
    "ape210k": word_problems.ape210k,
    "math23k": word_problems.math23k,
    "hmwp": word_problems.hmwp,
}

#: Of adapters whose rows are of named parts: which part a row is of, for ``data.sources.NAME.parts``.
PART_OF: dict[str, Callable[[Row], str]] = {
    "mathinstruct": instructions.mathinstruct_part,
    "lila": instructions.lila_part,
}
#: The parts' names, where they are known beforehand.
PARTS: dict[str, tuple[str, ...]] = {"mathinstruct": instructions.MATHINSTRUCT}
