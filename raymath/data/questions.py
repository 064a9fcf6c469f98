"""The questions of a mix's sources that have a gold answer, for a teacher to solve.

    questions(settings.data)        # Examples, whose own solutions do not matter

Read from the files in this process: questions are few next to a mix. Asking is left to `raymath.annotate`.
"""

from __future__ import annotations

from collections.abc import Callable

from raymath.config import DataSettings
from raymath.data import mixture, sources
from raymath.data.sources import Rejected
from raymath.errors import DataError
from raymath.records import Example


def questions(data: DataSettings, reject: Callable[[Rejected], None]) -> list[Example]:
    """One Example for each distinct question with a gold answer, ``take`` of each source, drawn with the mix's seed.

    Args:
        data: its sources, root and seed are used.
        reject: is given the rows that cannot be read.

    Raises:
        DataError: a source is missing, or has fewer usable questions than its ``take``.
    """
    if not data.sources:
        raise DataError("there is nothing to annotate", "add a table [data.sources.NAME] with adapter and path")
    found: dict[str, list[Example]] = {}
    seen: set[str] = set()
    for name, source in data.sources.items():
        own = found[name] = []
        for piece in sources.pieces(name, source, data.root):
            for item in sources.read(piece):
                if isinstance(item, Rejected):
                    reject(item)
                elif item.answer and item.question not in seen:
                    seen.add(item.question)
                    own.append(item)
    amounts = mixture.amounts(data.sources, {name: len(own) for name, own in found.items()})
    drawn: list[Example] = []
    for name, own in found.items():
        times = mixture.draw((example.id for example in own), amounts[name].taken, seed=data.seed, source=name)
        drawn += [example for example, taken in zip(own, times.tolist(), strict=True) if taken]
    return drawn
