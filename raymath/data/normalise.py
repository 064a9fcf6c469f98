r"""One spelling of text and formulas, without changing what they mean.

    clean, rules = example(given)           # rules: which of RULES changed something
    normalise("＝ $$\\frac{１}{2}$$ ")        # '= $\frac{1}{2}$'

Pure functions of the text; applying them twice changes nothing more. Programs and their outputs keep every character
but their line ends. What only one source writes (GSM8K's calculator marks, CARP's blanks) is left to its adapter.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Mapping

from raymath.records import Example, Segment

_LINE_END = re.compile(r"\r\n?|[\u2028\u2029\x85]")
#: Zero-width and other marks that nobody sees, and control characters but tab and line end.
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffe\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]"
)
_SPACE = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
#: Entities that web pages leave in text. Others stay: a LaTeX table's ``&x;`` is none.
_ENTITY = re.compile(
    r"&(?:#\d{2,6}|#x[0-9A-Fa-f]{2,5}|lt|gt|amp|nbsp|quot|apos|times|divide|deg|middot|hellip|[lr][ds]quo|[nm]dash"
    r"|le|ge|ne|minus|plusmn|pi|radic|sup[123]|frac1[24]|frac34);"
)
_UNICODE = re.compile(
    r"(?<!\\)\\u(?![dD][89abAB][0-9A-Fa-f]{2}|[dD][c-fC-F][0-9A-Fa-f]{2}|000[0-9A-Fa-f])([0-9A-Fa-f]{4})"
)
#: Commands that can follow a doubled backslash only because it was escaped twice: none of them is a word, so none
#: can begin the next line of an array after LaTeX's own ``\\``.
_DOUBLED = re.compile(
    r"(?<!\\)\\\\(?=(?:[dt]?frac|sqrt|times|cdot|ldots|leqslant|geqslant|overline|underline|mathrm|mathbf|boxed|triangle"
    r"|displaystyle|dfrac|text)(?![A-Za-z]))"
)
#: A formula between double dollars within a line of text.
_DOUBLE_DOLLAR = re.compile(r"(?<![\\$])\$\$([^$\n]+)\$\$(?!\$)")
_FORMULA = re.compile(r"(?<![\\$])\$\$[^$]+\$\$|(?<![\\$])\$[^$\n]+\$|\\\([^\n]*?\\\)|\\\[.*?\\\]", re.DOTALL)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFF05: "\\%", 0xFF04: "\\$", 0xFF03: "\\#"}
#: In prose Chinese punctuation stays; digits, letters and signs of arithmetic are the plain ones.
_WIDE_PROSE = {
    code: plain
    for code, plain in ((code, code - 0xFEE0) for code in range(0xFF01, 0xFF5F))
    if chr(plain).isalnum() or chr(plain) in "+-*/=<>%^|"
}
_WIDE_POINT = re.compile(r"(?<=[0-9０-９])．(?=[0-9０-９])")
_TRAILING = re.compile(r"(?<!\\)(?<![ \t])[ \t]+$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{4,}")


def _line_ends(text: str) -> str:
    return _LINE_END.sub("\n", text)


def _entities(text: str) -> str:
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


def _escapes(text: str) -> str:
    return _DOUBLED.sub(r"\\", _UNICODE.sub(lambda found: chr(int(found[1], 16)), text))


def _invisible(text: str) -> str:
    return _SPACE.sub(" ", _INVISIBLE.sub("", text))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _dollars(text: str) -> str:
    """``$$x$$`` in a line of text → ``$x$``; alone on its line it is a display formula and stays."""

    def single(found: re.Match[str]) -> str:
        begin, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.end())
        around = text[begin : found.start()] + text[found.end() : end if end >= 0 else len(text)]
        return f"${found[1]}$" if around.strip() else found[0]

    text = text.replace("$$$$", "$$ $$")
    return _DOUBLE_DOLLAR.sub(single, text)


def _full_width(text: str) -> str:
    pieces, at = [], 0
    for found in _FORMULA.finditer(text):
        pieces += [_prose(text[at : found.start()]), found[0].translate(_WIDE)]
        at = found.end()
    return "".join([*pieces, _prose(text[at:])])


def _prose(text: str) -> str:
    return _WIDE_POINT.sub(".", text).translate(_WIDE_PROSE)


def _blanks(text: str) -> str:
    return _BLANK_LINES.sub("\n\n\n", _TRAILING.sub("", text))


#: By name, in the order in which they are applied.
RULES: Mapping[str, Callable[[str], str]] = {
    "line ends": _line_ends,
    "entities": _entities,
    "escapes": _escapes,
    "invisible characters": _invisible,
    "composed characters": _composed,
    "double dollars": _dollars,
    "full-width forms": _full_width,
    "trailing blanks": _blanks,
}
#: A rule may make work for one before it (an entity that was cut by an invisible character); each pass leaves less.
_PASSES = 8


def normalise(text: str) -> str:
    """A text in words and formulas → the same in one spelling."""
    return _applied(text, set())


def _applied(text: str, changed: set[str]) -> str:
    for _ in range(_PASSES):
        before = text
        for name, rule in RULES.items():
            after = rule(text)
            if after != text:
                changed.add(name)
            text = after
        if text == before:
            break
    return text


def example(given: Example) -> tuple[Example, tuple[str, ...]]:
    """An Example with question, reasoning and answer in one spelling, and the names of the rules that changed it.

    The question loses blank space around it. Programs and outputs change in their line ends alone.
    """
    changed: set[str] = set()
    question = _applied(given.question, changed).strip()
    segments = tuple(_segment(segment, changed) for segment in given.segments)
    answer = None if given.answer is None else _applied(given.answer, changed).strip()
    if (question, segments, answer) == (given.question, given.segments, given.answer):
        return given, ()
    clean = given.model_copy(update={"question": question or given.question, "segments": segments, "answer": answer})
    return clean, tuple(name for name in RULES if name in changed)


def _segment(segment: Segment, changed: set[str]) -> Segment:
    text = _applied(segment.text, changed) if segment.kind == "text" else _line_ends(segment.text)
    if segment.kind != "text" and text != segment.text:
        changed.add("line ends")
    return segment if text == segment.text else Segment(kind=segment.kind, text=text)
