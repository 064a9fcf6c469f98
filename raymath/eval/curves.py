"""Several samples an item → maj@k, pass@k and mean@k for every k up to their number.

    for point in curve(scored): print(point.k, point.majority, point.passed)

Answers are grouped by strict equality once an item; everything else is counting. maj@k for k < n is the mean over the n
runs of k neighbouring samples (in their order, going round), so that every sample counts the same; maj@n is the vote of
all in their order, as `raymath.eval.vote` has it. Items with fewer samples than the others, lost to infrastructure, are
left out of the curve and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from raymath.eval.results import Scored, by_item
from raymath.eval.vote import groups, pass_at_k
from raymath.records import Mode


@dataclass(frozen=True)
class Point:
    """One k of one model on one benchmark in one mode; shares of ``n`` items."""

    model: str
    benchmark: str
    mode: Mode
    k: int
    n: int
    majority: float
    passed: float
    mean: float
    left_out: int


def curve(scored: Iterable[Scored]) -> tuple[Point, ...]:
    """All points of all cells that have more than one sample an item."""
    cells: dict[tuple[str, str, Mode], list[list[Scored]]] = {}
    for samples in by_item(one for one in scored if one.status == "scored"):
        first = samples[0]
        cells.setdefault((first.model, first.benchmark, first.mode), []).append(samples)
    points: list[Point] = []
    for key, items in cells.items():
        most = max(map(len, items))
        if most > 1:
            points += _points(key, [samples for samples in items if len(samples) == most], most, len(items))
    return tuple(points)


def _points(key: tuple[str, str, Mode], items: Sequence[Sequence[Scored]], most: int, total: int) -> list[Point]:
    votes = [_labels([", ".join(one.extracted) for one in samples]) for samples in items]
    right = [[one.correct for one in samples] for samples in items]
    n = len(items)
    return [
        Point(
            *key,
            k=k,
            n=n,
            majority=sum(_majority(labels, verdicts, k) for labels, verdicts in zip(votes, right, strict=True)) / n,
            passed=sum(pass_at_k(most, sum(verdicts), k) for verdicts in right) / n,
            # Of samples drawn alike, the mean of any k is expected to be that of all.
            mean=sum(sum(verdicts) / most for verdicts in right) / n,
            left_out=total - n,
        )
        for k in range(1, most + 1)
    ]


def _labels(answers: Sequence[str]) -> list[int]:
    """The number of each answer's group, -1 for an empty one."""
    labels = [-1] * len(answers)
    for number, members in enumerate(groups(answers)):
        for index in members:
            labels[index] = number if answers[index].strip() else -1
    return labels


def _majority(labels: Sequence[int], right: Sequence[bool], k: int) -> float:
    n = len(labels)
    starts = range(n if k < n else 1)
    return sum(right[_winner([(start + i) % n for i in range(k)], labels)] for start in starts) / len(starts)


def _winner(window: Sequence[int], labels: Sequence[int]) -> int:
    """The index of the first member of the largest group; the earliest of equally large ones; empty ones last."""
    count: dict[int, int] = {}
    for index in window:
        count[labels[index]] = count.get(labels[index], 0) + 1
    best = max(count, key=lambda label: (label >= 0, count[label]))  # keys are in the order they first came
    return next(index for index in window if labels[index] == best)
