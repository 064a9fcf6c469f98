"""How much of its devices a run uses: model FLOP/s over what they could do (MFU; Chowdhery et al. 2022, appendix B).

    peak = measure(engine.device, "bf16")                    # all ranks call it
    mfu(peak, shape, tokens=…, supervised=…, span=…, seconds=…)

Only what the model's mathematics asks for is counted, not what is computed twice or for nothing: no recomputed
activations, attention only within an example, the head only at tokens that are trained. On GPUs the peak is the
maker's for dense bf16; on processors it is what a large matrix product reaches there when the run starts.
"""

from __future__ import annotations

import re
import time

import torch
import torch.distributed as dist

from raymath.records import Record
from raymath.train.plan import DEVICES
from raymath.train.shapes import Shape

#: Rows and columns of the product that a processor's peak is taken from.
_SIDE = 1024
_PRODUCTS = 8
_MEASURE_S = 0.5


class Peak(Record):
    """What all workers could do. ``flops`` is FLOP/s, None where it is not known; ``basis`` says what it is."""

    flops: float | None
    basis: str


def measure(device: torch.device, precision: str) -> Peak:
    """The peak of all ranks together; all of them call it, and it takes under a second."""
    if device.type == "cuda":
        return of_gpus(torch.cuda.get_device_name(device), precision, dist.get_world_size())
    dist.barrier()  # ranks that share a machine measure at the same time, as they train
    total = torch.tensor(_product_rate(torch.bfloat16 if precision == "bf16" else torch.float32), dtype=torch.float64)
    dist.all_reduce(total)
    return Peak(flops=float(total), basis=f"{precision} matrix product of {_SIDE}², measured on these processors")


def of_gpus(name: str, precision: str, count: int) -> Peak:
    """The peak of so many GPUs of a name, as torch gives it."""
    # A card of another form has another clock: the figures are of the form with the full power.
    reduced = re.search(r"\b(PCIe|NVL)\b", name) and "A100" not in name
    known = [key for key in DEVICES if re.search(rf"\b{key}\b", name)]
    if not known or reduced or precision != "bf16":
        return Peak(flops=None, basis=f"no {precision} peak is known for {name}")
    each = DEVICES[known[0]][0]
    return Peak(
        flops=each * count, basis=f"{count} × {each / 1e12:.0f} TFLOP/s, the maker's for {known[0]}, dense bf16"
    )


def _product_rate(dtype: torch.dtype) -> float:
    """FLOP/s of the fastest of a few products."""
    left, out = torch.full((_SIDE, _SIDE), 0.5, dtype=dtype), torch.empty(_SIDE, _SIDE, dtype=dtype)
    best, began = float("inf"), time.perf_counter()
    for _ in range(_PRODUCTS):
        start = time.perf_counter()
        torch.mm(left, left, out=out)
        best = min(best, time.perf_counter() - start)
        if time.perf_counter() - began > _MEASURE_S:
            break
    return 2 * _SIDE**3 / best


def model_flops(shape: Shape, *, tokens: int, supervised: int, span: float) -> float:
    """FLOP of a step, forward and backward pass of all weights.

    Args:
        shape: of the model.
        tokens: of the step, without padding.
        supervised: tokens that are trained; only there the head has to be applied.
        span: tokens of the example that a token is in, on average.
    """
    head = 6 * shape.vocabulary * shape.hidden
    return tokens * shape.flops_per_token(round(span)) - (tokens - supervised) * head


def mfu(peak: Peak, shape: Shape | None, *, tokens: int, supervised: int, span: float, seconds: float) -> float | None:
    """Share of the peak, 0 to 1; None where peak or shape is not known."""
    if peak.flops is None or shape is None:
        return None
    return model_flops(shape, tokens=tokens, supervised=supervised, span=span) / seconds / peak.flops
