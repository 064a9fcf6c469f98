"""What all adapters share: a row and where it comes from, reading its fields, making the Example.

    question = text(row, "question", "problem")
    return example(row, origin, question, cot(solution), answer="72")

A field that is missing or of a wrong type makes the row `Unusable`, with a reason that names the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

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

#: The licence of sources whose publishers state none.
UNSTATED = "none stated"

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"(?<![A-Za-z\\])(?!sin|cos|tan|log|ln|lim|max|min|mod)[A-Za-z]{3,}")


def language_of(question: str, solution: str = "") -> Language:
    """``zh`` with a Chinese character in the question, ``en`` with a word in Latin letters; else the solution's.

    A formula alone says nothing: LaTeX commands and single letters are not words.
    """
    if _HAN.search(question):
        return "zh"
    if _WORD.search(question):
        return "en"
    return "zh" if _HAN.search(solution) else "en"


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


def text(row: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that is there; Unusable unless it is a text with something in it."""
    name = next((n for n in names if row.get(n) is not None), None)
    wanted = " or ".join(f"'{n}'" for n in names)
    if name is None:
        raise Unusable(f"no {wanted}")
    if not isinstance(row[name], str) or not row[name].strip():
        raise Unusable(f"'{name}' is empty or not a text")
    return str(row[name])


def given(row: Mapping[str, Any], *names: str) -> Any:
    """The first of these fields that is there, of any type; Unusable without one."""
    found = next((row[n] for n in names if row.get(n) is not None), None)
    if found is None:
        raise Unusable(f"no {' or '.join(repr(n) for n in names)}")
    return found


def optional(row: Mapping[str, Any], *names: str) -> str | None:
    """The first of these fields that is there, as text; None without one."""
    found = next((row[n] for n in names if row.get(n) is not None), None)
    return None if found is None else str(found)


def label(row: Mapping[str, Any], name: str) -> str | None:
    """A source's own label of what a problem is about; several are joined by ``; ``."""
    found = row.get(name)
    if isinstance(found, list):
        return "; ".join(dict.fromkeys(map(str, found))) or None
    return str(found) if found else None


def example(
    row: Row,
    origin: Origin,
    question: str,
    segments: tuple[Segment, ...],
    mode: Mode,
    *,
    licence: str | None = None,
    **fields: str | None,
) -> Example:
    """The Example of a row.

    Args:
        row: its ``id`` and ``licence`` are kept where it has them.
        origin: where it comes from; its licence goes before `licence`.
        question: as it will be asked.
        segments: the solution.
        mode: how the solution is written.
        licence: what the publisher states.
        fields: further fields of `Example`; without ``language``, it is the question's.

    Raises:
        pydantic.ValidationError: a field has a value that an Example cannot have.
    """
    identity = fields.pop("id", None) or optional(row, "id")
    language = fields.pop("language", None)
    solution = "".join(segment.text for segment in segments)
    return Example.model_validate(
        {
            "id": identity or f"{origin.source}/{Path(origin.file).name}:{origin.row}",
            "source": origin.source,
            "row": origin.row,
            "language": language or language_of(question, solution),
            "mode": mode,
            "question": question,
            "segments": segments,
            "licence": optional(row, "licence", "license") or origin.licence or licence,
            **fields,
        }
    )


def row_id(row: Mapping[str, Any], origin: Origin, *names: str) -> str | None:
    """The source's id with the row's position: for sources that give one id to several problems."""
    identity = optional(row, *names)
    return None if identity is None else f"{identity}.{origin.row}"


def cot(solution: str) -> tuple[Segment, ...]:
    """A solution in words."""
    return (Segment(kind="text", text=solution),)


def pot(program: str) -> tuple[Segment, ...]:
    """A solution that is a program."""
    return (Segment(kind="code", text=program),)


def conclusion(answer: str, language: Language) -> str:
    r"""The sentence that ends a solution: the answer in a ``\boxed{}``."""
    return f"答案是\\boxed{{{answer}}}。" if language == "zh" else f"The answer is \\boxed{{{answer}}}."


def concluded(solution: str, answer: str, language: Language) -> tuple[Segment, ...]:
    """A solution in words with its `conclusion` on a line of its own."""
    return cot(f"{solution.rstrip()}\n{conclusion(answer, language)}")


def untokenised(text: str) -> str:
    """A text without the spaces that a tokeniser left before punctuation."""
    return re.sub(r"(?<=\S) +([.,?!;:%])(?=\s|$)", r"\1", text).strip()


def refuse_test_row(row: Row) -> None:
    """Unusable if a row says by its id, split or subset that it belongs to a test set."""
    if re.match(r"(gsm8k-)?test\b", str(row.get("id", ""))):
        raise Unusable("a row of a test set by its id")
    for name in ("split", "subset"):
        if re.match(r"test", str(row.get(name, "")), re.IGNORECASE):
            raise Unusable(f"a row of a test set by its {name}")
