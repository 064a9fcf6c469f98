"""What training takes of a GPU's memory, part by part, and what to change where that is too much.

    parts = memory(shape, settings.train, context=4096, workers=8)      # GiB by part
    require(shape, settings.train, 4096, 8, limit=74.5, device="H100")  # raises where it cannot fit

Arithmetic on settings and the model's shape. What a whole run takes is left to `raymath.train.plan`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from raymath.config import TrainSettings
from raymath.errors import MachineError, ModelError
from raymath.train.job import Job
from raymath.train.shapes import Shape

#: Bytes that DeepSpeed's reduction buckets and gathered weights take beside, at most.
_BUCKETS = {1: 1e9, 2: 2e9, 3: 3e9}
#: Bytes of a GPU's context and of what allocations leave unused.
_CONTEXT = 1e9
#: Logits that exist at once where head and loss are fused, at most: 2**26 of them take 256 MB in float32.
CHUNK = 2**26
#: What makes a run smaller, from what costs nothing to what costs most time.
_SAVINGS: tuple[dict[str, Any], ...] = (
    {"fused_loss": True},
    {"micro_batch": 1},
    {"zero_stage": 2},
    {"zero_stage": 3},
    {"activation_checkpointing": True},
    {"offload": "optimizer"},
    {"offload": "all"},
)
#: GPUs a run can be spread over, at most, when more are advised.
_MOST_GPUS = 512


def memory(shape: Shape, train: TrainSettings, context: int, workers: int) -> dict[str, float]:
    """GiB a worker needs of its GPU (or, on a processor, of the machine) at its peak, by part.

    ZeRO 1 splits the optimizer's state (float32 weights and two moments) over the workers, 2 also the gradients, 3
    also the weights. Gradients are added up in float32. LoRA has gradients and optimizer state of its own matrices
    alone. Activations follow the layer's matrices (Korthikanti et al. 2022, adapted to gated layers); with
    checkpointing one layer's and every layer's input remain. Offload moves what `host` counts.
    """
    learned = _learned(shape, train)
    n, width = shape.parameters + (learned if train.lora.rank else 0), _width(train)
    rows = train.micro_batch * context
    if train.zero_stage == 1:
        gradients: float = (4 + width) * learned
    else:
        gradients = (width if train.offload != "none" else 4) * learned / workers
    parts = {
        "weights": 0 if train.offload == "all" else width * n / (workers if train.zero_stage == 3 else 1),
        "gradients": gradients,
        "optimizer": 0 if train.offload != "none" else 12 * learned / workers,
        "activations": rows * _activations(shape, train, context),
        "logits": _logits(shape, train, rows),
        "buckets and context": (_BUCKETS[train.zero_stage] if workers > 1 or train.offload == "all" else 0) + _CONTEXT,
    }
    return {name: size / 2**30 for name, size in parts.items()}


def host(shape: Shape, train: TrainSettings, workers: int) -> float:
    """GiB of the machine's memory that a worker's offload takes: optimizer state with its gradients, and weights."""
    learned = _learned(shape, train)
    optimizer = 16 * learned / workers if train.offload != "none" else 0
    weights = _width(train) * shape.parameters / workers if train.offload == "all" else 0
    return (optimizer + weights) / 2**30


def require(shape: Shape, train: TrainSettings, context: int, workers: int, limit: float, device: str) -> None:
    """Refuse what cannot fit.

    Args:
        shape: of the model.
        train: of the run.
        context: tokens a pack.
        workers: GPUs.
        limit: GiB that one of them has.
        device: its name, for the message.

    Raises:
        MachineError: with the largest part and the fewest changes that would make it fit.
    """
    parts = memory(shape, train, context, workers)
    if (total := sum(parts.values())) <= limit:
        return
    largest = max(parts, key=lambda name: parts[name])
    raise MachineError(
        f"training needs about {total:.0f} GiB of each GPU, most of it {largest} ({parts[largest]:.0f} GiB), "
        f"and {device} has {limit:.0f} GiB",
        advice(shape, train, context, workers, limit),
    )


def require_gpu(job: Job, workers: int) -> None:
    """`require` for the GPU of this worker, before it loads the model."""
    import torch

    card = torch.cuda.get_device_properties(torch.cuda.current_device())
    require_job(job, workers, card.total_memory / 2**30, card.name)


def require_job(job: Job, workers: int, limit: float, device: str) -> None:
    """`require` for a job's model and packs. Where they cannot be read, loading them will say so."""
    from transformers import AutoConfig

    try:
        shape = Shape.from_config(AutoConfig.from_pretrained(job.model, trust_remote_code=False).to_dict())
        plan = json.loads((Path(job.feed) / "manifest.json").read_text(encoding="utf-8"))["plan"]
    except (ModelError, OSError, ValueError, KeyError):
        return
    require(shape, job.settings, int(plan["context"]), workers, limit, device)


def advice(shape: Shape, train: TrainSettings, context: int, workers: int, limit: float) -> str:
    """What to set so that a run fits which does not: as little as possible, and what costs least time first."""

    def total(changes: dict[str, Any], gpus: int) -> float:
        return sum(memory(shape, train.model_copy(update=changes), context, gpus).values())

    most: dict[str, Any] = {}
    for saving in _SAVINGS:
        (name, value), = saving.items()  # fmt: skip
        if getattr(train, name) == value or (name == "zero_stage" and (workers == 1 or train.zero_stage > value)):
            continue
        if name == "offload" and (train.offload == "all" or (value == "all" and _stage(train, most) < 3)):
            continue
        most |= saving
        if total(most, workers) <= limit:
            return f"set {_spelled(_needed(most, lambda fewer: total(fewer, workers) <= limit))}"
    gpus = workers
    while gpus < _MOST_GPUS:
        gpus *= 2
        wider = most | {"zero_stage": 3}
        if total(wider, gpus) <= limit:
            fewest = _needed(wider, lambda fewer, gpus=gpus: total(fewer, gpus) <= limit)
            return f"use {gpus} GPUs (train.workers = {gpus})" + (f", with {_spelled(fewest)}" if fewest else "")
    return "use a smaller model, a smaller data.context, LoRA (train.lora.rank = 16), or larger GPUs"


def _needed(changes: dict[str, Any], fits: Any) -> dict[str, Any]:
    """Without the changes that it fits without; the costliest are tried first."""
    for name in reversed(list(changes)):
        fewer = {key: value for key, value in changes.items() if key != name}
        if fits(fewer):
            changes = fewer
    return changes


def _stage(train: TrainSettings, changes: dict[str, Any]) -> int:
    return int(changes.get("zero_stage", train.zero_stage))


def _spelled(changes: dict[str, Any]) -> str:
    return ", ".join(f"train.{name} = {json.dumps(value)}" for name, value in changes.items())


def _width(train: TrainSettings) -> int:
    return 2 if train.precision == "bf16" else 4


def _learned(shape: Shape, train: TrainSettings) -> int:
    """Parameters that have gradients and optimizer state."""
    return shape.lora_parameters(train.lora.rank, train.lora.targets) if train.lora.rank else shape.parameters


def _activations(shape: Shape, train: TrainSettings, context: int) -> float:
    """Bytes a token that are kept for the backward pass."""
    width = _width(train)
    a_layer = width * (8 * shape.hidden + 2 * shape.key_value_width + 4 * shape.intermediate)
    if train.attention == "eager":
        a_layer += (width + 4) * shape.heads * context
    return shape.layers * width * shape.hidden + a_layer if train.activation_checkpointing else shape.layers * a_layer


def _logits(shape: Shape, train: TrainSettings, rows: int) -> float:
    """Bytes of head and loss at their peak, if every token of a micro-batch is supervised."""
    width, every = _width(train), rows * shape.vocabulary
    chunk = min(CHUNK, every)
    if not train.fused_loss:
        # The logits and their gradient, and the float32 chunks of the loss.
        return every * 2 * width + 2 * 4 * chunk
    # A chunk in both types, the gradient of what goes into the head, and of its weight, which is added up in float32.
    of_weight = 0 if train.lora.rank else shape.vocabulary * shape.hidden * (width + (4 if every > CHUNK else 0))
    return chunk * (width + 4) + rows * shape.hidden * width + of_weight
