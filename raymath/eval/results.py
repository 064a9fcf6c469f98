"""What an evaluation found, as numbers: verdicts of samples → cells of the table → comparisons of two models.

    cells = summarise(scored)
    comparisons = compare(scored, "base", "tuned")

Pure functions on `Scored`, the rows of ``scores.jsonl``. An item counts as right when its answer (with several
samples: the majority's) is right; unscored samples are in no accuracy and counted on their own. How it looks on a
page is left to `raymath.eval.report`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from raymath.errors import DataError
from raymath.eval.statistics import mcnemar, paired_bootstrap, wilson
from raymath.eval.vote import majority, mean_at_k, pass_at_k
from raymath.records import Generation, Mode, Score

#: (model, benchmark, mode, item, sample), as `raymath.records.Generation.key`.
Key = tuple[str, str, str, str, int]
#: In comparisons: all benchmarks together.
ALL = "all benchmarks"


@dataclass(frozen=True)
class Scored:
    """One sample's verdict and cost; a row of ``scores.jsonl``. Its text is in ``generations.jsonl``."""

    model: str
    benchmark: str
    mode: Mode
    item: str
    sample: int
    answer: tuple[str, ...]
    extracted: tuple[str, ...]
    correct: bool
    correct_strict: bool
    status: str
    reason: str
    finish: str
    completion_tokens: int
    tool_tokens: int
    rounds: int
    seconds: float
    program_correct: bool | None
    """Whether what the last program printed is right, by `deepseek` equality; None without tools."""
    program_statuses: tuple[str, ...]
    """What each program came to, in order."""
    cost: float = 0.0
    """What an endpoint charged for it."""

    @classmethod
    def of(
        cls, generation: Generation, answer: Sequence[str], score: Score, program_correct: bool | None = None
    ) -> Scored:
        """A generation, its gold and its verdict together."""
        return cls(
            **{
                name: getattr(generation, name)
                for name in (
                    "model",
                    "benchmark",
                    "mode",
                    "item",
                    "sample",
                    "finish",
                    "completion_tokens",
                    "tool_tokens",
                    "rounds",
                    "seconds",
                    "cost",
                )
            },
            answer=tuple(answer),
            program_correct=program_correct,
            program_statuses=tuple(run.status for run in generation.executions),
            **score.model_dump(),
        )


@dataclass(frozen=True)
class Cell:
    """One model on one benchmark in one mode. ``n`` items were scored, ``correct`` of them right.

    ``interval`` is Wilson's 95 % of ``correct / n``; ``differing`` the items on which the two equalities
    disagree; ``cut`` the samples that ended at the token limit; ``mean_tokens`` what the model wrote a sample.
    ``program_correct`` counts the items whose last output is right, None without tools. With one sample an item,
    ``mean_at_k`` and ``pass_at_k`` are ``correct / n``.
    """

    model: str
    benchmark: str
    mode: Mode
    n: int
    correct: int
    correct_strict: int
    unscored: int
    differing: int
    cut: int
    interval: tuple[float, float]
    mean_tokens: float
    samples: int
    program_correct: int | None
    mean_at_k: float
    pass_at_k: float

    @property
    def accuracy(self) -> float:
        """Share of the scored items that are right; 0 where none was scored."""
        return self.correct / self.n if self.n else 0.0


@dataclass(frozen=True)
class Comparison:
    """Two models on the items that both have scored. ``p`` is McNemar's exact two-sided one.

    ``difference`` (second - first) is a share of the items, with its 95 % paired bootstrap interval.
    """

    benchmark: str
    mode: Mode
    n: int
    only_first: int
    only_second: int
    p: float
    difference: float
    interval: tuple[float, float]


def write_scores(path: Path, scored: Iterable[Scored]) -> None:
    """``scores.jsonl``, complete or not at all."""
    partial = path.with_name(f".{path.name}.part")
    with partial.open("w", encoding="utf-8") as file:
        for one in scored:
            file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
    partial.replace(path)


def read_scores(path: Path) -> tuple[Scored, ...]:
    """The rows of ``scores.jsonl``.

    Raises:
        DataError: there is no such file, or it was not written by `write_scores`.
    """
    names = {field.name for field in fields(Scored)}
    needed = names - {"cost"}  # as written before it was
    scored = []
    try:
        # Of bytes: that of text also cuts at U+2028 and the like, which JSON leaves as they are.
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        raise DataError(f"there is no {path}", "evaluate first") from None
    for number, line in enumerate(lines, 1):
        try:
            row: Any = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict) or not needed <= set(row) <= names:
            raise DataError(
                f"{path} line {number} is not a row of scores", "write them again: raymath eval regrade RUN"
            )
        lists = {name: tuple(row[name]) for name in ("answer", "extracted", "program_statuses")}
        scored.append(Scored(**row | lists))
    return tuple(scored)


def read_keys(path: Path) -> list[Key]:
    """The keys of a ``scores.jsonl`` in its order, whatever else its rows hold; none where there is no such file."""
    if not path.is_file():
        return []
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [(row["model"], row["benchmark"], row["mode"], row["item"], row["sample"]) for row in rows]


def summarise(scored: Iterable[Scored]) -> tuple[Cell, ...]:
    """One cell for each model × benchmark × mode, in the order they first appear."""
    groups: dict[tuple[str, str, Mode], list[Scored]] = {}
    for one in scored:
        groups.setdefault((one.model, one.benchmark, one.mode), []).append(one)
    return tuple(_cell(*key, group) for key, group in groups.items())


def _cell(model: str, benchmark: str, mode: Mode, samples: list[Scored]) -> Cell:
    scored = [one for one in samples if one.status == "scored"]
    items = by_item(scored)
    winners = [_winner(group) for group in items]
    correct = sum(one.correct for one in winners)
    n = len(winners)
    k = max((len(group) for group in items), default=1)
    whole = [[one.correct for one in group] for group in items]
    return Cell(
        model=model,
        benchmark=benchmark,
        mode=mode,
        n=n,
        correct=correct,
        correct_strict=sum(one.correct_strict for one in winners),
        unscored=len(samples) - len(scored),
        differing=sum(one.correct != one.correct_strict for one in winners),
        cut=sum(one.finish == "length" for one in scored),
        interval=wilson(correct, n),
        mean_tokens=_mean([one.completion_tokens for one in scored]),
        samples=k,
        program_correct=None if mode == "cot" else sum(bool(one.program_correct) for one in winners),
        mean_at_k=_mean([mean_at_k(group, len(group)) for group in whole]),
        # An item that lost samples to infrastructure is estimated from those it has.
        pass_at_k=_mean([pass_at_k(len(group), sum(group), min(k, len(group))) for group in whole]),
    )


def differing(scored: Iterable[Scored]) -> tuple[Scored, ...]:
    """Samples on which `deepseek` and `strict` equality disagree."""
    return tuple(one for one in scored if one.correct != one.correct_strict)


def compare(scored: Iterable[Scored], first: str, second: str) -> tuple[Comparison, ...]:
    """Two models in every benchmark × mode that both have, and in every mode over all benchmarks."""
    verdicts: dict[str, dict[tuple[str, Mode, str], bool]] = {first: {}, second: {}}
    for group in by_item(one for one in scored if one.status == "scored" and one.model in verdicts):
        winner = _winner(group)
        verdicts[winner.model][winner.benchmark, winner.mode, winner.item] = winner.correct
    common = [key for key in verdicts[first] if key in verdicts[second]]
    pairs: dict[tuple[str, Mode], list[tuple[bool, bool]]] = {}
    benchmarks = dict.fromkeys(benchmark for benchmark, _, _ in common)
    for key in common:
        benchmark, mode, _ = key
        for group_name in (benchmark, ALL) if len(benchmarks) > 1 else (benchmark,):
            pairs.setdefault((group_name, mode), []).append((verdicts[first][key], verdicts[second][key]))
    ordered = sorted(pairs, key=lambda group: group[0] == ALL)
    return tuple(_comparison(benchmark, mode, pairs[benchmark, mode]) for benchmark, mode in ordered)


def _comparison(benchmark: str, mode: Mode, pairs: list[tuple[bool, bool]]) -> Comparison:
    only_first, only_second = sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)
    difference, low, high = paired_bootstrap([a for a, _ in pairs], [b for _, b in pairs])
    p = mcnemar(only_first, only_second)
    return Comparison(benchmark, mode, len(pairs), only_first, only_second, p, difference, (low, high))


def by_item(scored: Iterable[Scored]) -> list[list[Scored]]:
    """The samples of each (model, benchmark, mode, item) by sample, items in the order they first appear."""
    groups: dict[tuple[str, str, str, str], list[Scored]] = {}
    for one in scored:
        groups.setdefault((one.model, one.benchmark, one.mode, one.item), []).append(one)
    return [sorted(group, key=lambda one: one.sample) for group in groups.values()]


def _winner(samples: list[Scored]) -> Scored:
    if len(samples) == 1:
        return samples[0]
    return samples[majority([", ".join(one.extracted) for one in samples])]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
