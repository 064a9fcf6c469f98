"""Looking at a built mix, of a run or in a directory, and planning its packs with other settings.

    inspect(Path("runs/mix-…"), pack=3)
    replan(Path("runs/mix-…"), {"context": 8192}, save=False)["packing"]

What is shown is made by `show` and `page`; this is where a run or a directory becomes what they take.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from raymath.data import page, shards
from raymath.data import show as views
from raymath.data.feed import Feed, outcome, planned
from raymath.data.flat import flatten
from raymath.errors import UserError
from raymath.models import load_tokenizer
from raymath.runs import Run, write_json

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def inspect(
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

    run, directory = _mix(path)
    if html is not None:
        print(page.write(directory, html, _tokenizer_of(directory), pack or 0))
    elif step is not None:
        show(views.step_table(_feed_of(run, directory), step))
    elif example is not None:
        show(views.example_text(directory, example, _tokenizer_of(directory)))
    elif pack is not None:
        show(views.pack_text(directory, pack, _tokenizer_of(directory)))
    else:
        show(views.overview(directory))


def replan(path: Path, changes: dict[str, Any], save: bool) -> dict[str, Any]:
    """Plan a mix's packs with other settings than it was built with; tokens and mix stay what they are.

    Args:
        path: a run, or a directory of token shards.
        changes: of context, packing, window, overlong, seed.
        save: training takes these packs from now on; a run that has begun with others will refuse to go on.

    Returns:
        The plan, and its packs, fill, dropped, cut.
    """
    run, directory = _mix(path)
    manifest = shards.manifest(directory)
    plan = manifest["plan"] | changes
    packing = outcome(planned(flatten(directory), plan))
    if save:
        write_json(directory / "manifest.json", manifest | {"plan": plan, "packing": packing})
        if run is not None:
            run.finish("data", run.done("data") | {"plan": plan, "packing": packing})
    return {"plan": plan, "packing": packing, "result": str(directory)}


def _mix(path: Path) -> tuple[Run | None, Path]:
    """The run, if it is one's, and the directory of a mix."""
    if (path / "manifest.json").is_file():
        return Run.around(path.absolute()), path
    run = Run.open(path)
    run.done("data")
    return run, run.bring("data")


def _tokenizer_of(directory: Path) -> PreTrainedTokenizerBase:
    return load_tokenizer(shards.manifest(directory)["tokenizer"])


def _feed_of(run: Run | None, directory: Path) -> Feed:
    if run is None:
        raise UserError(f"{directory} is no run's, and a step is counted in a run's batches", "give a run")
    train = run.settings.train
    return Feed.open(directory, batch=train.batch, seed=train.seed, held_out=train.validation)
