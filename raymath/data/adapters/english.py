"""English sources with solutions in words, Loong's programs and MathQA's formulas: from their rows to Examples."""

from __future__ import annotations

import re

from raymath.data.adapters.choices import letter_of, lettered, with_options
from raymath.data.adapters.row import (
    Origin,
    Row,
    Unusable,
    concluded,
    cot,
    example,
    given,
    label,
    last_boxed,
    optional,
    pot,
    refuse_test_row,
    text,
    untokenised,
)  # fmt: skip
from raymath.data.expressions import NotUnderstood
from raymath.data.mathqa import formula_program, numbers_of
from raymath.records import Example


def gsm8k(row: Row, origin: Origin) -> Example:
    r"""GSM8K (id, question, solution, answer; or the hub's question, answer) → CoT.

    ``<<48/2=24>>`` calculator marks go; the ending ``#### 72`` becomes ``The answer is \boxed{72}.``
    """
    refuse_test_row(row)
    question = text(row, "question")
    body, mark, ending = text(row, "solution", "answer").rpartition("####")
    if not mark or not ending.strip() or not body.strip():
        raise Unusable("the solution does not end in '#### answer'")
    segments = concluded(re.sub("<<[^<>]*>>", "", body), ending.strip(), "en")
    return example(row, origin, question, segments, "cot", answer=ending.strip(), language="en", licence="MIT")


def math(row: Row, origin: Origin) -> Example:
    """MATH (id, subject, level, question, solution, answer; or the hub's problem, type) → CoT."""
    refuse_test_row(row)
    question, solution = text(row, "question", "problem"), text(row, "solution")
    if "\\boxed" not in solution and "\\fbox" not in solution:
        raise Unusable("the solution has no boxed answer")
    return example(
        row, origin, question, cot(solution), "cot",
        answer=optional(row, "answer") or last_boxed(solution),
        topic=optional(row, "subject", "type"), level=optional(row, "level"), language="en", licence="MIT",
    )  # fmt: skip


#: How AQuA's writers end: ``ANSWER:C``, ``Answer: B)``, ``Correct answer - A``, ``Option (D)``.
_AQUA_END = re.compile(
    r"[\s.]*(?:\b(?:the\s+)?(?:correct\s+)?(?:answer|ans|option)(?:\s+is)?)\s*[-:=.]*\s*\(?[A-E]\)?\s*[.!]*\s*$",
    re.IGNORECASE,
)


def aqua(row: Row, origin: Origin) -> Example:
    """AQuA (question, options, solution, answer; or the original's rationale, correct) → CoT, multiple choice."""
    options = lettered(given(row, "options"))
    question, letter = text(row, "question"), letter_of(given(row, "answer", "correct"), options)
    solution = _AQUA_END.sub("", text(row, "solution", "rationale"))
    if not re.search(r"\d|[A-Za-z]{3}", solution):
        raise Unusable("the solution is no more than an answer")
    return example(
        row, origin, with_options(question, options), concluded(solution, letter, "en"), "cot",
        answer=letter, language="en", licence="Apache-2.0",
    )  # fmt: skip


def tabmwp(row: Row, origin: Origin) -> Example:
    """TabMWP (question, choices, table_title, table, answer, unit, solution, grade, subset) → CoT over a table."""
    refuse_test_row(row)
    question, table, answer = text(row, "question"), text(row, "table"), text(row, "answer").strip()
    title, unit = optional(row, "table_title"), optional(row, "unit")
    if unit and not answer.endswith(unit):
        question += f" (Unit: {unit})"
    question = "\n".join([*([title] if title else []), table.rstrip(), "", question])
    if row.get("choices"):
        options = lettered(row["choices"])
        letters = [letter for letter, option in options.items() if option == answer]
        if len(letters) != 1:
            raise Unusable(f"the answer is none of the options: {answer[:40]!r}")
        question, answer = with_options(question, options), letters[0]
    return example(
        row, origin, question, concluded(text(row, "solution"), answer, "en"), "cot",
        answer=answer, level=optional(row, "grade"), language="en", licence="CC-BY-NC-SA-4.0",
    )  # fmt: skip


def loong(row: Row, origin: Origin) -> Example:
    """Loong's MATH programs (question, program, answer, level, subject, math_overlap) → PoT.

    Only rows that are known to be of MATH's training half: others may be test questions.
    """
    if row.get("math_overlap") != "train":
        raise Unusable("not known to be a question of MATH's training set")
    return example(
        row, origin, text(row, "question"), pot(text(row, "program").strip("\n")), "pot",
        answer=text(row, "answer").strip(), topic=label(row, "subject"), level=optional(row, "level"), language="en",
    )  # fmt: skip


def openmathinstruct2(row: Row, origin: Origin) -> Example:
    """OpenMathInstruct-2 (problem, generated_solution, expected_answer, problem_source) → CoT."""
    solution = text(row, "generated_solution")
    if last_boxed(solution) is None:
        raise Unusable("the solution has no boxed answer")
    return example(
        row, origin, text(row, "problem"), cot(solution), "cot",
        answer=optional(row, "expected_answer"), topic=label(row, "problem_source"), language="en", licence="CC-BY-4.0",
    )  # fmt: skip


def mathqa(row: Row, origin: Origin) -> Example:
    """MathQA (question, options, answer, linear_formula, category; or the hub's Problem, correct) → PoT.

    The program computes the number as the formula says and prints the letter of the nearest option, if that is within
    one part in a hundred (many are rounded); else it prints nothing.
    """
    question = text(row, "question", "Problem")
    options = lettered(given(row, "options"))
    letter = letter_of(given(row, "answer", "correct"), options)
    numbers = {name: number for name, option in options.items() if (number := _option_number(option)) is not None}
    if letter not in numbers:
        raise Unusable("the right option is no number")
    try:
        imports, lines = formula_program(text(row, "linear_formula"), numbers_of(question))
    except NotUnderstood as error:
        raise Unusable(str(error)) from None
    listed = ", ".join(f'"{name}": {number}' for name, number in numbers.items())
    lines += [
        f"options = {{{listed}}}",
        "best = min(options, key=lambda letter: abs(options[letter] - answer))",
        "if abs(options[best] - answer) <= 0.01 * abs(answer):",
        "    print(best)",
    ]
    program = "\n".join([*imports, *([""] if imports else []), *lines])
    return example(
        row, origin, with_options(untokenised(question), {name: untokenised(one) for name, one in options.items()}),
        pot(program), "pot", answer=letter, topic=label(row, "category"), language="en", licence="Apache-2.0",
    )  # fmt: skip


_OPTION_NUMBER = re.compile(
    r"(?P<sign>-\s?)?(?:(?P<whole>\d+)\s+(?=\d+\s*/))?(?P<top>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+)(?:\s*/\s*(?P<bottom>\d+))?"
)


def _option_number(option: str) -> str | None:
    """The number in an option (``rs . 400``, ``33 1 / 3 %``) as Python writes it; None without one or with more."""
    found = [] if re.search(r"π|\bpi\b|√|\bsqrt|\^|:", option) else list(_OPTION_NUMBER.finditer(option))
    if len(found) != 1 or found[0]["bottom"] == "0":
        return None
    sign, whole, top, bottom = (found[0][name] or "" for name in ("sign", "whole", "top", "bottom"))
    top = top.replace(",", "")
    top = str(int(float(top))) if float(top).is_integer() else repr(float(top))
    fraction = f"{top} / {bottom}" if bottom else top
    return f"{sign.strip()}({whole} + {fraction})" if whole else f"{sign.strip()}{fraction}"
