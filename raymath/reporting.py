"""What a run's report is made of: from the stages' files and summaries to report, table, page and exports.

    write_report(Run.open("runs/quickstart-…"))

Nothing is asked or trained here; what a report looks like is left to `raymath.eval`.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from raymath import interim
from raymath.config import Settings
from raymath.console import say
from raymath.origin import versions
from raymath.records import to_line
from raymath.runs import Run, write_json

Summary = dict[str, Any]

#: The stages whose times a report gives, as it calls them.
TITLES = {
    "model": "base model",
    "data": "data: read, verify, mix, render",
    "train": "training",
    "export": "export",
    "eval": "serving and evaluation",
    "report": "report",
}


def write_report(run: Run, beside: Sequence[Run] = ()) -> Summary:
    """Write report, table and page from what the stages left; nothing is asked or trained again.

    Args:
        run: whose report it is; everything is written into its directory.
        beside: other runs that the page ``report.html`` shows too.
    """
    from raymath.eval.items import read_items
    from raymath.eval.page import write_page
    from raymath.eval.report import Report, headline, write
    from raymath.eval.results import compare, read_scores

    evaluated = run.done("eval")
    models: dict[str, str] = evaluated["models"]
    scored = read_scores(run.path / "eval" / "scores.jsonl")
    pair = ("base", "tuned") if list(models) == ["base", "tuned"] else None
    picture = "train/loss.png"
    report = Report(
        title=f"raymath {run.settings.name}",
        settings=run.settings,
        scored=scored,
        items={(item.benchmark, item.id): item for item in read_items(run.path / "eval" / "items.jsonl")},
        models=models,
        presets=evaluated.get("presets", {}),
        pair=pair,
        loss_curve=picture if (run.path / picture).is_file() else None,
        files=_files(run),
        facts=_facts(run),
        notes=_notes(run),
    )
    page = write(report, run.path)
    write_page(run.path / "report.html", report.title, [_page_run(one) for one in (run, *beside)])
    if pair and (line := headline(compare(scored, *pair))):
        say(f"      {line}", "bold green")
    return {"result": str(page)}


def _known(run: Run) -> dict[str, str]:
    """Model → the name by which its preset is known."""
    evaluated = run.done("eval")
    presets = evaluated.get("presets", {})
    return {name: presets.get(name) or where for name, where in evaluated["models"].items()}


def _page_run(run: Run) -> Any:
    from raymath.eval.items import read_items
    from raymath.eval.page import PageRun
    from raymath.eval.results import read_scores
    from raymath.rollout.store import read

    directory = run.path / "eval"
    return PageRun(
        name=run.path.name,
        settings=run.settings,
        scored=read_scores(directory / "scores.jsonl"),
        generations=read(directory / "generations.jsonl"),
        items={(item.benchmark, item.id): item for item in read_items(directory / "items.jsonl")},
        models=_known(run),
    )


def regrade(run: Run) -> Summary:
    """Grade a run's kept answers again with today's grader, and write its report again."""
    from raymath.eval.grading import extraction_of
    from raymath.eval.grading import regrade as grade_again

    run.done("eval")
    scored = grade_again(run.path / "eval", extraction_of(run.settings.eval.protocol or "raymath"))
    right = sum(one.correct for one in scored)
    say(f"{len(scored)} samples graded again, {right} right")
    return write_report(run) | {"samples": len(scored), "correct": right}


def import_outputs(file: Path, benchmark: str, root: Path) -> Summary:
    """Another evaluator's outputs → a run that is graded here, for ``raymath report RUN IMPORTED``."""
    from raymath.eval.exchange import read_outputs
    from raymath.eval.grading import regrade as grade_kept
    from raymath.eval.items import write_items

    items, generations = read_outputs(file, file.stem, benchmark)
    settings = Settings.model_validate({"name": "imported", "eval": {"benchmarks": {benchmark: benchmark}}})
    run = Run.create(root, settings)
    (run.path / "eval").mkdir()
    write_items(run.path / "eval" / "items.jsonl", items)
    lines = "".join(f"{to_line(one)}\n" for one in generations)
    (run.path / "eval" / "generations.jsonl").write_text(lines, encoding="utf-8")
    scored = grade_kept(run.path / "eval", "raymath")
    run.finish("eval", {"models": {file.stem: str(file)}, "samples": len(scored), "unscored": 0, "rejected": 0})
    write_report(run)
    return {"samples": len(scored), "correct": sum(one.correct for one in scored), "result": str(run.path)}


def export_results(run: Run) -> Summary:
    """A run's results in lm-eval's format, a file for each model: ``lm_eval/results_N.json``."""
    from raymath.eval.exchange import lm_eval_results, models_of
    from raymath.eval.results import read_scores

    scored = read_scores(run.path / "eval" / "scores.jsonl")
    directory = run.path / "lm_eval"
    directory.mkdir(exist_ok=True)
    asked = run.settings.eval
    notes = {"gen_kwargs": {"max_gen_toks": asked.max_tokens}, "protocol": asked.protocol, "limit": None}
    for number, model in enumerate(models_of(scored)):
        write_json(directory / f"results_{number}.json", lm_eval_results(model, scored, notes))
    return {"result": str(directory)}


def _files(run: Run) -> dict[str, str]:
    every = {
        "settings": "settings.json",
        "the mix, as examples": "data/examples",
        "the mix, as tokens": "data/tokens",
        "what the mix is: the data card": "data/card.md",
        "what became of every row, in numbers": "data/manifest.json",
        "rows set aside": "data/rejected.jsonl",
        "one line a training step": "train/metrics.jsonl",
        "what training was made with, and its restarts": "train/record.json",
        "checkpoints": "train/checkpoints",
        "tuned model (Hugging Face directory)": "model",
        "every generation, with its programs": "eval/generations.jsonl",
        "every verdict": "eval/scores.jsonl",
        "both together, a row a sample": "eval/records.parquet",
        "how was asked, by the hash in each record": "eval/asked.json",
        "transcripts to read": "eval/transcripts",
        "every problem with its gold": "eval/items.jsonl",
        "benchmark rows set aside": "eval/rejected.jsonl",
    }
    return {what: where for what, where in every.items() if (run.path / where).exists()}


def _facts(run: Run) -> dict[str, str]:
    facts: dict[str, str] = {}
    trained = run.finished("train")
    if trained:
        facts["steps × packs a step"] = f"{trained['steps']} × {run.settings.train.batch}"
        facts["tokens seen (supervised)"] = f"{trained['tokens']:,} ({trained['supervised_tokens']:,})"
        facts["epochs"] = f"{trained['epochs']:.2f}"
        facts["training speed"] = f"{trained['tokens_per_second']:.0f} tokens/s"
    done = {stage: summary for stage in TITLES if (summary := run.finished(stage))}
    facts |= {f"time: {TITLES[stage]}": f"{one['seconds']:.0f} s" for stage, one in done.items() if "seconds" in one}
    facts |= _timing((run.finished("eval") or {}).get("timing", {}))
    peaks = [one["peak_gib"] for one in done.values() if "peak_gib" in one]
    if peaks:
        facts["peak memory, all processes"] = f"{max(peaks):.1f} GiB"
    facts["machine"] = f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores"
    facts["versions"] = ", ".join(f"{name} {version}" for name, version in versions().items())
    return facts


def _timing(timing: dict[str, Any]) -> dict[str, str]:
    """Where an evaluation's time went: of the last call alone, as what was answered before is not asked again."""
    facts = {
        f"time: {name}": f"{one['starting']:.0f} s starting, {one['asking']:.0f} s asking; "
        f"passing requests on took {one['overhead']:.2%} of the server's own time"
        for name, one in timing.items()
        if isinstance(one, dict) and one["served"]
    }
    return facts | ({"time: grading and writing": f"{timing['after']:.1f} s"} if facts else {})


def _notes(run: Run) -> tuple[str, ...]:
    rejected: dict[str, dict[str, int]] = (run.finished("data") or {}).get("rejected", {})
    notes = [
        f"{count} rows of the source {source} were set aside: {reason}."
        for source, reasons in rejected.items()
        for reason, count in reasons.items()
    ]
    if unscored := run.done("eval")["unscored"]:
        notes.append(f"{unscored} samples are unscored: infrastructure lost them, they count in no accuracy.")
    notes += [f"While it trained, {interim.told(line)}." for line in interim.results(run)]
    return tuple(notes)
