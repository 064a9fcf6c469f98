"""The page's plots as numbers: bars with intervals, curves, and shares; how they are drawn is the template's.

for plot in plots(runs): print(plot.title, plot.kind)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from raymath.eval.breakdown import costs, parts
from raymath.eval.curves import curve
from raymath.eval.page.samples import PageRun
from raymath.eval.results import summarise

_WIDTH, _HEIGHT = 320.0, 140.0


@dataclass(frozen=True)
class Bar:
    """One bar: a share of 1 with its interval, or a plain amount as a share of the plot's largest."""

    label: str
    share: float
    said: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """One line: the points of an SVG polyline."""

    label: str
    points: str


@dataclass(frozen=True)
class Plot:
    """Bars or lines. ``first`` and ``last`` are the ends of the lines' axis."""

    title: str
    bars: Sequence[Bar] = ()
    lines: Sequence[Line] = ()
    first: int = 0
    last: int = 0


def plots(runs: Sequence[PageRun]) -> list[Plot]:
    """All plots that there are numbers for."""
    found: list[Plot] = []
    for run in runs:
        tail = f" · {run.name}" if len(runs) > 1 else ""
        found += _accuracy(run, tail) + _curves(run, tail) + _costs(run, tail)
    return found


def _accuracy(run: PageRun, tail: str) -> list[Plot]:
    cells = [("", cell) for cell in summarise(run.scored)]
    by_title: dict[str, list[Bar]] = {}
    for value, cell in [*cells, *((f"{p.by} {p.value}", p.cell) for p in parts(run.scored, run.items))]:
        if cell.n:
            by = value.partition(" ")[0]
            title = f"Accuracy{f' by {by}, {cell.benchmark}' if by else ''}{tail}"
            label = " · ".join(one for one in (value.partition(" ")[2] or cell.benchmark, cell.model, cell.mode) if one)
            said = f"{100 * cell.accuracy:.1f} % of {cell.n}"
            by_title.setdefault(title, []).append(Bar(label, cell.accuracy, said, *cell.interval))
    return [Plot(title, bars=bars) for title, bars in by_title.items()]


def _curves(run: PageRun, tail: str) -> list[Plot]:
    by_title: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for point in curve(run.scored):
        lines = by_title.setdefault(f"Of k samples, {point.benchmark}{tail}", {})
        for what, share in (("maj@k", point.majority), ("pass@k", point.passed), ("mean@k", point.mean)):
            lines.setdefault(f"{what} · {point.model} · {point.mode}", []).append((point.k, share))
    return [
        Plot(
            title,
            lines=[Line(label, _polyline(points)) for label, points in lines.items()],
            first=1,
            last=max(k for points in lines.values() for k, _ in points),
        )
        for title, lines in by_title.items()
    ]


def _polyline(points: Sequence[tuple[int, float]]) -> str:
    last = points[-1][0]
    return " ".join(f"{_WIDTH * (k - 1) / (last - 1):.1f},{_HEIGHT * (1 - share):.1f}" for k, share in points)


def _costs(run: PageRun, tail: str) -> list[Plot]:
    found = costs(run.scored)
    tokens: dict[str, tuple[float, str]] = {}
    statuses: dict[str, tuple[float, str]] = {}
    for one in found:
        name = f"{one.benchmark} · {one.model} · {one.mode}"
        half, most_of, most = one.tokens
        tokens[name] = (most_of, f"50 % ≤ {half}, 90 % ≤ {most_of}, most {most}")
        for kind, counts in (("ended by", one.finishes), ("program", one.statuses)):
            total = sum(counts.values())
            for status, count in counts.items():
                statuses[f"{name} · {kind} {status}"] = (count / total, f"{count} of {total}")
    paid = {f"{one.benchmark} · {one.model} · {one.mode}": (one.cost, f"{one.cost:.2f}") for one in found if one.cost}
    amounts = {"Tokens written, 90th percentile": tokens, "How answers and programs ended": statuses, "Cost": paid}
    return [Plot(f"{title}{tail}", bars=_scaled(values)) for title, values in amounts.items() if values]


def _scaled(values: Mapping[str, tuple[float, str]]) -> list[Bar]:
    most = max((amount for amount, _ in values.values()), default=0.0) or 1.0
    return [Bar(label, amount / most, said) for label, (amount, said) in values.items()]
