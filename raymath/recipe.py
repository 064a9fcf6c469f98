"""The recipe: the stages in their order, each from what the one before left in the run's directory.

    run = Run.create("runs", load("quickstart"))
    advance(run, until="report")

A stage is finished once, whole, and skipped from then on, so resuming is calling `advance` again; an evaluation that
infrastructure lost samples of is taken up again. This is the one module that knows all rooms; it holds no work of its
own.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raymath import machine
from raymath.config import ModelSettings, Settings
from raymath.console import progress, result, say
from raymath.doctor import versions
from raymath.errors import MachineError, UserError
from raymath.runs import Run

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from raymath.data.feed import Feed

Summary = dict[str, Any]

_TITLES = {
    "model": "base model",
    "data": "data: read, verify, mix, render",
    "train": "training",
    "export": "export",
    "eval": "serving and evaluation",
    "report": "report",
}
#: Beside the recipe: makes a source of a later mix.
_ANNOTATE = "annotate"
_WITH_RAY = {"data", "train", "eval"}
#: What Ray's own processes and the driver take beside the workers (measured with two cores).
_RAY_GIB = 2.0


def advance(run: Run, until: str) -> Summary:
    """Do what is not done yet, up to and with the stage `until`.

    A run that evaluates models of its settings (``eval.models``) has nothing to train.

    Args:
        run: the run; everything is written below its path.
        until: a stage: model, data, train, export, eval or report.

    Returns:
        The summary of the last stage; ``result`` is the path of what it made.
    """
    order = list(_TITLES)
    wanted = order[: order.index(until) + 1]
    if run.settings.eval.models:
        wanted = [stage for stage in wanted if stage in ("eval", "report")]
    done = [run.finished(stage) for stage in wanted]
    again = next((at for at, one in enumerate(done) if one is None or one.get("unscored")), len(wanted))
    todo = wanted[again:]
    say(f"run: {run.path}")
    if todo:
        _check(run.settings, todo)
    try:
        with _ray(run.settings) if _WITH_RAY & set(todo) else nullcontext():
            for stage in wanted:
                number = f"[{wanted.index(stage) + 1}/{len(wanted)}]"
                if stage not in todo:
                    say(f"{number} {_TITLES[stage]}: done before")
                    continue
                say(f"{number} {_TITLES[stage]}", "bold")
                _do(run, stage)
    except KeyboardInterrupt:
        say(f"stopped. Go on with: raymath quickstart --resume {run.path}", "yellow")
        raise
    return run.finished(until) or {}


def _do(run: Run, stage: str) -> None:
    work: dict[str, Callable[[], Summary]] = {
        "model": lambda: _model(run),
        "data": lambda: _data(run),
        "train": lambda: _train(run),
        "export": lambda: _export(run),
        "eval": lambda: _evaluate(run),
        "report": lambda: write_report(run),
    }
    began = time.monotonic()
    with machine.watch_memory() as peak:
        summary = work[stage]()
    summary |= {"seconds": round(time.monotonic() - began, 1)}
    said = f"      {summary['seconds']:.0f} s"
    if not _on_cluster(run.settings):  # there the workers are not ours to see
        summary |= {"peak_gib": round(peak.gib, 2)}
        said += f", peak {peak.gib:.1f} GiB"
    run.finish(stage, summary)
    say(f"{said} · {summary['result']}")


def _model(run: Run) -> Summary:
    from raymath.models import resolve

    directory = resolve(run.settings.model.name)
    return {"directory": directory, "result": directory}


def _data(run: Run) -> Summary:
    from raymath.data import card
    from raymath.data.pipeline import build

    with progress("data") as show:
        summary = build(run.settings, _done(run, "model")["directory"], run.path / "data", show)
    card.write(run.path / "data")
    return summary | {"result": str(run.path / "data")}


def _train(run: Run) -> Summary:
    from raymath.train.run import train

    with progress("training") as show:
        summary = train(
            run.settings, _done(run, "model")["directory"], run.path / "data", run.path / "train", progress=show
        )
    return summary | {"result": str(run.path / "train")}


def _export(run: Run) -> Summary:
    from raymath.train.export import export

    target = run.path / "model"
    record = {"settings": run.settings.model_dump(mode="json"), "training": _done(run, "train"), "versions": versions()}
    base, dtype = _done(run, "model")["directory"], run.settings.train.precision
    export(run.path / "train", base, target, record=record, dtype=dtype)
    return {"directory": str(target), "result": str(target)}


def _evaluate(run: Run) -> Summary:
    from raymath.eval import benchmarks
    from raymath.eval.sweep import evaluate
    from raymath.models import resolve

    where = {name: resolve(name) for name in run.settings.eval.models} or {
        "base": _done(run, "model")["directory"],
        "tuned": _done(run, "export")["directory"],
    }
    items, rejected = benchmarks.load_all(run.settings)
    if rejected:
        file = run.path / "eval" / "rejected.jsonl"
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(json.dumps(vars(bad), ensure_ascii=False) + "\n" for bad in rejected), "utf-8")
        say(f"      {len(rejected)} benchmark rows set aside: {file}", "yellow")
    with progress("evaluation") as show:
        results = evaluate(where, items, run.settings, run.path / "eval", progress=show)
    return {
        "models": where,
        "samples": len(results.scored),
        "unscored": results.unscored,
        "rejected": len(rejected),
        "result": str(results.directory),
    }


def annotate(run: Run) -> Summary:
    """Have a teacher solve the questions of a run's sources, and keep what is right as training examples.

    Raises:
        UserError: no teacher is named, a source lacks questions, or the endpoint cannot be used.
    """
    from raymath.data.questions import questions

    settings = run.settings.annotate
    if not settings.teacher:
        raise UserError("no teacher is named", "set annotate.teacher to a hub name, a directory or a run")
    say(f"run: {run.path}")
    rejected: list[Any] = []
    problems = questions(run.settings.data, rejected.append)
    if rejected:
        say(
            f"      {len(rejected)} rows cannot be read, the first: {rejected[0].file}, row {rejected[0].row}", "yellow"
        )
    began = time.monotonic()
    directory = run.path / _ANNOTATE
    with _teacher(run) as (name, generator), progress("annotating") as show:
        from raymath.annotate.run import annotate as ask

        summary = ask(problems, generator, name, settings, directory, show)
    summary |= {"seconds": round(time.monotonic() - began, 1), "result": str(directory / "examples.jsonl")}
    run.finish(_ANNOTATE, summary)
    for line in _acceptance(summary):
        say(f"      {line}")
    if summary["unscored"]:
        lost = directory / "generations.jsonl.lost"
        raise MachineError(
            f"{summary['unscored']} samples were lost to infrastructure; {lost} says how",
            f"run: raymath annotate {run.path}, which asks only for those",
        )
    return summary


@contextmanager
def _teacher(run: Run) -> Iterator[tuple[str, Any]]:
    """The teacher's name and a generator that reaches it while the block lasts."""
    from raymath.rollout import HttpGenerator, ServeGenerator
    from raymath.rollout.chatloop import ChatLoopGenerator

    settings = run.settings.annotate
    if settings.endpoint:
        key = os.environ.get(settings.api_key_env) or "none"
        there = settings.tools == "endpoint"
        http = HttpGenerator(settings.endpoint, settings.teacher, api_key=key, modes=there, extension=there)
        limits = run.settings.sandbox.model_dump()
        yield settings.teacher, http if there else ChatLoopGenerator(http, limits)
        return
    name, where = _served(settings.teacher)
    name = Path(name).name
    if not _on_cluster(run.settings):
        machine.free_address(run.settings.serve.host, run.settings.serve.port)
    with _ray(run.settings), _deploy({name: where}, run.settings, name=_ANNOTATE, route="/annotate") as deployed:
        yield name, ServeGenerator(deployed.handle(name))


def _acceptance(summary: Summary) -> Iterator[str]:
    for cell in summary["counts"]:
        level = f", level {cell['level']}" if cell["level"] else ""
        yield (
            f"{cell['source']}{level}: {cell['right']} of {cell['samples']} samples right, {cell['kept']} kept; "
            f"{cell['solved']} of {cell['problems']} problems solved"
        )


def write_report(run: Run, beside: Sequence[Run] = ()) -> Summary:
    """Write report, table, page and loss curve from what the stages left; nothing is asked or trained again.

    Args:
        run: whose report it is; everything is written into its directory.
        beside: other runs that the page ``report.html`` shows too.
    """
    from raymath.eval.items import read_items
    from raymath.eval.page import write_page
    from raymath.eval.report import Report, headline, write
    from raymath.eval.results import compare, read_scores
    from raymath.train import figure, metrics

    evaluated = _done(run, "eval")
    models: dict[str, str] = evaluated["models"]
    scored = read_scores(run.path / "eval" / "scores.jsonl")
    pair = ("base", "tuned") if list(models) == ["base", "tuned"] else None
    lines = metrics.read(run.path / "train" / "metrics.jsonl") if run.finished("train") else []
    if lines:
        figure.draw(lines, run.path / "loss.png")
    report = Report(
        title=f"raymath {run.settings.name}",
        settings=run.settings,
        scored=scored,
        items={(item.benchmark, item.id): item for item in read_items(run.path / "eval" / "items.jsonl")},
        models=models,
        pair=pair,
        loss_curve="loss.png" if lines else None,
        files=_files(run),
        facts=_facts(run),
        notes=_notes(run),
    )
    page = write(report, run.path)
    write_page(run.path / "report.html", report.title, [_page_run(one) for one in (run, *beside)])
    if pair and (line := headline(compare(scored, *pair))):
        say(f"      {line}", "bold green")
    return {"result": str(page)}


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
        models=_done(run, "eval")["models"],
    )


def regrade(run: Run) -> Summary:
    """Grade a run's kept answers again with today's grader, and write its report again."""
    from raymath.eval.grading import extraction_of
    from raymath.eval.grading import regrade as grade_again

    _done(run, "eval")
    scored = grade_again(run.path / "eval", extraction_of(run.settings.eval.protocol))
    right = sum(one.correct for one in scored)
    say(f"{len(scored)} samples graded again, {right} right")
    return write_report(run) | {"samples": len(scored), "correct": right}


def import_outputs(file: Path, benchmark: str, root: Path) -> Summary:
    """Another evaluator's outputs → a run that is graded here, for ``raymath report RUN IMPORTED``."""
    from raymath.eval.exchange import read_outputs
    from raymath.eval.grading import regrade as grade_kept
    from raymath.eval.items import write_items
    from raymath.records import to_line

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
    from raymath.runs import write_json

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
        "checkpoints": "train/checkpoints",
        "tuned model (Hugging Face directory)": "model",
        "every generation, with its programs": "eval/generations.jsonl",
        "every verdict": "eval/scores.jsonl",
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
    done = {stage: summary for stage in _TITLES if (summary := run.finished(stage))}
    facts |= {f"time: {_TITLES[stage]}": f"{one['seconds']:.0f} s" for stage, one in done.items() if "seconds" in one}
    peaks = [one["peak_gib"] for one in done.values() if "peak_gib" in one]
    if peaks:
        facts["peak memory, all processes"] = f"{max(peaks):.1f} GiB"
    facts["machine"] = f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores"
    facts["versions"] = ", ".join(f"{name} {version}" for name, version in versions().items())
    return facts


def _notes(run: Run) -> tuple[str, ...]:
    rejected: dict[str, dict[str, int]] = (run.finished("data") or {}).get("rejected", {})
    notes = [
        f"{count} rows of the source {source} were set aside: {reason}."
        for source, reasons in rejected.items()
        for reason, count in reasons.items()
    ]
    if unscored := _done(run, "eval")["unscored"]:
        notes.append(f"{unscored} samples are unscored: infrastructure lost them, they count in no accuracy.")
    return tuple(notes)


def show_plan(settings: Settings, gpus: int | None, device: str, run: Run | None = None) -> None:
    """Print what a run would take: resources, tokens, epochs, memory, time. Starts nothing.

    Args:
        settings: of the run.
        gpus: in place of the settings' workers.
        device: as `raymath.train.plan.plan` knows it.
        run: where there is one already, its data is what the epochs are counted of.
    """
    from raymath.train.plan import lines, plan

    built = run.finished("data") if run is not None else None
    tokens = built["packing"]["tokens"] if built else None
    for line in lines(plan(settings, gpus=gpus, device=device, mix_tokens=tokens)):
        print(line)


def inspect_data(
    path: Path,
    *,
    pack: int | None = None,
    example: str | None = None,
    step: int | None = None,
    html: Path | None = None,
) -> None:
    """Print what a mix holds: its counts; or a pack, an example or a training step of it; or write a page.

    Args:
        path: a run, or a directory of token shards.
        pack: of the page or of the terminal, in colours.
        example: its id.
        step: of the run's training; needs a run, whose settings say batch and seed.
        html: where the page goes.

    Raises:
        UserError: there is no such thing, or the run's data is not built.
    """
    from rich import print as show

    from raymath.data import show as views

    run, directory = _mix(path)
    if html is not None:
        from raymath.data import page

        print(page.write(directory, html, _tokenizer_of(directory), pack or 0))
    elif step is not None:
        show(views.step_table(_feed_of(run, directory), step))
    elif example is not None:
        show(views.example_text(directory, example, _tokenizer_of(directory)))
    elif pack is not None:
        show(views.pack_text(directory, pack, _tokenizer_of(directory)))
    else:
        show(views.overview(directory))


def pack_data(path: Path, changes: dict[str, Any], save: bool) -> Summary:
    """Plan a mix's packs with other settings than it was built with; tokens and mix stay what they are.

    Args:
        path: a run, or a directory of token shards.
        changes: of context, packing, window, overlong, seed.
        save: training takes these packs from now on; a run that has begun with others will refuse to go on.

    Returns:
        The plan, and its packs, fill, dropped, cut.
    """
    from raymath.data import shards
    from raymath.data.feed import outcome, planned
    from raymath.data.flat import flatten
    from raymath.runs import write_json

    run, directory = _mix(path)
    manifest = shards.manifest(directory)
    plan = manifest["plan"] | changes
    packing = outcome(planned(flatten(directory), plan))
    if save:
        write_json(directory / "manifest.json", manifest | {"plan": plan, "packing": packing})
        if run is not None:
            run.finish("data", _done(run, "data") | {"plan": plan, "packing": packing})
    return {"plan": plan, "packing": packing, "result": str(directory)}


def _mix(path: Path) -> tuple[Run | None, Path]:
    """The run, if it is one's, and the directory of a mix."""
    if (path / "manifest.json").is_file():
        return _run_of(path.absolute().parent), path
    run = Run.open(path)
    _done(run, "data")
    return run, run.path / "data"


def _tokenizer_of(directory: Path) -> PreTrainedTokenizerBase:
    from raymath.data import shards
    from raymath.models import load_tokenizer

    return load_tokenizer(shards.manifest(directory)["tokenizer"])


def _feed_of(run: Run | None, directory: Path) -> Feed:
    from raymath.data.feed import Feed

    if run is None:
        raise UserError(f"{directory} is no run's, and a step is counted in a run's batches", "give a run")
    return Feed.open(directory, batch=run.settings.train.batch, seed=run.settings.train.seed)


def serve(names: list[str], settings: Settings, write: Path | None = None) -> None:
    """Serve models until the process is stopped.

    Args:
        names: hub names, directories, or runs (their exported model, called by the run's name).
        settings: how to serve; where they say nothing of the model, the runs do: a model is prompted as it was
            trained.
        write: a file to write for `serve deploy`, instead of serving.

    Raises:
        UserError: no model is named, two are called the same, or the runs began with different models.
    """
    settings = _as_trained(names, settings)
    models = _called(names)
    if not models:
        raise UserError("no model was named", "give a hub name, a directory or a run")
    if write is not None:
        _write_serve_config(models, settings, write)
        return
    if not _on_cluster(settings):
        machine.free_address(settings.serve.host, settings.serve.port)
    with _ray(settings), _deploy(models, settings, say=_say_state) as deployed:
        say(f"serving {', '.join(f'{name}, {name}:tir' for name in models)}. Ctrl-C stops.", "bold")
        result(f"{deployed.url}/v1")
        threading.Event().wait()


def _write_serve_config(models: dict[str, str], settings: Settings, file: Path) -> None:
    from raymath.serve.deploy import config

    text = config(models, settings)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write {file}: {error.strerror}", "give a file in a directory that exists") from None
    result(str(file))


def chat(target: str, settings: Settings, *, model: str | None, mode: str, key: str | None) -> None:
    """Talk in the terminal: to a server, or to a model that is served meanwhile.

    Args:
        target: an address ending in ``/v1``; or a hub name, a directory or a run.
        settings: how to serve.
        model: one of the server's.
        mode: of `raymath.records.Mode`.
        key: what the server asks for.

    Raises:
        UserError: there is no such mode, or the server does not answer.
    """
    from raymath.serve.terminal import Chat

    if "://" in target:
        Chat(target, model, mode, key).talk()
        return
    models, settings = _called([target]), _as_trained([target], settings)
    with _ray(settings), _deploy(models, settings, say=_say_state) as deployed, redirect_stdout(sys.__stdout__):
        Chat(f"{deployed.url}/v1", next(iter(models)), mode, key).talk()


def _called(names: list[str]) -> dict[str, str]:
    models: dict[str, str] = {}
    for name in names:
        called, where = _served(name)
        if called in models:
            raise UserError(f"two of these models are called '{called}'", "serve them one by one")
        models[called] = where
    return models


def _say_state(state: str, seconds: float) -> None:
    say(f"{seconds:4.0f} s  {state}")


def _as_trained(names: list[str], settings: Settings) -> Settings:
    """The settings with the model that the named runs began with, unless they name one themselves."""
    runs = [run for name in names if (run := _run_of(Path(name).absolute())) is not None]
    began = [run.settings.model for run in runs]
    if settings.model != ModelSettings() or not began:
        return settings
    if any(one != began[0] for one in began):
        raise UserError("these runs began with different models or templates", "serve them one by one")
    return settings.model_copy(update={"model": began[0]})


def _run_of(path: Path) -> Run | None:
    """The run that a directory is, or whose exported model it is."""
    for directory in (path, path.parent) if path.name == "model" else (path,):
        if (directory / "settings.json").is_file() and (directory / "stages").is_dir():
            return Run.open(directory)
    return None


def _served(name: str) -> tuple[str, str]:
    from raymath.models import resolve

    path = Path(name)
    if (path / "settings.json").is_file():
        run = Run.open(path)
        return run.settings.name, str(_done(run, "export")["directory"])
    return (path.absolute().name if path.is_dir() else name), resolve(name)


def _ray(settings: Settings) -> AbstractContextManager[str]:
    from raymath.session import ray_session

    return ray_session(settings.cluster)


@contextmanager
def _deploy(models: dict[str, str], settings: Settings, **given: Any) -> Iterator[Any]:
    """Serve models while the block lasts; within `_ray`, as Ray may not be imported before it."""
    from raymath.serve.deploy import deploy

    with deploy(models, settings, **given) as deployed:
        yield deployed


def _on_cluster(settings: Settings) -> bool:
    from raymath.session import cluster_address

    return cluster_address(settings.cluster) is not None


def _check(settings: Settings, todo: list[str]) -> None:
    """Refuse now what would fail late: a missing file, an incomplete model, a port in use, too little memory."""
    from raymath.data import inputs
    from raymath.eval import benchmarks
    from raymath.models import resolve

    for name in settings.eval.models or ([settings.model.name] if "model" in todo else []):
        resolve(name)
    if "data" in todo:
        inputs.pieces(settings)
    if "eval" in todo:
        benchmarks.load_all(settings)
    if _on_cluster(settings):
        return  # its machines are not this one
    if "eval" in todo:
        machine.free_address(settings.serve.host, settings.serve.port)
    if "train" in todo and not settings.train.gpus_per_worker:
        _require_training_memory(settings)


def _require_training_memory(settings: Settings) -> None:
    from raymath.train.plan import plan

    worker = plan(settings).memory_total
    if worker is not None:  # of a hub model the shape is not known before it is loaded
        machine.require_memory(worker * settings.train.workers + _RAY_GIB, "training with these settings")


def _done(run: Run, stage: str) -> Summary:
    summary = run.finished(stage)
    if summary is None:
        raise UserError(
            f"{run.path} has not finished '{stage}' ({_TITLES[stage]})",
            f"run: raymath quickstart --resume {run.path}",
        )
    return summary
