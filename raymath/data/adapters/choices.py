"""Multiple choice in one spelling: the options on lines of their own under the question, the gold answer a letter.

question = with_options("What is 2 + 2?", lettered(["A)3", "B)4"]))     # 'What is 2 + 2?\\nA. 3\\nB. 4'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from raymath.data.adapters.row import Unusable

_LETTERS = "ABCDEFGHIJ"
_MARK = re.compile(r"\s*\(?\s*([A-Ja-j])\s*[).:：、．]\s*")
#: MathQA writes ``a ) 24 , b ) 120``, some of it with the letter twice: ``a ) a ) 24``.
_INLINE = re.compile(r"(?:^|,)\s*([a-j])\s*\)\s*(?:\1\s*\)\s*)?")


def lettered(options: Any) -> dict[str, str]:
    """The options by letter, from a mapping, a list with or without letters, or MathQA's line.

    Raises:
        Unusable: fewer than two, an empty one, or letters that are not A, B, C, … in order.
    """
    if isinstance(options, str):
        pieces = _INLINE.split(options.strip("[]").replace("'", ""))[1:]  # some are lists, written out
        found = {letter.upper(): text.strip(" ,") for letter, text in zip(pieces[::2], pieces[1::2], strict=True)}
    elif isinstance(options, Mapping):
        found = {str(letter).strip(): str(text).strip() for letter, text in options.items() if text is not None}
    elif isinstance(options, list | tuple):
        found = {}
        for letter, option in zip(_LETTERS, options, strict=False):
            mark = _MARK.match(str(option))
            found[letter] = str(option)[mark.end() if mark and mark[1].upper() == letter else 0 :].strip()
    else:
        raise Unusable("'options' are missing or neither list, mapping nor text")
    if len(found) < 2 or "".join(found) != _LETTERS[: len(found)]:
        raise Unusable(f"'options' are not lettered in order: {', '.join(found) or 'none'}")
    if not all(found.values()):
        raise Unusable("an option is empty")
    return found


def with_options(question: str, options: Mapping[str, str]) -> str:
    """Question and options as they are asked."""
    return "\n".join([question.rstrip(), *(f"{letter}. {text}" for letter, text in options.items())])


def letter_of(answer: Any, options: Mapping[str, str]) -> str:
    """The gold letter; Unusable if it is none of the options'."""
    letter = str(answer).strip().strip("().").upper()
    if letter not in options:
        raise Unusable(f"the answer is none of the options: {str(answer)[:40]!r}")
    return letter
