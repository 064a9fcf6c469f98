"""The report's breakdowns in Markdown: curves of k samples, subjects, levels, grades and topics, what the samples cost.

    page += lines(scored, items)

The numbers are from `raymath.eval.curves` and `raymath.eval.breakdown`; the page is `raymath.eval.report`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from raymath.eval.breakdown import Costs, Part, costs, parts
from raymath.eval.curves import Point, curve
from raymath.eval.items import Item
from raymath.eval.markdown import percent, table
from raymath.eval.results import Scored

_BY_WORDS = (
    "Sub-topics of Chinese questions, by their words: of 500 questions that other people had sorted, 54 % came to the "
    "same sub-topic and 78 % to the same school stage."
)


def lines(scored: Sequence[Scored], items: Mapping[tuple[str, str], Item]) -> list[str]:
    """The sections that there is something to say in."""
    return [*_curves(curve(scored)), *_parts(parts(scored, items)), *_costs(costs(scored))]


def _curves(points: Sequence[Point]) -> list[str]:
    if not points:
        return []
    rows = [
        (
            one.model,
            one.benchmark,
            one.mode,
            str(one.k),
            str(one.n),
            percent(one.majority),
            percent(one.passed),
            percent(one.mean),
        )
        for one in points
    ]
    left_out = sum(one.left_out for one in points if one.k == 1)
    said = f"{left_out} items that lost samples to infrastructure are left out." if left_out else ""
    head = ("model", "benchmark", "mode", "k", "n", "maj@k", "pass@k", "mean@k")
    return ["## Of k samples", "", *table(head, rows), "", said, ""]


def _parts(found: Sequence[Part]) -> list[str]:
    out: list[str] = []
    for by in dict.fromkeys(part.by for part in found):
        rows = [
            (
                part.cell.benchmark,
                part.value,
                part.cell.model,
                part.cell.mode,
                str(part.cell.n),
                percent(part.cell.accuracy),
                f"{100 * part.cell.interval[0]:.1f} to {100 * part.cell.interval[1]:.1f}",
            )
            for part in found
            if part.by == by
        ]
        said = [_BY_WORDS, ""] if by == "topic" else []
        out += [f"## By {by}", "", *said, *table(("benchmark", by, "model", "mode", "n", "correct", "95 %"), rows), ""]
    return out


def _costs(found: Sequence[Costs]) -> list[str]:
    if not found:
        return []
    paid = any(one.cost for one in found)
    rows = [
        (
            one.model,
            one.benchmark,
            one.mode,
            str(one.samples),
            " / ".join(map(str, one.tokens)),
            _counts(one.rounds),
            _counts(one.finishes),
            _counts(one.statuses),
            *([f"{one.cost:.2f}"] if paid else []),
        )
        for one in found
    ]
    head = ["model", "benchmark", "mode", "samples", "tokens 50 % / 90 % / most", "rounds", "ended by", "programs"]
    head += ["cost"] if paid else []
    return ["## Length, rounds, programs", "", *table(head, rows), ""]


def _counts(counts: Mapping[int, int] | Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in counts.items()) or "–"
