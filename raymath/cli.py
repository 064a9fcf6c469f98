"""The `raymath` command: reads the command line, picks a job, prints where its result is. Nothing else.

What a person should see goes to stderr; stdout has the result's path, JSON with ``--json``, or JSON lines. Heavy
imports happen inside the commands: ``--help`` needs neither torch nor ray.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from raymath import __version__
from raymath.errors import UserError

if TYPE_CHECKING:
    from raymath.config import Settings
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

#: Characters that end a line for some readers of text, and that JSON lets stand as they are.
_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}

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


@app.command()
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
    given = [*([f"data.root={json.dumps(str(data.absolute()))}"] if data else []), *(overrides or [])]
    _stage("report", [*([str(resume)] if resume else []), *given], config, runs, plan, None, None, json_)


@data_app.command("build")
def data_build(
    target: Target = None, config: Config = None, runs: Runs = Path("runs"), plan: Plan = False, json_: Json = False
) -> None:
    """Sources to token shards: read, verify every program, mix, render."""
    _stage("data", target, config, runs, plan, None, None, json_)


@data_app.command("inspect")
def data_inspect(
    run: Annotated[Path, typer.Argument(help="A run whose data is built.")],
    pack: Annotated[int | None, typer.Option(help="Show this pack, with its mask and boundaries.")] = None,
) -> None:
    """Counts, lengths and one pack in colours."""
    from raymath import recipe

    recipe.inspect_data(_open(run), pack)


@app.command()
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
def train(
    target: Target = None,
    config: Config = None,
    runs: Runs = Path("runs"),
    plan: Plan = False,
    gpus: Gpus = None,
    device: Device = None,
    json_: Json = False,
) -> None:
    """Supervised fine-tuning, and the data before it where it is not built yet."""
    _stage("train", target, config, runs, plan, gpus, device, json_)


@app.command()
def export(run: Annotated[Path, typer.Argument(help="A run that was trained.")], json_: Json = False) -> None:
    """A run's newest checkpoint as a Hugging Face directory."""
    _stage("export", [str(run)], None, Path("runs"), False, None, None, json_)


@app.command()
def serve(
    model: Annotated[
        list[str], typer.Argument(metavar="MODEL... [KEY=VALUE]...", help="Hub names, directories, runs.")
    ],
    config: Config = None,
) -> None:
    """Models behind the OpenAI API, each as NAME and, with the tool loop, NAME:tir. Ctrl-C stops."""
    from raymath import recipe

    names = [m for m in model if "=" not in m]
    recipe.serve(names, _settings(config, [m for m in model if "=" in m]))


@app.command("eval")
def eval_(
    target: Target = None,
    config: Config = None,
    model: Annotated[list[str] | None, typer.Option(help="Evaluate this model, without training; repeatable.")] = None,
    runs: Runs = Path("runs"),
    json_: Json = False,
) -> None:
    """Evaluate a run's base and tuned model, or named models, with and without tools."""
    from raymath import recipe

    if model:
        target = [*(target or []), f"eval.models={json.dumps(model)}"]
        config = config or "quickstart"
    _finish(recipe.advance(_run(target, config, runs), "report"), json_)


@app.command()
def report(run: Annotated[Path, typer.Argument(help="A run that was evaluated.")], json_: Json = False) -> None:
    """Write a run's report again from what is on disk."""
    from raymath import recipe

    _finish(recipe.write_report(_open(run)), json_)


@app.command()
def doctor(json_: Json = False) -> None:
    """What this machine can do: versions, devices, memory, isolation."""
    from raymath.console import say
    from raymath.doctor import examine
    from raymath.models import cache_dir

    checks = []
    for check in examine(cache_dir()):
        checks.append(check)
        if not json_:
            mark, style = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "bad": ("BAD ", "red")}[check.state]
            say(f"{mark} {check.name}: {check.found}" + (f" — {check.fix}" if check.fix else ""), style)
    if json_:
        typer.echo(json.dumps([vars(c) for c in checks], ensure_ascii=False))
    if any(c.state == "bad" for c in checks):
        raise typer.Exit(1)


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


def _settings(config: str | None, overrides: Iterable[str]) -> Settings:
    from raymath.config import load

    return load(config, list(overrides))


def _open(path: Path) -> Run:
    from raymath.runs import Run

    return Run.open(path)


def _run(target: list[str] | None, config: str | None, runs: Path) -> Run:
    """The run that `target` names, or a new one of the configuration."""
    from raymath.runs import Run

    names = [t for t in target or [] if "=" not in t]
    overrides = [t for t in target or [] if "=" in t]
    if not names:
        if config is None:
            raise UserError("neither a run nor a configuration was given", "add a run's directory, or --config NAME")
        return Run.create(runs, _settings(config, overrides))
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
        run = _run(target, config, runs) if any("=" not in t for t in target or []) else None
        settings = run.settings if run else _settings(config or "quickstart", target or [])
        recipe.show_plan(settings, gpus, device or "H100", run)
        return
    if gpus is not None or device is not None:
        raise UserError("--gpus and --device are for --plan", "set train.workers and train.gpus_per_worker instead")
    _finish(recipe.advance(_run(target, config, runs), until), json_)


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
        code = app(args, prog_name="raymath", standalone_mode=False)
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
        _complain(f"failed in a way it should not have: {type(error).__name__}: {error} ({name}:{where.lineno}).")
        _complain("run it again with --debug for the stack trace.")
        sys.exit(70)


def _complain(message: str) -> None:
    from raymath.console import say

    say(f"raymath: {message}", "bold red")


if __name__ == "__main__":
    main()
