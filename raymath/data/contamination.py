"""Which problems of the training data are in a benchmark too.

    benchmarks = Benchmarks(item for file in files for item in read(file))
    benchmarks.hits("Natalia sold clips to 48 of her friends …")     # [Hit], the gravest first; [] for none

A row and a benchmark's item are held against each other by their questions, as units of `wording` (case, punctuation,
LaTeX layout and the way to write a number do not count):

- ``exact``: all units are the same;
- ``ngram``: they share `NGRAM` units in a row (words, numbers, signs, Chinese characters); or the item has fewer,
  but at least `SHORTEST`, and is, whole, at least half of the row;
- ``suspect``: with numbers masked, their shingles have a Jaccard similarity of at least `SUSPECT`: the same problem
  with other numbers, perhaps. To be listed, not to be removed.

Two kinds of n-gram are evidence of nothing, are left out of the index and counted in `Benchmarks.summary`: notation
without a word in it (``1 + 2 + 3 + 4 + 5 + …``), and wording that is common to more than `COMMON` questions of the
benchmarks that differ in more than their numbers (``m / n where m and n are relatively prime …``).

Solutions are not looked at: of 36,400 real ones none quotes an item, what they share is notation and phrases. Between
languages nothing is found: of the rows with the numbers and the answer of an MGSM item none was its translation.
What becomes of a row with hits is left to `raymath.data.pipeline`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from raymath.data.near import Near
from raymath.data.sources import Rejected, read_rows
from raymath.data.wording import digest, is_word, masked, shingles, shown, units, windows, without_figures
from raymath.files import name_of

NGRAM: Final = 10
SHORTEST: Final = 3
COMMON: Final = 10
SUSPECT: Final = 0.8
#: Words and characters that a text must have to be suspected: "what is # + #" is no problem's mark.
SUSPECT_WORDS: Final = 10

Kind = Literal["exact", "ngram", "suspect"]


class Item(NamedTuple):
    """A problem of a benchmark."""

    benchmark: str
    id: str
    question: str


class Hit(NamedTuple):
    """A likeness of a row to an item: ``text`` is what they share, ``share`` how much of the item that is (0 to 1)."""

    kind: Kind
    benchmark: str
    item: str
    text: str
    share: float

    @property
    def removes(self) -> bool:
        """Whether the row has to go: a suspect is only listed."""
        return self.kind != "suspect"


class Summary(NamedTuple):
    """What an index holds: items by benchmark, those too short to compare; distinct n-grams, how many of them are left
    out as notation and as common wording; the common ones, ``times × text``, the most frequent first."""

    items: dict[str, int]
    too_short: int
    ngrams: int
    notation: int
    common: int
    examples: tuple[str, ...]


def read(file: str | Path) -> Iterator[Item | Rejected]:
    """The items of a benchmark's file (`raymath.data.sources.read_rows`), named after the file without its suffixes.

    A question is under ``question``, ``problem``, ``Question`` or ``input``, what comes before it under ``body``,
    ``Body`` or ``passage``.
    """
    name = name_of(str(file)).name.partition(".")[0]
    rejected: list[Rejected] = []
    for number, row in read_rows(file, rejected.append):
        question = next((row[key] for key in _QUESTION if isinstance(row.get(key), str) and row[key].strip()), None)
        if question is None:
            rejected.append(Rejected(file=str(file), row=number, reason=f"no {', '.join(_QUESTION)} with a text"))
            continue
        before = [row[key] for key in _BEFORE if isinstance(row.get(key), str)]
        identity = next((row[key] for key in ("id", "ID", "idx", "question_id") if row.get(key) is not None), number)
        yield Item(name, str(identity), " ".join((*before, question)))
    yield from rejected


_QUESTION = ("question", "problem", "Question", "input")
_BEFORE = ("passage", "Body", "body")


def is_training_split(file: PurePath) -> bool:
    """Whether a file among benchmarks is what models are trained on, by its name (``gsm8k_train.jsonl.gz``)."""
    return re.search(r"(^|[^a-z])train([^a-z]|$)", file.name.lower()) is not None


class Benchmarks:
    """An index of benchmark items to hold questions against. Frozen, picklable, the same in every process."""

    def __init__(self, items: Iterable[Item], common: int = COMMON) -> None:
        self._items: list[Item] = []
        self._exact: dict[bytes, list[int]] = {}
        self._short: dict[tuple[str, ...], list[int]] = {}
        self._near, self._alike = Near(SUSPECT), list[list[int]]()
        masks: dict[tuple[str, ...], int] = {}
        grams: list[_Grams] = []
        too_short = 0
        for item in items:
            found = units(item.question)
            if len(found) < SHORTEST:
                too_short += 1
                continue
            at = len(self._items)
            self._items.append(item)
            self._exact.setdefault(digest(found), []).append(at)
            text = _wording(item.question)
            if len(text) < NGRAM:
                self._short.setdefault(text, []).append(at)
            shape = masked(text)
            new = shape not in masks
            if new:
                masks[shape] = len(self._alike)
                self._alike.append([])
                self._near.add(shingles(shape) if _words(shape) >= SUSPECT_WORDS else windows((), 1))
            self._alike[masks[shape]].append(at)
            grams.append(_grams(text, shape, new))
        self._index(grams, too_short, common)

    def _index(self, grams: Sequence[_Grams], too_short: int, common: int) -> None:
        """Sort the n-grams of all items, without those that are evidence of nothing."""
        self._sizes = np.array([len(gram.hashes) for gram in grams], np.int32)
        hashes = np.concatenate([gram.hashes for gram in grams] or [np.zeros(0, np.uint64)])
        shapes = np.concatenate([gram.shapes for gram in grams] or [np.zeros(0, np.uint64)])
        worded = np.concatenate([gram.worded for gram in grams] or [np.zeros(0, np.bool_)])
        owner = np.repeat(np.arange(len(grams), dtype=np.int32), self._sizes)
        once = [np.unique(gram.shapes) for gram in grams if gram.new]
        shared, times = np.unique(np.concatenate(once or [np.zeros(0, np.uint64)]), return_counts=True)
        usual = np.isin(shapes, shared[times > common])
        keep = worded & ~usual
        order = np.argsort(hashes[keep], kind="stable")
        self._hashes, self._owner = hashes[keep][order], owner[keep][order]
        self._marks = np.zeros(1 << _MARK_BITS, np.bool_)
        self._marks[self._hashes >> _MARK_SHIFT] = True
        self.summary = Summary(
            dict(Counter(item.benchmark for item in self._items)),
            too_short,
            ngrams=len(np.unique(hashes)),
            notation=len(np.unique(hashes[~worded])),
            common=len(np.unique(hashes[worded & usual])),
            examples=_examples(grams, shared[times > common], times[times > common]),
        )

    def hits(self, question: str) -> list[Hit]:
        """What a question shares with benchmarks: the gravest likeness to each, the gravest first."""
        found = units(question)
        best: dict[str, Hit] = {}
        for at in self._exact.get(digest(found), ()):
            self._note(best, at, Hit("exact", "", "", shown(found), 1.0))
        text = _wording(question) if _FIGURE in question else found
        for at, shared, share in (*self._overlaps(text), *self._contained(text)):
            self._note(best, at, Hit("ngram", "", "", shown(shared), round(share, 3)))
        for key, similarity in self._near.find(shingles(masked(text))):
            for at in self._alike[key]:
                self._note(best, at, Hit("suspect", "", "", self._items[at].question, round(similarity, 3)))
        return sorted(best.values(), key=lambda hit: (_GRAVITY[hit.kind], -hit.share, hit.benchmark))

    def _note(self, best: dict[str, Hit], at: int, hit: Hit) -> None:
        item = self._items[at]
        other = best.get(item.benchmark)
        if other is None or (_GRAVITY[hit.kind], -hit.share) < (_GRAVITY[other.kind], -other.share):
            best[item.benchmark] = hit._replace(benchmark=item.benchmark, item=item.id)

    def _overlaps(self, text: Sequence[str]) -> Iterator[tuple[int, Sequence[str], float]]:
        """Items that share n-grams with a text: their longest shared run, and how many of their n-grams are shared."""
        if len(text) < NGRAM or not len(self._hashes):
            return
        hashes = windows(text, NGRAM)
        # Most n-grams are in no benchmark, and a look at their first bits says so.
        hit = np.flatnonzero(self._marks[hashes >> _MARK_SHIFT])
        starts = np.searchsorted(self._hashes, hashes[hit])
        stops = np.searchsorted(self._hashes, hashes[hit], side="right")
        places: dict[int, list[int]] = defaultdict(list)
        for place, start, stop in zip(hit.tolist(), starts.tolist(), stops.tolist(), strict=True):
            for at in dict.fromkeys(self._owner[start:stop].tolist()):
                places[at].append(place)
        for at, found in places.items():
            begin, end = _longest_run(found)
            yield at, text[begin : end + NGRAM], min(1.0, len(found) / int(self._sizes[at]))

    def _contained(self, text: Sequence[str]) -> Iterator[tuple[int, Sequence[str], float]]:
        """Items shorter than an n-gram that are, whole, at least half of a text."""
        for length in range(max(SHORTEST, -(-len(text) // 2)), min(NGRAM - 1, len(text)) + 1):
            for begin in range(len(text) - length + 1):
                part = tuple(text[begin : begin + length])
                for at in self._short.get(part, ()):
                    yield at, part, 1.0


_MARK_BITS: Final = 24
_MARK_SHIFT: Final = np.uint64(64 - _MARK_BITS)
_GRAVITY: Final[dict[Kind, int]] = {"exact": 0, "ngram": 1, "suspect": 2}


class _Grams(NamedTuple):
    """The n-grams of one item: their hashes, their hashes with numbers masked, whether they hold a word; the whole text
    with numbers masked, and whether no earlier item has the same."""

    hashes: NDArray[np.uint64]
    shapes: NDArray[np.uint64]
    worded: NDArray[np.bool_]
    shape: Sequence[str]
    new: bool


def _grams(text: Sequence[str], shape: Sequence[str], new: bool) -> _Grams:
    if len(text) < NGRAM:
        nothing = np.zeros(0, np.uint64)
        return _Grams(nothing, nothing, nothing.astype(np.bool_), shape, new)
    words = np.cumsum([0, *map(is_word, text)])
    return _Grams(windows(text, NGRAM), windows(shape, NGRAM), words[NGRAM:] > words[:-NGRAM], shape, new)


def _examples(grams: Sequence[_Grams], common: NDArray[np.uint64], times: NDArray[np.int64]) -> tuple[str, ...]:
    """Every common n-gram with a word, numbers masked, behind the number of questions that have it; frequent first."""
    texts: dict[int, str] = {}
    for gram in grams:
        for at in np.flatnonzero(np.isin(gram.shapes, common) & gram.worded).tolist() if gram.new else ():
            texts.setdefault(int(gram.shapes[at]), shown(gram.shape[at : at + NGRAM]))
    order = np.argsort(-times, kind="stable").tolist()
    return tuple(f"{times[at]} × {texts[key]}" for at in order if (key := int(common[at])) in texts)


def _longest_run(places: Sequence[int]) -> tuple[int, int]:
    """First and last of the longest row of consecutive numbers among ascending ones."""
    begin = last = places[0]
    longest = (begin, last)
    for place in places[1:]:
        begin = begin if place == last + 1 else place
        last = place
        if last - begin > longest[1] - longest[0]:
            longest = (begin, last)
    return longest


_FIGURE: Final = "[asy]"


def _wording(question: str) -> tuple[str, ...]:
    return units(without_figures(question))


def _words(found: Sequence[str]) -> int:
    return sum(map(is_word, found))
