"""The paper's recipe and its table on real clusters: `raymath train --plan --scale`.

    for line in lines(settings): print(line)

Each number says whether it was measured, published or computed. How a run is laid out is `raymath.train.scale`'s; here
is what a sweep of the table's open models takes: replicas, sandboxes, hours. Arithmetic; starts nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from raymath.config import Settings
from raymath.eval.paper import ITEMS, published
from raymath.presets import TABLE, preset
from raymath.records import Record
from raymath.train.plan import DEVICES
from raymath.train.scale import NODES, Node, Scaled, best
from raymath.train.shapes import KNOWN

GPUS = (8, 64, 512)
#: The base models that the recipe is planned for, by size.
BASES = {
    "1.3B": "deepseek-ai/deepseek-coder-1.3b-base",
    "7B": "deepseek-ai/deepseek-math-7b-base",
    "67B": "deepseek-ai/deepseek-llm-67b-base",
}
#: Assumed of an answer: tokens of its prompt, and that the model writes; with tools, programs and their tokens.
_PROMPT, _WRITTEN = 200, 350
_PROGRAMS = 1.5
#: Measured here (README): CPU seconds of a program of the benchmark batch, on two cores of an AMD EPYC.
PROGRAM_CPU_S = 0.018
#: Measured here (tests/benchmarks/README.md): CPU seconds an answer of the one process that asks, by Serve's handle.
ASKED_CPU_S = 0.0043
#: Assumed: one program in a hundred never ends and takes its whole time.
_HANGS = 0.01
#: How busy sandboxes may be, so that an answer does not wait for one.
_BUSY = 0.7
#: Bytes of keys and values a token, at most (DeepSeekMath 7B: 30 layers × 2 × 4,096 × 2 bytes; larger ones less).
_KV = 491_520
#: Of memory bandwidth and peak, what decoding reaches (assumed; vLLM's figures for 8B models lie at 0.6 to 0.8), and
#: what several GPUs of one replica do; seconds that an engine's step takes beside; bytes a second in loading a model.
_BANDWIDTH, _PEAK, _SPLIT = 0.6, 0.4, 0.85
_STEP_S = 0.004
_LOAD = 2e9
_START_S = 90.0
#: Requests a replica has in flight, at most.
_IN_FLIGHT = 256


class Asked(Record):
    """One model of the table: ``samples`` of it, of which ``tools`` with tools; ``gpus`` a replica; ``rate`` tokens a
    second that a replica writes; ``in_flight`` requests that fit; ``load`` seconds until it answers."""

    model: str
    weights: float
    samples: int
    tools: int
    gpus: int
    in_flight: int
    rate: float
    load: float

    @property
    def gpu_seconds(self) -> float:
        """GPU time of all its samples on replicas that are full, without loading."""
        return self.samples * _WRITTEN / self.rate * self.gpus


class Swept(Record):
    """A sweep of the table. ``replicas`` at once of 7B models, ``sandbox_cpus`` when all replicas use tools."""

    gpus: int
    models: int
    samples: int
    programs: int
    replicas: int
    sandbox_cpus: int
    hours: float
    money: float


def weights(model: str) -> float:
    """Number of weights of a model of the table, as the table has it."""
    called = preset(model).table
    size = next(one.size for one in published() if one.model == called)
    return float(size.removesuffix("B")) * 1e9


def open_models() -> list[str]:
    """The models of the paper's table that can be served here; the others are asked at their makers'."""
    return [name for name in TABLE.values() if preset(name).reach == "hub"]


def asked(model: str, node: Node) -> Asked:
    """What serving a model of the table takes on a kind of machine, and what it is asked there."""
    n, room = weights(model), DEVICES[node.device][1] * 2**30 * 0.9
    gpus = next(count for count in (1, 2, 4, 8) if 2 * n * 1.15 <= count * room)
    a_request = (_PROMPT + _WRITTEN) * _KV
    fit = max(1, min(_IN_FLIGHT, int((gpus * room - 2 * n) / a_request)))
    split = 1.0 if gpus == 1 else _SPLIT
    read = (2 * n + fit * a_request / 2) / (gpus * node.hbm * _BANDWIDTH * split)
    computed = 2 * n * fit / (gpus * DEVICES[node.device][0] * _PEAK * split)
    rows = preset(model).rows
    items = sum(ITEMS.values())
    return Asked(
        model=model,
        weights=n,
        samples=items * len(rows),
        tools=items * sum(mode != "cot" for _, mode in rows),
        gpus=gpus,
        in_flight=fit,
        rate=fit / (max(read, computed) + _STEP_S),
        load=_START_S + 2 * n / _LOAD,
    )


def sweep(node: Node, gpus: int, timeout_s: float) -> Swept:
    """The open models of the whole table on so many GPUs, as many side by side as there is room for.

    The time is that of full replicas, and no less than the longest model takes alone (loading, and one answer after
    another in the last places), nor than one process takes to ask for all answers.
    """
    found = [asked(model, node) for model in open_models()]
    loading = sum(one.load * one.gpus * _spread(one, gpus) for one in found)
    alone = max(one.load + _WRITTEN * one.in_flight / one.rate for one in found)
    asking = ASKED_CPU_S * sum(one.samples for one in found)
    seconds = max((sum(one.gpu_seconds for one in found) + loading) / gpus, alone, asking)
    seven = next(one for one in found if one.weights == 7e9 and one.tools)
    replicas = gpus // seven.gpus
    programs = replicas * seven.rate / _WRITTEN * _PROGRAMS
    each = PROGRAM_CPU_S * (1 - _HANGS) + timeout_s * _HANGS
    return Swept(
        gpus=gpus,
        models=len(found),
        samples=sum(one.samples for one in found),
        programs=round(sum(one.tools for one in found) * _PROGRAMS),
        replicas=replicas,
        sandbox_cpus=math.ceil(programs * each / _BUSY),
        hours=seconds / 3600,
        money=seconds / 3600 * node.price * math.ceil(gpus / 8),
    )


def _spread(one: Asked, gpus: int) -> int:
    """Replicas that a model is worth: each has to be full once at least."""
    return max(1, min(gpus // one.gpus, math.ceil(one.samples / one.in_flight)))


def training_table(settings: Settings) -> Iterator[tuple[str, str, int, Scaled | None]]:
    """(size, device, GPUs, what the recipe takes there or None where it does not fit), for all of them."""
    for size, model in BASES.items():
        for device, node in NODES.items():
            for gpus in GPUS:
                yield size, device, gpus, best(KNOWN[model], settings, node, gpus)


def lines(settings: Settings) -> Iterator[str]:
    """Both tables as Markdown, with what their numbers are."""
    train, data = settings.train, settings.data
    yield f"{train.steps} steps of {train.batch} packs of ≤ {data.context:,} tokens; ZeRO data parallelism, bf16."
    yield ""
    yield from _table(
        ("model", "GPUs", "layout", "GiB a GPU", "tokens/s", "hours", "$"),
        [_training_row(*row) for row in training_table(settings)],
    )
    yield ""
    models = open_models()
    yield f"The table's {len(models)} open models, {sum(ITEMS.values()):,} problems in each of their modes:"
    yield ""
    yield from _table(
        ("GPUs", "replicas of 7B", "sandbox CPUs", "answers", "programs", "hours", "$"),
        [
            (
                f"{gpus} × {device}", f"{one.replicas}", f"{one.sandbox_cpus:,}", f"{one.samples:,}",
                f"{one.programs:,}", _hours(one.hours), f"{one.money:,.0f}",
            )
            for device, node in NODES.items()
            for gpus in GPUS
            for one in [sweep(node, gpus, settings.sandbox.timeout_s)]
        ],
    )  # fmt: skip
    yield ""
    yield from _BASIS


_BASIS = (
    "measured here: 0.018 CPU seconds a program (README, Measured), 0.0043 of the process that asks for an answer",
    "  (tests/benchmarks/README.md), which is what 512 GPUs wait for in a sweep. No GPU number is.",
    "published: tokens/s of MPT 1B, 7B and 70B on A100 and H100 (llm-foundry's benchmarks), of which 0.65 is assumed;",
    "  GPUs' peaks, memory and links (NVIDIA's data sheets); machines' networks and hourly rates (AWS, January 2025;",
    "  A100's is the 40 GB machine's, and the 80 GB one that is planned for costs more).",
    "computed: everything in the tables. Batches have no more workers than packs: what is left of the GPUs is idle.",
    "assumed: 350 tokens an answer, 1.5 programs with tools, 1 in 100 of them never ends; 5 minutes to start a run.",
)


def _training_row(size: str, device: str, gpus: int, found: Scaled | None) -> tuple[str, ...]:
    where = f"{gpus} × {device}"
    if found is None:
        return size, where, "does not fit", "", "", "", ""
    one = found.layout
    parts = [f"ZeRO {one.zero_stage}", f"micro-batch {one.micro_batch}"]
    parts += ["recompute"] if one.activation_checkpointing else []
    parts += [f"offload {one.offload}"] if one.offload != "none" else []
    parts += [f"{found.idle} idle"] if found.idle else []
    return (
        size, where, ", ".join(parts), f"{found.memory:.0f}", f"{found.tokens_per_second:,.0f}",
        _hours(found.hours), f"{found.money:,.0f}",
    )  # fmt: skip


def _hours(hours: float) -> str:
    return f"{hours:.1f}" if hours >= 1 else f"{hours:.2f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
