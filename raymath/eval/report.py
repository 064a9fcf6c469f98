"""The page that a run leaves: its table, how sure it is, the loss curve, where everything is.

    (run.path / "report.md").write_text(render(Report(title=..., settings=..., scored=...)), "utf-8")

A pure function of a `Report`; nothing is read, run or drawn here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from raymath.config import Settings
from raymath.eval.results import Cell, Comparison, Scored, compare, differing, summarise
from raymath.prompts import SUFFIX
from raymath.records import Mode

_MODES: dict[Mode, str] = {"cot": "CoT", "pot": "PoT", "tir": "TIR"}
_SHOWN_DIFFERENCES = 20


@dataclass(frozen=True)
class Report:
    """What goes on the page.

    ``models`` name → where its weights are, in the table's order; ``pair`` the two that are compared.
    ``loss_curve`` is the picture's path from the page; ``files`` what it is → path from the page; ``facts``
    short lines (tokens seen, times, memory); ``notes`` what the reader must know, such as rejected rows.
    """

    title: str
    settings: Settings
    scored: tuple[Scored, ...]
    models: Mapping[str, str] = field(default_factory=dict)
    pair: tuple[str, str] | None = None
    loss_curve: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def render(report: Report) -> str:
    """The page in Markdown."""
    parts = [f"# {report.title}", "", *_results(report), *_compared(report), *_flagged(report.scored)]
    if report.loss_curve:
        parts += ["## Training", "", f"![loss by step]({report.loss_curve})", ""]
    if report.facts:
        parts += ["## The run", "", *_table(("", ""), report.facts.items()), ""]
    parts += _how(report)
    if report.notes:
        parts += ["## Notes", "", *(f"- {note}" for note in report.notes), ""]
    if report.files:
        parts += ["## Files", "", *_table(("what", "where"), ((k, f"`{v}`") for k, v in report.files.items())), ""]
    return "\n".join(parts).rstrip() + "\n"


def headline(comparisons: Iterable[Comparison]) -> str:
    """The clearest comparison in one line, for the terminal; empty where there is none."""
    best = min(comparisons, key=lambda one: (one.p, -one.difference), default=None)
    if best is None:
        return ""
    return (
        f"{best.benchmark}, {_MODES[best.mode]}: {_points(best.difference)} points, "
        f"McNemar p {_p(best.p)} ({best.only_second} items gained, {best.only_first} lost, n = {best.n})"
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
        "samples that ended at the token limit.",
        "",
    ]
    return lines


def _cells(cells: list[Cell]) -> list[str]:
    sampled = any(cell.samples > 1 for cell in cells)
    head = ["model", "mode", "n", "correct", "95 %", "strict", "unscored", "tokens", "cut"]
    if sampled:
        head += ["mean@k", "pass@k", "k"]
    rows = []
    for cell in cells:
        low, high = cell.interval
        row = [
            cell.model,
            _MODES[cell.mode],
            str(cell.n),
            _percent(cell.accuracy) if cell.n else "–",
            f"{100 * low:.1f} to {100 * high:.1f}" if cell.n else "–",
            _percent(cell.correct_strict / cell.n) if cell.n else "–",
            str(cell.unscored),
            f"{cell.mean_tokens:.0f}",
            str(cell.cut),
        ]
        if sampled:
            row += [_percent(cell.mean_at_k), _percent(cell.pass_at_k), str(cell.samples)]
        rows.append(row)
    return _table(head, rows)


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
            _points(one.difference),
            f"{_points(one.interval[0])} to {_points(one.interval[1])}",
            _p(one.p),
        )
        for one in comparisons
    ]
    return [f"## {first} and {second} on the same items", "", *_table(head, rows), "", headline(comparisons), ""]


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
            _cell_code(", ".join(one.answer)),
            _cell_code(", ".join(one.extracted)),
            _yes(one.correct),
            _yes(one.correct_strict),
        )
        for one in flagged[:_SHOWN_DIFFERENCES]
    ]
    return [*lines, *_table(("model", "benchmark", "mode", "item", "gold", "found", "correct", "strict"), rows), ""]


def _how(report: Report) -> list[str]:
    settings, asked = report.settings, report.settings.eval
    sampling = (
        "greedy, one sample"
        if asked.samples == 1
        else f"{asked.samples} samples, temperature {asked.temperature}, top-p {asked.top_p}, seeds {asked.seed} to "
        f"{asked.seed + asked.samples - 1}; the majority counts"
    )
    budget = "all rounds together" if asked.protocol == "raymath" else "each generation"
    rows = [
        ("decoding", sampling),
        ("max_tokens", f"{asked.max_tokens}, for {budget}"),
        ("tool protocol", asked.protocol),
        ("template", settings.model.template or "the model's preset"),
        *((f"suffix {_MODES[mode]}", _cell_code(" / ".join(SUFFIX[mode].values()), 1000)) for mode in asked.modes),
        ("requests in flight", f"{asked.concurrency} a model"),
        ("engine", f"vLLM, max_model_len {settings.serve.max_model_len}, {_engine(settings)}"),
        ("sandbox", f"{settings.sandbox.timeout_s:g} s, {settings.sandbox.memory_mb} MiB a program"),
        ("extraction", "raymath"),
        *((f"model {name}", _cell_code(where)) for name, where in report.models.items()),
    ]
    return [
        "## How it was measured",
        "",
        *_table(("", ""), rows),
        "",
        "Greedy answers change with how requests are batched: another run can differ in single items.",
        "",
    ]


def _engine(settings: Settings) -> str:
    extra = ", ".join(f"{name} {value}" for name, value in settings.serve.engine.items())
    device = f"{settings.serve.gpus_per_replica:g} GPU" if settings.serve.gpus_per_replica else "CPU"
    return f"{device} a replica" + (f", {extra}" if extra else "")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    head = list(head)
    return [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _cell_code(text: str, longest: int = 80) -> str:
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    return f"`{text.replace('`', chr(0x2019))}`" if text else "–"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else f"{value:.1e}"


def _yes(verdict: bool) -> str:
    return "yes" if verdict else "no"
