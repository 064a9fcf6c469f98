"""What a run would take, before anything is started: tokens, epochs, memory and time.

    for line in lines(plan(load("deepseekmath-7b"), gpus=8)):
        print(line)

Arithmetic on settings and the model's shape; no torch, no Ray, no network. Every assumption is a field of the plan
and is printed. Sizes are in GiB, of one GPU (or one worker, on processors).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from raymath.config import Settings, TrainSettings
from raymath.errors import ConfigError
from raymath.records import Record
from raymath.train.job import accumulation
from raymath.train.memory import host, memory, require
from raymath.train.shapes import KNOWN, Shape

#: device → (dense bf16 peak in FLOP/s, memory in GiB); from the makers' data sheets.
DEVICES: dict[str, tuple[float, float]] = {
    "A100": (312e12, 80e9 / 2**30),
    "H100": (989e12, 80e9 / 2**30),
    "H200": (989e12, 141e9 / 2**30),
}
#: Share of the peak that training reaches, without counting what activation checkpointing computes twice.
_MFU = 0.4
#: precision → what a processor core reaches, FLOP/s: SmolLM2-135M trained on two cores at 230 tokens/s in bf16 on a
#: processor that has it, and at 65 in float32 on one that has not (as the quickstart's log says of each step).
_CORE_FLOPS = {"bf16": 0.93e11, "fp32": 0.26e11}
#: Tokens of an instruction example with its tool rounds, where the mix has not been built.
_EXAMPLE_TOKENS = 400
#: How full packs are (measured on instruction data).
FILL = {"random": 0.91, "best-fit": 0.995}


class Plan(Record):
    """What a run would take. ``memory`` is GiB by part of one GPU; None stands for what cannot be known yet."""

    name: str
    model: str
    parameters: int | None
    gpus: int
    cpus: float
    device: str
    steps: int
    batch: int
    accumulation: int
    context: int
    tokens_per_step: int
    tokens: int
    epochs: float | None
    epochs_basis: str
    memory: dict[str, float] | None
    memory_limit: float | None
    host_memory: float | None
    hours: float | None
    hours_basis: str
    settings: dict[str, str]
    unstated: tuple[str, ...]

    @property
    def memory_total(self) -> float | None:
        """GiB of one GPU, all parts."""
        return sum(self.memory.values()) if self.memory is not None else None

    @property
    def fits(self) -> bool:
        """False where it is known that a GPU does not have what the run needs."""
        return self.memory_limit is None or self.memory_total is None or self.memory_total <= self.memory_limit


def plan(
    settings: Settings,
    gpus: int | None = None,
    device: str = "H100",
    mix_tokens: int | None = None,
) -> Plan:
    """Work out a plan.

    Args:
        settings: of the run.
        gpus: number of GPUs in place of `train.workers`; without any, a run of settings without GPUs is planned
            for processors.
        device: A100, H100 or H200.
        mix_tokens: tokens of the packed mix, where it has been built.

    Raises:
        ConfigError: unknown device, or a batch that does not divide by the GPUs.
    """
    if device not in DEVICES:
        raise ConfigError(f"there are no figures for the device '{device}'", f"use one of {', '.join(DEVICES)}")
    train, data = settings.train, settings.data
    on_gpus = gpus is not None or train.gpus_per_worker > 0
    workers = gpus if gpus is not None else train.most_workers
    # Of a least and a most number, fewer have more to hold each.
    fewest = gpus if gpus is not None else train.sizes[0]
    shape = _shape(settings.model.name)
    tokens_per_step = round(train.batch * data.context * FILL[data.packing])
    tokens = train.steps * tokens_per_step
    epochs, epochs_basis = _epochs(settings, tokens, mix_tokens)
    hours, hours_basis = _hours(settings, shape, tokens, workers, device if on_gpus else None)
    return Plan(
        name=settings.name,
        model=settings.model.name,
        parameters=shape.parameters if shape else None,
        gpus=workers if on_gpus else 0,
        cpus=workers * train.cpus_per_worker,
        device=device if on_gpus else "processor",
        steps=train.steps,
        batch=train.batch,
        accumulation=accumulation(train, workers),
        context=data.context,
        tokens_per_step=tokens_per_step,
        tokens=tokens,
        epochs=epochs,
        epochs_basis=epochs_basis,
        memory=memory(shape, train, data.context, fewest) if shape else None,
        memory_limit=DEVICES[device][1] if on_gpus else None,
        host_memory=host(shape, train, fewest) if shape else None,
        hours=hours,
        hours_basis=hours_basis,
        settings=_settings(settings),
        unstated=settings.unstated,
    )


def refuse(settings: Settings, plan: Plan) -> None:
    """Raise `MachineError`, with what to change, where a plan made of these settings does not fit."""
    shape = _shape(plan.model)
    if shape is not None and plan.memory_limit is not None:
        device = f"an {plan.device}"
        require(shape, settings.train, settings.data.context, plan.gpus, plan.memory_limit, device)


def lines(plan: Plan) -> list[str]:
    """The plan for people; settings that the paper does not state carry a ``*``."""
    unit = f"{plan.gpus} × {plan.device}" if plan.gpus else f"{plan.cpus:g} processor cores"
    size = f"{plan.parameters / 1e9:.2f} B parameters" if plan.parameters else "unknown shape: give a local directory"
    out = [
        f"plan of {plan.name}",
        f"  model       {plan.model} ({size})",
        f"  resources   {unit}, {plan.cpus:g} CPUs",
        f"  step        {plan.batch} packs of ≤ {plan.context:,} tokens, {plan.accumulation} micro-batches a worker, "
        f"about {plan.tokens_per_step:,} tokens",
        f"  run         {plan.steps} steps, about {plan.tokens / 1e6:,.1f} M tokens",
        f"  epochs      {f'about {plan.epochs:.2f}' if plan.epochs is not None else 'unknown'} ({plan.epochs_basis})",
        f"  time        {_time(plan.hours)} ({plan.hours_basis})",
    ]
    if plan.memory is not None:
        total = plan.memory_total or 0.0
        limit = plan.memory_limit
        verdict = f" of {limit:.0f}{'' if plan.fits else ': DOES NOT FIT'}" if limit else ""
        out.append(f"  memory      about {total:.1f} GiB a {'GPU' if plan.gpus else 'worker'}{verdict}")
        out += [f"    {name:<20}{gib:>8.2f} GiB" for name, gib in plan.memory.items()]
    if plan.gpus and plan.host_memory:
        out.append(f"  offload     about {plan.host_memory:.1f} GiB of the machine's memory for each GPU")
    out.append("  settings")
    out += [f"    {key} = {value}{'  *' if key in plan.unstated else ''}" for key, value in plan.settings.items()]
    if plan.unstated:
        out.append("  * the paper does not state it")
    return out


def _shape(name: str) -> Shape | None:
    if name in KNOWN:
        return KNOWN[name]
    file = Path(name).expanduser() / "config.json"
    return Shape.from_config(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None


def _epochs(settings: Settings, tokens: int, mix_tokens: int | None) -> tuple[float | None, str]:
    if mix_tokens:
        return tokens / mix_tokens, f"the mix has {mix_tokens:,} tokens"
    if settings.data.total:
        assumed = settings.data.total * _EXAMPLE_TOKENS
        return tokens / assumed, f"{settings.data.total:,} examples, assuming {_EXAMPLE_TOKENS} tokens each"
    return None, "until the mix is packed"


def _hours(
    settings: Settings, shape: Shape | None, tokens: int, workers: int, device: str | None
) -> tuple[float | None, str]:
    if shape is None:
        return None, "the model's shape is not known"
    flops = tokens * shape.flops_per_token(settings.data.context)
    if device is None:
        cores = workers * settings.train.cpus_per_worker
        reached = _CORE_FLOPS[settings.train.precision]
        return flops / (cores * reached) / 3600, f"assuming {reached / 1e9:.0f} GFLOP/s a core"
    peak = DEVICES[device][0] * workers
    return flops / (peak * _MFU) / 3600, f"assuming {_MFU:.0%} of {DEVICES[device][0] / 1e12:.0f} TFLOP/s a GPU"


def _settings(settings: Settings) -> dict[str, str]:
    """The settings of data and training that decide the result, by dotted key."""
    chosen = {
        "data": ("total", "packing", "boundaries", "overlong", "seed"),
        "train": tuple(name for name in TrainSettings.model_fields if name != "deepspeed"),
    }
    sections: dict[str, Any] = {"data": settings.data.model_dump(), "train": settings.train.model_dump()}
    return {
        f"{section}.{name}": _spell(sections[section][name])
        for section, names in chosen.items()
        for name in names
        if sections[section][name] is not None
    }


def _spell(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (str, bool, list, tuple, dict)) else str(value)


def _time(hours: float | None) -> str:
    if hours is None:
        return "unknown"
    return f"about {hours:.1f} hours" if hours >= 1 else f"about {hours * 60:.0f} minutes"
