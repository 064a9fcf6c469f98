"""Generated examples: which problems make up for what the mix lacks.

    filler = Filler("fill-zh", source, examples=1000, seed=0)
    found = [choose(job, near) for job in filler.requests()]        # in workers
    known = accept([filler], jobs, found, known, ledger)
    filler.jobs()                                                   # what `raymath.data.parts` makes

A template's problems are a sequence that its seed decides (`raymath.data.synthesis.generate`); a request asks for the
next so many that are no near-duplicate of a real row or a benchmark. Running their programs is left to `parts`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raymath.config import OnlySettings, SourceSettings
from raymath.data.mixture import spread
from raymath.data.synthesis.catalogue import BY_NAME, TEMPLATES
from raymath.data.synthesis.generate import problems
from raymath.data.synthesis.template import Template
from raymath.data.topics import BY_ID, Topic
from raymath.errors import DataError
from raymath.records import Language, Mode

#: The adapter that has no file.
ADAPTER = "synthesis"
#: Formats and languages where the recipe does not choose.
MODES: tuple[Mode, ...] = ("cot", "tir")
LANGUAGES: tuple[Language, ...] = ("en", "zh")

#: Problems of a part.
PROBLEMS_PER_PART = 512

#: A template's name and a language.
Cell = tuple[str, Language]
#: A question → the real row or benchmark item that it is like, or None.
Near = Callable[[str], str | None]


def modes(source: SourceSettings) -> tuple[Mode, ...]:
    """The formats that a problem is written in, an example each."""
    return source.only.modes or MODES


def templates(name: str, only: OnlySettings) -> list[Template]:
    """The templates a source's filter lets pass.

    Raises:
        DataError: there is none.
    """
    found = [one for one in TEMPLATES if _passes(BY_ID[one.topic], only)]
    if not found:
        raise DataError(
            f"the source '{name}' generates problems, and its filter lets no template's topic pass",
            "topics are ids of raymath.data.topics, or patterns such as junior/*; levels are primary, junior, senior",
        )
    return found


def _passes(topic: Topic, only: OnlySettings) -> bool:
    return (
        (not only.topics or any(fnmatchcase(topic.id, pattern) for pattern in only.topics))
        and (not only.subjects or topic.subject in only.subjects)
        and (not only.levels or topic.stage in only.levels)
    )


def capacity(name: str, source: SourceSettings) -> int | None:
    """Examples a generated source has at most, None without a cap."""
    if source.cap is None:
        return None
    cells = len(templates(name, source.only)) * len(source.only.languages or LANGUAGES)
    return cells * source.cap * len(modes(source))


class Filler:
    """One generated source: how many problems of each template it asks for, until it has its examples.

    Args:
        name: the source's.
        source: its settings.
        examples: how many it gives.
        seed: of the mix.
    """

    def __init__(self, name: str, source: SourceSettings, examples: int, seed: int) -> None:
        self.name, self._modes, self._asked, self._missing = name, modes(source), examples, examples
        digest = hashlib.blake2b(f"{seed} {name}".encode(), digest_size=6)
        self._seed, self._cap = int.from_bytes(digest.digest(), "little"), source.cap
        self._topics: dict[str, list[Cell]] = {}
        for template in templates(name, source.only):
            cells = [(template.name, language) for language in source.only.languages or LANGUAGES]
            self._topics.setdefault(template.topic, []).extend(cells)
        self._next = {cell: 0 for cells in self._topics.values() for cell in cells}
        self._taken = dict.fromkeys(self._next, 0)
        self._exhausted: set[Cell] = set()
        self._chosen: list[tuple[Cell, list[int]]] = []

    def requests(self) -> list[dict[str, Any]]:
        """Jobs for `choose`: the problems of the examples that are missing, spread over sub-topics, then templates.

        Raises:
            DataError: the templates have no more; the message says how many examples they gave.
        """
        want = ceil(self._missing / len(self._modes))
        room = {cell: self._room(cell, want) for cell in self._next}
        if sum(room.values()) < want:
            have = self._asked - self._missing + sum(room.values()) * len(self._modes)
            raise DataError(
                f"the source '{self.name}' is asked for {self._asked} generated examples and has {have}",
                f"raise data.sources.{self.name}.cap, widen its filter, or lower data.total",
            )
        shares = spread(want, [sum(room[cell] for cell in cells) for cells in self._topics.values()])
        jobs = []
        for share, cells in zip(shares, self._topics.values(), strict=True):
            for cell, count in zip(cells, spread(share, [room[cell] for cell in cells]), strict=True):
                if count:
                    place = {"source": self.name, "template": cell[0], "language": cell[1]}
                    jobs.append(place | {"seed": self._seed, "begin": self._next[cell], "count": count})
        return jobs

    def _room(self, cell: Cell, most: int) -> int:
        if cell in self._exhausted:
            return 0
        return most if self._cap is None else max(0, self._cap - self._taken[cell])

    def take(self, job: Mapping[str, Any], found: Mapping[str, Any], numbers: list[int]) -> None:
        """The problems that may be used (`numbers`) of what a job found."""
        cell = (job["template"], job["language"])
        self._next[cell] = job["begin"] + found["looked_at"]
        self._taken[cell] += len(numbers)
        if found["exhausted"]:
            self._exhausted.add(cell)
        if numbers:
            self._chosen.append((cell, numbers))

    def jobs(self) -> list[list[dict[str, Any]]]:
        """The chosen problems as jobs for `raymath.data.parts`, about `PROBLEMS_PER_PART` each."""
        found: list[list[dict[str, Any]]] = [[]]
        held, left = 0, self._missing
        for (template, language), numbers in self._chosen:
            at = 0
            while at < len(numbers):
                some = numbers[at : at + PROBLEMS_PER_PART - held]
                at, held = at + len(some), held + len(some)
                place = {"source": self.name, "template": template, "language": language, "seed": self._seed}
                found[-1] += [place | one for one in self._trimmed(some, left)]
                left -= len(some) * len(self._modes)
                if held == PROBLEMS_PER_PART:
                    found.append([])
                    held = 0
        self._chosen = []
        return [job for job in found if job]

    def _trimmed(self, numbers: list[int], left: int) -> list[dict[str, Any]]:
        """The problems, and the last one in fewer formats where they give more than what is `left` to give."""
        over = len(numbers) * len(self._modes) - left
        if over <= 0:
            return [{"numbers": numbers, "modes": self._modes}]
        parts = [{"numbers": numbers[:-1], "modes": self._modes}] if numbers[:-1] else []
        return [*parts, {"numbers": numbers[-1:], "modes": self._modes[:-over]}]

    def made(self, notes: Iterable[Mapping[str, Any]]) -> None:
        """What parts gave (`raymath.data.parts.make`): the rest is asked for again."""
        for note in notes:
            for one in note.get("templates", []):
                if one["source"] == self.name:
                    self._missing -= one["examples"]


def accept(
    fillers: Sequence[Filler],
    jobs: Sequence[Mapping[str, Any]],
    found: Sequence[Mapping[str, Any]],
    known: NDArray[np.int64],
) -> tuple[NDArray[np.int64], list[dict[str, Any]]]:
    """Give each filler what was found for its jobs, without problems that another template or source tells too.

    Args:
        jobs: of `Filler.requests`.
        found: by `choose`, in the same order.
        known: hashes of the questions taken so far.

    Returns:
        The hashes with the new ones, and what was set aside, a line each of ``rejected.jsonl``.
    """
    by_name = {filler.name: filler for filler in fillers}
    hashes = [np.array(one["hashes"], dtype=np.int64) for one in found]
    every = np.concatenate([known, *hashes])
    first = np.zeros(every.size, dtype=bool)
    first[np.unique(every, return_index=True)[1]] = True
    aside: list[dict[str, Any]] = []
    at = known.size
    for job, one, own in zip(jobs, found, hashes, strict=True):
        fresh = first[at : at + own.size].tolist()
        at += own.size
        by_name[job["source"]].take(job, one, [n for n, new in zip(one["numbers"], fresh, strict=True) if new])
        again = [n for n, new in zip(one["numbers"], fresh, strict=True) if not new]
        aside += [rejection(job, n, "generate", "another template tells the same problem") for n in again]
        aside += [
            rejection(job, n, "generate", f"like a real row or a benchmark: {partner}") for n, partner in one["near"]
        ]
    taken: NDArray[np.int64] = every[first]
    return taken, aside


def rejection(place: Mapping[str, Any], number: int, stage: str, reason: str) -> dict[str, Any]:
    """A line of ``rejected.jsonl`` for a generated problem; ``place`` has its source, template and language."""
    cell = f"{place['template']}/{place['language']}"
    identity = f"{place['source']}/{cell}-{number}"
    told = {"source": place["source"], "file": f"template {cell}", "row": number, "id": identity}
    return told | {"stage": stage, "reason": reason}


def choose(job: Mapping[str, Any], near: Near) -> dict[str, Any]:
    """The next problems of a template that may be used.

    Args:
        job: source, template, language, seed, begin, count (`Filler.requests`).
        near: names the near-duplicate of a question among real rows and benchmarks.

    Returns:
        ``numbers`` and ``hashes`` of their questions, ``near`` as (number, partner), how many were ``looked_at``, and
        whether the template is ``exhausted``.
    """
    numbers: list[int] = []
    hashes: list[int] = []
    aside: list[tuple[int, str]] = []
    begin = job["begin"]
    # A template that keeps telling a benchmark's problem is as good as exhausted.
    end = begin + 4 * job["count"] + 100
    stream = problems(BY_NAME[job["template"]], job["language"], job["seed"])
    for at, problem in enumerate(islice(stream, begin, end), begin):
        partner = near(problem.question)
        if partner is None:
            numbers.append(at)
            hashes.append(hash_of(problem.question))
        else:
            aside.append((at, partner))
        if len(numbers) == job["count"]:
            break
    looked_at = len(numbers) + len(aside)
    exhausted = len(numbers) < job["count"]
    return {"numbers": numbers, "hashes": hashes, "near": aside, "looked_at": looked_at, "exhausted": exhausted}


def hash_of(text: str) -> int:
    """64 bits that name a text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)
