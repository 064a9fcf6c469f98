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
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raymath import machine
from raymath.config import ModelSettings, Settings
from raymath.console import progress, say
from raymath.errors import MachineError, UserError
from raymath.interim import evaluated_meanwhile
from raymath.origin import versions
from raymath.reporting import TITLES, Summary, write_report
from raymath.runs import Run
from raymath.serving import deployed_models, served
from raymath.session import cluster_address, ray_session
from raymath.storage import below

if TYPE_CHECKING:
    from raymath.eval.asking import Model
    from raymath.train.export import Dtype

#: Beside the recipe: makes a source of a later mix.
_ANNOTATE = "annotate"
_WITH_RAY = {"data", "train", "eval"}
#: What Ray's own processes and the driver take beside the workers (measured with two cores).
_RAY_GIB = 2.0
#: That go no further than a stage, and go on with a run.
_COMMANDS = {"data": "data build", "train": "train", "export": "export"}


def advance(run: Run, until: str) -> Summary:
    """Do what is not done yet, up to and with the stage `until`.

    A run that evaluates models of its settings (``eval.models``) has nothing to train.

    Args:
        run: the run; everything is written below its path.
        until: a stage: model, data, train, export, eval or report.

    Returns:
        The summary of the last stage; ``result`` is the path of what it made.
    """
    order = list(TITLES)
    wanted = order[: order.index(until) + 1]
    if run.settings.eval.models:
        wanted = [stage for stage in wanted if stage in ("eval", "report")]
    done = [run.finished(stage) for stage in wanted]
    again = next(
        (at for at, one in enumerate(done) if one is None or one.get("unscored") or one.get("more")), len(wanted)
    )
    todo = wanted[again:]
    say(f"run: {run.where}")
    if todo:
        if "eval" in todo and run.settings.eval.models:
            _evaluated(run)
        _check(run.settings, todo)
    try:
        ray = _needs_ray(run.settings, todo)
        with ray_session(run.settings.cluster) if ray else nullcontext():
            if ray:
                _ready(run, todo)
            for stage in wanted:
                number = f"[{wanted.index(stage) + 1}/{len(wanted)}]"
                if stage not in todo:
                    say(f"{number} {TITLES[stage]}: done before")
                    continue
                say(f"{number} {TITLES[stage]}", "bold")
                _do(run, stage)
    except KeyboardInterrupt:
        command = "eval" if run.settings.eval.models else _COMMANDS.get(until, "quickstart --resume")
        say(f"stopped. Go on with: raymath {command} {run.where}", "yellow")
        raise
    summary = run.finished(until) or {}
    return summary | {"result": run.at(summary["result"])} if "result" in summary else summary


def _needs_ray(settings: Settings, todo: list[str]) -> bool:
    """Models at endpoints alone are asked without it."""
    return bool(_WITH_RAY & set(todo)) and not (todo[0] == "eval" and _elsewhere(settings))


def _elsewhere(settings: Settings) -> bool:
    models = settings.eval.models.values()
    return bool(models) and all(one.endpoint for one in models)


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
    with machine.watch_memory() as peak, run.kept_up():
        summary = work[stage]()
    summary |= {"seconds": round(time.monotonic() - began, 1)}
    said = f"      {summary['seconds']:.0f} s"
    if cluster_address(run.settings.cluster) is None:  # there the workers are not ours to see
        summary |= {"peak_gib": round(peak.gib, 2)}
        said += f", peak {peak.gib:.1f} GiB"
    run.finish(stage, summary)
    say(f"{said} · {run.at(summary['result'])}")


def _model(run: Run) -> Summary:
    from raymath.models import resolve

    directory = resolve(run.settings.model.name)
    return {"directory": directory, "result": directory}


def _base(run: Run) -> str:
    """The base model's directory, or its hub name; a directory of another machine is found again on this one."""
    directory = str(run.done("model")["directory"])
    if Path(directory).is_absolute() and not Path(directory).is_dir():
        run.finish("model", run.done("model") | _model(run))
    return str(run.done("model")["directory"])


def _home(run: Run) -> str | None:
    """The run's URI where its stages work on other machines than this one."""
    return run.home if cluster_address(run.settings.cluster) is not None else None


def _data(run: Run) -> Summary:
    from raymath.data import card
    from raymath.data.pipeline import build

    home = _home(run)
    exchange = below(home, "data", "staging") if home else None
    with progress("data") as show:
        summary = build(run.settings, _base(run), run.path / "data", show, exchange=exchange)
    card.write(run.path / "data")
    return summary | {"result": str(run.path / "data")}


def _train(run: Run) -> Summary:
    from raymath.train.run import train

    def export_step(step: int, target: Path) -> Summary:
        return _export(run, target, step=step)

    data = run.bring("data")
    with progress("training") as show, evaluated_meanwhile(run, export_step):
        summary = train(run.settings, _base(run), data, run.path / "train", home=_home(run), progress=show)
    return summary | {"result": str(run.path / "train")}


def _export(
    run: Run, target: Path | None = None, dtype: Dtype | None = None, step: int | None = None, adapter: bool = False
) -> Summary:
    from raymath.train.export import export
    from raymath.train.finding import fetch
    from raymath.train.record import read

    target = target or run.path / "model"
    made = read(run.path / "train") or {"versions": versions()}
    # Of a run that still trains there is no summary yet.
    training = run.done("train") if step is None else run.finished("train") or {}
    record = {**made, "settings": run.settings.model_dump(mode="json"), "training": training}
    base, train = _base(run), run.settings.train
    fetch(run.path / "train", train, step)
    dtype = dtype or train.precision
    export(run.path / "train", base, target, record=record, dtype=dtype, step=step, lora=train.lora, adapter=adapter)
    return {"directory": str(target), "result": str(target)}


def export(
    run: Run, *, dtype: Dtype | None = None, step: int | None = None, adapter: bool = False, out: Path | None = None
) -> Summary:
    """Export a run's checkpoint in another way than its own stage does; to a directory beside that one's.

    Args:
        run: one that was trained.
        dtype, step, adapter: as of `raymath.train.export.export`; the run's precision and newest checkpoint where
            not given.
        out: the directory to make; named after the rest, in the run's, where not given.
    """
    parts = ["adapter" if adapter else "model", *([dtype] if dtype else []), *([f"step-{step}"] if step else [])]
    return _export(run, out or run.path / "-".join(parts), dtype, step, adapter)


def _evaluate(run: Run) -> Summary:
    from raymath.eval import benchmarks
    from raymath.eval.sweep import evaluate

    models = _evaluated(run)
    items, rejected = benchmarks.load_all(run.settings)
    if rejected:
        file = run.path / "eval" / "rejected.jsonl"
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(json.dumps(vars(bad), ensure_ascii=False) + "\n" for bad in rejected), "utf-8")
        say(f"      {len(rejected)} benchmark rows set aside: {file}", "yellow")
    with progress("evaluation") as show:
        results = evaluate(models, items, run.settings, run.path / "eval", progress=show)
    return {
        "models": {name: model.where for name, model in models.items()},
        "presets": {name: model.preset for name, model in models.items()},
        "samples": len(results.scored),
        "unscored": results.unscored,
        "asked": results.asked,
        "rejected": len(rejected),
        "timing": results.timing,
        "result": str(results.directory),
    }


def _evaluated(run: Run) -> dict[str, Model]:
    """The models of a run's evaluation: those that its settings name, or its own base and tuned one."""
    from raymath.eval.asking import find
    from raymath.models import resolve

    settings = run.settings
    if not settings.eval.models:
        own = {"base": _base(run), "tuned": run.at(run.done("export")["directory"])}
        return {name: find(name, where, settings) for name, where in own.items()}
    models = {}
    for name, entry in settings.eval.models.items():
        wanted = entry.model or name
        made = None if entry.endpoint else Run.around(Path(wanted).expanduser().absolute())
        if made is None:
            where = wanted if entry.endpoint else resolve(wanted, fetch=False, adapters=True)
            models[name] = find(name, where, settings)
            continue
        # A model is prompted as it was trained.
        began = made.settings.model if settings.model == ModelSettings() else settings.model
        where = made.at(str(made.done("export")["directory"]))
        models[name] = replace(find(name, where, settings, preset=began.name), template=began.template)
    return models


def annotate(run: Run) -> Summary:
    """Have a teacher solve the questions of a run's sources, and keep what is right as training examples.

    Raises:
        UserError: no teacher is named, a source lacks questions, or the endpoint cannot be used.
    """
    from raymath.data.questions import questions

    settings = run.settings.annotate
    if not settings.teacher:
        raise UserError("no teacher is named", "set annotate.teacher to a hub name, a directory or a run")
    say(f"run: {run.where}")
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
    summary |= {"seconds": round(time.monotonic() - began, 1), "result": run.at(str(directory / "examples.jsonl"))}
    run.finish(_ANNOTATE, summary)
    for line in _acceptance(summary):
        say(f"      {line}")
    if summary["unscored"]:
        lost = directory / "generations.jsonl.lost"
        raise MachineError(
            f"{summary['unscored']} samples were lost to infrastructure; {lost} says how",
            f"run: raymath annotate {run.where}, which asks only for those",
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
    name, where = served(settings.teacher)
    name = Path(name).name
    if cluster_address(run.settings.cluster) is None:
        machine.free_address(run.settings.serve.host, run.settings.serve.port)
    with (
        ray_session(run.settings.cluster),
        deployed_models({name: where}, run.settings, name=_ANNOTATE, route="/annotate") as deployed,
    ):
        yield name, ServeGenerator(deployed.handle(name))


def _acceptance(summary: Summary) -> Iterator[str]:
    for cell in summary["counts"]:
        level = f", level {cell['level']}" if cell["level"] else ""
        yield (
            f"{cell['source']}{level}: {cell['right']} of {cell['samples']} samples right, {cell['kept']} kept; "
            f"{cell['solved']} of {cell['problems']} problems solved"
        )


def show_plan(settings: Settings, gpus: int | None, device: str, run: Run | None = None) -> None:
    """Print what a run would take: resources, tokens, epochs, memory, time. Starts nothing.

    Args:
        settings: of the run.
        gpus: in place of the settings' workers.
        device: as `raymath.train.plan.plan` knows it.
        run: where there is one already, its data is what the epochs are counted of.

    Raises:
        MachineError: the settings cannot fit the device; the plan is printed before.
    """
    from raymath.train.plan import lines, plan, refuse

    built = run.finished("data") if run is not None else None
    tokens = None
    if built:
        packs, held = built["packing"]["packs"], settings.train.validation
        # Packs held out are not trained on.
        tokens = round(built["packing"]["tokens"] * (1 - min(1, held if held < 1 else held / packs)))
    made = plan(settings, gpus=gpus, device=device, mix_tokens=tokens)
    for line in lines(made):
        print(line)
    refuse(settings, made)


def _ready(run: Run, todo: Collection[str]) -> None:
    """Refuse a cluster whose nodes do not share the run's directory; say what it is that the run waits for."""
    from raymath.readiness import awaited, require_shared

    if cluster_address(run.settings.cluster) is None:
        return
    if run.home is None:
        require_shared(run.path)
    train = run.settings.train
    asked = {"train": (train.cpus_per_worker, train.gpus_per_worker)} if "train" in todo else {}
    if "eval" in todo and not _elsewhere(run.settings):
        here = [name for name, one in run.settings.eval.models.items() if not one.endpoint]
        each = [run.settings.serve_of(name) for name in here] or [run.settings.serve]
        largest = max(each, key=lambda one: (one.gpus_per_replica, one.cpus_per_replica))
        asked["serve"] = (largest.cpus_per_replica, largest.gpus_per_replica)
    for line in awaited(run.settings.cluster, asked):
        say(f"      {line}", "yellow")


def _check(settings: Settings, todo: list[str]) -> None:
    """Refuse now what would fail late: a missing file, an incomplete model, a port in use, too little memory."""
    from raymath.data import inputs
    from raymath.eval import benchmarks
    from raymath.models import resolve

    for name in [settings.model.name] if "model" in todo else []:
        resolve(name, fetch=False)
    if "data" in todo:
        inputs.pieces(settings)
    if "eval" in todo:
        benchmarks.load_all(settings)
    if cluster_address(settings.cluster) is not None:
        return  # its machines are not this one
    if "eval" in todo and not _elsewhere(settings):
        machine.free_address(settings.serve.host, settings.serve.port)
    if "train" in todo and not settings.train.gpus_per_worker:
        _require_training_memory(settings)


def _require_training_memory(settings: Settings) -> None:
    from raymath.train.plan import plan

    worker = plan(settings).memory_total
    if worker is not None:  # of a hub model the shape is not known before it is loaded
        machine.require_memory(worker * settings.train.most_workers + _RAY_GIB, "training with these settings")
