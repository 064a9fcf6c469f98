"""From a template to any number of distinct problems, and from a problem to training examples.

    for number, problem in enumerate(islice(problems(template, "zh", seed=0), 1000)):
        printed = ...                                    # of problem.code, run in the sandbox
        if fault(problem, execution) is None:
            yield from examples(problem, number, printed, ("cot", "tir"), source="generated")

`problems` is a pure function of seed, template and language, and its first n are the same however many are asked for:
the work can be cut anywhere and done again. Running programs is left to the caller, as is dropping what a real row
or a benchmark already has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from raymath.data.synthesis.template import Problem, Template, close, tell
from raymath.data.topics import BY_ID
from raymath.records import Example, Execution, Language, Mode, Segment

LICENCE = "Apache-2.0"
#: Draws in a row that may repeat an earlier problem before a template is held to be exhausted.
_PATIENCE = 1000


def fresh(
    template: Template,
    language: Language,
    rng: Random,
    seen: set[object],
    same: Callable[[Problem], object] = lambda problem: problem.numbers,
) -> Problem | None:
    """Draw until a problem's question and its numbers (or what ``same`` gives) are new, and add both to ``seen``.

    Returns:
        None: the template is exhausted, 1000 draws in a row repeated something seen.
    """
    for _ in range(_PATIENCE):
        problem = tell(template, language, rng)
        key = same(problem)
        if problem.question not in seen and key not in seen:
            seen.update((key, problem.question))
            return problem
    return None


def problems(template: Template, language: Language, seed: int) -> Iterator[Problem]:
    """Problems of a template in one language, no two alike in question or in numbers; ends when it is exhausted."""
    rng = Random(f"{seed}/{template.name}/{language}")
    seen: set[object] = set()
    while problem := fresh(template, language, rng, seen):
        yield problem


def fault(problem: Problem, execution: Execution) -> str | None:
    """Why a run of the problem's program does not bear out its worked answer; None if it does."""
    if execution.status != "ok":
        return f"the program ended with {execution.status}"
    printed = execution.stdout.removesuffix("\n")
    return None if printed == problem.answer else f"worked out {problem.answer!r}, but the program printed {printed!r}"


def solution(problem: Problem, mode: Mode, printed: str) -> tuple[Segment, ...]:
    """A problem's solution in one mode; ``printed`` is its program's output without the last line end.

    ``cot`` is the worked solution, ``pot`` the program alone, ``tir`` a plan, the program, its output, a conclusion.
    """
    code = Segment(kind="code", text=problem.code)
    if mode == "cot":
        return (Segment(kind="text", text=problem.cot),)
    if mode == "pot":
        return (code,)
    return (
        Segment(kind="text", text=f"{problem.plan}\n"),
        code,
        Segment(kind="output", text=printed),
        Segment(kind="text", text=close(printed, problem.language)),
    )


def examples(
    problem: Problem, number: int, printed: str, modes: Sequence[Mode], source: str = "generated"
) -> list[Example]:
    """A problem as one training example for each mode.

    Args:
        number: the problem's place in `problems`, part of the id.
        printed: what its program printed, without the last line end (see `fault`).
    """
    topic = BY_ID[problem.topic]
    return [
        Example(
            id=f"{source}/{problem.template}/{problem.language}-{mode}-{number}",
            source=source,
            row=number,
            language=problem.language,
            mode=mode,
            question=problem.question,
            segments=solution(problem, mode, printed),
            answer=problem.answer,
            topic=topic.id,
            subject=topic.subject,
            level=topic.stage,
            licence=LICENCE,
        )
        for mode in modes
    ]
