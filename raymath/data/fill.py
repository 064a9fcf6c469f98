"""Generated examples: which problems make up for what the mix lacks.

    jobs = requests("fill-zh", source, 1000, seed=0, room=room)      # in the driver
    table = choose(job, index)                                       # in a worker: numbers of its problems

A template's problems are a sequence that its seed decides (`raymath.data.synthesis.generate`); a request asks for the
next so many that are no near-duplicate of a real row or a benchmark. Running their programs is left to `parts`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Any

from raymath.config import OnlySettings, SourceSettings
from raymath.data.mixture import spread
from raymath.data.synthesis.catalogue import BY_NAME, TEMPLATES
from raymath.data.synthesis.generate import problems
from raymath.data.synthesis.template import Template
from raymath.errors import DataError
from raymath.records import Language, Mode

if TYPE_CHECKING:
    import pyarrow as pa

#: The adapter that has no file.
ADAPTER = "synthesis"
#: Formats and languages where the recipe does not choose.
MODES: tuple[Mode, ...] = ("cot", "tir")
LANGUAGES: tuple[Language, ...] = ("en", "zh")

#: (question, language) → whose near-duplicate it is, or None.
Near = Callable[[str, Language], str | None]


def modes(source: SourceSettings) -> tuple[Mode, ...]:
    """The formats that a problem is written in, an example each."""
    return source.only.modes or MODES


def templates(name: str, only: OnlySettings) -> list[Template]:
    """The templates a source's filter lets pass.

    Raises:
        DataError: there is none.
    """
    found = [one for one in TEMPLATES if wanted(only, topic=one.topic, subject=None, level=None)]
    if not found:
        raise DataError(
            f"the source '{name}' generates problems, and no template has a topic like {', '.join(only.topics)}",
            "take ids of raymath.data.topics, or patterns such as junior/*",
        )
    return found


def wanted(only: OnlySettings, *, topic: str | None, subject: str | None, level: str | None) -> bool:
    """Whether a filter lets a topic, subject and level pass; what it does not name passes."""
    return (
        (not only.topics or any(fnmatchcase(topic or "", pattern) for pattern in only.topics))
        and (subject is None or not only.subjects or subject in only.subjects)
        and (level is None or not only.levels or level in only.levels)
    )


def capacity(name: str, source: SourceSettings) -> int | None:
    """Examples a generated source has at most, None without a cap."""
    if source.cap is None:
        return None
    cells = len(templates(name, source.only)) * len(source.only.languages or LANGUAGES)
    return cells * source.cap * len(modes(source))


class Filler:
    """One generated source's requests: how many problems of each template, round by round.

    Args:
        name: the source's.
        source: its settings.
        examples: how many it gives.
        seed: of the mix.
    """

    def __init__(self, name: str, source: SourceSettings, examples: int, seed: int) -> None:
        self.name, self.modes, self.examples = name, modes(source), examples
        digest = hashlib.blake2b(f"{seed} {name}".encode(), digest_size=6)
        self._seed, self._cap = int.from_bytes(digest.digest(), "little"), source.cap
        self._cells = [
            (template.topic, template.name, language)
            for template in templates(name, source.only)
            for language in source.only.languages or LANGUAGES
        ]
        #: Problems chosen of each template and language, and those of them that were lost later.
        self.chosen: dict[tuple[str, str], list[int]] = {cell[1:]: [] for cell in self._cells}
        self._next = dict.fromkeys(self.chosen, 0)
        self._exhausted: set[tuple[str, str]] = set()

    def requests(self, missing: int) -> list[dict[str, Any]]:
        """Jobs for `choose` that ask for the problems of `missing` examples, spread over sub-topics, then templates.

        Raises:
            DataError: the templates have no more; the message says how many examples they gave.
        """
        want = ceil(missing / len(self.modes))
        room = {cell: self._room(cell, want) for cell in self.chosen}
        if sum(room.values()) < want:
            have = (sum(map(len, self.chosen.values())) + sum(room.values())) * len(self.modes)
            raise DataError(
                f"the source '{self.name}' is asked for {self.examples} generated examples and has {have}",
                f"raise data.sources.{self.name}.cap, widen its filter, or lower data.total",
            )
        by_topic: dict[str, list[tuple[str, str]]] = {}
        for topic, template, language in self._cells:
            by_topic.setdefault(topic, []).append((template, language))
        shares = spread(want, [sum(room[cell] for cell in cells) for cells in by_topic.values()])
        jobs = []
        for share, cells in zip(shares, by_topic.values(), strict=True):
            for cell, count in zip(cells, spread(share, [room[cell] for cell in cells]), strict=True):
                if count:
                    place = {"source": self.name, "template": cell[0], "language": cell[1]}
                    jobs.append(place | {"seed": self._seed, "begin": self._next[cell], "count": count})
        return jobs

    def _room(self, cell: tuple[str, str], most: int) -> int:
        if cell in self._exhausted:
            return 0
        return most if self._cap is None else max(0, self._cap - len(self.chosen[cell]))

    def take(self, job: Mapping[str, Any], numbers: Sequence[int], looked_at: int) -> None:
        """What a job found: the numbers of the problems that may be used, of `looked_at` from its begin."""
        cell = (job["template"], job["language"])
        self.chosen[cell] += numbers
        self._next[cell] = job["begin"] + looked_at
        if len(numbers) + job.get("set_aside", 0) < job["count"]:
            self._exhausted.add(cell)


def choose(job: Mapping[str, Any], near: Near) -> dict[str, Any]:
    """The next problems of a template that may be used.

    Args:
        job: source, template, language, seed, begin, count (`Filler.requests`).
        near: names the near-duplicate of a question among real rows and benchmarks.

    Returns:
        ``numbers`` and ``hashes`` of their questions, ``near`` as (number, partner), and how many were ``looked_at``.
    """
    numbers: list[int] = []
    hashes: list[int] = []
    set_aside: list[tuple[int, str]] = []
    at = job["begin"]
    for problem in islice(problems(BY_NAME[job["template"]], job["language"], job["seed"]), at, None):
        partner = near(problem.question, problem.language)
        if partner is None:
            numbers.append(at)
            hashes.append(_hash(problem.question))
        else:
            set_aside.append((at, partner))
        at += 1
        if len(numbers) == job["count"]:
            break
    return {"numbers": numbers, "hashes": hashes, "near": set_aside, "looked_at": at - job["begin"]}


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)
