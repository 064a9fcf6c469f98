"""Sources → token shards, with Ray Data: the only module that imports `ray.data`.

    summary = build(settings, tokenizer_dir, "runs/x/data", progress)

Three streaming passes, each from a list of jobs to files that are complete or absent. `curate`: every row of
every file is read, normalised, screened, verified, labelled and held against the benchmarks. Then, in this process:
duplicates, and the seeded draw of `mixture`. `choose`: which generated problems fill what is missing. `parts`: drawn
rows and generated problems are rendered, the programs of the latter run.

Only names and counts come back to this process, so its memory grows with the ids alone. A job is a
function of its input, and the order of what is made follows from the jobs' numbers: the shards are the same for any
number of workers, and after a lost one. A build that was killed leaves them in ``staging``; the next one with the
same settings, files and code goes on from there. Files have to be reachable from every node, `out_dir` too where there
is no `exchange`. Packing and
the order of training are functions of the result: see `feed`.
"""

from __future__ import annotations

import itertools
import json
import logging
import pickle
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raymath.config import Settings
from raymath.console import Progress, silent
from raymath.data import account, collect, fill, flat, inputs, mixture, parts, staging, tasks
from raymath.data.contamination import Benchmarks
from raymath.data.duplicates import NearIndex
from raymath.data.feed import PLAN_KEYS, outcome, planned
from raymath.data.ledger import Ledger
from raymath.data.mixture import Amount
from raymath.data.staging import Staging
from raymath.errors import UserError
from raymath.presets import preset
from raymath.runs import write_json

if TYPE_CHECKING:
    import pyarrow as pa
    from ray.data import Dataset

#: CPUs a task reserves: two that work and one that reads fit on a machine of two.
READ_CPUS, WORK_CPUS = 0.2, 0.9
#: What of a model's directory its tokenizer does not need.
_WEIGHTS = {".safetensors", ".bin", ".pt", ".gguf"}
#: Bytes of a block on its way: small, for what waits between two stages is held in memory.
_BLOCK_BYTES = 16 * 2**20


def build(
    settings: Settings,
    tokenizer_dir: str | Path,
    out_dir: str | Path,
    progress: Progress = silent,
    *,
    exchange: str | None = None,
) -> dict[str, Any]:
    """Make the mix of ``settings.data`` and write it as token shards (see `shards` for the files and the manifest).

    Args:
        settings: the sections data, model, sandbox and the benchmarks of eval are used.
        tokenizer_dir: the model whose tokenizer is used.
        out_dir: made if missing; shards of an earlier build in it are replaced, work of a killed one is used.
        progress: called as rows are curated and parts made.
        exchange: a URI by which workers on other machines hand over what they make, where they do not see `out_dir`.

    Returns:
        The manifest.

    Raises:
        DataError: a source is missing, empty, has no usable row or fewer than the recipe takes.
        ModelError: the tokenizer cannot be used.
    """
    return _Build(settings, str(tokenizer_dir), Path(out_dir).absolute(), progress, exchange).run()


class _Build:
    """One build: its settings, its staging folder, and what is known so far."""

    def __init__(
        self, settings: Settings, tokenizer_dir: str, out: Path, progress: Progress, exchange: str | None
    ) -> None:
        self._settings, self._out, self._progress, self._exchange = settings, out, progress, exchange
        template = settings.model.template or preset(settings.model.name).template
        self._rendering: dict[str, Any] = {"tokenizer_dir": tokenizer_dir, "template": template}
        # All raise what is wrong before any work is done.
        self._specials = parts.renderer(tokenizer_dir, template).specials
        self._pieces = inputs.pieces(settings)
        self._items, self._benchmarks = inputs.benchmarks(settings)
        self._limits = settings.sandbox.model_dump(exclude={"parallel"})
        self._seconds: dict[str, float] = {}
        self._reused = 0
        self._ledger = Ledger(settings.data.sources)

    def run(self) -> dict[str, Any]:
        """All passes, the manifest last."""
        self._out.mkdir(parents=True, exist_ok=True)
        # The manifest goes first: what is left of an interrupted removal then counts as unfinished.
        (self._out / "manifest.json").unlink(missing_ok=True)
        stage = self._stage = Staging.open(self._out / "staging", self._key(), self._exchange)
        self._pickle("benchmarks", Benchmarks(self._items))
        with self._timed("curate"):
            files = self._curate()
        with self._timed("deduplicate"):
            found = self._collect(files)
        amounts, times = self._draw(found)
        with self._timed("make"):
            notes = self._make(found, amounts, times)
        with self._timed("seal"):
            fingerprint = flat.seal(stage.path)
            plan, packing = _plan(flat.folder(stage.path, fingerprint), self._settings)
        for name in ("tokens", "examples", "flat"):
            shutil.rmtree(self._out / name, ignore_errors=True)
            (stage.path / name).rename(self._out / name)
        manifest: dict[str, Any] = {"fingerprint": fingerprint}
        manifest |= account.manifest(self._settings.data, self._ledger, found, amounts, times, notes, self._pieces)
        manifest |= {"benchmarks": self._benchmarks}
        manifest |= {"plan": plan, "packing": packing}
        manifest |= {"tokenizer": self._rendering["tokenizer_dir"], "template": self._rendering["template"]}
        manifest |= {"settings": self._settings.model_dump(mode="json", include={"data", "model", "sandbox"})}
        manifest |= {"versions": account.versions(), "seconds": self._seconds, "reused": self._reused}
        write_json(self._out / "manifest.json", manifest)
        stage.close()
        return manifest

    def _key(self) -> str:
        """Everything that what is staged depends on."""
        used = [piece.file for piece in self._pieces] + [self._rendering["tokenizer_dir"] + "/tokenizer.json"]
        questions = [f"{item.benchmark} {item.id} {item.question}" for item in self._items]
        marks = [staging.mark(file) for file in used]
        settings = self._settings.model_dump(mode="json", include={"data", "sandbox"})
        return staging.key(settings, self._rendering, marks, questions, tasks.ROWS_PER_CHUNK)

    def _curate(self) -> list[Path]:
        """The first pass: every row of every file through the stages that look at one row at a time."""
        import ray.data

        folder = self._stage.folder("curated")
        done = self._stage.done("curated")
        self._reused += len(done)
        if self._pieces and not (self._stage.path / "curated.json").exists():
            jobs = [{"number": n, "piece": piece.model_dump_json()} for n, piece in enumerate(self._pieces)]
            data = ray.data.from_items(jobs, override_num_blocks=len(jobs)).map_batches(
                partial(tasks.read_piece, done=frozenset(done), rows=tasks.ROWS_PER_CHUNK),
                batch_size=1,
                batch_format="pyarrow",
                **self._settings.cluster.data.options(READ_CPUS),
            )
            data = data.repartition(target_num_rows_per_block=1)
            for stage in self._stages(self._stage.where("curated")):
                data = data.map_batches(stage, batch_size=None, batch_format="pyarrow", **self._place(stage))
            rows = 0
            for table in _stream(data):
                rows += sum(table.column("rows").to_pylist())
                self._progress(rows, 0, "rows curated")
            self._stage.fetch("curated")
            write_json(self._stage.path / "curated.json", True)
        return sorted(folder.iterdir())

    def _stages(self, folder: str) -> list[Callable[[pa.Table], pa.Table]]:
        stages: list[Callable[[pa.Table], pa.Table]] = [
            tasks.unpack,
            tasks.spell,
            partial(tasks.screen, specials=self._specials),
        ]
        if self._settings.data.verify_programs:
            stages.append(partial(tasks.verify, limits=self._limits))
        stages.append(tasks.label)
        if self._items:
            stages.append(partial(tasks.decontaminate, index=self._pickled("benchmarks")))
        return [*stages, partial(tasks.write_chunk, folder=folder)]

    def _place(self, stage: Callable[[pa.Table], pa.Table]) -> dict[str, Any]:
        """What a task of the stage asks for."""
        cluster = self._settings.cluster
        programs = isinstance(stage, partial) and stage.func is tasks.verify
        return (cluster.sandbox or cluster.data if programs else cluster.data).options(WORK_CPUS)

    def _collect(self, files: list[Path]) -> collect.Found:
        """What needs to see every row: ids, duplicates, and whom no generated problem may be like."""
        data = self._settings.data
        lost = collect.doubles(files, data)
        if any(one.adapter == fill.ADAPTER for one in data.sources.values()):
            items = ((f"{item.benchmark} {item.id}", item.question) for item in self._items)
            self._pickle("near", NearIndex(itertools.chain(items, collect.questions(files, lost))))
        return collect.collect(files, data, self._out, self._ledger, lost)

    def _draw(self, found: collect.Found) -> tuple[dict[str, Amount], dict[str, NDArray[np.int64]]]:
        """How many examples of each source, and how many times each of its rows."""
        data = self._settings.data
        eligible: dict[str, int | None] = {
            name: fill.capacity(name, one) if one.adapter == fill.ADAPTER else len(found.sources[name].ids)
            for name, one in data.sources.items()
        }
        amounts = mixture.amounts(data.sources, eligible, data.total)
        times = {
            name: mixture.draw(own.ids, amounts[name].taken, seed=data.seed, source=name)
            for name, own in found.sources.items()
        }
        return amounts, times

    def _make(
        self, found: collect.Found, amounts: Mapping[str, Amount], times: Mapping[str, NDArray[np.int64]]
    ) -> list[dict[str, Any]]:
        """The passes that make the mix: drawn rows, then generated problems until none is missing."""
        drawn = found.parts(times)
        for one in (one for rows in drawn for one in rows):
            one["file"] = self._stage.where("curated", Path(one["file"]).name)
        jobs: list[dict[str, Any]] = [{"rows": rows} for rows in drawn]
        sources = self._settings.data.sources
        fillers = [
            fill.Filler(name, sources[name], amount.taken, self._settings.data.seed)
            for name, amount in amounts.items()
            if sources[name].adapter == fill.ADAPTER
        ]
        known: NDArray[np.int64] = np.zeros(0, np.int64)
        notes: list[dict[str, Any]] = []
        total = sum(amount.taken for amount in amounts.values())
        for round_ in itertools.count():
            asked = [job for filler in fillers for job in filler.requests()]
            if asked:
                told = self._choose(asked, round_)
                for job, one in zip(asked, told, strict=True):
                    self._ledger.told(job["source"], one["looked_at"])
                known, aside = fill.accept(fillers, asked, told, known)
                self._set_aside(aside)
            jobs += [{"problems": own} for filler in fillers for own in filler.jobs()]
            if not jobs:
                return notes
            begin = len(notes)
            numbered = [{"part": begin + n} | job for n, job in enumerate(jobs)]
            notes += self._parts(numbered, total)
            lost = [one for note in notes[begin:] for one in note.get("lost", [])]
            self._set_aside([fill.rejection(one, one["row"], "run", one["reason"]) for one in lost])
            for filler in fillers:
                filler.made(notes[begin:])
            jobs = []
        raise AssertionError  # the loop above has no end of its own

    def _set_aside(self, aside: list[dict[str, Any]]) -> None:
        """Write down what was set aside of generated problems."""
        for line in aside:
            self._ledger.set_aside(line["stage"], line["source"], line["reason"])
        with (self._out / "rejected.jsonl").open("a", encoding="utf-8") as rejected:
            rejected.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in aside)

    def _choose(self, asked: list[dict[str, Any]], round_: int) -> list[dict[str, Any]]:
        """The pass that tells problems and sets those aside that a real row or a benchmark has."""
        folder = self._stage.folder("chosen")
        done = self._stage.done("chosen")
        jobs = [{"name": f"{round_}-{n:06d}"} | job for n, job in enumerate(asked)]
        self._reused += sum(job["name"] in done for job in jobs)
        left = [job for job in jobs if job["name"] not in done]
        looked = 0
        choose = partial(
            tasks.choose,
            folder=self._stage.where("chosen"),
            near=self._pickled("near"),
            benchmarks=self._pickled("benchmarks"),
        )
        for note in self._each(left, choose):
            looked += note
            self._progress(looked, 0, "problems told")
        self._stage.fetch("chosen")
        return [staging.read_json(folder / f"{job['name']}.json") for job in jobs]

    def _parts(self, jobs: list[dict[str, Any]], total: int) -> list[dict[str, Any]]:
        folder = self._stage.folder("examples")
        self._stage.folder("tokens")
        done = self._stage.done("examples") & self._stage.done("tokens")
        names = {job["part"]: parts.name_of(job["part"]) for job in jobs}
        self._reused += sum(name in done for name in names.values())
        left = [job for job in jobs if names[job["part"]] not in done]
        rendering = self._rendering | {"tokenizer_dir": self._tokenizer()}
        make = partial(parts.make, out=self._stage.where(), limits=self._limits, **rendering)
        examples = 0
        for note in self._each(left, make):
            examples += note["examples"]
            self._progress(examples, total, "examples made")
        for kind in ("tokens", "examples"):
            self._stage.fetch(kind)
        return [staging.note_of(folder / f"{name}.parquet") for name in names.values()]

    def _each(self, jobs: list[dict[str, Any]], work: Callable[[dict[str, Any]], Any]) -> Iterator[Any]:
        """What `work` gives for each job, in order."""
        import ray.data

        if jobs:
            rows = [{"job": json.dumps(job)} for job in jobs]
            data = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
                partial(tasks.each, work=work),
                batch_size=1,
                batch_format="pyarrow",
                **self._settings.cluster.data.options(WORK_CPUS),
            )
            for table in _stream(data):
                yield from (json.loads(note) for note in table.column("note").to_pylist())

    def _pickle(self, name: str, value: Any) -> None:
        """Leave something for the workers, which read it once a process."""
        file = self._stage.path / f"{name}.pkl"
        file.write_bytes(pickle.dumps(value))
        self._stage.put(file)

    def _pickled(self, name: str) -> str:
        return self._stage.where(f"{name}.pkl")

    def _tokenizer(self) -> str:
        """The tokenizer as workers find it: a directory of this machine is given to those that do not see it."""
        directory = Path(self._rendering["tokenizer_dir"])
        if self._exchange is None or not directory.is_dir():
            return str(self._rendering["tokenizer_dir"])
        folder = self._stage.folder("tokenizer")
        for file in (one for one in directory.iterdir() if one.is_file() and one.suffix not in _WEIGHTS):
            shutil.copyfile(file, folder / file.name)
            self._stage.put(folder / file.name)
        return self._stage.where("tokenizer")

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._seconds[stage] = round(time.monotonic() - began, 1)


def _stream(data: Dataset) -> Iterator[pa.Table]:
    """The tables of a dataset, in order, as they are ready."""
    data.context.execution_options.preserve_order = True
    data.context.enable_progress_bars = False
    data.context.target_max_block_size = _BLOCK_BYTES
    _quieten()
    try:
        yield from data.iter_batches(batch_size=None, batch_format="pyarrow")
    except Exception as error:
        # Ray wraps what a task raised several times over; a fault of the user's is to be told as such.
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, UserError):
            cause = getattr(cause, "cause", None) or cause.__cause__
        if cause is None:
            raise
        raise cause from None


def _quieten() -> None:
    """Ray Data's own account of each execution goes to its log files; the terminal keeps its warnings."""
    for handler in logging.getLogger("ray.data").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setLevel(logging.WARNING)
    # Its only warning here is that the bars are off, which they are meant to be.
    logging.getLogger("ray.data._internal.progress").setLevel(logging.ERROR)


def _plan(flat_files: Path, settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings that decide the packs, and what comes of them."""
    plan = settings.data.model_dump(mode="json", include=set(PLAN_KEYS))
    return plan, outcome(planned(flat_files, plan))
