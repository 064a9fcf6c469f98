"""The page at ``/``: its files, and LaTeX as MathML for it.

    route = asset("page.js")                       # (bytes, content type)
    mathml([{"latex": "x^2", "block": False}])     # ["<math …>…</math>"], None for what is no LaTeX

No build step and nothing from elsewhere: three files beside this one. The page is a client of the OpenAI API like any
other; serving it is left to `raymath.serve.gateway`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import unescape
from importlib.resources import files
from typing import Any
from xml.etree.ElementTree import tostring

from raymath.serve.wire import RefusalError

#: Path → file and content type.
ASSETS: Mapping[str, tuple[str, str]] = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}
#: Only what the server itself sends may run, load or be asked, and no other page may show it.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_MOST_FORMULAS = 256
_MOST_CHARACTERS = 2000


@cache
def asset(name: str) -> bytes:
    """A file of the page."""
    return (files(__package__) / name).read_bytes()


def mathml(formulas: Any) -> list[str | None]:
    """Each formula as MathML; None where it is too long or cannot be read. Text in it is escaped.

    Raises:
        RefusalError: 400, it is not a list of ``{"latex": str, "block": bool}``, or a long one.
    """
    if not isinstance(formulas, list) or len(formulas) > _MOST_FORMULAS:
        raise RefusalError(400, f"formulas must be a list of at most {_MOST_FORMULAS}", "formulas")
    out = []
    for formula in formulas:
        latex = formula.get("latex") if isinstance(formula, dict) else None
        if not isinstance(latex, str):
            raise RefusalError(400, "a formula must have a text called latex", "formulas")
        out.append(_mathml(latex, "block" if formula.get("block") is True else "inline"))
    return out


def _mathml(latex: str, display: str) -> str | None:
    from latex2mathml.converter import convert_to_element

    if len(latex) > _MOST_CHARACTERS:
        return None
    try:
        root = convert_to_element(latex, display=display)
        for element in root.iter():
            # Signs are in the tree as entities. The library's own text leaves all of them, and the model's, unescaped.
            element.text = unescape(element.text or "")
        return tostring(root, encoding="unicode")
    except Exception:
        # A parser of what a model writes: whatever it trips over, the page shows the source.
        return None
