"""Reading an answer's text: brackets, separators, relation signs, words. The scanner under `raymath.eval.structure`.

    >>> split("(1, 2), 3", ",")
    ['(1, 2)', '3']

All functions take text in the `raymath.eval.latex.tidy` spelling. What the parts mean is left to the caller.
"""

from __future__ import annotations

import re

RELATION = re.compile(r"(?<!\\)(?:\\(?:le|ge|ne|in)(?![A-Za-z])|[=<>])")
_MATH_WORDS = re.compile(
    r"\\[A-Za-z]+|(?<![A-Za-z])(?:sin|cos|tan|cot|sec|csc|log|ln|exp|sqrt|pi|max|min|gcd|lcm|mod|arcsin|arccos|arctan)(?![A-Za-z])"
)


def inside(text: str) -> list[str] | None:
    """The comma-separated inside of one bracket pair around the whole text, else None."""
    opening = "\\{" if text.startswith("\\{") else text[:1]
    closings = (")", "]") if opening in ("(", "[") else ("\\}",)
    if opening not in ("(", "[", "\\{") or not text.endswith(closings):
        return None
    closing = "\\}" if opening == "\\{" else text[-1]
    inner = text[len(opening) : -len(closing)]
    return split(inner, ",") if _balanced(inner) else None


def _balanced(text: str) -> bool:
    depth = 0
    for token in re.finditer(r"\\\\|\\[{}]|[()\[\]{}]", text):
        depth += (token.group() in ("(", "[", "{", "\\{")) - (token.group() in (")", "]", "}", "\\}"))
        if depth < 0:
            return False
    return depth == 0


def split(text: str, separator: str) -> list[str]:
    """Split at a separator outside all brackets.

    Where a comma with a space separates members, one without a space groups the digits of a number (1,000, 2,000).
    """
    parts, depth, start = [], 0, 0
    guard = "(?![A-Za-z])" if separator[0] == "\\" else ""
    grouped = r"\d{1,3}(?:,\d{3})+(?!\d)|" if separator == "," and ", " in text else ""
    for token in re.finditer(rf"{grouped}\\\\|\\[{{}}]|[()\[\]{{}}]|\\begin|\\end|{re.escape(separator)}{guard}", text):
        mark = token.group()
        if mark == separator and depth == 0:
            parts.append(text[start : token.start()])
            start = token.end()
        depth += (mark in ("(", "[", "{", "\\{", "\\begin")) - (mark in (")", "]", "}", "\\}", "\\end"))
    parts.append(text[start:])
    return [part.strip() for part in parts]


def relation_signs(text: str) -> list[re.Match[str]]:
    """Relation signs outside braces (those inside are subscripts or text)."""
    found = []
    for sign in RELATION.finditer(text):
        before = re.sub(r"\\[{}]", "", text[: sign.start()])
        if before.count("{") == before.count("}"):
            found.append(sign)
    return found


def rows(body: str) -> list[list[str]]:
    """The cells of a matrix, from what stands between its \\begin and \\end."""
    lines = [line.strip() for line in re.split(r"\\\\(?:\[[^\]]*\])?", body.replace("\\hline", ""))]
    return [[cell.strip() for cell in line.split("&")] for line in lines if line]


def enter_text(text: str) -> str:
    """Without a \\text{…} around the whole."""
    match = re.fullmatch(r"\\text\{((?:[^{}]|\{[^{}]*\})*)\}", text)
    inner = match[1].strip() if match else text
    return inner if match and inner else text


def is_words(text: str) -> bool:
    """Whether a text is language, not mathematics."""
    if "\\text{" in text or re.search(r"[\u4e00-\u9fff]", text):
        return True
    if re.search(r"(?i)\d\s*[ap]\.?m\.?$", text):
        return True
    if re.search(r"[\\^_=+*/{}]|\w\(", text):
        return False
    return re.search(r"[A-Za-z]{3,}", _MATH_WORDS.sub(" ", text)) is not None


def words(text: str) -> str:
    """Language without case, spaces, punctuation and a leading article, as far as they do not tell numbers apart."""
    text = re.sub(r"\\text\{([^{}]*)\}", r"\1", text).casefold()
    text = re.sub(r"(?<=[ap])\.m\.?", "m", text)
    text = re.sub(r"^(?:the|a|an)\s+", "", text.strip())
    return re.sub(r"(?<!\d)[\s.,:-]+|[\s.,:-]+(?!\d)|[;!?'\"。，、\\]+", "", text)


def squeezed(text: str) -> str:
    """Without spaces, except where one ends a command name or stands between digits."""
    return re.sub(r"(\\[A-Za-z]+) (?=[A-Za-z])|(?<!\d)\s+|\s+(?!\d)", lambda m: f"{m[1]} " if m[1] else "", text)
