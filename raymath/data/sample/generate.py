"""Makes the embedded sample: `train.jsonl` and `heldout.jsonl` beside this file.

    python -m raymath.data.sample.generate            # writes both files again, byte for byte
    python -m raymath.data.sample.generate --check    # writes nothing; exit code 1 if a file differs

Where the sample comes from: every problem is drawn from one of 24 templates written for raymath (modules `money`,
`rates`, `shapes_and_equations`, `whole_numbers`, `fractions_and_chance`), which hold several wordings, names and
things in English and Chinese. No text comes from a data set, and no model wrote a solution.

How it is made:

1. each template draws its problems from a generator seeded by `SEED` and the template's name, so that adding a
   template changes no other's problems; a draw that shares question, or template and numbers, with an earlier one is
   dropped, and so no held-out problem is a training problem with other words;
2. the answer is worked out in exact arithmetic (the chain of thought shows it), and computed again by the problem's
   program, which runs in `raymath.sandbox`; a disagreement ends the generation;
3. a problem becomes one training example in one mode: ``tir`` (a sentence, the program, what it printed, the answer),
   ``cot`` (the worked solution) or ``pot`` (the program alone); or one item of the held-out benchmark.

Rendering and tokens are left to `raymath.data.render`, reading to `raymath.data.sources`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from raymath.data.sample import (
    HELDOUT,
    TRAIN,
    fractions_and_chance,
    money,
    rates,
    shapes_and_equations,
    whole_numbers,
)
from raymath.data.synthesis.generate import LICENCE, fresh, solution
from raymath.data.synthesis.template import Problem, Template
from raymath.data.topics import BY_ID
from raymath.records import Example, Language, Mode, Program, to_line

SEED = 2024
SOURCE = "raymath-sample"
TEMPLATES: tuple[Template, ...] = (
    *money.TEMPLATES,
    *rates.TEMPLATES,
    *shapes_and_equations.TEMPLATES,
    *whole_numbers.TEMPLATES,
    *fractions_and_chance.TEMPLATES,
)
#: Problems of each template: training examples by language and mode, held-out items by language.
QUOTA: tuple[tuple[Language, Mode | None, int], ...] = (
    ("en", "tir", 7),
    ("en", "cot", 3),
    ("en", "pot", 2),
    ("en", None, 3),
    ("zh", "tir", 5),
    ("zh", "cot", 2),
    ("zh", "pot", 1),
    ("zh", None, 2),
)


@dataclass(frozen=True)
class Draft:
    """A problem and what it is for: an example in ``mode``, or a held-out item (None)."""

    id: str
    mode: Mode | None
    problem: Problem


def drafts(seed: int = SEED) -> list[Draft]:
    """All problems of the sample, in the order of the files; a pure function of the seed."""
    found: list[Draft] = []
    for template in TEMPLATES:
        rng = Random(f"{seed}/{template.name}")
        seen: set[object] = set()
        for language, mode, count in QUOTA:
            for number in range(1, count + 1):
                use = mode or "heldout"
                problem = fresh(template, language, rng, seen, same=lambda problem: problem.key)
                if problem is None:
                    raise ValueError(f"template {template.name} has no more problems: widen its ranges")
                found.append(Draft(f"{SOURCE}/{template.name}/{language}-{use}-{number}", mode, problem))
    # Whoever takes the first rows only gets all kinds of problem.
    Random(seed).shuffle(found)
    return found


def run_programs(programs: Sequence[str], parallel: int = 2) -> list[str]:
    """What each program prints in the sandbox, without the last line end.

    Raises:
        ValueError: a program does not end well.
    """
    from raymath.sandbox import run_batch

    printed: list[str] = []
    results = run_batch([Program(code=code) for code in programs], parallel=parallel)
    for code, result in zip(programs, results, strict=True):
        if result.status != "ok":
            raise ValueError(f"a program ended with {result.status}: {result.error or result.stderr}\n{code}")
        printed.append(result.stdout.removesuffix("\n"))
    return printed


def build(work: Sequence[Draft], printed: Sequence[str]) -> tuple[str, str]:
    """The contents of `TRAIN` and `HELDOUT`, given what each draft's program printed.

    Raises:
        ValueError: a program's output is not the worked solution's answer.
    """
    for draft, output in zip(work, printed, strict=True):
        if output != draft.problem.answer:
            raise ValueError(f"{draft.id}: worked out {draft.problem.answer!r}, but the program printed {output!r}")
    train: list[str] = []
    heldout: list[str] = []
    for draft, output in zip(work, printed, strict=True):
        if draft.mode is None:
            heldout.append(_item(draft))
        else:
            train.append(to_line(_example(draft, draft.mode, output, row=len(train))))
    return "".join(f"{line}\n" for line in train), "".join(f"{line}\n" for line in heldout)


def _example(draft: Draft, mode: Mode, printed: str, row: int) -> Example:
    problem = draft.problem
    return Example(
        id=draft.id,
        source=SOURCE,
        row=row,
        language=problem.language,
        mode=mode,
        question=problem.question,
        segments=solution(problem, mode, printed),
        answer=problem.answer,
        topic=problem.topic,
        subject=BY_ID[problem.topic].subject,
        licence=LICENCE,
    )


def _item(draft: Draft) -> str:
    problem = draft.problem
    fields = {
        "id": draft.id,
        "question": problem.question,
        "answer": problem.answer,
        "language": problem.language,
        "template": problem.template,
        "topic": problem.topic,
    }
    return json.dumps(fields, ensure_ascii=False)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make the embedded sample again.")
    parser.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    check: bool = parser.parse_args(argv).check
    work = drafts()
    contents = build(work, run_programs([draft.problem.code for draft in work]))
    differ = False
    for path, content in zip((TRAIN, HELDOUT), contents, strict=True):
        differ |= not _settle(path, content, check)
    return int(differ)


def _settle(path: Path, content: str, check: bool) -> bool:
    if check:
        same = path.is_file() and path.read_bytes() == content.encode()
        sys.stdout.write(f"{path}: {'as generated' if same else 'differs'}\n")
        return same
    path.write_bytes(content.encode())
    sys.stdout.write(f"{path}: {content.count(chr(10))} lines\n")
    return True


if __name__ == "__main__":
    sys.exit(main())
