"""What a recipe takes on so many GPUs: the layout to choose, tokens a second, hours, money. Arithmetic; starts nothing.

    found = best(KNOWN["deepseek-ai/deepseek-math-7b-base"], settings, NODES["H100"], gpus=64)
    found.layout, found.tokens_per_second, found.hours, found.money

Nothing here was measured on GPUs of ours. The share of a GPU's peak is taken from published runs and lowered; figures
of machines are their makers'; the rest is computed from bytes and FLOP. `raymath.train.memory` says what fits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from raymath.config import Settings, TrainSettings
from raymath.records import Record
from raymath.train.memory import host, memory
from raymath.train.plan import DEVICES, FILL
from raymath.train.shapes import Shape

_GPUS = 8


class Node(Record):
    """A machine of eight GPUs as a cloud rents it, with its maker's figures.

    ``nvlink`` and ``network`` are bytes a second in one direction, of a GPU and of the whole machine; ``pcie`` and
    ``host_bandwidth`` of a GPU's share of the machine; ``memory`` GiB of the machine; ``hbm`` bytes a second of a GPU;
    ``price`` dollars an hour of the machine.
    """

    device: str
    instance: str
    hbm: float
    nvlink: float
    network: float
    pcie: float
    host_bandwidth: float
    memory: float
    price: float


#: GPUs: NVIDIA's data sheets (A100 80GB SXM, H100 SXM, H200 SXM): memory bandwidth, NVLink (half of both directions).
#: Machines: AWS's pages of the instance types: network (EFA) and memory. PCIe is x16 of generation 4 and 5, and what a
#: processor's memory gives a GPU's share an estimate. Prices: AWS's page of EC2 Capacity Blocks, rates until January
#: 2025 (P4d, P5, P5e); P4de, the 80 GB machine, is not on it and costs more. Prices change: `price` overrides them.
NODES: dict[str, Node] = {
    "A100": Node(
        device="A100", instance="p4de.24xlarge", hbm=2.039e12, nvlink=300e9, network=50e9, pcie=25e9,
        host_bandwidth=35e9, memory=1152, price=14.75,
    ),
    "H100": Node(
        device="H100", instance="p5.48xlarge", hbm=3.35e12, nvlink=450e9, network=400e9, pcie=50e9,
        host_bandwidth=70e9, memory=2048, price=39.33,
    ),
    "H200": Node(
        device="H200", instance="p5en.48xlarge", hbm=4.8e12, nvlink=450e9, network=400e9, pcie=50e9,
        host_bandwidth=70e9, memory=2048, price=43.26,
    ),
}  # fmt: skip

#: Published tokens a second and GPU (MosaicML llm-foundry, scripts/train/benchmarking/README.md: MPT, FSDP, bf16):
#: device → [(weights, layers × width, context, tokens/s, computed twice)].
PUBLISHED: dict[str, tuple[tuple[float, float, int, float, bool], ...]] = {
    "A100": ((1.32e9, 24 * 2048, 4096, 17807, False), (6.67e9, 32 * 4096, 4096, 3684, True),
             (64.9e9, 80 * 8192, 2048, 410, True)),
    "H100": ((1.32e9, 24 * 2048, 4096, 38535, False), (6.67e9, 32 * 4096, 4096, 8611, True),
             (64.9e9, 80 * 8192, 2048, 1039, True)),
}  # fmt: skip
#: What this stack (Hugging Face's modules, DeepSpeed, no compilation) is assumed to reach of them: then torchtitan's
#: run of Llama 3.1 8B on H100s of 500 W, eager too (5,762 tokens/s and GPU), lies a tenth below what is computed.
OURS = 0.65
#: Of link figures, what large collectives reach; of transfers, what computation hides at most.
_REACHED = 0.8
_HIDDEN = 0.5
#: What never hides of a transfer, and what each doubling of the machines adds to a step.
_SEEN = 0.1
_PER_DOUBLING = 0.007
#: Of a GPU's memory, what a layout may plan with: the rest is lost between allocations.
_ROOM = 0.92
#: Starting workers, loading the model, first steps; and bytes a second of a GPU's share of a checkpoint to its disk.
_START_S = 300.0
_DISK = 1e9


class Layout(Record):
    """How a run is laid out; what is not said is as in its settings."""

    workers: int
    zero_stage: int
    micro_batch: int
    activation_checkpointing: bool
    offload: str

    def settings(self, train: TrainSettings) -> TrainSettings:
        """The run's settings with this layout."""
        return train.model_copy(update=self.model_dump() | {"gpus_per_worker": 1})


class Scaled(Record):
    """What a run takes. ``memory`` GiB of a GPU, ``host`` GiB of a machine; ``step`` seconds; ``idle`` GPUs of those
    rented."""

    layout: Layout
    gpus: int
    idle: int
    memory: float
    host: float
    step: float
    tokens_per_second: float
    hours: float
    money: float


def efficiency(parameters: float, device: str) -> float:
    """The share of a GPU's peak that is computed with, recomputation counted: published, lowered, by size of model.

    The H200 computes as the H100 does.
    """
    table = PUBLISHED["H100" if device == "H200" else device]
    shares = []
    for weights, width, context, rate, twice in table:
        flops = (6 * weights + 6 * width * context) * (4 / 3 if twice else 1)
        shares.append((math.log(weights), rate * flops / DEVICES[device][0]))
    at = min(max(math.log(parameters), shares[0][0]), shares[-1][0])
    for (low, first), (high, second) in pairwise(shares):
        if at <= high:
            return OURS * (first + (second - first) * (at - low) / (high - low))
    return OURS * shares[-1][1]


def step_seconds(shape: Shape, settings: Settings, node: Node, layout: Layout) -> float:
    """Seconds of a step.

    Forward and backward pass at `efficiency`; what ZeRO moves between GPUs (Rajbhandari et al. 2020: gradients and
    weights once a step in stage 1, gradients at each micro-batch in stage 2, weights twice and gradients once at each
    in stage 3), over NVLink in a machine and the machine's network between them, half hidden; offload over PCIe and the
    processors' memory.
    """
    train, n = settings.train, shape.parameters
    tokens = train.batch * settings.data.context * FILL[settings.data.packing] / layout.workers
    again = 4 / 3 if layout.activation_checkpointing else 1
    flops = tokens * shape.flops_per_token(settings.data.context) * again
    compute = flops / (DEVICES[node.device][0] * efficiency(n, node.device))
    micro = train.batch / (layout.workers * layout.micro_batch)
    moved = {1: 6 * n, 2: 2 * n * micro + 2 * n, 3: 6 * n * micro}[layout.zero_stage]
    machines = math.ceil(layout.workers / _GPUS)
    link = min(node.nvlink, node.network) if machines > 1 else node.nvlink
    transfer = moved * (layout.workers - 1) / layout.workers / (link * _REACHED)
    seen = max(0.0, transfer - _HIDDEN * compute) + _SEEN * transfer
    aside = 0.0
    if layout.offload != "none":
        share = n / layout.workers
        aside = 4 * share / node.pcie + 28 * share / node.host_bandwidth
        if layout.offload == "all":
            aside += 4 * share * micro / node.pcie
    return (compute + seen + aside) * (1 + _PER_DOUBLING * math.log2(machines))


def layouts(shape: Shape, settings: Settings, node: Node, gpus: int) -> Iterator[tuple[Layout, float, float]]:
    """All layouts that fit, each with GiB of a GPU and of a machine."""
    train = settings.train
    for workers in _workers(train.batch, gpus):
        for micro in (1, 2, 4, 8, 16):
            if train.batch % (workers * micro):
                continue
            for stage in (1, 2, 3):
                for again in (False, True):
                    for offload in ("none", "optimizer", "all") if stage == 3 else ("none", "optimizer"):
                        layout = Layout(
                            workers=workers, zero_stage=stage, micro_batch=micro, activation_checkpointing=again,
                            offload=offload,
                        )  # fmt: skip
                        own = layout.settings(train)
                        gib = sum(memory(shape, own, settings.data.context, workers).values())
                        machine = host(shape, own, workers) * min(workers, _GPUS)
                        if gib <= DEVICES[node.device][1] * _ROOM and machine <= node.memory * _ROOM:
                            yield layout, gib, machine


def best(shape: Shape, settings: Settings, node: Node, gpus: int) -> Scaled | None:
    """The fastest layout that fits on so many GPUs, and what the run then takes; None where none fits."""
    found = [(step_seconds(shape, settings, node, one), one, gib, machine)
             for one, gib, machine in layouts(shape, settings, node, gpus)]  # fmt: skip
    if not found:
        return None
    step, layout, gib, machine = min(found, key=lambda one: (one[0], one[2]))
    train = settings.train
    tokens = train.batch * settings.data.context * FILL[settings.data.packing]
    saves = math.ceil(train.steps / train.checkpoint_every)
    seconds = train.steps * step + _START_S + saves * 14 * shape.parameters / layout.workers / _DISK
    return Scaled(
        layout=layout,
        gpus=gpus,
        idle=gpus - layout.workers,
        memory=gib,
        host=machine,
        step=step,
        tokens_per_second=tokens / step,
        hours=seconds / 3600,
        money=seconds / 3600 * node.price * math.ceil(gpus / _GPUS),
    )


def _workers(batch: int, gpus: int) -> Iterator[int]:
    """The most workers that divide the batch, then fewer: a step has no more packs to give."""
    most = next(n for n in range(min(batch, gpus), 0, -1) if batch % n == 0)
    while most >= 1:
        yield most
        if most % 2 or most == 1:
            return
        most //= 2
