"""The parts of the mix: drawn rows and generated problems → tokens and examples on disk.

    note = make(job, out, tokenizer_dir=..., template=..., limits=...)     # in a worker

A job writes ``tokens/part-N.parquet`` and ``examples/part-N.parquet``, each complete or absent, and its counts beside
the examples. It is a function of its job alone, so a lost worker's job can be done again. Which jobs there are is
`pipeline`'s to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from raymath.data import shards, staging
from raymath.data.curate import RunBatch
from raymath.data.render import Rendered, Renderer
from raymath.data.rows import examples_of
from raymath.data.synthesis.catalogue import BY_NAME
from raymath.data.synthesis.generate import examples as examples_of_problem
from raymath.data.synthesis.generate import fault, problems
from raymath.models import load_tokenizer
from raymath.prompts import TemplateName
from raymath.records import Example, Language, Mode, Program, SegmentKind, schema

if TYPE_CHECKING:
    import pyarrow as pa


@lru_cache(maxsize=2)
def renderer(tokenizer_dir: str, template: TemplateName) -> Renderer:
    """The renderer of this process: a worker loads a tokenizer once for all its tasks."""
    return Renderer(load_tokenizer(tokenizer_dir), template)


def name_of(number: int) -> str:
    """The file name of a part, without suffix."""
    return f"part-{number:05d}"


def make(
    job: Mapping[str, Any], out: str, *, tokenizer_dir: str, template: TemplateName, limits: Mapping[str, Any]
) -> dict[str, Any]:
    """Make one part.

    Args:
        job: ``part``, its number, and either ``rows``: [{file, rows, times}] of chunks of curated rows, or
            ``problems``: [{source, template, language, seed, numbers, modes}].
        out: the directory of the shards.
        tokenizer_dir, template: of the renderer.
        limits: of `raymath.sandbox.run_batch`.

    Returns:
        Its counts: ``examples``, ``cells`` ([{source, language, mode, examples, tokens, supervised}]), of generated
        ones ``programs`` run ({source: number}), ``templates`` ([{source, template, language, problems, examples}])
        and ``lost`` ([{source, template, language, row, reason}]: the program does not bear out the worked answer).
    """
    if "problems" in job:
        table, note = _generated(job["problems"], limits)
    else:
        table, note = _drawn(job["rows"]), {}
    note |= {"part": job["part"], "examples": table.num_rows}
    file = f"{name_of(job['part'])}.parquet"
    tokens = tokens_of(table, renderer(tokenizer_dir, template).render(readings(table)))
    note["cells"] = _cells(tokens)
    staging.write(staging.join(out, "tokens", file), tokens)
    # Last: where the examples are, the tokens are too.
    staging.write(staging.join(out, "examples", file), table, note)
    return note


def _cells(tokens: pa.Table) -> list[dict[str, Any]]:
    names = ["source", "language", "mode"]
    counted = tokens.group_by(names).aggregate([("length", "count"), ("length", "sum"), ("supervised", "sum")])
    renamed = counted.rename_columns([*names, "examples", "tokens", "supervised"])
    cells: list[dict[str, Any]] = renamed.sort_by([(name, "ascending") for name in names]).to_pylist()
    return cells


def _drawn(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows of chunks, each as many times as it was drawn; further uses of a row have an id of their own."""
    import pyarrow as pa

    tables = []
    for one in rows:
        read = staging.rows(one["file"], ["example"], one["rows"])
        table = examples_of(read)
        times = np.asarray(one["times"])
        for use in range(int(times.max())):
            again = table.filter(pa.array(times > use))
            if use:
                ids = [f"{identity}#{use + 1}" for identity in again.column("id").to_pylist()]
                again = again.set_column(0, schema(Example).field("id"), pa.array(ids))
            tables.append(again)
    return pa.concat_tables(tables)


def _generated(requests: Sequence[Mapping[str, Any]], limits: Mapping[str, Any]) -> tuple[pa.Table, dict[str, Any]]:
    """Problems told again, their programs run, each worked answer held against what its program prints."""
    from raymath.records import to_table
    from raymath.sandbox import run_batch

    told = [(one, number, problem) for one in requests for number, problem in _told(one)]
    run: RunBatch = partial(run_batch, parallel=2, **limits)
    executions = list(run([Program(code=problem.code) for _, _, problem in told]))
    lost_to_machine = [at for at, done in enumerate(executions) if done.status == "infra"]
    for at, done in zip(lost_to_machine, run([Program(code=told[at][2].code) for at in lost_to_machine]), strict=True):
        executions[at] = done
    found: list[Example] = []
    templates: dict[tuple[str, str, str], Counter[str]] = {}
    lost = []
    for (one, number, problem), execution in zip(told, executions, strict=True):
        reason = fault(problem, execution)
        if reason is not None:
            place = {"source": one["source"], "template": one["template"], "language": one["language"]}
            lost.append(place | {"row": number, "reason": reason})
            continue
        printed = execution.stdout.removesuffix("\n")
        found += examples_of_problem(problem, number, printed, one["modes"], one["source"])
        key = (one["source"], one["template"], one["language"])
        templates.setdefault(key, Counter()).update(problems=1, examples=len(one["modes"]))
    cells = [
        {"source": source, "template": template, "language": language, **counts}
        for (source, template, language), counts in templates.items()
    ]
    return to_table(Example, found), {
        "templates": cells,
        "lost": lost,
        "programs": Counter(one["source"] for one, _, _ in told),
    }


def _told(request: Mapping[str, Any]) -> Any:
    numbers = request["numbers"]
    wanted = set(numbers)
    stream = problems(BY_NAME[request["template"]], request["language"], request["seed"])
    return [(at, problem) for at, problem in enumerate(islice(stream, max(numbers) + 1)) if at in wanted]


class Part(NamedTuple):
    """A segment, read from its columns: making a `Segment` of it would take three times as long."""

    kind: SegmentKind
    text: str


class Reading(NamedTuple):
    """What is rendered of an example, read from its columns."""

    question: str
    mode: Mode
    language: Language
    segments: Sequence[Part]


def readings(table: pa.Table) -> list[Reading]:
    """The examples of a table for `Renderer.render`: a column at a time, as they were validated when they were made."""
    segments = table.column("segments").combine_chunks()
    ends = segments.offsets.to_pylist()
    flat = segments.values
    kinds, texts = flat.field("kind").to_pylist(), flat.field("text").to_pylist()
    told = list(map(Part, kinds, texts))
    own = [told[begin:end] for begin, end in pairwise(ends)]
    return list(map(Reading, *(table.column(name).to_pylist() for name in ("question", "mode", "language")), own))


def tokens_of(examples: pa.Table, rendered: Sequence[Rendered]) -> pa.Table:
    """Rendered examples as a table of `shards.schema`."""
    import pyarrow as pa

    lengths = np.array([one.input_ids.size for one in rendered], dtype=np.int32)
    offsets = np.zeros(lengths.size + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    nothing = np.zeros(0, dtype=np.int32)
    ids = np.concatenate([nothing, *(one.input_ids for one in rendered)], dtype=np.int32)
    mask = np.concatenate([nothing, *(one.loss_mask for one in rendered)], dtype=np.uint8, casting="unsafe")
    supervised = np.add.reduceat(mask, offsets[:-1], dtype=np.int32) if lengths.size else nothing
    columns = {name: examples.column(name) for name in ("id", "source", "mode", "language")}
    columns |= {"length": pa.array(lengths), "supervised": pa.array(supervised)}
    columns |= {
        name: pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))
        for name, values in (("input_ids", ids), ("loss_mask", mask))
    }
    return pa.table([columns[name] for name in shards.schema().names], names=shards.schema().names).cast(
        shards.schema()
    )
