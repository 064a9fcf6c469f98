"""Rows of no particular source: raymath's own Examples, and any with a question and a solution.

    [data.sources.mine]
    adapter = "jsonl"
    path = "mine.jsonl"
    fields = {question = "prompt", solution = "completion", answer = "meta.gold"}

The field map is a setting of the source and applied before any adapter, see `raymath.data.sources`.
"""

from __future__ import annotations

from raymath.data.adapters.row import Origin, Row, example, optional, text
from raymath.prompts import parse_solution
from raymath.records import Example


def raymath(row: Row, origin: Origin) -> Example:
    """raymath's own: each line an Example. Source and row become those of this mix."""
    text(row, "question")
    own = {**row, "source": origin.source, "row": origin.row}
    own["licence"] = own.get("licence") or origin.licence
    return Example.model_validate(own)


def jsonl(row: Row, origin: Origin) -> Example:
    """Any rows with question (or problem), solution (or response), and answer, mode, language, topic, level.

    A solution may hold ```` ```python ```` and ```` ```output ```` blocks; without ``mode``, code with outputs is
    ``tir``, code alone ``pot``, neither ``cot``.
    """
    segments = parse_solution(text(row, "solution", "response", "generated_solution"))
    kinds = {segment.kind for segment in segments}
    guess = "cot" if "code" not in kinds else "tir" if "output" in kinds else "pot"
    mode = optional(row, "mode") or guess
    fields = {name: optional(row, name) for name in ("answer", "topic", "level", "language")}
    question = text(row, "question", "problem")
    return example(row, origin, question, segments, mode, **fields)  # type: ignore[arg-type]  # validated by Example
