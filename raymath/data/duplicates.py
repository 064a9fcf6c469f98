"""Rows that say the same: found exactly and nearly, within and across sources, the better one kept.

    duplicates = Duplicates()
    duplicates.add(example, rank=(2, 0, example.row))       # lower is better; any order of rows
    duplicates.resolve()                                    # {dropped id: Duplicate(kept id, kind, similarity)}

Two rows are duplicates if they have the same language and mode and

- **exact**: the same question but for what `wording.units` leaves out. Rows of one source with the same question and
  different solutions are alternative solutions of it, and stay;
- **near**: the same numbers in it, answers that do not contradict each other, and shingles (5 words, 8 Chinese
  characters) of a Jaccard similarity of at least `THRESHOLD`. The same wording with other numbers is another problem
  with another answer: such rows stay.

Which row is better is left to the caller (`raymath.data.pipeline`), likeness to benchmarks to `contamination`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from hashlib import blake2b
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from raymath.data.near import Near
from raymath.data.wording import digest, numbers, shingles, shown, units
from raymath.records import Example

#: Jaccard similarity from which two questions with the same numbers are one.
THRESHOLD: Final = 0.6


class Duplicate(NamedTuple):
    """Why a row is dropped: the row that is kept for it, how they are alike, and how much (1.0 for exact)."""

    kept: str
    kind: Literal["exact", "near"]
    similarity: float


class _Row(NamedTuple):
    rank: tuple[int, ...]
    id: str
    source: str
    question: bytes
    shingles: NDArray[np.uint64]
    solution: bytes
    answer: str | Fraction | None


class Duplicates:
    """Collects rows, then says which of them to drop. What it says does not depend on the order of `add`."""

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._rows: list[_Row] = []

    def add(self, example: Example, rank: tuple[int, ...] | int) -> None:
        """Take a row in. Of duplicates the one of the lowest rank is kept, of the same rank the lowest id."""
        found, group = units(example.question), f"{example.language} {example.mode}"
        if not found:  # nothing but signs that `units` drops: unlike any other
            return
        solution = blake2b(
            "\0".join(" ".join(segment.text.split()) for segment in example.segments).encode(), digest_size=16
        )
        self._rows.append(
            _Row(
                rank if isinstance(rank, tuple) else (rank,),
                example.id,
                example.source,
                digest((group, *found)),
                _salted(found, group),
                solution.digest(),
                comparable(example.answer),
            )
        )

    def resolve(self) -> dict[str, Duplicate]:
        """Each row to drop, by its id, with the one that is kept for it."""
        dropped: dict[str, Duplicate] = {}
        same: dict[bytes, list[_Row]] = defaultdict(list)
        near, kept = Near(self._threshold), list[_Row]()
        for row in sorted(self._rows, key=lambda row: (row.rank, row.id)):
            equals = same[row.question]
            if (equal := next((other for other in equals if not _alternatives(row, other)), None)) is not None:
                dropped[row.id] = Duplicate(equal.id, "exact", 1.0)
                continue
            if equals:
                equals.append(row)  # the first of them stands for all in what follows
                continue
            for key, similarity in near.find(row.shingles):
                if not contradict(row.answer, kept[key].answer):
                    dropped[row.id] = Duplicate(kept[key].id, "near", similarity)
                    break
            else:
                equals.append(row)
                near.add(row.shingles)
                kept.append(row)
        return dropped


class NearIndex:
    """Questions to hold others against: does any of them say the same, exactly or nearly? Frozen and picklable."""

    def __init__(self, questions: Iterable[tuple[str, str]], threshold: float = THRESHOLD) -> None:
        """`questions`: (id, question); of equal questions the first is the partner."""
        self._near = Near(threshold)
        self._ids: list[str] = []
        self._exact: dict[bytes, str] = {}
        for identity, question in questions:
            found = units(question)
            if found and self._exact.setdefault(digest(found), identity) is identity:
                self._near.add(_salted(found))
                self._ids.append(identity)

    def partner(self, question: str) -> str | None:
        """The id of the question that this one repeats, or None."""
        found = units(question)
        exact = self._exact.get(digest(found))
        if exact is not None:
            return exact
        alike = self._near.find(_salted(found))
        return self._ids[alike[0][0]] if alike else None


def comparable(answer: str | None) -> str | Fraction | None:
    """An answer to compare: a number where it is one (``(11/20)``, ``50%``, ``16 (years)``), else its wording.

    None where there is none, or only the letter of an option, which says nothing once options change places.
    """
    if answer is None or _LETTER.fullmatch(answer):
        return None
    text = _FRACTION.sub(r"\1/\2", answer).replace(",", "")
    if (number := _NUMBER.fullmatch(text)) is not None and Fraction(number[2] or 1):
        return Fraction(number[1]) / Fraction(number[2] or 1) / (100 if number[3] else 1)
    return shown(units(answer))


def contradict(one: str | Fraction | None, other: str | Fraction | None) -> bool:
    """Whether two `comparable` answers are both there and not the same."""
    return one is not None and other is not None and one != other


_LETTER = re.compile(r"\W*[A-Ea-e]\W*")
_FRACTION = re.compile(r"\\[dt]?frac\{(\d+)\}\{(\d+)\}")
_NUMBER = re.compile(r"[\s($]*(-?\d+(?:\.\d+)?)[)\s]*(?:/[\s(]*(\d+(?:\.\d+)?))?[)\s]*\\?(%?)[^\d/*^=]*")


def _alternatives(row: _Row, other: _Row) -> bool:
    return row.source == other.source and row.solution != other.solution


def _salted(found: Sequence[str], group: str = "") -> NDArray[np.uint64]:
    # With the numbers and the group: texts that differ in them share no shingle and are no candidates, so a source of
    # one wording with ever other numbers does not become one bucket.
    salt = digest((group, *numbers(found)))[:8]
    return shingles(found) ^ np.uint64(int.from_bytes(salt, "little"))
