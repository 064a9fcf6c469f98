"""LaTeX of short answers brought to one spelling, in two ways.

    >>> published("\\\\dfrac12\\\\text{ cm}")
    '\\\\frac{1}{2}'
    >>> tidy("\\\\left( \\\\dfrac12, 3 \\\\right)")
    '(\\\\frac{1}{2}, 3)'

`published` is DeepSeek-Math's normalisation of predictions and references, step by step and with its faults: it
drops units and words that `strict` equality has to see, so that one uses `tidy`, which changes no meaning. What
the text then says is left to `raymath.eval.structure` and `raymath.eval.symbolic`.
"""

from __future__ import annotations

import re

#: Longer texts are no answers; they are left as they are, which also bounds what the patterns cost.
MAX_ANSWER = 4000

# The steps of the published normalisation, in its order. Each is a pattern and what replaces it.
_BEFORE_UNITS = (
    (re.compile(r"tfrac"), "frac"),
    (re.compile(r"dfrac"), "frac"),
    (re.compile(r"cfrac"), "frac"),
    (re.compile(r"\\left"), ""),
    (re.compile(r"\\right"), ""),
)
_AFTER_UNITS = (
    (re.compile(r"\^\{\\circ\}"), ""),
    (re.compile(r"\^\\circ"), ""),
    (re.compile(r"\{[cm]?m\}(?:\^[23])?"), ""),
    (re.compile(r"p\.m\.$"), ""),
    (re.compile(r"(\d)\s*t$"), r"\1"),
)
_SYMBOLS = (
    (re.compile(r"\\\$|\$"), ""),
    (re.compile(r"x\\in"), ""),
    (re.compile(r"\\%"), "%"),
    (re.compile(r" \."), " 0."),
    (re.compile(r"\{\."), "{0."),
    (re.compile(r"\\cdot"), ""),
    (re.compile(r"infinity"), r"\\infty"),
)
_LAST = (
    (re.compile(r"\\sqrt(-?[0-9.a-zA-Z]+)"), r"\\sqrt{\1}"),
    (re.compile(r"\\sqrt\s+(\w+)$"), r"\\sqrt{\1}"),
    (re.compile(r"\\tan(-?[0-9.a-zA-Z]+)"), r"\\tan{\1}"),
    (re.compile(r"\\tan\s+(\w+)$"), r"\\tan{\1}"),
    (re.compile(r" "), ""),
)
_TRAILING_TEXT = re.compile(r"\\text\{.*?\}$")
_SHORT_FRAC = re.compile(r"\\frac(?!\{)(?:.?$|.?\\frac)")
_OPEN_FRAC = re.compile(r"\\frac([^{])(.)")
_CANONICAL = re.compile(r"0|-?[1-9][0-9]*")
_DIGITS = re.compile(r"-?[0-9]{1,400}")


def published(text: str) -> str:
    """DeepSeek-Math's normal form of an answer (``strip_string`` of its evaluation code), reproduced exactly."""
    if len(text) > MAX_ANSWER or _DIGITS.fullmatch(text):
        return text
    text = text.strip().replace("\n", "").rstrip(".").replace("\\!", "")
    if text.startswith("\\text{") and text.endswith("}"):
        text = text[len("\\text{") : -1]
    text = _apply(_BEFORE_UNITS, text)
    without_unit = _TRAILING_TEXT.sub("", text).strip()
    text = without_unit or text
    for pattern, new in _AFTER_UNITS:
        text = pattern.sub(new, text).strip()
    text = _apply(_SYMBOLS, text)
    if "\\infty" not in text:
        text = text.replace("inf", "\\infty")
    text = text.replace("+\\inity", "\\infty").replace("\\mathbf", "").replace("\\mathrm", "")
    text = re.sub(r"\\mbox\{.*?\}", "", text)
    if "j" in text and "i" not in text:
        text = text.replace("j", "i")
    text = re.sub(r"(\d+)\.0+([^\d])", r"\1\2", text)
    text = re.sub(r"(\d+)\.0+$", r"\1", text)
    if not text:
        return text
    if text[0] == ".":
        text = "0" + text
    text = _slash(_braced_fractions(_apply(_LAST, text)))
    return re.sub(r"(\\|,|\.)+$", "", text)


def _apply(steps: tuple[tuple[re.Pattern[str], str], ...], text: str) -> str:
    for pattern, new in steps:
        text = pattern.sub(new, text)
    return text


def _braced_fractions(text: str) -> str:
    if _SHORT_FRAC.search(text):
        return text
    return _OPEN_FRAC.sub(lambda m: f"\\frac{{{m[1]}}}{m[2] if m[2] == '{' else '{' + m[2] + '}'}", text)


def _slash(text: str) -> str:
    """``a/b`` → a fraction, for canonical integers and anything with a root."""
    top, slash, bottom = text.partition("/")
    if not slash or "/" in bottom:
        return text
    if all("sqrt" in part or _CANONICAL.fullmatch(part) for part in (top, bottom)):
        return f"\\frac{{{top}}}{{{bottom}}}"
    return text


# Full-width digits, letters and signs, and symbols with a LaTeX name. Full-width commas and colons stay: in
# Chinese prose they end a clause.
_WIDE = {0xFF01 + i: 0x21 + i for i in range(0x5E) if chr(0x21 + i) not in ",:;!?."}
_SIGNS = str.maketrans(
    {
        **{chr(k): chr(v) for k, v in _WIDE.items()},
        "．": ".",
        "−": "-",
        "–": "-",
        "×": "\\times ",
        "÷": "/",
        "·": "\\cdot ",
        "π": "\\pi ",
        "∞": "\\infty ",
        "°": "^\\circ ",
        "∪": "\\cup ",
        "∩": "\\cap ",
        "∈": "\\in ",
        "∅": "\\emptyset ",
        "≤": "\\le ",
        "≥": "\\ge ",
        "≠": "\\ne ",
        "±": "\\pm ",
        "\u00a0": " ",
        "\u3000": " ",
    }
)
_COMMANDS = (
    "frac|dfrac|tfrac|cfrac|sqrt|text|mathrm|mathbf|pi|cdot|times|left|right|boxed|fbox|begin|end|infty|cup|cap|le"
    "|ge|leq|geq|pm|circ|theta|alpha|beta|pmod|sin|cos|tan|log|ln|in|emptyset"
)
_DOUBLED = re.compile(rf"(?<!\\)\\\\(?=(?:{_COMMANDS})(?![A-Za-z]))")
_TIDY = (
    (re.compile(r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])\.?(?=[\s()\[\]\\|{}.]|$)"), ""),
    (re.compile(r"\\(?:displaystyle|textstyle|limits|nolimits)(?![A-Za-z])"), ""),
    (re.compile(r"(?<=\d)(?:\{,\}|,\\!|\\,|\\!|\\ (?=\d{3}))(?=\d{3})"), ","),
    (re.compile(r"(?<!\\)(?:\\[,;:!> ]|~|\\q?quad(?![A-Za-z]))"), " "),
    (re.compile(r"\\[tdc]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\\(?:mathrm|textrm|textbf|textit|mbox|mathsf|textnormal)(?=\s*\{)"), r"\\text"),
    (re.compile(r"\\text\s+\{"), r"\\text{"),
    (re.compile(r"\\(?:mathbf|boldsymbol|bm|mathit)(?![A-Za-z])"), ""),
    (re.compile(r"\\leq(?:slant)?(?![A-Za-z])"), r"\\le"),
    (re.compile(r"\\geq(?:slant)?(?![A-Za-z])"), r"\\ge"),
    (re.compile(r"\\neq(?![A-Za-z])"), r"\\ne"),
    (re.compile(r"\\(?:lt)(?![A-Za-z])"), "<"),
    (re.compile(r"\\(?:gt)(?![A-Za-z])"), ">"),
    (re.compile(r"<="), r"\\le "),
    (re.compile(r">="), r"\\ge "),
    (re.compile(r"!="), r"\\ne "),
    (re.compile(r"\\varnothing(?![A-Za-z])"), r"\\emptyset"),
    (re.compile(r"\\lbrace(?![A-Za-z])"), r"\\{"),
    (re.compile(r"\\rbrace(?![A-Za-z])"), r"\\}"),
    (re.compile(r"\\lbrack(?![A-Za-z])"), "["),
    (re.compile(r"\\rbrack(?![A-Za-z])"), "]"),
    (re.compile(r"\^\s*\{?\s*\\circ\s*\}?|\\degree(?![A-Za-z])"), r"^\\circ"),
    (re.compile(r"\\frac\s*([0-9])\s*([0-9])"), r"\\frac{\1}{\2}"),
    (re.compile(r"\\frac\s*([0-9])\s*\{"), r"\\frac{\1}{"),
    (re.compile(r"(\\frac\s*\{[^{}]*\})\s*([0-9a-zA-Z])"), r"\1{\2}"),
    (re.compile(r"\\frac\s*\{\s*([^{}]*?)\s*\}\s*\{\s*([^{}]*?)\s*\}"), r"\\frac{\1}{\2}"),
    (re.compile(r"\\sqrt\s*([0-9a-zA-Z])"), r"\\sqrt{\1}"),
    (re.compile(r"\s+"), " "),
    (re.compile(r"(?<=[(\[]) | (?=[)\],])"), ""),
)
_DELIMITERS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))


def widths(text: str) -> str:
    """Full-width digits, letters and signs as ASCII, mathematical symbols as LaTeX, doubled backslashes single."""
    return _DOUBLED.sub(lambda _: "\\", text.translate(_SIGNS))


def tidy(text: str) -> str:
    """One spelling for equal LaTeX, without a change of meaning; units, brackets and words stay."""
    if len(text) > MAX_ANSWER or _DIGITS.fullmatch(text):
        return text
    text = undelimited(widths(text.replace("\x00", "")).strip().rstrip("。．,，;；").strip())
    if not text.endswith("..."):
        text = re.sub(r"(?<!p\.m)(?<!a\.m)\.$", "", text)
    return _apply(_TIDY, _in_ascii(text)).strip()


_CHINESE_DIGITS = "零一二三四五六七八九"
_PERCENT_WORDS = re.compile(rf"百分之(?:(\d+(?:\.\d+)?)|([一二三四五六七八九]?)(十?)([{_CHINESE_DIGITS}]?)|(百))")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?: \d{3})+")


def _in_ascii(text: str) -> str:
    """Commas and percents that are written in Chinese, digits grouped by spaces, the name of the real line."""
    text = re.sub(r"\s*[，、]\s*", ", ", text)
    if _GROUPED.fullmatch(text):
        return text.replace(" ", "")
    if text == "\\mathbb{R}":
        return "(-\\infty, \\infty)"
    if re.fullmatch(r"\{[^{}]*, [^{}]*\}", text):  # a group of LaTeX's around it all groups nothing: it is a set
        return f"\\{text[:-1]}\\}}"
    match = _PERCENT_WORDS.fullmatch(text)
    return f"{_percent(match)}\\%" if match and len(text) > len("百分之") else text


def _percent(match: re.Match[str]) -> str:
    plain, tens, ten, ones, hundred = match.groups()
    if plain or hundred:
        return plain or "100"
    first = _CHINESE_DIGITS.index(tens) if tens else 1 if ten else 0
    if not ten:  # one digit alone
        return str(_CHINESE_DIGITS.index(tens or ones))
    return str(10 * first + (_CHINESE_DIGITS.index(ones) if ones else 0))


def undelimited(text: str) -> str:
    """The inside of one pair of math delimiters around the whole text, else the text."""
    for opening, closing in _DELIMITERS:
        inner = text[len(opening) : -len(closing)]
        if text.startswith(opening) and text.endswith(closing) and inner and opening not in inner:
            return inner.strip()
    return text
