"""Word problems annotated with equations, English and Chinese: their rows → programs of thought.

The conversion is `raymath.data.equations`'s; here is where each source keeps question, equation and answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from raymath.data.adapters.row import (
    UNSTATED,
    Origin,
    Row,
    Unusable,
    conclusion,
    example,
    given,
    label,
    optional,
    pot,
    row_id,
    text,
    untokenised,
)  # fmt: skip
from raymath.data.equations import Gold, solve_program
from raymath.data.expressions import NotUnderstood
from raymath.data.worked_steps import remainder_program, step_program
from raymath.records import Example, Segment


def _solved(
    row: Row, origin: Origin, question: str, equations: Sequence[str], answer: object, *,
    licence: str, wanted: Sequence[str] = (), **fields: str | None,
) -> Example:  # fmt: skip
    try:
        gold = Gold.read(answer)
        program = solve_program(equations, gold, wanted)
    except NotUnderstood as error:
        raise Unusable(str(error)) from None
    return example(row, origin, question, pot(program), "pot", answer=gold.text, licence=licence, **fields)


def _equations(written: str) -> list[str]:
    return [part for part in re.split(r"[;；]", written) if part.strip()]


def ape210k(row: Row, origin: Origin) -> Example:
    """Ape210K (id, question, equation, answer; or original_text, equation, ans) → PoT."""
    question = text(row, "question", "original_text")
    return _solved(
        row, origin, question, [text(row, "equation")], given(row, "answer", "ans"), licence=UNSTATED, language="zh"
    )


def math23k(row: Row, origin: Origin) -> Example:
    """Math23K (id, question, equation, answer; or original_text, equation, ans) → PoT."""
    return ape210k(row, origin)


def hmwp(row: Row, origin: Origin) -> Example:
    """HMWP (id, question, equation, answer): one unknown or two, `;` between equations → PoT."""
    question = text(row, "question", "original_text")
    equations = _equations(text(row, "equation"))
    return _solved(
        row, origin, question, equations, given(row, "answer", "ans"),
        licence=UNSTATED, language="zh", id=row_id(row, origin, "id"),
    )  # fmt: skip


def cm17k(row: Row, origin: Origin) -> Example:
    """CM17K (id, question, equation, answer, topic, solution) → PoT; the topic is its exam point."""
    return _solved(
        row, origin, text(row, "question"), _equations(text(row, "equation")), given(row, "answer"),
        licence=UNSTATED, language="zh", topic=label(row, "topic"),
    )  # fmt: skip


def cm17k_tir(row: Row, origin: Origin) -> Example:
    """CM17K's explained rows → tool-integrated: the explanation, the program, its output, the answer.

    The explanations say how the equation comes about and stop there, so alone they would be solutions without an
    answer; with the program they are whole.
    """
    made = cm17k(row, origin)
    idea = str(row.get("solution") or "").strip()
    if len(idea) < 12:
        raise Unusable("no explanation to begin with")
    assert made.answer is not None
    segments = (
        Segment(kind="text", text=f"{idea}\n"),
        *made.segments,
        Segment(kind="output", text=made.answer),
        Segment(kind="text", text=conclusion(made.answer, "zh")),
    )
    return made.model_copy(update={"id": f"{made.id}-tir", "mode": "tir", "segments": segments})


def svamp(row: Row, origin: Origin) -> Example:
    """SVAMP (Body, Question, Equation, Answer, Type) → PoT."""
    body = text(row, "Body").strip()
    question = f"{body if body[-1] in '.?!' else body + '.'} {text(row, 'Question').strip()}"
    return _solved(
        row, origin, question, [f"x = {text(row, 'Equation')}"], given(row, "Answer"),
        licence="MIT", topic=label(row, "Type"), id=optional(row, "id", "ID"),
    )  # fmt: skip


def mawps(row: Row, origin: Origin) -> Example:
    """MAWPS (original_text, equation, ans) → PoT; also DRAW's and Alg514's rows, see `draw`."""
    question, equations = text(row, "original_text", "Question"), _equations(text(row, "equation", "Equation"))
    return _solved(row, origin, untokenised(question), equations, given(row, "ans", "Answer"), licence="MIT")


def draw(row: Row, origin: Origin) -> Example:
    """DRAW and Alg514 (original_text, equation with unknowns m and n, ans) → PoT."""
    return mawps(row, origin)


def dolphin1878(row: Row, origin: Origin) -> Example:
    """Dolphin1878 (text, equations: ``unkn:`` what is asked and ``equ:`` lines, ans) → PoT.

    The answer ``11/4 | 2.75`` is the first of the two; ``2 or 5`` are both; ``7; 8 or -8; -7`` is no one answer.
    """
    lines = given(row, "equations")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise Unusable("'equations' is not a list of texts")
    wanted = [line.partition(":")[2] for line in lines if line.strip().startswith("unkn")]
    equations = [line.partition(":")[2] for line in lines if line.strip().startswith("equ")]
    answer = text(row, "ans").partition("|")[0]
    if "no_result" in answer or not answer.strip():
        raise Unusable("no gold answer")
    alternatives = [part.strip().strip("{}") for part in answer.split(" or ")]
    if len(alternatives) > 1 and any(";" in part for part in alternatives):
        raise Unusable("several sets of answers are right")
    asked = [part for part in ",".join(wanted).split(",") if part.strip()]
    parts = [part for one in alternatives for part in one.split(";")]
    return _solved(row, origin, text(row, "text"), equations, parts, wanted=asked, licence="MIT", language="en")


#: ``(marbles)``, ``(mL/L)``; not ``(x)`` or ``(x+2)``.
_UNIT = re.compile(r"\s*\((?![xy]\))[A-Za-z$%][^()+*\d=-]*\)")


def asdiv(row: Row, origin: Origin) -> Example:
    """ASDiv, its a-split (Body, Question, Formula, Answer, @Grade) or whole (question, formula, answer, grade) → PoT.

    Units in brackets go. Formulas are arithmetic, divisions with a remainder, worked steps, or equations after a
    line that says what x is.
    """
    question = (
        f"{text(row, 'Body').strip()} {text(row, 'Question').strip()}" if "Body" in row else text(row, "question")
    )
    formula, answer = text(row, "Formula", "formula"), text(row, "Answer", "answer")
    formulas = [part.strip() for part in _UNIT.sub("", formula).split(";") if part.strip()]
    try:
        gold = Gold.read(re.sub(r"\s*\([^()]*[A-Za-z%$][^()]*\)", "", answer))
        program = _asdiv_program(formulas, gold)
    except NotUnderstood as error:
        raise Unusable(str(error)) from None
    return example(
        row, origin, question, pot(program), "pot",
        answer=gold.text, topic=label(row, "Solution-Type") or label(row, "type"),
        level=optional(row, "@Grade", "grade"), language="en", licence="CC-BY-NC-4.0",
    )  # fmt: skip


def _asdiv_program(formulas: list[str], gold: Gold) -> str:
    equations = [formula for formula in formulas if not re.match(r"[a-z]\s*:", formula)]
    if len(equations) < len(formulas) or re.search(r"(?<![A-Za-z])[a-zA-Z](?![A-Za-z])", equations[0].split("r")[0]):
        return solve_program(equations, gold)
    if len(equations) == 1 and re.search(r"\d\s*r\s*\d", equations[0]):
        return remainder_program(equations[0], gold)
    return step_program(equations, gold)
