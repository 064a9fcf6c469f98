"""Which of a teacher's samples are kept as training examples, and why the others are not.

    chosen = select(problem, generations, keep=2)
    chosen.examples, chosen.reasons

A sample is kept if the teacher ended it itself, the answer in its last words equals gold by strict equality, at least
one program ran, the last one ended well, and no kept sample of the problem has the same programs. Of more than
``keep`` the ones with the fewest failed programs stay, then the shortest. Asking is left to `run`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from raymath.annotate.programs import normal
from raymath.eval.answers import extract
from raymath.eval.equality import equal
from raymath.prompts import parse_solution
from raymath.records import Example, Generation, Segment

#: Are these two answers equal?
Equal = Callable[[str, str], bool]

WRONG = "the answer is not the gold one"
UNFINISHED = "it did not come to an end"
NO_PROGRAM = "no program ran"
FAILED = "its last program fails"
NO_WORDS = "nothing is said after the last program"
UNBOXED = "the answer is not in a box"
COPY = "its programs are those of another sample"
SURPLUS = "more samples than are kept of a problem"
LOST = "lost to infrastructure"

_BOX = re.compile(r"\\boxed\s*\{")


@dataclass(frozen=True)
class Chosen:
    """The samples of one problem: what is kept, how many were right, and why the others were not kept."""

    examples: tuple[Example, ...] = ()
    right: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def select(problem: Example, generations: Sequence[Generation], *, keep: int, equal: Equal = equal) -> Chosen:
    """Choose among one problem's samples.

    Args:
        problem: question and gold answer; its own solution is not looked at.
        generations: samples of it, in the order of their numbers.
        keep: examples a problem gives at most.
        equal: compares an answer with gold.
    """
    reasons: Counter[str] = Counter()
    good: list[Generation] = []
    right = 0
    for generation in generations:
        reason = _fault(generation, problem.answer or "", equal)
        right += reason in (None, NO_PROGRAM, FAILED, NO_WORDS, UNBOXED)
        if reason is None:
            good.append(generation)
        else:
            reasons[reason] += 1
    good.sort(key=lambda g: (sum(run.status != "ok" for run in g.executions), len(g.text), g.sample))
    seen: set[tuple[str, ...]] = set()
    kept: list[Example] = []
    for generation in good:
        segments = parse_solution(generation.text)
        programs = tuple(normal(segment.text) for segment in segments if segment.kind == "code")
        if programs in seen:
            reasons[COPY] += 1
        elif len(kept) == keep:
            reasons[SURPLUS] += 1
        else:
            seen.add(programs)
            kept.append(_example(problem, generation, segments))
    return Chosen(tuple(kept), right, reasons)


def _fault(generation: Generation, gold: str, equal: Equal) -> str | None:
    """Why a sample cannot be kept. Wrong answers come first, so that what is left counts as right."""
    if generation.status == "infra":
        return LOST
    if generation.finish == "length":
        return UNFINISHED
    found = extract(generation.text)
    if not found or not equal(found[-1], gold):
        return WRONG
    segments = parse_solution(generation.text)
    if not generation.executions or not any(segment.kind == "output" for segment in segments):
        return NO_PROGRAM
    if generation.executions[-1].status != "ok":
        return FAILED
    last = segments[-1]
    if last.kind != "text" or not last.text.strip():
        return NO_WORDS
    return None if _BOX.search(last.text) else UNBOXED


def _example(problem: Example, generation: Generation, segments: tuple[Segment, ...]) -> Example:
    return problem.model_copy(
        update={
            "id": f"{problem.id}#{generation.model}-{generation.sample}",
            "mode": "tir",
            # A blank beginning is what a template's space or line end leaves behind.
            "segments": tuple(s for s in segments if s.kind != "text" or s.text.strip()),
        }
    )
