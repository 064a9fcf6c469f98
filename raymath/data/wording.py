"""A problem's text as units that can be compared: case, punctuation, LaTeX and ways to write a number do not count.

    units("Ann has $1{,}500$; how many?")      # ("ann", "has", "1500", "how", "many")

A unit is a word, a number, a Chinese character or a mathematical sign. What makes two texts the same is left to
`duplicates` and `contamination`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Units of a shingle: words, or characters in a text that holds Chinese.
SHINGLE_WORDS, SHINGLE_CHARACTERS = 5, 8
#: What stands for every number in `masked`.
NUMBER: Final = "#"

_UNIT = re.compile(r"\d+(?:\.\d+)?|[\u3400-\u9fff]|[^\W\d_\u3400-\u9fff]+|(?<=[\d)])!|[-+*/=<>^%|≤≥≠±∠⊥∥∈∪∩⊆∞√π△°∵∴]")
# Layout and fonts say nothing; what is left of a command is its name.
_LAYOUT = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?|quad|qquad|displaystyle|textstyle|limits|nolimits|mathrm|mathbf|mathbb|mathcal|text"
    r"|textbf|textit|textrm|mbox|operatorname|begin|end|hspace|vspace|phantom|hfill|kern|textasciitilde|underline"
    r"|overset|boldsymbol|rm|bf|it)(?![A-Za-z])\*?|\\[,;:!>~ ()\[\]{}$&#_]|\[blk\]|[~_]+"
)
_SIGNS: Final[dict[str, str]] = {
    r"\frac": r"\frac", r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac",
    r"\times": "*", r"\cdot": "*", r"\div": "/",
    r"\leqslant": "≤", r"\geqslant": "≥", r"\leq": "≤", r"\geq": "≥", r"\le": "≤", r"\ge": "≥", r"\neq": "≠",
    r"\ne": "≠", r"\lt": "<", r"\gt": ">", r"\pm": "±", r"\angle": "∠", r"\perp": "⊥", r"\parallel": "∥",
    r"\in": "∈", r"\cup": "∪", r"\cap": "∩", r"\subseteq": "⊆", r"\infty": "∞", r"\sqrt": "√", r"\pi": "π",
    r"\triangle": "△", r"\degree": "°", r"\circ": "°", r"\because": "∵", r"\therefore": "∴", r"\cdots": " ",
    r"\ldots": " ", r"\dots": " ", r"\colon": " ", r"\%": "%",
}  # fmt: skip
_SIGN = re.compile(r"\\(?:[A-Za-z]+|%)")
_FRACTION = re.compile(r"\\frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_DEGREE = re.compile(r"\^\s*\{?\s*°\s*\}?")
_SAME = str.maketrans(
    {"×": "*", "·": "*", "÷": "/", "∶": ":", "−": "-", "–": "-", "﹣": "-", "△": "△", "π": "π"}
    | {"²": "^2", "³": "^3", "½": "1/2", "¼": "1/4", "¾": "3/4", "′": " ", "’": " ", "'": " ", "㎝": "cm"}
)
_THOUSANDS = re.compile(r"(?<![\d.])(\d{1,3})((?:(?:,|\{,\}|，)\d{3})+)(?!\d)")
_HAN_NUMBER = re.compile(r"[一二两三四五六七八九十][零一二两三四五六七八九十百千万]*")
_HAN_DIGIT = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORD_NUMBER = {word: str(value) for value, word in enumerate(_WORDS)}


def units(text: str) -> tuple[str, ...]:
    """The units of a text, in order. Full-width forms, LaTeX layout, case and punctuation are gone; numbers are written
    one way (``1,500`` and ``1500.0``, ``三`` and ``3``, ``two`` and ``2`` are the same); ``= ?`` at the end is none."""
    text = unicodedata.normalize("NFKC", text.translate(_SAME)).translate(_SAME)
    if "\\" in text:
        text = _LAYOUT.sub(" ", text.replace("\\\\", " "))
        text = _SIGN.sub(lambda m: _SIGNS.get(m[0], f" {m[0][1:]} "), text)
        text = _DEGREE.sub("°", _FRACTION.sub(r" \1/\2 ", text))
    text = _THOUSANDS.sub(lambda m: m[1] + re.sub(r"\D", "", m[2]), text)
    text = _HAN_NUMBER.sub(lambda m: f" {han_number(m[0])} ", text)
    found = [
        _number(unit) if unit[0].isdigit() else _WORD_NUMBER.get(unit, unit) for unit in _UNIT.findall(text.lower())
    ]
    # What is asked for may follow "=" or not: "8 * 7 = ?" and "8 * 7".
    return tuple(found[:-1] if found[-1:] == ["="] else found)


def without_figures(text: str) -> str:
    """A text without the code of its drawings (``[asy] … [/asy]``), which is no wording."""
    return _FIGURE.sub(" ", text)


_FIGURE = re.compile(r"\[asy\].*?(?:\[/asy\]|\Z)", re.DOTALL | re.IGNORECASE)


def _number(digits: str) -> str:
    whole, _, decimals = digits.partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole.lstrip('0') or '0'}{'.' if decimals else ''}{decimals}"


def han_number(text: str) -> int:
    """A number in Chinese characters (``三百零五``) or a row of Chinese digits (``二〇``) as a number."""
    total = section = digit = 0
    for char in text:
        if (power := _HAN_POWER.get(char)) is None:
            digit = digit * 10 + _HAN_DIGIT[char]
        elif power == 10_000:
            total, section, digit = (total + section + digit) * power, 0, 0
        else:
            section, digit = section + (digit or 1) * power, 0
    return total + section + digit


_HAN_POWER = {"十": 10, "百": 100, "千": 1000, "万": 10_000}


def masked(found: Sequence[str]) -> tuple[str, ...]:
    """Units with `NUMBER` in place of every number."""
    return tuple(NUMBER if unit[0].isdigit() else unit for unit in found)


def numbers(found: Sequence[str]) -> tuple[str, ...]:
    """The numbers among units, sorted, without ones: a Chinese ``一`` is an article as often as a number."""
    return tuple(sorted(unit for unit in found if unit[0].isdigit() and unit != "1"))


def shingles(found: Sequence[str]) -> NDArray[np.uint64]:
    """`windows` of the length that near-duplicates are sought with."""
    return windows(found, SHINGLE_CHARACTERS if any(map(is_han, found)) else SHINGLE_WORDS)


def is_han(unit: str) -> bool:
    """Whether a unit is a Chinese character."""
    return "\u3400" <= unit <= "\u9fff"


def is_word(unit: str) -> bool:
    """Whether a unit is wording, not notation: a Chinese character or a word of two letters or more."""
    return is_han(unit) or (len(unit) > 1 and unit[0].isalpha())


def shown(found: Sequence[str]) -> str:
    """Units as text to read: no spaces between Chinese characters."""
    return _BETWEEN_HAN.sub("", " ".join(found))


_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")


def digest(found: Sequence[str]) -> bytes:
    """16 bytes that are the same for the same units."""
    return blake2b(" ".join(found).encode(), digest_size=16).digest()


def windows(found: Sequence[str], length: int) -> NDArray[np.uint64]:
    """A 64-bit hash of every run of `length` units, in order; of the whole where it is shorter, empty for no units.

    The same on every machine and in every process.
    """
    size = min(length, len(found))
    if not size:
        return np.zeros(0, np.uint64)
    hashes = np.fromiter(map(_hash, found), np.uint64, len(found))
    sums = hashes[: len(found) - size + 1].copy()
    for at in range(1, size):
        # Unsigned arithmetic wraps around: a polynomial of the hashes, so order counts.
        sums *= _BASE
        sums += hashes[at : len(found) - size + 1 + at]
    return sums


_BASE = np.uint64(0x9E3779B97F4A7C15)


@lru_cache(maxsize=1 << 17)
def _hash(unit: str) -> int:
    return int.from_bytes(blake2b(unit.encode(), digest_size=8).digest(), "little")
