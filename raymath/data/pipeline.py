"""Sources → token shards, with Ray Data: the only module that imports `ray.data`.

    summary = build(settings, tokenizer_dir, "runs/x/data", progress)

Two streaming passes. The first reads, adapts and verifies; the pure `mixture.draw` then says which examples are
taken; the second renders those. Ray Data does the work in tasks of fractions of a CPU and keeps the order of its
input, so the shards are the same for any number of workers, and after a lost one. Files and `out_dir` have to be
reachable from every node. Packing and the order of training are functions of the result: see `feed`.
"""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raymath.config import Settings
from raymath.console import Progress, silent
from raymath.data import mixture, shards, sources, tasks
from raymath.data.feed import PLAN_KEYS
from raymath.data.packing import pack
from raymath.data.sources import Rejected
from raymath.errors import DataError, UserError
from raymath.presets import preset
from raymath.prompts import TemplateName
from raymath.records import Example, schema, to_line
from raymath.runs import write_json

if TYPE_CHECKING:
    import pyarrow as pa
    from ray.data import Dataset

#: CPUs a task reserves. Fractions let every stage run on a machine of two.
READ_CPUS, VERIFY_CPUS, RENDER_CPUS = 0.2, 0.5, 0.5

_STAGING = ".verified"


def build(
    settings: Settings, tokenizer_dir: str | Path, out_dir: str | Path, progress: Progress = silent
) -> dict[str, Any]:
    """Make the mix of ``settings.data`` and write it as token shards (see `shards` for the files).

    Args:
        settings: the sections data, model and sandbox are used.
        tokenizer_dir: the model whose tokenizer is used.
        out_dir: made if missing; shards of an earlier build in it are replaced.
        progress: called as rows are verified and examples rendered.

    Returns:
        The manifest: fingerprint, counts, rejections by reason, packing, settings.

    Raises:
        DataError: a source is missing, empty, has no usable row or fewer than its ``take``.
        ModelError: the tokenizer cannot be used.
    """
    out = Path(out_dir).absolute()
    template = settings.model.template or preset(settings.model.name).template
    # Both raise what is wrong before any work is done.
    renderer = tasks.renderer(str(tokenizer_dir), template)
    jobs = _jobs(settings)
    _clear(out)
    try:
        found = _collect(_verified(jobs, settings, renderer.specials), out, jobs, progress)
        drawn = mixture.draw(
            found.ids,
            {name: source.take for name, source in settings.data.sources.items()},
            seed=settings.data.seed,
            total=settings.data.total,
        )
        rows = sorted(found.positions[name][i] for name, own in drawn.items() for i in own)
        pieces = _stream(_rendered(out / _STAGING, rows, str(tokenizer_dir), template))
        manifest = _write(pieces, out, len(rows), progress)
    finally:
        shutil.rmtree(out / _STAGING, ignore_errors=True)
    manifest["sources"] = {name: found.stats[name] | {"taken": len(own)} for name, own in drawn.items()}
    manifest["rejected"] = {name: dict(reasons.most_common()) for name, reasons in found.reasons.items()}
    manifest["tokenizer"], manifest["template"] = str(tokenizer_dir), template
    manifest["plan"], manifest["packing"] = _plan(out, settings)
    manifest["settings"] = settings.model_dump(mode="json", include={"data", "model", "sandbox"})
    write_json(out / "manifest.json", manifest)
    shards.flatten(out)
    return manifest


def _clear(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    # The manifest goes first: what is left of an interrupted removal then counts as unfinished.
    (out / "manifest.json").unlink(missing_ok=True)
    (out / "rejected.jsonl").unlink(missing_ok=True)
    for name in (_STAGING, "examples", "tokens", "flat"):
        shutil.rmtree(out / name, ignore_errors=True)


def _jobs(settings: Settings) -> list[dict[str, Any]]:
    """One entry a file; every fault that a look at the files can show is raised here."""
    if not settings.data.sources:
        raise DataError("the mix has no source", "add a table [data.sources.NAME] with adapter and path")
    jobs = []
    for name, source in settings.data.sources.items():
        sources.adapter(source.adapter, name)
        for file in sources.files(name, source, settings.data.root):
            absolute = str(file.absolute())
            jobs.append({"source": name, "file": absolute, "adapter": source.adapter, "licence": source.licence or ""})
    return jobs


def _verified(jobs: list[dict[str, Any]], settings: Settings, specials: tuple[str, ...]) -> Dataset:
    """The first pass: files → rows with an example or a reason."""
    import ray.data

    rows = ray.data.from_items(jobs, override_num_blocks=len(jobs)).map_batches(
        tasks.read_file, batch_size=1, num_cpus=READ_CPUS, batch_format="pyarrow"
    )
    limits = settings.sandbox.model_dump(exclude={"parallel"})
    apart = (
        settings.cluster.sandbox
    )  # nodes of the sandboxes' own have no CPUs to give, so that nothing else runs there
    place: dict[str, Any] = {"num_cpus": 0, "resources": {apart: VERIFY_CPUS}} if apart else {"num_cpus": VERIFY_CPUS}
    return rows.repartition(target_num_rows_per_block=tasks.ROWS_PER_TASK).map_batches(
        partial(tasks.verify_rows, specials=specials, run=settings.data.verify_programs, limits=limits),
        batch_size=None,
        batch_format="pyarrow",
        **place,
    )


def _rendered(staging: Path, rows: list[int], tokenizer_dir: str, template: TemplateName) -> Dataset:
    """The second pass: the drawn rows of the staging folder → tokens, one task a row group."""
    import pyarrow.parquet as pq
    import ray.data

    jobs: list[dict[str, Any]] = []
    begin = at = 0
    for part in sorted(staging.glob("part-*.parquet")):
        metadata = pq.read_metadata(part)
        for group in range(metadata.num_row_groups):
            end = begin + metadata.row_group(group).num_rows
            inside = []
            while at < len(rows) and rows[at] < end:
                inside.append(rows[at] - begin)
                at += 1
            if inside:
                jobs.append({"file": str(part), "group": group, "rows": inside})
            begin = end
    return ray.data.from_items(jobs, override_num_blocks=len(jobs)).map_batches(
        partial(tasks.render_group, tokenizer_dir=tokenizer_dir, template=template),
        batch_size=1,
        num_cpus=RENDER_CPUS,
        batch_format="pyarrow",
    )


def _stream(data: Dataset) -> Iterator[pa.Table]:
    """The tables of a dataset, in order, as they are ready."""
    data.context.execution_options.preserve_order = True
    data.context.enable_progress_bars = False
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


@dataclass
class _Found:
    """What the first pass gave: per source the accepted ids, their positions in the staging folder, counts."""

    ids: dict[str, list[str]] = field(default_factory=dict)
    positions: dict[str, list[int]] = field(default_factory=dict)
    stats: dict[str, dict[str, int]] = field(default_factory=dict)
    reasons: dict[str, Counter[str]] = field(default_factory=dict)


def _collect(data: Dataset, out: Path, jobs: list[dict[str, Any]], progress: Progress) -> _Found:
    """Accepted examples go to the staging folder in the order of the sources, the others to ``rejected.jsonl``."""
    names = list(dict.fromkeys(job["source"] for job in jobs))
    found = _Found()
    for name in names:
        found.ids[name], found.positions[name], found.reasons[name] = [], [], Counter()
        found.stats[name] = dict.fromkeys(("rows", "accepted", "rejected", "programs", "outputs_replaced"), 0)
    first: dict[str, str] = {}
    staged = done = 0
    writer = shards.Writer(out / _STAGING, schema(Example), rows_per_group=512)
    with (out / "rejected.jsonl").open("w", encoding="utf-8") as rejected:
        for table in _stream(data):
            keep: list[int] = []
            for i, row in enumerate(table.drop_columns(["example"]).to_pylist()):
                source, stats = row["source"], found.stats[row["source"]]
                if row["reason"] is None and row["id"] in first:
                    row["reason"] = f"its id is already taken: by a row of '{first[row['id']]}'"
                stats["rows"] += 1
                stats["programs"] += row["programs"]
                if row["reason"] is None:
                    first[row["id"]] = source
                    found.ids[source].append(row["id"])
                    found.positions[source].append(staged + len(keep))
                    keep.append(i)
                    stats["accepted"] += 1
                    stats["outputs_replaced"] += row["replaced"]
                else:
                    line = Rejected(file=row["file"], row=row["row"], reason=row["reason"], id=row["id"])
                    rejected.write(to_line(line) + "\n")
                    found.reasons[source][row["reason"].partition(": ")[0]] += 1
                    stats["rejected"] += 1
            if keep:
                writer.add(tasks.examples_of(table.take(keep)))
            staged += len(keep)
            done += table.num_rows
            progress(done, 0, "rows read and verified")
    writer.close()
    for name in names:
        if not found.ids[name]:
            _nothing(name, [job["file"] for job in jobs if job["source"] == name], found.reasons[name], out)
    return found


def _nothing(name: str, files: list[str], reasons: Counter[str], out: Path) -> None:
    why = "; ".join(f"{n} × {reason}" for reason, n in reasons.most_common(3)) or "no row in it"
    raise DataError(
        f"the source '{name}' has no usable row in {', '.join(files[:3])} ({why})",
        f"every row needs a question and a solution in the adapter's fields; {out / 'rejected.jsonl'} has the reasons",
    )


def _write(pieces: Iterator[pa.Table], out: Path, total: int, progress: Progress) -> dict[str, Any]:
    """Write the final shards; returns their counts and fingerprint."""
    tokens = shards.Writer(out / "tokens", shards.schema())
    examples = shards.Writer(out / "examples", schema(Example))
    fingerprint = shards.Fingerprint()
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    done = 0
    for table in pieces:
        columns = table.drop_columns(["example"]).cast(shards.schema())
        fingerprint.add(columns)
        tokens.add(columns)
        examples.add(tasks.examples_of(table))
        for row in columns.drop_columns(["id", "input_ids", "loss_mask"]).to_pylist():
            cell = counts.setdefault((row["source"], row["language"], row["mode"]), Counter())
            cell.update(examples=1, tokens=row["length"], supervised=row["supervised"])
        done += columns.num_rows
        progress(done, total, "examples rendered")
    tokens.close()
    examples.close()
    table_of = [
        {"source": source, "language": language, "mode": mode, **cell}
        for (source, language, mode), cell in sorted(counts.items())
    ]
    sums = {name: sum(cell[name] for cell in counts.values()) for name in ("examples", "tokens", "supervised")}
    return {"fingerprint": fingerprint.hexdigest(), **sums, "counts": table_of}


def _plan(out: Path, settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings that decide the packs, and what comes of them."""
    data = settings.data
    packs = pack(
        shards.columns(out, "length").column("length").to_numpy(),
        data.context,
        strategy=data.packing,
        seed=data.seed,
        window=data.window,
        overlong=data.overlong,
    )
    plan = data.model_dump(mode="json", include=set(PLAN_KEYS))
    outcome = {"packs": len(packs), "fill": round(packs.fill, 4), "tokens": packs.tokens}
    return plan, outcome | {"dropped": packs.dropped, "cut": packs.cut}
