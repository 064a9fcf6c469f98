"""The paper's table with rows of our own beside the published ones: as Markdown, CSV and LaTeX.

    rows = build(summarise(scored), settings)
    "\\n".join(markdown(rows))

A row of ours stands under the published row of the same model, in the same mode, and says by how much it differs.
Where it was not measured as the published one was (limit, subset, votes, tool loop, prompt), its number carries a note,
and is gray where there is gray. A benchmark's column is that of its adapter: MATH-500 is never shown as MATH.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from raymath.config import Settings
from raymath.eval.asking import protocol_of
from raymath.eval.paper import COLUMNS, ITEMS, Published, published
from raymath.eval.results import Cell
from raymath.presets import PRESETS, Preset, preset
from raymath.records import Mode

#: Tokens that each generation of the published numbers may have.
_PUBLISHED_TOKENS = 1024
_TITLES: Mapping[Mode, str] = {"cot": "Chain of thought", "tir": "Tool-integrated"}


@dataclass(frozen=True)
class Entry:
    """One number, in percent. Of ours also ``n``, the 95 % interval, ``delta`` to the published one, and ``notes``."""

    value: float
    n: int | None = None
    interval: tuple[float, float] | None = None
    delta: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A model in a mode. ``entries`` by the names of `raymath.eval.paper.COLUMNS`."""

    mode: Mode
    model: str
    size: str
    ours: bool
    entries: Mapping[str, Entry] = field(default_factory=dict)
    note: str = ""


def build(cells: Iterable[Cell], settings: Settings, models: Mapping[str, str] | None = None) -> tuple[Row, ...]:
    """All 26 published rows and ours, mode by mode.

    Args:
        cells: what was measured; benchmarks that are not the table's are left out.
        settings: how it was measured.
        models: name in the cells → its preset, hub name or directory, where they differ.
    """
    ours: dict[tuple[str, Mode], dict[str, Entry]] = {}
    for column, cell in _chosen(cells, settings):
        found = _preset(cell.model, models or {})
        if cell.n:
            mode = next((shown for shown, asked in found.rows if asked == cell.mode), None)
            mode = mode or ("cot" if cell.mode == "cot" else "tir")
            entries = ours.setdefault((cell.model, mode), {})
            # A model asked both for programs and with tools has one row there; its preset says which counts.
            if column not in entries or cell.mode in {asked for _, asked in found.rows}:
                entries[column] = _entry(cell, column, mode, found, settings)
    rows: list[Row] = []
    for mode in _TITLES:
        mine = {model: entries for (model, where), entries in ours.items() if where == mode}
        for line in published():
            if line.mode == mode:
                rows.append(_published_row(line))
                for model in [one for one in mine if _preset(one, models or {}).table == line.model]:
                    rows.append(Row(mode, model, line.size, True, mine.pop(model)))
        rows += [Row(mode, model, "", True, entries) for model, entries in mine.items()]
    return tuple(rows)


def _chosen(cells: Iterable[Cell], settings: Settings) -> Iterable[tuple[str, Cell]]:
    """(column, cell): of several measurements for one number of the table, Top-1 goes before votes, then more items."""
    best: dict[tuple[str, Mode, str], Cell] = {}
    for cell in cells:
        column = _column(cell.benchmark, settings)
        if column is not None:
            key = (cell.model, cell.mode, column)
            best[key] = min(best.get(key, cell), cell, key=lambda one: (one.samples > 1, -one.n - one.unscored))
    return [(column, cell) for (_, _, column), cell in best.items()]


def _preset(model: str, models: Mapping[str, str]) -> Preset:
    return preset(model) if model in PRESETS else preset(models.get(model, model))


def _column(benchmark: str, settings: Settings) -> str | None:
    configured = settings.eval.benchmarks.get(benchmark)
    name = configured.adapter if configured is not None else benchmark
    return name if name in COLUMNS else None


def _published_row(line: Published) -> Row:
    return Row(line.mode, line.model, line.size, False, {k: Entry(v) for k, v in line.scores.items()}, line.note)


def _entry(cell: Cell, column: str, mode: Mode, found: Preset, settings: Settings) -> Entry:
    value = 100 * cell.accuracy
    line = next((one for one in published() if (one.model, one.mode) == (found.table, mode)), None)
    reference = line.scores.get(column) if line is not None else None
    low, high = cell.interval
    return Entry(
        value,
        cell.n,
        (100 * low, 100 * high),
        None if reference is None else value - reference,
        tuple(_notes(cell, column, found, settings)),
    )


def _notes(cell: Cell, column: str, found: Preset, settings: Settings) -> Iterable[str]:
    """How the number was measured otherwise than the published ones."""
    asked = settings.eval
    if cell.n + cell.unscored < ITEMS[column]:
        yield f"{cell.n} of {ITEMS[column]} items"
    if cell.unscored:
        yield f"{cell.unscored} samples unscored"
    if cell.samples > 1:
        yield f"maj@{cell.samples}, published Top-1"
    if asked.max_tokens != _PUBLISHED_TOKENS:
        yield f"max_tokens {asked.max_tokens}, published {_PUBLISHED_TOKENS}"
    protocol = protocol_of(cell.model, found, asked)
    if cell.mode == "tir" and protocol != found.protocol:
        yield f"tool loop {protocol}, published {found.protocol}"
    elif protocol != "deepseek":
        yield "extraction raymath, published deepseek"
    if settings.model.template is not None and settings.model.template != found.template:
        yield f"template {settings.model.template}"
    if found.table is not None:
        yield from (f"unverified: {what}" for what in found.unverified)


def markdown(rows: Sequence[Row]) -> list[str]:
    """Lines of a Markdown table for each mode, and the notes under them."""
    lines: list[str] = []
    notes: dict[str, int] = {}
    for mode, title in _TITLES.items():
        lines += [f"### {title}", "", "| model | size | " + " | ".join(COLUMNS.values()) + " |"]
        lines.append("| --- | --- |" + " --- |" * len(COLUMNS))
        for row in (one for one in rows if one.mode == mode):
            name = row.model.replace("|", "\\|").replace("\n", " ")
            cells = [_markdown_entry(row.entries.get(column), notes) for column in COLUMNS]
            lines.append(f"| {f'**{name}**, ours' if row.ours else name} | {row.size} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += [f"({number}) {note}." + "  " for note, number in notes.items()]
    published_notes = [f"{row.model}: {row.note}." for row in rows if row.note]
    return [*lines, "", "Published rows: Top-1, in percent, from the paper. " + " ".join(published_notes), ""]


def _markdown_entry(entry: Entry | None, notes: dict[str, int]) -> str:
    if entry is None:
        return "–"
    if entry.interval is None:
        return f"{entry.value:.1f}"
    text = f"{entry.value:.1f} [{entry.interval[0]:.1f}, {entry.interval[1]:.1f}]"
    if entry.delta is not None:
        text += f" {entry.delta:+.1f}"
    marks = [str(notes.setdefault(note, len(notes) + 1)) for note in entry.notes]
    return text + (f" ({', '.join(marks)})" if marks else "")


def to_csv(rows: Sequence[Row]) -> str:
    """One line a row of the table and benchmark: whose number it is, the number, interval, n, delta, notes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("mode", "model", "size", "source", "benchmark", "percent", "low", "high", "n", "delta", "differs"))
    for row in rows:
        for column, entry in row.entries.items():
            low, high = entry.interval or (None, None)
            numbers = ["" if one is None else f"{one:.2f}" for one in (entry.value, low, high)]
            delta = "" if entry.delta is None else f"{entry.delta:+.2f}"
            source = "ours" if row.ours else "published"
            notes = "; ".join(entry.notes) if row.ours else row.note
            writer.writerow((row.mode, row.model, row.size, source, column, *numbers, entry.n or "", delta, notes))
    return out.getvalue()


def latex(rows: Sequence[Row]) -> str:
    """A `tabular` for a paper; needs booktabs and xcolor. What was measured otherwise is gray."""
    lines = [
        "% \\usepackage{booktabs,xcolor}",
        f"\\begin{{tabular}}{{ll{'r' * len(COLUMNS)}}}",
        "\\toprule",
        "Model & Size & " + " & ".join(COLUMNS.values()) + " \\\\",
    ]
    for mode, title in _TITLES.items():
        lines += ["\\midrule", f"\\multicolumn{{{2 + len(COLUMNS)}}}{{c}}{{{title}}} \\\\", "\\midrule"]
        for row in (one for one in rows if one.mode == mode):
            name = _escaped(row.model)
            cells = [_latex_entry(row.entries.get(column)) for column in COLUMNS]
            shown = f"\\textbf{{{name}}}" if row.ours else name
            lines.append(" & ".join([shown, row.size, *cells]) + " \\\\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", ""])


def _latex_entry(entry: Entry | None) -> str:
    if entry is None:
        return "--"
    text = f"{entry.value:.1f}"
    if entry.interval is not None:
        text += f" {{\\scriptsize [{entry.interval[0]:.1f}, {entry.interval[1]:.1f}]}}"
    return f"\\textcolor{{gray}}{{{text}}}" if entry.notes else text


def _escaped(text: str) -> str:
    named = {"\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}"}
    return "".join(named.get(one, f"\\{one}" if one in "&%$#_{}" else one) for one in text.replace("\n", " "))
