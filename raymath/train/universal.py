"""The state of a run for any number of ranks and any ZeRO stage: every weight and moment whole, under its name.

    convert(checkpoint / "state", checkpoint / "universal", ranks=2, zero_stage=1)
    universal = Universal(checkpoint / "universal")
    universal.read("exp_avg", "model.norm.weight", start=0, count=32)

DeepSpeed's own conversion (0.19.8) does not cross stages, and gives a stage 3 the weight decay of the first parameter
group everywhere, norms included; so the two layouts that it writes are read here. Of each rank's files only what is
asked for is in memory. Which part a rank needs is left to `raymath.train.engine`. The files that are read are pickles:
only those of this user's own runs may be given. What is written is safetensors.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

#: The master weights and AdamW's moments, all in float32.
KINDS = ("fp32", "exp_avg", "exp_avg_sq")
_INDEX = "index.json"
#: Bytes of one file, at most, but for a tensor that is larger.
_FILE = 2**31

#: Of a parameter: its flat pieces of each kind, in order.
_Pieces = dict[str, list[Tensor]]


class Universal:
    """Reads what `convert` wrote. ``step`` is the optimizer's number of updates, ``names`` are the parameters'."""

    def __init__(self, path: Path) -> None:
        index = json.loads((path / _INDEX).read_text(encoding="utf-8"))
        self.step: int = index["step"]
        self._where: dict[str, str] = index["tensors"]
        self._path = path
        self._open: dict[str, Any] = {}

    @property
    def names(self) -> set[str]:
        """The parameters that were trained."""
        return {key.partition("/")[2] for key in self._where}

    def read(self, kind: str, name: str, start: int, count: int) -> Tensor:
        """Elements of a flattened tensor; only they are read."""
        from safetensors import safe_open

        key = f"{kind}/{name}"
        file = self._where[key]
        if file not in self._open:
            self._open[file] = safe_open(self._path / file, framework="pt")
        part: Tensor = self._open[file].get_slice(key)[start : start + count]
        return part


def convert(state: Path, target: Path, *, ranks: int, zero_stage: int) -> list[str]:
    """Write the universal form of what `ranks` ranks saved. Returns the names of its files.

    Raises:
        ValueError: the files do not hold what DeepSpeed is known to write.
        OSError: a file is missing, or cannot be written.
    """
    from safetensors.torch import save_file

    target.mkdir(parents=True, exist_ok=True)
    step, parameters = (_partitioned if zero_stage == 3 else _flattened)(state, ranks)
    where: dict[str, str] = {}
    written: list[str] = []
    waiting: dict[str, Tensor] = {}

    def write() -> None:
        file = f"part-{len(written):05d}.safetensors"
        save_file(waiting, target / file)
        where.update(dict.fromkeys(waiting, file))
        written.append(file)
        waiting.clear()

    for name, shape, pieces in parameters:
        for kind in KINDS:
            whole = torch.cat(pieces[kind]).float()
            if whole.numel() != math.prod(shape):
                raise ValueError(f"{state}: {kind} of {name} has {whole.numel()} elements, not {math.prod(shape)}")
            waiting[f"{kind}/{name}"] = whole
        if sum(tensor.nbytes for tensor in waiting.values()) >= _FILE:
            write()
    write()
    (target / _INDEX).write_text(json.dumps({"step": step, "tensors": where}), encoding="utf-8")
    return [*written, _INDEX]


def _flattened(state: Path, ranks: int) -> tuple[int, Iterator[tuple[str, tuple[int, ...], _Pieces]]]:
    """Of stages 1 and 2: each group is one flat tensor cut into as many parts, and each part says what is in it."""
    model, optimizers = _saved(state, "mp_rank_00_model_states.pt", ranks)

    def parameters() -> Iterator[tuple[str, tuple[int, ...], _Pieces]]:
        for group, shapes in enumerate(model["param_shapes"]):
            for name, shape in shapes.items():
                pieces: _Pieces = {kind: [] for kind in KINDS}
                for optimizer in optimizers:
                    address = optimizer["param_slice_mappings"][group].get(name)
                    if address is None:
                        continue
                    moments = optimizer["base_optimizer_state"]["state"][group]
                    flats = {**moments, "fp32": optimizer["single_partition_of_fp32_groups"][group]}
                    for kind in KINDS:
                        pieces[kind].append(flats[kind].narrow(0, address.start, address.numel))
                yield name, tuple(shape), pieces

    return int(optimizers[0]["base_optimizer_state"]["state"][0]["step"]), parameters()


def _partitioned(state: Path, ranks: int) -> tuple[int, Iterator[tuple[str, tuple[int, ...], _Pieces]]]:
    """Of stage 3: each parameter is cut into as many equal parts, the last ones padded; a rank's parts lie in a row."""
    model, optimizers = _saved(state, "zero_pp_rank_0_mp_rank_00_model_states.pt", ranks)

    def parameters() -> Iterator[tuple[str, tuple[int, ...], _Pieces]]:
        for group, shapes in enumerate(model["param_shapes"]):
            at = 0
            for name, shape in shapes.items():
                count = math.prod(shape)
                each = math.ceil(count / ranks)
                pieces: _Pieces = {kind: [] for kind in KINDS}
                for rank, optimizer in enumerate(optimizers):
                    moments = optimizer["optimizer_state_dict"]["state"][group]
                    flats = {**moments, "fp32": optimizer["fp32_flat_groups"][group]}
                    for kind in KINDS:
                        own = max(0, min(each, count - rank * each))
                        pieces[kind].append(flats[kind].narrow(0, at, own))
                at += each
                yield name, tuple(shape), pieces

    return int(optimizers[0]["optimizer_state_dict"]["state"][0]["step"]), parameters()


def _saved(state: Path, model: str, ranks: int) -> tuple[Any, list[Any]]:
    """What the file of the model holds, and each rank's state of the optimizer."""
    parts = (_load(state, f"*zero_pp_rank_{rank}_mp_rank_00_optim_states.pt") for rank in range(ranks))
    return _load(state, model), [part["optimizer_state_dict"] for part in parts]


def _load(state: Path, pattern: str) -> Any:
    found = sorted(state.glob(pattern))
    if len(found) != 1:
        raise FileNotFoundError(f"{state} has {len(found)} files {pattern}")
    return torch.load(found[0], map_location="cpu", mmap=True, weights_only=False)
