"""The problems of an evaluation, as they are asked and as they are kept beside its answers.

    write_items(directory / "items.jsonl", items)
    golds = {(item.benchmark, item.id): item for item in read_items(directory / "items.jsonl")}

Where they come from is `raymath.eval.benchmarks`. Kept, they let a run be graded and shown again without them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from raymath.errors import DataError
from raymath.records import Language


@dataclass(frozen=True)
class Item:
    """One problem. ``answer`` holds one gold answer, or several that are wanted together.

    ``language`` is that of the words around the question: English for questions in other languages than the two.
    ``options`` are the choices of a question with letters, A first; they are in ``question`` too, and the answer is a
    letter.
    """

    id: str
    benchmark: str
    question: str
    answer: tuple[str, ...]
    language: Language
    level: str | None = None
    subject: str | None = None
    grade: str | None = None
    options: tuple[str, ...] = ()
    adapter: str = ""
    """Whose item it is, where the run calls the benchmark otherwise."""


def write_items(path: Path, items: Iterable[Item]) -> None:
    """One JSON line an item; complete or not at all."""
    partial = path.with_name(f".{path.name}.part")
    with partial.open("w", encoding="utf-8") as file:
        for item in items:
            file.write(json.dumps(asdict(item), ensure_ascii=False) + "\n")
    partial.replace(path)


def read_items(path: Path) -> tuple[Item, ...]:
    """What `write_items` wrote.

    Raises:
        DataError: there is no such file, or a line of it is no item.
    """
    names = {field.name for field in fields(Item)}
    needed = names - {"adapter"}  # as written before it was
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        raise DataError(f"there is no {path}", "evaluate again: nothing is asked twice") from None
    items = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict) or not needed <= set(row) <= names:
            raise DataError(f"{path} line {number} is not an item", "evaluate again: nothing is asked twice")
        items.append(Item(**row | {"answer": tuple(row["answer"]), "options": tuple(row["options"])}))
    return tuple(items)
