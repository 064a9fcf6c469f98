"""Collections with many sub-sources: MathInstruct and Lila. `part_of` says which one a row is of."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from raymath.data.adapters.row import (
    Origin,
    Row,
    Unusable,
    conclusion,
    cot,
    example,
    last_boxed,
    optional,
    pot,
    refuse_test_row,
    text,
)  # fmt: skip
from raymath.records import Example

#: The files of TIGER-Lab/MathInstruct; the folder says how their solutions are written.
MATHINSTRUCT = (
    "CoT/MATH_train", "CoT/TheoremQA", "CoT/aqua_rat", "CoT/college_math", "CoT/gsm_rft", "CoT/gsm_train",
    "CoT/math50k_camel", "CoT/number_comparison",
    "PoT/MATH_train", "PoT/TheoremQA", "PoT/aqua_rat_filtered", "PoT/gsm_gpt4", "PoT/mathqa", "PoT/numglue",
)  # fmt: skip

#: The sentence that asks for a program: our own prompt says it (`raymath.prompts.SUFFIX`).
_ASKS_PROGRAM = re.compile(
    r"\s*(?:Let's|Let us|Please)\b[^.?!\n]*\b(?:python|program)\b[^.?!\n]*[.!]?\s*$", re.IGNORECASE
)
_CHOICES = re.compile(r"\s*Answer Choices:\s*", re.IGNORECASE)
_OPTION = re.compile(r"\s*\(([A-J])\)\s*")
_ANSWER = re.compile(r"\s*(?:therefore,?\s+|so,?\s+)?the answer is:?\s*(?P<answer>[^\n]+?)\s*$", re.IGNORECASE)


def mathinstruct_part(row: Row) -> str:
    """``data/CoT/aqua_rat.json`` → ``CoT/aqua_rat``."""
    path = PurePosixPath(text(row, "source"))
    return f"{path.parent.name}/{path.stem}"


def mathinstruct(row: Row, origin: Origin) -> Example:
    r"""MathInstruct (source, instruction, output) → CoT or PoT, as the sub-source's folder says.

    The request for a program goes, options get lines of their own, and ``The answer is C.`` becomes a box. The rows
    have no gold answer: what a solution says is the word of the model that wrote it.
    """
    part, output = mathinstruct_part(row), text(row, "output").strip("\n")
    question = _ASKS_PROGRAM.sub("", text(row, "instruction")).strip()
    if not question:
        raise Unusable("'instruction' asks nothing")
    stem, *choices = _CHOICES.split(question, maxsplit=1)
    if choices:
        question = stem + _OPTION.sub(lambda mark: f"\n{mark[1]}. ", choices[0])
    if part.startswith("PoT/"):
        return example(row, origin, question, pot(output), "pot", topic=part, language="en", licence="MIT")
    if not part.startswith("CoT/"):
        raise Unusable(f"a sub-source that is neither CoT nor PoT: {part}")
    if last_boxed(output) is None:
        ending = _ANSWER.search(output)
        if ending is None:
            raise Unusable("no final answer to put in a box")
        answer = ending["answer"].rstrip(".").strip("$ ")
        output = f"{output[: ending.start()].rstrip()}\n{conclusion(answer, 'en')}".lstrip()
    return example(row, origin, question, cot(output), "cot", topic=part, language="en", licence="MIT")


def lila_part(row: Row) -> str:
    """The task: ``addsub.json`` → ``addsub``."""
    return text(row, "dataset", "task").removesuffix(".json")


def lila(row: Row, origin: Origin) -> Example:
    """Lila (input, output_program, output_answer, split, dataset) → PoT; the task is the topic.

    The release on GitHub has lists of programs and answers: the first is taken.
    """
    refuse_test_row(row)
    first = {name: found[0] if isinstance(found, list) and found else found for name, found in row.items()}
    program = text(first, "output_program", "Output Program").strip("\n")
    if "print" not in program:
        raise Unusable("a program that prints nothing")
    return example(
        first, origin, text(first, "input", "Input").strip(), pot(program), "pot",
        answer=optional(first, "output_answer", "Output Answer"), topic=lila_part(first),
        language="en", licence="CC-BY-4.0",
    )  # fmt: skip
