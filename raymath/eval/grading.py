"""Kept samples → rows of ``scores.jsonl``; and the same again, without a model.

    scored = regrade(run.path / "eval", "raymath")

One sample is graded as `raymath.eval.grade` grades, and what its last program printed beside it ("program accuracy").
Grading again reads what an evaluation left (`raymath.eval.sweep`) and asks nobody anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from raymath.errors import DataError
from raymath.eval.answers import Extraction, extract
from raymath.eval.asking import read_protocols
from raymath.eval.choices import announced, letter
from raymath.eval.grade import grade, grade_generation
from raymath.eval.items import Item, read_items
from raymath.eval.results import Key, Scored, read_keys, write_scores
from raymath.ordered import in_order
from raymath.prompts import parse_solution
from raymath.records import Generation, Mode, Protocol, Score
from raymath.rollout.store import read

NO_CHOICE = "no option was chosen"


def extraction_of(protocol: Protocol) -> Extraction:
    """Whose rules find the answers of a run: the published ones belong to the published loop."""
    return "deepseek" if protocol == "deepseek" else "raymath"


def score(generation: Generation, item: Item, extraction: Extraction) -> Scored:
    """One sample against its item."""
    verdict = _verdict(generation, item, extraction)
    program = None
    if generation.mode != "cot" and generation.status == "ok":
        printed = [part.text for part in parse_solution(generation.text) if part.kind == "output"]
        program = bool(printed) and _printed_right(printed[-1], generation, item, extraction)
    return Scored.of(generation, item.answer, verdict, program)


def _verdict(generation: Generation, item: Item, extraction: Extraction) -> Score:
    if not item.options or generation.status == "infra":
        return grade_generation(generation, item.answer, item.question, extraction, item.adapter)
    found = extract(generation.text, extraction=extraction)
    chosen = letter(found[-1], item.options) if found else None
    chosen = chosen or announced(generation.text, item.options)
    right = chosen is not None and (chosen,) == item.answer
    kept = (chosen,) if chosen is not None else found[-1:]
    return Score(extracted=kept, correct=right, correct_strict=right, reason="" if chosen else NO_CHOICE)


def _printed_right(printed: str, generation: Generation, item: Item, extraction: Extraction) -> bool:
    if item.options:
        return (letter(printed, item.options),) == item.answer
    boxed = f"\\boxed{{{printed.strip()}}}"
    return grade(
        boxed,
        item.answer,
        benchmark=item.adapter or generation.benchmark,
        question=item.question,
        extraction=extraction,
    ).correct


def regrade(directory: Path, extraction: Extraction = "raymath") -> tuple[Scored, ...]:
    """Write ``scores.jsonl`` of a finished evaluation again, from its generations and golds.

    Samples that infrastructure lost stay unscored, in their places. `extraction` is for samples of which nobody wrote
    down by which protocol they were asked.

    Raises:
        DataError: the directory lacks items, generations or scores, or a sample's item is not among the items.
    """
    items = {(item.benchmark, item.id): item for item in read_items(directory / "items.jsonl")}
    kept = {generation.key: generation for generation in read(directory / "generations.jsonl")}
    lost = {generation.key: generation for generation in read(directory / "generations.jsonl.lost")}
    keys = read_keys(directory / "scores.jsonl")
    protocols = read_protocols(directory / "asked.json")
    every = list(dict.fromkeys([*keys, *kept]))
    missing = sorted({(benchmark, item) for _, benchmark, _, item, _ in every} - set(items))
    if missing:
        raise DataError(
            f"{directory / 'items.jsonl'} lacks item {missing[0][1]} of {missing[0][0]}", "evaluate the run again"
        )

    def work(key: Key) -> Scored:
        sample = kept.get(key) or lost.get(key) or _never_asked(key)
        own = extraction_of(protocols[sample.asked]) if sample.asked in protocols else extraction
        return score(sample, items[key[1], key[3]], own)

    scored = tuple(in_order(work, every))
    write_scores(directory / "scores.jsonl", scored)
    return scored


def _never_asked(key: Key) -> Generation:
    model, benchmark, mode, item, sample = key
    return Generation(
        model=model,
        benchmark=benchmark,
        mode=cast(Mode, mode),
        item=item,
        sample=sample,
        prompt="",
        text="",
        finish="error",
        status="infra",
        error="never asked",
    )
