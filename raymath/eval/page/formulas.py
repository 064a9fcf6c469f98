"""Math in a transcript → text and MathML, as plain lists that the page's script builds elements of.

    formulas = Formulas()
    formulas.parts("so $x^2$")        # ["so ", 0]
    formulas.trees[0]                 # ["$x^2$", ["math", {}, …]]

`latex2mathml` reads the formula; it escapes nothing, so its output is never parsed as markup: its element tree is
copied, known elements and attributes alone. What it cannot read, and what is too long or one too many, stays source.
"""

from __future__ import annotations

import html
import re
from typing import Any
from xml.etree.ElementTree import Element

#: Distinct formulas of a page, at most: about 0.3 ms and 300 bytes each.
MOST = 30_000
#: Characters of a formula, at most.
LONGEST = 400
_DEEPEST = 40

_MATH = re.compile(
    r"\$\$(?P<display>[^$]+)\$\$|\$(?P<inline>[^$\n]+)\$|\\\((?P<round>.+?)\\\)|\\\[(?P<square>.+?)\\\]"
    r"|(?P<boxed>\\boxed\{(?:[^{}\n]|\{(?:[^{}\n]|\{[^{}\n]*\})*\})*\})",
    re.DOTALL,
)
_ELEMENTS = frozenset([
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "ms", "mfrac", "msqrt", "mroot", "mstyle", "mpadded",
    "mphantom", "menclose", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts",
    "mprescripts", "none", "mtable", "mtr", "mtd",
])  # fmt: skip
_ATTRIBUTES = frozenset([
    "display", "mathvariant", "notation", "accent", "accentunder", "fence", "form", "stretchy", "symmetric",
    "separator", "linethickness", "columnalign", "rowspacing", "columnspacing", "columnlines", "rowlines", "width",
    "height", "depth", "minsize", "maxsize", "lspace", "rspace", "scriptlevel", "displaystyle", "movablelimits",
    "largeop",
])  # fmt: skip

Tree = list[Any]


class Formulas:
    """The distinct formulas of a page, in the order they first came. ``trees``: (source, MathML) each."""

    def __init__(self) -> None:
        self.trees: list[Tree] = []
        self._numbers: dict[str, int | None] = {}

    def parts(self, text: str) -> list[str | int]:
        """Text as stretches of text and numbers of formulas; joined with the sources it is the text again."""
        parts: list[str | int] = []
        at = 0
        for match in _MATH.finditer(text):
            number = self._number(match)
            if number is not None:
                parts += [text[at : match.start()], number] if match.start() > at else [number]
                at = match.end()
        return [*parts, text[at:]] if at < len(text) else parts

    def _number(self, match: re.Match[str]) -> int | None:
        source = match[0]
        if source not in self._numbers:
            tree = None
            if len(source) <= LONGEST and len(self.trees) < MOST:
                inner = next(group for group in match.groups() if group is not None)
                tree = mathml(inner, display=match.lastgroup in ("display", "square"))
            self._numbers[source] = None if tree is None else len(self.trees)
            if tree is not None:
                self.trees.append([source, tree])
        return self._numbers[source]


def mathml(latex: str, *, display: bool = False) -> Tree | None:
    """[element, attributes, child or text, …] of a formula; None where it cannot be read."""
    from latex2mathml.converter import convert_to_element

    try:
        element = convert_to_element(latex, display="block" if display else "inline")
        tree = _copied(element, _DEEPEST)
    except Exception:
        # The library raises what its lists and dictionaries raise on broken LaTeX, which models write every day.
        return None
    # What it does not know it gives back as a name that begins with a backslash: then the source says more.
    return None if "\\" in str(tree) else tree


def _copied(element: Element, depth: int) -> Tree:
    if depth == 0:
        raise RecursionError("too deep a formula")
    name = element.tag.rpartition("}")[2]
    if name not in _ELEMENTS:
        raise ValueError(f"the element {name} is not MathML that we show")
    attributes = {key: value for key, value in element.attrib.items() if key in _ATTRIBUTES}
    text = [html.unescape(element.text)] if element.text else []
    return [name, attributes, *text, *(_copied(child, depth - 1) for child in element)]
