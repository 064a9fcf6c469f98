"""Multiple choice: options as they are asked, and which letter an answer means.

    letter("(B)", ("3", "4"))          # "B"
    letter("\\text{4}", ("3", "4"))    # "B": the option's own text

An answer is a letter, a letter with its option's text, or the text of exactly one option by strict equality. Anything
else is no choice. Whether the letter is the right one is left to `raymath.eval.grading`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from raymath.eval.equality import equal

LETTERS = "ABCDEFGHIJ"

_MARK = r"[(（]?\s*([A-Ja-j])\s*[)）.．:：、]"
_LEADING = re.compile(rf"^\s*{_MARK}\s*")
#: A mark in the middle of a text: in brackets that are no function's, or a letter that no word or number ends with.
_WITHIN = re.compile(r"(?<![A-Za-z\\])[(（]\s*([A-Ja-j])\s*[)）]|(?<![A-Za-z0-9\\(（])([A-Ja-j])\s*[)）.．:：、]")
_ONE = r"[(（]?\s*[A-J]\s*[)）]?"
_LETTERS_ALONE = re.compile(rf"[(（]?\s*[a-j]\s*[)）]?|{_ONE}(?:\s*(?:[,，、;和及与]|and)?\s*{_ONE})*")
_DRESS = re.compile(r"\\(?:text|mathrm|mathbf|textbf|boxed)\{([^{}]*)\}|\\[()\[\]]|\$|\*\*")
_ANNOUNCED = re.compile(
    r"(?:answer\s+is|choice\s+is|option\s+is|correct\s+(?:answer|choice|option)\s+is|答案[是为选应]*|故选|应选|选择?)"
    r"[:：\s]*[(（$]*\s*([A-J])(?![A-Za-z])"
)


def read_choices(given: Any) -> tuple[str, ...]:
    """Options without their letters, A first: from a list, a mapping of letters, or one text that holds them all."""
    if isinstance(given, Mapping):
        return tuple(str(given[key]).strip() for key in sorted(given))
    if isinstance(given, str):
        return _cut(given)
    if isinstance(given, Sequence):
        return tuple(_LEADING.sub("", str(one)).strip() for one in given)
    return ()


def _cut(text: str) -> tuple[str, ...]:
    """``A) 1 B) 2`` → 1, 2: at each next letter of the alphabet that stands with its mark."""
    found: list[str] = []
    start: int | None = None
    for match in _WITHIN.finditer(text):
        if (match[1] or match[2]).upper() == LETTERS[min(len(found) + (start is not None), len(LETTERS) - 1)]:
            if start is not None:
                found.append(text[start : match.start()].strip(" ,;，；\n"))
            start = match.end()
    return (*found, text[start:].strip(" ,;，；\n")) if start is not None else ()


def ask_choices(question: str, options: Sequence[str]) -> str:
    """The question with a line for each option; the question alone where there are none."""
    return "\n".join([question, *(f"({letter}) {text}" for letter, text in zip(LETTERS, options, strict=False))])


def letter(answer: str, options: Sequence[str]) -> str | None:
    """The letter that an extracted answer means, or None; several letters, in their order, where it names several."""
    plain = _DRESS.sub(lambda match: match[1] or "", answer).strip().rstrip(".。")
    known = LETTERS[: len(options)]
    if _LETTERS_ALONE.fullmatch(plain):
        found = sorted(set(re.sub(r"and|[^A-Ja-j]", "", plain).upper()))
        return "".join(found) if set(found) <= set(known) else None
    match = _LEADING.match(plain)
    if match is not None and match[1].upper() in known:
        return match[1].upper()
    same = [mark for mark, option in zip(known, options, strict=True) if option and equal(answer, option)]
    return same[0] if len(same) == 1 else None


def announced(text: str, options: Sequence[str]) -> str | None:
    """The last letter that a response names as its choice in words; for one whose answer is not found otherwise."""
    found = _ANNOUNCED.findall(text)
    return found[-1] if found and found[-1] in LETTERS[: len(options)] else None
