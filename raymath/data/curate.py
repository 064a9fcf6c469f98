"""Run every program of an Example and keep the Example only if it holds.

    for verdict in verify(examples, partial(run_batch, parallel=2, timeout_s=10, ...)):
        verdict.example or verdict.reason

A recorded output that the program does not reproduce is replaced by what it does print, and counted, as long as
the numbers in it are the same to `TOLERANCE` (``7`` became ``7.0``, another order of roots): the text after it was
written for the recorded one. Set aside with a reason are examples whose program fails, prints other numbers, prints
something else each time, or whose answer is not the gold one. Reading rows is left to `sources`, running programs
to `raymath.sandbox`, comparing answers to `raymath.eval`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from raymath.data.adapters import last_boxed
from raymath.records import Example, Execution, Program, Segment

#: Programs → Executions, in order (`raymath.sandbox.run_batch` with its limits bound).
RunBatch = Callable[[Iterable[Program]], Iterable[Execution]]
#: Are these two answers strictly equal? (`raymath.eval.equality.equal`)
Equal = Callable[[str, str], bool]

#: Relative difference up to which two printed numbers are the same one, rounded differently; absolute below 1e-9.
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Verdict:
    """``example`` as it may be trained on, or None and the ``reason``; ``replaced`` of ``programs`` outputs changed.

    ``strength`` says how far it is verified, for the choice between two of a kind: 3 where a program gave the gold
    answer, 2 where a program gave what is recorded, 1 where the written answer is the gold one, 0 otherwise.
    """

    example: Example | None
    reason: str = ""
    programs: int = 0
    replaced: int = 0
    strength: int = 0


class _Refused(Exception):  # noqa: N818  carries a reason up to `verify`
    pass


def verify(examples: Sequence[Example], run_batch: RunBatch, equal: Equal | None = None) -> Iterator[Verdict]:
    """One verdict for each example, in order.

    Args:
        examples: any; of those without code only a boxed answer is held against gold.
        run_batch: runs all their programs, each block on the replayed state of the blocks before it. Programs
            lost to infrastructure are run once more; one lost again sets its example aside as ``infra``.
        equal: compares answers; strict equality of `raymath.eval` where not given.
    """
    if equal is None and any(example.answer for example in examples):
        from raymath.eval.equality import equal as strict

        equal = strict
    blocks = [_blocks(example) for example in examples]
    programs = [
        Program(code=code, replay=tuple(code for code, _ in own[:i]))
        for own in blocks
        for i, (code, _) in enumerate(own)
    ]
    results = _run(programs, run_batch)
    recorded = [output for own in blocks for _, output in own]
    changed = [i for i, output in enumerate(recorded) if output is not None and not _same(output, results[i].stdout)]
    # A program with chance or the order of a set in it has no output that a second build would find again.
    second = dict(zip(changed, _run([programs[i] for i in changed], run_batch), strict=True))
    at = 0
    for example, own in zip(examples, blocks, strict=True):
        mine = range(at, at + len(own))
        at += len(own)
        try:
            printed = [_printed(results[i], second.get(i), number + 1) for number, i in enumerate(mine)]
            segments, replaced = _outputs(example, printed)
            known = equal is not None and _check_answer(example, printed, equal)
        except _Refused as refused:
            yield Verdict(None, str(refused), len(own))
        else:
            checked = example if not replaced else example.model_copy(update={"segments": segments})
            yield Verdict(checked, "", len(own), replaced, (2 if printed else 0) + known)


def _blocks(example: Example) -> list[tuple[str, str | None]]:
    """The example's programs, each with its recorded output."""
    following: list[Segment | None] = [*example.segments[1:], None]
    return [
        (segment.text, after.text if after is not None and after.kind == "output" else None)
        for segment, after in zip(example.segments, following, strict=True)
        if segment.kind == "code"
    ]


def _run(programs: list[Program], run_batch: RunBatch) -> list[Execution]:
    results = list(run_batch(programs)) if programs else []
    lost = [i for i, result in enumerate(results) if result.status == "infra"]
    if lost:
        for i, again in zip(lost, run_batch([programs[i] for i in lost]), strict=True):
            results[i] = again
    return results


def _same(a: str, b: str) -> bool:
    return a.split() == b.split()


def _printed(result: Execution, second: Execution | None, number: int) -> str:
    """What a program printed, without blank lines around; refused unless it ended well and printed something."""
    for run in (result, second or result):
        if run.status != "ok":
            error = f", {run.error.type}: {run.error.message}" if run.error else ""
            raise _Refused(f"a program fails ({run.status}): program {number}{error}"[:300])
    if result.truncated:
        raise _Refused(f"a program fails (output_limit): program {number}")
    if not result.stdout.strip():
        raise _Refused(f"a program prints nothing: program {number}")
    if second is not None and not _same(result.stdout, second.stdout):
        raise _Refused(f"a program prints something else each time: program {number}")
    return result.stdout.strip("\n").rstrip()


def _outputs(example: Example, printed: list[str]) -> tuple[tuple[Segment, ...], int]:
    """The segments with the outputs that the programs really print, and how many of them changed."""
    if example.mode != "cot" and not printed:
        raise _Refused(f"no program: the mode is {example.mode}")
    segments, replaced, number = list(example.segments), 0, 0
    for i, segment in enumerate(segments):
        number += segment.kind == "code"
        after = segments[i + 1].kind if i + 1 < len(segments) else None
        if segment.kind == "code" and example.mode == "tir" and after != "output":
            raise _Refused(f"a program without its output: program {number}")
        if segment.kind != "output":
            continue
        if i == 0 or segments[i - 1].kind != "code":
            raise _Refused("an output without its program")
        new = printed[number - 1]
        if not _same(segment.text, new):
            if not _same_numbers(segment.text, new):
                raise _Refused(f"other numbers are recorded than printed: {segment.text[-60:]!r}, not {new[-60:]!r}")
            segments[i] = Segment(kind="output", text=new)
            replaced += 1
    return tuple(segments), replaced


_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def _same_numbers(a: str, b: str) -> bool:
    """The same numbers in any order, each within the tolerance."""
    left, right = (sorted(float(number) for number in _NUMBER.findall(text)) for text in (a, b))
    return len(left) == len(right) and all(
        math.isclose(x, y, rel_tol=TOLERANCE, abs_tol=1e-9) for x, y in zip(left, right, strict=True)
    )


def _check_answer(example: Example, printed: list[str], equal: Equal) -> bool:
    """Whether there is a gold answer to hold the example's own against; refused where they differ."""
    if not example.answer:
        return False
    if example.mode == "pot":
        found, what = printed[-1].splitlines()[-1].strip(), "the last printed line"
    else:
        boxed = last_boxed(example.segments[-1].text)
        if boxed is None and example.mode == "cot":
            return False
        found, what = boxed or "", "the answer in the box"
    if not equal(found, example.answer):
        raise _Refused(f"{what} is not the gold answer: {found[:80]!r}, gold {example.answer[:80]!r}")
    return True
