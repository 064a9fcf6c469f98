"""What the fields of each source mean: one function a source, from its row to an Example.

    example = ADAPTERS["gsm8k"](row, Origin("gsm8k", "gsm8k_train.jsonl.gz", 0))

To add a source: write a function ``(Row, Origin) -> Example`` that raises `Unusable` with the reason for a row it
cannot take, and name it in `ADAPTERS`. Reading files is left to `sources`, running programs to `curate`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from raymath.data.zh_tir import parse_messages
from raymath.prompts import parse_solution
from raymath.records import Example, Language, Mode, Segment

Row = dict[str, Any]


class Origin(NamedTuple):
    """Where a row comes from: the source's name in the mix, its file, its position, the source's licence."""

    source: str
    file: str
    row: int
    licence: str | None = None


class Unusable(Exception):  # noqa: N818  a verdict on a row, not a fault of the program
    """A row cannot become an Example; the text is the reason."""


Adapter = Callable[[Row, Origin], Example]


def language_of(question: str, solution: str = "") -> Language:
    """``zh`` with a Chinese character in the question, ``en`` with a word in Latin letters; else the solution's.

    A formula alone says nothing: LaTeX commands and single letters are not words.
    """
    if _HAN.search(question):
        return "zh"
    if _WORD.search(question):
        return "en"
    return "zh" if _HAN.search(solution) else "en"


_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"(?<![A-Za-z\\])(?!sin|cos|tan|log|ln|lim|max|min|mod)[A-Za-z]{3,}")


def last_boxed(text: str) -> str | None:
    r"""What stands in the last ``\boxed{…}``, braces matched; None without one."""
    at = text.rfind("\\boxed{")
    if at < 0:
        return None
    depth, begin = 0, at + len("\\boxed{")
    for i in range(begin - 1, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return text[begin:i]
    return None


def _text(row: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that is there; Unusable unless it is a text with something in it."""
    name = next((n for n in names if row.get(n) is not None), None)
    wanted = " or ".join(f"'{n}'" for n in names)
    if name is None:
        raise Unusable(f"no {wanted}")
    if not isinstance(row[name], str) or not row[name].strip():
        raise Unusable(f"'{name}' is empty or not a text")
    return str(row[name])


def _optional(row: Mapping[str, Any], *names: str) -> str | None:
    found = next((row[n] for n in names if row.get(n) is not None), None)
    return None if found is None else str(found)


def _example(row: Row, origin: Origin, segments: tuple[Segment, ...], mode: Mode, **fields: str | None) -> Example:
    question = _text(row, "question", "problem")
    identity = row.get("id")
    given = fields.pop("language", None)
    solution = "".join(segment.text for segment in segments)
    return Example.model_validate(
        {
            "id": f"{origin.source}/{Path(origin.file).name}:{origin.row}" if identity is None else str(identity),
            "source": origin.source,
            "row": origin.row,
            "language": given or language_of(question, solution),
            "mode": mode,
            "question": question,
            "segments": segments,
            "licence": _optional(row, "licence", "license") or origin.licence,
            **fields,
        }
    )


def _refuse_test_row(row: Row) -> None:
    if re.match(r"(gsm8k-)?test\b", str(row.get("id", ""))):
        raise Unusable("a row of a test set by its id")


def raymath(row: Row, origin: Origin) -> Example:
    """raymath's own: each line an Example. Source and row become those of this mix."""
    _text(row, "question")
    own = {**row, "source": origin.source, "row": origin.row}
    own["licence"] = own.get("licence") or origin.licence
    return Example.model_validate(own)


def gsm8k(row: Row, origin: Origin) -> Example:
    r"""GSM8K (id, question, solution, answer; or the hub's question, answer) → CoT.

    ``<<48/2=24>>`` calculator marks go; the ending ``#### 72`` becomes ``The answer is \boxed{72}.``
    """
    _refuse_test_row(row)
    _text(row, "question")
    body, mark, ending = _text(row, "solution", "answer").rpartition("####")
    if not mark or not ending.strip() or not body.strip():
        raise Unusable("the solution does not end in '#### answer'")
    text = f"{re.sub('<<[^<>]*>>', '', body).rstrip()}\nThe answer is \\boxed{{{ending.strip()}}}."
    return _example(
        row, origin._replace(licence=origin.licence or "MIT"), _cot(text), "cot", answer=ending.strip(), language="en"
    )


def math(row: Row, origin: Origin) -> Example:
    """MATH (id, subject, level, question, solution, answer; or the hub's problem, type) → CoT."""
    _refuse_test_row(row)
    text = _text(row, "solution")
    answer = _optional(row, "answer") or last_boxed(text)
    if "\\boxed" not in text and "\\fbox" not in text:
        raise Unusable("the solution has no boxed answer")
    return _example(
        row,
        origin._replace(licence=origin.licence or "MIT"),
        _cot(text),
        "cot",
        answer=answer,
        topic=_optional(row, "subject", "type"),
        level=_optional(row, "level"),
        language="en",
    )


def zh_tir(row: Row, origin: Origin) -> Example:
    r"""Chinese tool-integrated conversations (id, question, messages, code, recorded_output, answer, format).

    Code and outputs come from the messages (see `raymath.data.zh_tir`). The language is the *question's*: in
    two of the five files many questions are English under Chinese reasoning. The rows' answer is the model's
    own and no gold, so the Example has none; where the last words lack it, it is added in a box.
    """
    question = _text(row, "question")
    try:
        segments = parse_messages(row.get("messages"), _optional(row, "answer"))
    except ValueError as error:
        raise Unusable(str(error)) from None
    mode: Mode = "tir" if any(segment.kind == "code" for segment in segments) else "cot"
    return _example(row, origin, segments, mode, language=language_of(question, segments[0].text))


def jsonl(row: Row, origin: Origin) -> Example:
    """Any rows with question (or problem), solution (or response), and answer, mode, language, topic, level.

    A solution may hold ```` ```python ```` and ```` ```output ```` blocks; without ``mode``, code with outputs is
    ``tir``, code alone ``pot``, neither ``cot``.
    """
    segments = parse_solution(_text(row, "solution", "response", "generated_solution"))
    kinds = {segment.kind for segment in segments}
    guess = "cot" if "code" not in kinds else "tir" if "output" in kinds else "pot"
    mode = _optional(row, "mode") or guess
    fields = {name: _optional(row, name) for name in ("answer", "topic", "level", "language")}
    return _example(row, origin, segments, mode, **fields)  # type: ignore[arg-type]  # validated by Example


def _cot(text: str) -> tuple[Segment, ...]:
    return (Segment(kind="text", text=text),)


#: By the name that ``data.sources.NAME.adapter`` gives.
ADAPTERS: dict[str, Adapter] = {"raymath": raymath, "gsm8k": gsm8k, "math": math, "zh_tir": zh_tir, "jsonl": jsonl}
