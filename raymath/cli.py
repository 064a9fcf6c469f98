"""The `raymath` command: reads the command line, picks a job, prints where its result is. Nothing else.

What a person should see goes to stderr; stdout has the result's path, JSON with ``--json``, or JSON lines. Heavy
imports happen inside the commands: ``--help`` needs neither torch nor ray.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from raymath import __version__
from raymath.errors import UserError
from raymath.files import at
from raymath.storage import redacted

if TYPE_CHECKING:
    from raymath.config import Settings
    from raymath.doctor import Check
    from raymath.runs import Run

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Make, serve and measure a math model on a Ray cluster.",
    epilog="Settings: key=value after a command overrides its configuration. --debug shows stack traces.",
)
data_app = typer.Typer(no_args_is_help=True, help="Curate and mix training data; look at it.")
sandbox_app = typer.Typer(no_args_is_help=True, help="Run programs in the sandbox.")
app.add_typer(data_app, name="data")
app.add_typer(sandbox_app, name="sandbox")
keys_app = typer.Typer(no_args_is_help=True, help="API keys of a server: serve.keys=FILE asks for them.")
app.add_typer(keys_app, name="keys")

#: Characters that end a line for some readers of text, and that JSON lets stand as they are.
_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}

Mix = Annotated[Path, typer.Argument(metavar="RUN|DIR", help="A run whose data is built, or such data.")]
Overrides = Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings, over the file's.")]
Target = Annotated[
    list[str] | None, typer.Argument(metavar="[RUN] [KEY=VALUE]...", help="A run to go on with; or settings.")
]
Config = Annotated[str | None, typer.Option(help="A TOML file, or the name of one of raymath's own.")]
Runs = Annotated[Path, typer.Option(help="Where run directories are made.")]
Plan = Annotated[bool, typer.Option("--plan", help="Show resources, tokens, memory and time; start nothing.")]
Gpus = Annotated[int | None, typer.Option(min=1, help="With --plan: for so many GPUs.")]
Device = Annotated[str | None, typer.Option(help="With --plan: A100, H100 (the default) or H200.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Lines = Annotated[str, typer.Argument(help="JSON lines; - reads stdin.")]
Out = Annotated[Path | None, typer.Option(help="Write here instead of stdout.")]

#: What `_submittable` adds to a command: name → (type, default, how many words its option takes).
_SUBMIT_OPTIONS: dict[str, tuple[Any, Any, int]] = {
    "submit": (
        Annotated[str | None, typer.Option(metavar="ADDRESS", help="Run it on the Ray cluster at https://HOST:PORT.")],
        None,
        2,
    ),
    "pip": (
        Annotated[Path | None, typer.Option(metavar="FILE", help="With --submit: requirements its nodes install.")],
        None,
        2,
    ),
    "detach": (Annotated[bool, typer.Option("--detach", help="With --submit: do not wait for its end.")], False, 1),
}


def _submittable(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --submit, --pip and --detach: the same command line as a job on a cluster."""

    @functools.wraps(command)
    def run(context: typer.Context, **given: Any) -> None:
        address, pip, detach = (given.pop(name) for name in _SUBMIT_OPTIONS)
        if address is None:
            if pip or detach:
                raise UserError("--pip and --detach are for --submit", "add --submit ADDRESS")
            command(**given)
            return
        from raymath.submit import submit

        words = [t for t in given.get("target") or [] if not _is_setting(t)]
        file = next((t for t in words if t.endswith(".toml")), None)
        named = given.get("resume") or [t for t in words if t != file]
        runs = None if named or given.get("plan") else given.get("runs")
        # A wrong setting is told here, not minutes later there; a run's settings are on storage that may not be here.
        words = given.get("target") or given.get("overrides") or given.get("model") or []
        settings = [word for word in words if _is_setting(word)]
        cpus = _settings(file or given.get("config"), settings).cluster.driver_cpus
        args = [f"--config={arg}" if arg == file else arg for arg in _unsubmitted(context.obj)]
        raise typer.Exit(submit(args, address, runs=runs, pip=pip, cpus=cpus, detach=detach))

    keyword = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter(name, keyword, default=value, annotation=kind)
        for name, (kind, value, _) in _SUBMIT_OPTIONS.items()
    ]
    first = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    own = inspect.signature(command, eval_str=True)
    theirs = [parameter.replace(kind=keyword) for parameter in own.parameters.values()]
    run.__signature__ = own.replace(parameters=[first, *theirs, *options])  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in (first, *theirs, *options)}
    return run


def _unsubmitted(args: list[str]) -> list[str]:
    """A command line without the options of submitting."""
    words = {f"--{name}": count for name, (_, _, count) in _SUBMIT_OPTIONS.items()}
    left, skip = [], 0
    for arg in args:
        option, equals, _ = arg.partition("=")
        if skip:
            skip -= 1
        elif option in words:
            skip = 0 if equals else words[option] - 1
        else:
            left.append(arg)
    return left


@app.command()
@_submittable
def quickstart(
    overrides: Overrides = None,
    data: Annotated[Path | None, typer.Option(help="Real files instead of the sample: DIR/bench, DIR/train.")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="RUN", help="Go on with a run where it stopped.")] = None,
    config: Config = None,
    runs: Runs = Path("runs"),
    plan: Plan = False,
    json_: Json = False,
) -> None:
    """The whole recipe, small, on this machine, in minutes: data, training, serving, evaluation, report."""
    if config is None:
        config = "quickstart" if data is None else "quickstart-data"
    given = [*([f"data.root={json.dumps(at('', str(data)))}"] if data else []), *(overrides or [])]
    _stage("report", [*([str(resume)] if resume else []), *given], config, runs, plan, None, None, json_)


@data_app.command("build")
@_submittable
def data_build(
    target: Target = None, config: Config = None, runs: Runs = Path("runs"), plan: Plan = False, json_: Json = False
) -> None:
    """Sources to token shards: read, verify every program, mix, render."""
    _stage("data", target, config, runs, plan, None, None, json_)


@data_app.command("pack")
def data_pack(
    path: Mix,
    context: Annotated[int | None, typer.Option(min=1, help="Tokens a pack.")] = None,
    packing: Annotated[str | None, typer.Option(help="random or best-fit.")] = None,
    window: Annotated[int | None, typer.Option(min=1, help="Examples that best-fit looks ahead.")] = None,
    overlong: Annotated[str | None, typer.Option(help="drop, cut or refuse what is longer than the context.")] = None,
    save: Annotated[bool, typer.Option("--save", help="Training takes these packs from now on.")] = False,
    json_: Json = False,
) -> None:
    """Plan the packs of a built mix with other settings: how many, how full, what is dropped."""
    from raymath.config import validate
    from raymath.console import say
    from raymath.data.inspect import replan
    from raymath.data.show import packing_line

    given = {"context": context, "packing": packing, "window": window, "overlong": overlong}
    changes = {name: value for name, value in given.items() if value is not None}
    validate({"data": changes}, "the command line", {f"data.{name}" for name in changes})
    summary = replan(path, changes, save)
    say(packing_line(summary["plan"], summary["packing"]) + ("" if save else "; not saved"))
    _finish(summary, json_)


@data_app.command("inspect")
def data_inspect(
    path: Mix,
    pack: Annotated[int | None, typer.Option(help="Show this pack, with its mask and boundaries.")] = None,
    example: Annotated[str | None, typer.Option(help="Show the example with this id.")] = None,
    step: Annotated[int | None, typer.Option(min=0, help="Show which packs this training step takes.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write all of it as one page, with a pack (--pack).")] = None,
) -> None:
    """Counts, lengths and topics of a mix; one pack, one example, or a training step of it; or a page."""
    from raymath.data.inspect import inspect

    inspect(path, pack=pack, example=example, step=step, html=html)


@app.command()
@_submittable
def annotate(
    target: Target = None,
    config: Config = None,
    teacher: Annotated[str | None, typer.Option(help="Hub name, directory or run; or a model at --endpoint.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="An OpenAI-compatible API, ending in /v1.")] = None,
    runs: Runs = Path("runs"),
    json_: Json = False,
) -> None:
    """A teacher solves the sources' problems with tools; what is right becomes training examples."""
    from raymath import recipe

    given = [("teacher", teacher), ("endpoint", endpoint)]
    target = [*(target or []), *(f"annotate.{key}={json.dumps(value)}" for key, value in given if value)]
    _finish(recipe.annotate(_run(target, config, runs)), json_)


@app.command()
@_submittable
def train(
    target: Target = None,
    config: Config = None,
    runs: Runs = Path("runs"),
    plan: Plan = False,
    gpus: Gpus = None,
    device: Device = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="With --plan: on 8, 64 and 512 GPUs of each kind, at three sizes; a sweep.")
    ] = False,
    json_: Json = False,
) -> None:
    """Supervised fine-tuning, and the data before it where it is not built yet."""
    if scale:
        from raymath.scale import lines

        if not plan:
            raise UserError("--scale is for --plan", "write: raymath train --config deepseekmath-7b --plan --scale")
        typer.echo("\n".join(lines(_settings(config or "deepseekmath-7b", target or []))))
        return
    _stage("train", target, config, runs, plan, gpus, device, json_)


@app.command()
@_submittable
def export(
    run: Annotated[Path, typer.Argument(help="A run that was trained.")],
    dtype: Annotated[Literal["bf16", "fp32", "fp16"] | None, typer.Option(help="The run's where not given.")] = None,
    step: Annotated[int | None, typer.Option(min=1, help="The checkpoint after so many steps, not the newest.")] = None,
    adapter: Annotated[bool, typer.Option("--adapter", help="What LoRA learned alone, not merged.")] = False,
    out: Annotated[Path | None, typer.Option(help="The directory to make; in the run where not given.")] = None,
    push: Annotated[str | None, typer.Option(metavar="ORG/NAME", help="Upload it to the hub, as private.")] = None,
    public: Annotated[bool, typer.Option("--public", help="With --push: a new repository that all can see.")] = False,
    json_: Json = False,
) -> None:
    """A run's newest checkpoint as a Hugging Face directory."""
    from raymath import recipe

    if public and push is None:
        raise UserError("--public is for --push", "name the repository: --push ORG/NAME")
    if (dtype, step, out) == (None, None, None) and not adapter:
        summary = recipe.advance(_open(run), "export")
    else:
        summary = recipe.export(_open(run), dtype=dtype, step=step, adapter=adapter, out=out)
    if push is not None:
        from raymath.train.push import push as upload

        summary = {**summary, "result": upload(Path(summary["directory"]), push, private=not public)}
    _finish(summary, json_)


@app.command()
@_submittable
def serve(
    model: Annotated[
        list[str], typer.Argument(metavar="MODEL... [KEY=VALUE]...", help="Hub names, directories, adapters, runs.")
    ],
    config: Config = None,
    write: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a configuration for `serve deploy`; serve nothing.")
    ] = None,
) -> None:
    """Models behind the OpenAI API, each as NAME and, with the tool loop, NAME:tir. Ctrl-C stops."""
    from raymath import serving

    names = [m for m in model if not _is_setting(m)]
    serving.serve(names, _settings(config, [m for m in model if _is_setting(m)]), write)


@app.command()
def chat(
    target: Annotated[
        list[str], typer.Argument(metavar="URL|MODEL [KEY=VALUE]...", help="A server's /v1; or what to serve here.")
    ],
    model: Annotated[str | None, typer.Option(help="One of the server's; its first where not given.")] = None,
    mode: Annotated[str, typer.Option(help="tir: with tools; pot: one program; cot: plain.")] = "tir",
    key_env: Annotated[str, typer.Option(help="The environment variable that holds the server's key.")] = (
        "RAYMATH_API_KEY"
    ),
    config: Config = None,
) -> None:
    """Talk to a model in the terminal and watch its programs run. /new forgets, /quit ends, Ctrl-C stops an answer."""
    from raymath import serving

    names = [t for t in target if "=" not in t or "://" in t]
    if len(names) != 1:
        raise UserError("chat wants one server or one model", "give its address ending in /v1, or a model's name")
    settings = _settings(config, [t for t in target if t not in names])
    serving.chat(names[0], settings, model=model, mode=mode, key=os.environ.get(key_env))


KeyFile = Annotated[Path, typer.Argument(help="The file of keys; it holds their hashes.")]
KeyName = Annotated[str, typer.Argument(help="Whose key it is; in logs and limits.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Of this key; the server's setting where not given.")]


@keys_app.command("add")
def keys_add(
    file: KeyFile,
    name: KeyName,
    max_tokens: Limit = None,
    max_rounds: Limit = None,
    max_in_flight: Limit = None,
    requests_per_minute: Limit = None,
) -> None:
    """Make a key and print it, this once."""
    from raymath.serve import keys

    limits = {"max_tokens": max_tokens, "max_rounds": max_rounds, "max_in_flight": max_in_flight}
    typer.echo(keys.add(file, name, **limits, requests_per_minute=requests_per_minute))


@keys_app.command("list")
def keys_list(file: KeyFile) -> None:
    """The keys' names and limits, one JSON line each."""
    from raymath.serve import keys

    for key in keys.read(file):
        typer.echo(key.model_dump_json(exclude={"sha256"}, exclude_none=True))


@keys_app.command("revoke")
def keys_revoke(file: KeyFile, name: KeyName) -> None:
    """Take a key back; a running server refuses it from the next request on."""
    from raymath.serve import keys

    keys.revoke(file, name)


@app.command("eval")
@_submittable
def eval_(
    target: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SWEEP.toml|RUN] [KEY=VALUE]...", help="A sweep's settings; or a run to go on with."),
    ] = None,
    config: Config = None,
    model: Annotated[list[str] | None, typer.Option(help="Evaluate this model, without training; repeatable.")] = None,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Go on with a run's answers: its directory or URI."),
    ] = None,
    runs: Runs = Path("runs"),
    json_: Json = False,
) -> None:
    """Evaluate models × benchmarks × modes × samples of one file; or a run's base and tuned model, or named models.

    With SWEEP.toml and --resume, what the file adds is asked, and what is answered is kept. Without a model: ``eval
    regrade RUN`` grades kept answers again, ``eval export RUN`` writes lm-eval's results, and ``eval import FILE
    BENCHMARK`` reads other evaluators' outputs.
    """
    from raymath import recipe

    if target and target[0] in ("regrade", "export", "import"):
        _finish(_kept(target, runs), json_)
        return
    if target and target[0].endswith(".toml"):
        if config is not None:
            raise UserError(f"'{target[0]}' and --config {config} are given", "name one file")
        config, target = target[0], target[1:]
    if model:
        target = [*(target or []), f"eval.models={json.dumps(model)}"]
        config = config or "quickstart"
    run = _run(target, config, runs) if resume is None else _resumed(resume, target or [], config)
    _finish(recipe.advance(run, "report"), json_)


def _resumed(resume: str, target: list[str], config: str | None) -> Run:
    """A run to go on with, with the settings of a file where one is given."""
    run = _open(Path(resume))
    if names := [one for one in target if not _is_setting(one)]:
        raise UserError(f"'{names[0]}' and --resume {resume} are given", "name one run")
    if config is not None:
        return run.evaluate_more(_settings(config, target))
    if target:
        raise UserError(
            f"{run.where} has settings of its own, and '{target[0]}' was given beside it",
            "give the whole file: raymath eval SWEEP.toml --resume RUN",
        )
    return run


def _kept(target: list[str], runs: Path) -> dict[str, Any]:
    """What `raymath eval` does with answers that are there already."""
    from raymath import reporting

    what, *rest = target
    if len(rest) != (2 if what == "import" else 1):
        wanted = "FILE BENCHMARK" if what == "import" else "RUN"
        raise UserError(f"'{what}' takes {wanted} and nothing else", f"write: raymath eval {what} {wanted}")
    if what == "import":
        return reporting.import_outputs(Path(rest[0]), rest[1], runs)
    return (
        reporting.regrade(_open(Path(rest[0]))) if what == "regrade" else reporting.export_results(_open(Path(rest[0])))
    )


@app.command()
@_submittable
def report(
    run: Annotated[list[Path], typer.Argument(help="A run that was evaluated; its page also shows further ones.")],
    json_: Json = False,
) -> None:
    """Write a run's report again from what is on disk: report.md, table.csv, table.tex, report.html."""
    from raymath import reporting

    _finish(reporting.write_report(_open(run[0]), [_open(one) for one in run[1:]]), json_)


@app.command()
@_submittable
def doctor(
    cluster: Annotated[
        bool, typer.Option("--cluster", help="Look at every node of the cluster at RAY_ADDRESS, and compare.")
    ] = False,
    shared: Annotated[Path | None, typer.Option(help="With --cluster: a directory that all nodes have to see.")] = None,
    json_: Json = False,
) -> None:
    """What this machine can do, or every node of a cluster: versions, devices, memory, isolation."""
    from raymath.console import say
    from raymath.doctor import examine
    from raymath.storage import cache_dir

    checks = []
    for check in _cluster_checks(shared) if cluster else examine(cache_dir()):
        checks.append(check)
        if not json_:
            mark, style = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "bad": ("BAD ", "red")}[check.state]
            say(f"{mark} {check.name}: {check.found}" + (f" — {check.fix}" if check.fix else ""), style)
    if json_:
        typer.echo(json.dumps([vars(c) for c in checks], ensure_ascii=False))
    if any(c.state == "bad" for c in checks):
        raise typer.Exit(1)


def _cluster_checks(shared: Path | None) -> Iterator[Check]:
    from raymath.config import ClusterSettings
    from raymath.session import cluster_address, ray_session

    settings = ClusterSettings()
    if cluster_address(settings) is None:
        raise UserError("no cluster is named", "set RAY_ADDRESS, or add --submit ADDRESS")
    with ray_session(settings):
        from raymath.nodes import examine_nodes

        yield from examine_nodes(shared)


@app.command()
def jobs(
    address: Annotated[str | None, typer.Option(help="Of the cluster; RAY_API_SERVER_ADDRESS otherwise.")] = None,
    logs: Annotated[str | None, typer.Option(metavar="ID", help="Show this job's log until it ends.")] = None,
    stop: Annotated[str | None, typer.Option(metavar="ID", help="Stop this job; it tidies up.")] = None,
    json_: Json = False,
) -> None:
    """Jobs that --submit sent to a cluster: status, stage, progress, result."""
    from raymath import submit
    from raymath.console import say

    if stop:
        submit.stop(address, stop)
        say(f"{stop} has stopped.")
    if logs:
        raise typer.Exit(submit.follow(address, logs))
    if stop:
        return
    found = submit.listing(address)
    if json_:
        typer.echo(json.dumps([vars(job) for job in found], ensure_ascii=False))
    for job in [] if json_ else found:
        said = [job.stage, job.progress, job.result or job.run, job.message]
        typer.echo("\n    ".join([f"{job.id}  {job.status}  raymath {job.command}", *filter(None, said)]))


@app.command()
def grade(file: Lines, out: Out = None) -> None:
    """{response|prediction, answer, question?, benchmark?} a line → the row with extracted, correct, correct_strict."""
    from raymath.eval.grade import grade_lines, is_bad

    with _lines(file, out) as lines:
        _write_lines(grade_lines(lines), out, is_bad)


@sandbox_app.command("run")
def sandbox_run(
    file: Lines,
    out: Out = None,
    timeout_s: Annotated[
        float, typer.Option(min=0.001, help="Seconds a program gets where its row does not say.")
    ] = 10.0,
    memory_mb: Annotated[int, typer.Option(min=1, help="Address space a program gets, MiB.")] = 1024,
    parallel: Annotated[int, typer.Option(min=1, help="Programs at once.")] = 2,
    allow_unisolated: Annotated[
        bool, typer.Option("--allow-unisolated", help="Run them also where nothing can hold them.")
    ] = False,
) -> None:
    """{code, timeout_s?, id?} a line → {status, stdout, stderr, seconds, …} a line, in order."""
    from raymath.sandbox.jsonl import is_bad, run_lines

    with _lines(file, out) as lines:
        rows = run_lines(
            lines, timeout_s=timeout_s, memory_mb=memory_mb, parallel=parallel, allow_unisolated=allow_unisolated
        )
        _write_lines(rows, out, is_bad)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"raymath {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show stack traces; may stand anywhere.")] = False,
) -> None:
    """Options of the program itself; ``--debug`` is taken off the command line in `main`."""


def _is_setting(word: str) -> bool:
    """Whether a word is key=value; a run's URI has its equals signs after a question mark."""
    return "=" in word.partition("?")[0]


def _settings(config: str | None, overrides: Iterable[str]) -> Settings:
    from raymath.config import load

    return load(config, list(overrides))


def _open(path: Path) -> Run:
    from raymath.runs import Run

    return Run.open(path)


def _run(target: list[str] | None, config: str | None, runs: Path, *, change: bool = False) -> Run:
    """The run that `target` names, with `change` also with other settings of its training; or a new one."""
    from raymath.runs import Run

    names = [t for t in target or [] if not _is_setting(t)]
    overrides = [t for t in target or [] if _is_setting(t)]
    if not names:
        if config is None:
            raise UserError("neither a run nor a configuration was given", "add a run's directory, or --config NAME")
        return Run.create(runs, _settings(config, overrides))
    if change and overrides and len(names) == 1:
        return Run.open(names[0]).change(overrides)
    if len(names) > 1 or overrides:
        raise UserError(
            f"'{names[0]}' is a run with settings of its own, and '{(names[1:] + overrides)[0]}' was given beside it",
            "give one run alone, or start a new one with --config",
        )
    return Run.open(names[0])


def _stage(
    until: str,
    target: list[str] | None,
    config: str | None,
    runs: Path,
    plan: bool,
    gpus: int | None,
    device: str | None,
    json_: bool,
) -> None:
    from raymath import recipe

    if plan:
        run = _run(target, config, runs) if any(not _is_setting(t) for t in target or []) else None
        settings = run.settings if run else _settings(config or "quickstart", target or [])
        recipe.show_plan(settings, gpus, device or "H100", run)
        return
    if gpus is not None or device is not None:
        raise UserError("--gpus and --device are for --plan", "set train.workers and train.gpus_per_worker instead")
    _finish(recipe.advance(_run(target, config, runs, change=until == "train"), until), json_)


def _finish(summary: dict[str, Any], json_: bool) -> None:
    typer.echo(json.dumps(summary, ensure_ascii=False) if json_ else summary["result"])


@contextmanager
def _lines(file: str, out: Path | None) -> Iterator[IO[bytes]]:
    """The lines of the input, which `out` may not be: it is emptied before they are read."""
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        lines = Path(file).open("rb")  # noqa: SIM115 - closed by the with below
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}", "give a file of JSON lines, or - for stdin") from None
    with lines:
        if out is not None and out.is_file() and out.samefile(file):
            raise UserError(f"--out {out} is the input itself", "write to another file")
        yield lines


def _write_lines(rows: Iterable[dict[str, Any]], out: Path | None, is_bad: Callable[[dict[str, Any]], bool]) -> None:
    """One JSON line a row; rows that answer a bad input row are counted, and make the exit code 1."""
    bad = 0
    try:
        sink = sys.stdout if out is None else out.open("w", encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write {out}: {error.strerror}", "give a file in a directory that exists") from None
    try:
        for row in rows:
            bad += is_bad(row)
            sink.write(json.dumps(row, ensure_ascii=False).translate(_LINE_ENDS) + "\n")
            sink.flush()
    finally:
        if out is not None:
            sink.close()
    if bad:
        _complain(f"{bad} of the input's rows could not be read; the output has a row with the reason for each.")
        raise typer.Exit(1)


def main(argv: list[str] | None = None) -> NoReturn:
    """Run the command line; ends the process with 0 only when all of it worked."""
    args = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in args
    args = [a for a in args if a != "--debug"]
    try:
        code = app(args, prog_name="raymath", standalone_mode=False, obj=args)
        sys.exit(code if isinstance(code, int) else 0)
    except UserError as error:
        if debug:
            raise
        _complain(str(error))
        sys.exit(error.code)
    except typer.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        _complain("stopped.")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output left: nothing more to say
        sys.exit(141)
    except Exception as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):  # click's own: a wrong option, a missing argument
            error.show()
            sys.exit(error.exit_code)
        if debug:
            raise
        where = traceback.extract_tb(error.__traceback__)[-1]
        name = Path(where.filename).name
        said = redacted(f"{type(error).__name__}: {error}")  # what a library says may hold an address
        _complain(f"failed in a way it should not have: {said} ({name}:{where.lineno}).")
        _complain("run it again with --debug for the stack trace.")
        sys.exit(70)


def _complain(message: str) -> None:
    from raymath.console import say

    say(f"raymath: {message}", "bold red")


if __name__ == "__main__":
    main()
