"""The page that a run leaves: its table, how sure it is, the loss curve, where everything is.

    (run.path / "report.md").write_text(render(Report(title=..., settings=..., scored=...)), "utf-8")

`render` is a pure function of a `Report`; nothing is read, run or drawn here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from raymath.config import Settings
from raymath.eval import details
from raymath.eval import table as papers_table
from raymath.eval.asking import protocol_of
from raymath.eval.grading import extraction_of
from raymath.eval.items import Item
from raymath.eval.markdown import code, p_value, percent, points, table, yes
from raymath.eval.results import Cell, Comparison, Scored, compare, differing, summarise
from raymath.presets import PRESETS, preset
from raymath.prompts import SUFFIX
from raymath.records import Mode

_MODES: dict[Mode, str] = {"cot": "CoT", "pot": "PoT", "tir": "TIR"}
_SHOWN_DIFFERENCES = 20


@dataclass(frozen=True)
class Report:
    """What goes on the page.

    ``models`` name → where its weights are, in the table's order; ``presets`` name → its preset, where it has one;
    ``pair`` the two that are compared. ``items`` by
    (benchmark, id) give the breakdowns. ``loss_curve`` is the picture's path from the page; ``files`` what it is →
    path from the page; ``facts`` short lines (tokens seen, times, memory); ``notes`` what the reader must know, such
    as rejected rows.
    """

    title: str
    settings: Settings
    scored: tuple[Scored, ...]
    models: Mapping[str, str] = field(default_factory=dict)
    presets: Mapping[str, str] = field(default_factory=dict)
    pair: tuple[str, str] | None = None
    items: Mapping[tuple[str, str], Item] = field(default_factory=dict)
    loss_curve: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def render(report: Report) -> str:
    """The page in Markdown."""
    parts = [f"# {report.title}", "", *_results(report), *_paper(report), *_compared(report)]
    parts += [*details.lines(report.scored, report.items), *_flagged(report.scored)]
    if report.loss_curve:
        parts += ["## Training", "", f"![loss by step]({report.loss_curve})", ""]
    if report.facts:
        parts += ["## The run", "", *table(("", ""), report.facts.items()), ""]
    parts += _how(report)
    if report.notes:
        parts += ["## Notes", "", *(f"- {note}" for note in report.notes), ""]
    if report.files:
        parts += ["## Files", "", *table(("what", "where"), ((k, f"`{v}`") for k, v in report.files.items())), ""]
    return "\n".join(parts).rstrip() + "\n"


def write(report: Report, directory: Path) -> Path:
    """``report.md``, and beside it ``table.csv`` and ``table.tex`` where the paper's benchmarks were evaluated."""
    rows = papers_rows(report)
    if rows:
        (directory / "table.csv").write_text(papers_table.to_csv(rows), encoding="utf-8")
        (directory / "table.tex").write_text(papers_table.latex(rows), encoding="utf-8")
    page = directory / "report.md"
    page.write_text(render(report), encoding="utf-8")
    return page


def headline(comparisons: Iterable[Comparison]) -> str:
    """The clearest comparison in one line, for the terminal; empty where there is none."""
    best = min(comparisons, key=lambda one: (one.p, -one.difference), default=None)
    if best is None:
        return ""
    return (
        f"{best.benchmark}, {_MODES[best.mode]}: {points(best.difference)} points, "
        f"McNemar p {p_value(best.p)} ({best.only_second} items gained, {best.only_first} lost, n = {best.n})"
    )


def _results(report: Report) -> list[str]:
    cells = summarise(report.scored)
    lines = ["## Results", ""]
    if not cells:
        return [*lines, "Nothing was evaluated.", ""]
    for benchmark in dict.fromkeys(cell.benchmark for cell in cells):
        here = [cell for cell in cells if cell.benchmark == benchmark]
        lines += [f"### {benchmark}", "", *_cells(here), ""]
    lines += [
        "*correct*: with the equality of the published numbers; *95 %*: Wilson interval; *strict*: our equality, which "
        "takes 75 neither for 7500 nor (0, 1) for [0, 1]; *unscored*: lost to infrastructure, in no percentage; *cut*: "
        "samples that ended at the token limit; *program*: items whose last program printed the right answer.",
        "",
    ]
    return lines


def papers_rows(report: Report) -> tuple[papers_table.Row, ...]:
    """The paper's table with this report's rows; empty where none of its benchmarks was evaluated."""
    rows = papers_table.build(summarise(report.scored), report.settings, _known(report))
    return rows if any(row.ours for row in rows) else ()


def _paper(report: Report) -> list[str]:
    rows = papers_rows(report)
    return ["## Beside the published numbers", "", *papers_table.markdown(rows)] if rows else []


def _cells(cells: list[Cell]) -> list[str]:
    sampled = any(cell.samples > 1 for cell in cells)
    head = ["model", "mode", "n", "correct", "95 %", "strict", "unscored", "tokens", "cut"]
    if sampled:
        head += ["mean@k", "pass@k", "k"]
    programs = any(cell.program_correct is not None for cell in cells)
    if programs:
        head.append("program")
    rows = []
    for cell in cells:
        low, high = cell.interval
        row = [
            cell.model,
            _MODES[cell.mode],
            str(cell.n),
            percent(cell.accuracy) if cell.n else "–",
            f"{100 * low:.1f} to {100 * high:.1f}" if cell.n else "–",
            percent(cell.correct_strict / cell.n) if cell.n else "–",
            str(cell.unscored),
            f"{cell.mean_tokens:.0f}",
            str(cell.cut),
        ]
        if sampled:
            row += [percent(cell.mean_at_k), percent(cell.pass_at_k), str(cell.samples)]
        if programs:
            row.append(percent(cell.program_correct / cell.n) if cell.program_correct is not None and cell.n else "–")
        rows.append(row)
    return table(head, rows)


def _compared(report: Report) -> list[str]:
    if report.pair is None:
        return []
    first, second = report.pair
    comparisons = compare(report.scored, first, second)
    if not comparisons:
        return []
    head = ("benchmark", "mode", "n", f"only {first}", f"only {second}", "difference", "95 %", "McNemar p")
    rows = [
        (
            one.benchmark,
            _MODES[one.mode],
            str(one.n),
            str(one.only_first),
            str(one.only_second),
            points(one.difference),
            f"{points(one.interval[0])} to {points(one.interval[1])}",
            p_value(one.p),
        )
        for one in comparisons
    ]
    return [f"## {first} and {second} on the same items", "", *table(head, rows), "", headline(comparisons), ""]


def _flagged(scored: tuple[Scored, ...]) -> list[str]:
    flagged = differing(scored)
    if not flagged:
        return []
    lines = [
        "## Where the two equalities disagree",
        "",
        f"{len(flagged)} of {len(scored)} samples"
        + (f"; the first {_SHOWN_DIFFERENCES}:" if len(flagged) > _SHOWN_DIFFERENCES else ":"),
        "",
    ]
    rows = [
        (
            one.model,
            one.benchmark,
            _MODES[one.mode],
            one.item,
            code(", ".join(one.answer)),
            code(", ".join(one.extracted)),
            yes(one.correct),
            yes(one.correct_strict),
        )
        for one in flagged[:_SHOWN_DIFFERENCES]
    ]
    return [*lines, *table(("model", "benchmark", "mode", "item", "gold", "found", "correct", "strict"), rows), ""]


def _known(report: Report) -> dict[str, str]:
    """Model → the name by which `preset` knows it."""
    return {name: report.presets.get(name) or where for name, where in report.models.items()}


def _how(report: Report) -> list[str]:
    settings, asked = report.settings, report.settings.eval
    presets = {name: preset(name if name in PRESETS else key) for name, key in _known(report).items()}
    protocols = {name: protocol_of(name, known, asked) for name, known in presets.items()}
    used = list(dict.fromkeys(protocols.values())) or [asked.protocol or preset("").protocol]
    budget = ", ".join("all rounds together" if one == "raymath" else f"each generation ({one})" for one in used)
    rows = [
        *_sampling(settings),
        ("max_tokens", f"{asked.max_tokens}, for {budget}"),
        *_by_model("tool protocol", protocols, used),
        ("template", settings.model.template or "the model's preset"),
        *((f"suffix {_MODES[mode]}", code(" / ".join(SUFFIX[mode].values()), 1000)) for mode in asked.modes),
        *((f"prompt of {name}", "its preset's own suffix") for name, one in presets.items() if one.suffix != "paper"),
        *((f"examples before a question of {name}", str(one.shots)) for name, one in presets.items() if one.shots),
        ("requests in flight", f"{asked.concurrency or 'as many as its replicas take'} a model"),
        ("engine", f"vLLM, max_model_len {settings.serve.max_model_len}, {_engine(settings)}"),
        ("sandbox", f"{settings.sandbox.timeout_s:g} s, {settings.sandbox.memory_mb} MiB a program"),
        *_by_model("extraction", {n: extraction_of(one) for n, one in protocols.items()}, [*map(extraction_of, used)]),
        *((f"model {name}", code(where)) for name, where in report.models.items()),
        *((f"endpoint of {name}", code(one.endpoint)) for name, one in asked.models.items() if one.endpoint),
    ]
    return [
        "## How it was measured",
        "",
        *table(("", ""), rows),
        "",
        "Greedy answers change with how requests are batched: another run can differ in single items.",
        "",
    ]


def _sampling(settings: Settings) -> list[tuple[str, str]]:
    """How tokens are drawn, and in which benchmarks otherwise."""
    asked = settings.eval

    def said(samples: int) -> str:
        if samples == 1:
            return "greedy, one sample"
        return (
            f"{samples} samples, temperature {asked.temperature}, top-p {asked.top_p}, seeds {asked.seed} to "
            f"{asked.seed + samples - 1}; the majority counts"
        )

    own = {name: one.samples for name, one in asked.benchmarks.items() if one.samples not in (None, asked.samples)}
    return [("decoding", said(asked.samples)), *((f"decoding of {name}", said(n or 1)) for name, n in own.items())]


def _by_model(what: str, values: Mapping[str, str], used: Sequence[str]) -> list[tuple[str, str]]:
    """One row where all models share a value, otherwise one for each."""
    if len(set(used)) == 1:
        return [(what, used[0])]
    return [(f"{what} of {name}", value) for name, value in values.items()]


def _engine(settings: Settings) -> str:
    extra = ", ".join(f"{name} {value}" for name, value in settings.serve.engine.items())
    device = f"{settings.serve.gpus_per_replica:g} GPU" if settings.serve.gpus_per_replica else "CPU"
    return f"{device} a replica" + (f", {extra}" if extra else "")
