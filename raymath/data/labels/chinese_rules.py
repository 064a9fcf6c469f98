"""Patterns in the text of a Chinese problem → sub-topics: the rule for examples without a label.

    decide("一个长方形的长是8厘米，宽是5厘米，周长是多少？")     # ("primary/perimeter", "周长")

Every pattern (``chinese_patterns.txt``) that occurs gives its weight to its sub-topic once; the sub-topic with the
largest sum wins if that is at least `ENOUGH`, of equal ones the first in the table. The heaviest pattern of the winner
is the reason given. Most look at the question; a few at the worked solution: how it sets up its equations says what a
word problem is.

`tests/data/label_rows.py` says on which rows this was tuned and measured.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

from raymath.data.topics import BY_ID, UNKNOWN

#: Weight that a sub-topic needs.
ENOUGH: Final = 3


class Pattern(NamedTuple):
    """A regular expression that speaks for a sub-topic; ``solution``: it is sought in the worked solution."""

    topic: str
    weight: int
    regex: re.Pattern[str]
    solution: bool


def read(text: str) -> tuple[Pattern, ...]:
    """The patterns of a table in the form of ``chinese_patterns.txt``, which says what the form is.

    Raises:
        ValueError: a weight is no number, or an expression cannot be compiled.
        KeyError: a sub-topic is none of the 76.
    """
    found: list[Pattern] = []
    topic = ""
    for line in text.splitlines():
        if not line.startswith(" "):
            if line and not line.startswith("#"):
                topic = BY_ID[line].id
            continue
        weight, _, regex = line.strip().partition(" ")
        found.append(Pattern(topic, int(weight.rstrip("?")), re.compile(regex), weight.endswith("?")))
    return tuple(found)


PATTERNS: Final = read(Path(__file__).with_name("chinese_patterns.txt").read_text(encoding="utf-8"))


def decide(question: str, solution: str = "", among: tuple[str, ...] = ()) -> tuple[str, str]:
    """The sub-topic of a problem and the pattern that spoke loudest for it; (`UNKNOWN`, "") where none is enough.

    With `among`, only these are looked at, the first is taken where no pattern speaks, and any weight is enough.
    """
    sums: dict[str, int] = defaultdict(int)
    reasons: dict[str, Pattern] = {}
    asked, worked = compact(question), compact(solution)
    for pattern in PATTERNS:
        if among and pattern.topic not in among:
            continue
        if pattern.regex.search(worked if pattern.solution else asked) is None:
            continue
        sums[pattern.topic] += pattern.weight
        first = reasons.get(pattern.topic)
        if first is None or _telling(pattern) > _telling(first):
            reasons[pattern.topic] = pattern
    spoken = [topic for topic in sums if not _is_length(reasons[topic])]
    best = max(spoken, key=sums.__getitem__) if spoken else ""
    if best and (among or sums[best] >= ENOUGH):
        return best, reasons[best].regex.pattern
    return (among[0] if among else UNKNOWN), ""


def _telling(pattern: Pattern) -> tuple[bool, int]:
    return not _is_length(pattern), pattern.weight


def _is_length(pattern: Pattern) -> bool:
    # "^.{60,}": a long text adds to what else speaks for an equation, and says nothing alone.
    return pattern.regex.pattern.startswith("^.{")


def compact(text: str) -> str:
    """Text as the patterns expect it: no spaces, dollar signs or braces; the source's words for signs as signs."""
    text = _HEADING.sub("", text)
    for name, sign in _NAMES:
        text = text.replace(name, sign)
    return _NOISE.sub("", unicodedata.normalize("NFKC", text))


# Which competition a problem is from: its year and number say nothing of its topic.
_HEADING: Final = re.compile(r"【[^】]*】|\\textbf\{[^}]*\}|\([12][90]\d\d[^)]*\)|（[12][90]\d\d[^）]*）")
_NAMES: Final = (
    (r"\textgreater", ">"), (r"\textless", "<"), (r"\textbar", "|"), (r"\textasciitilde", ""), (r"\left", ""),
    (r"\right", ""), (r"\leqslant", "≤"), (r"\geqslant", "≥"), (r"\dfrac", r"\frac"), (r"\uline", ""),
    (r"\triangle", "△"), (r"\angle", "∠"), (r"\text", ""), (r"\sqrt", "√"), (r"\in ", "∈"), (r"\cup", "∪"),
    (r"\cap", "∩"), (r"\prime", "'"), (r"\odot", "⊙"),
)  # fmt: skip
_NOISE: Final = re.compile(r"[\s${}~]+|_{2,}")
