"""Which packs every training step takes, and their tokens.

    feed = Feed.open("runs/x/data", batch=256, seed=0)
    for index in feed.global_batch(step)[rank::world]:
        pack = feed.pack(index)

The contract:

1. The packs are a function of the token shards and the plan in their manifest (context, packing, window, over-long
   rule, seed); they are planned once and kept in a file. `global_batch(step)` is a function of the packs, `batch` and
   `seed`. No call changes what another returns, so the number of ranks, workers and restarts does not either:
   resuming is opening again and going on with the next step.
2. Epochs follow one another without a gap. In each, every pack is taken exactly once, in an order of its own.
   A step may end one epoch and begin the next; none is cut short or filled up. Packs that are held out are in none,
   and the order of the others is another one than it would be with them.
3. `fingerprint` names everything the order depends on. A run stores it with its step, and opens with
   ``expect=`` it: any difference is an error that says which part changed.
4. Memory grows with neither examples nor tokens: tokens, lengths and packs are mapped, and an epoch's order is
   computed where it is asked for.

Ranks, devices and tensors are left to `raymath.train`; torch is not imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raymath.data import flat, shards
from raymath.data.heldout import HeldOut, repeated
from raymath.data.order import Permutation
from raymath.data.packing import PLANNER, Packs, pack
from raymath.errors import DataError

#: Settings of the section ``data`` that decide the packs, and are kept in the manifest.
PLAN_KEYS = ("context", "packing", "window", "overlong", "seed")
_PIECE = 1 << 20


@dataclass(frozen=True, eq=False)
class PackArrays:
    """One pack as arrays.

    ``input_ids`` (int64, [tokens]); ``loss_mask`` (int64, [tokens], 1 where the model should write the token, 0
    at every example's first token); ``lengths`` (int64, [examples], sums to tokens); ``rows`` (int64,
    [examples], positions in the token shards).
    """

    input_ids: NDArray[np.int64]
    loss_mask: NDArray[np.int64]
    lengths: NDArray[np.int64]
    rows: NDArray[np.int64]


class Feed:
    """The data of a training run; see the module's contract. Made by `Feed.open`."""

    def __init__(
        self, directory: Path, tokens: flat.Tokens, plan: Packs, held_out: HeldOut, parts: dict[str, Any]
    ) -> None:
        self._directory, self._tokens, self._plan, self._parts = directory, tokens, plan, parts
        self._held_out = held_out
        self._seed, self._batch = int(parts["order_seed"]), int(parts["batch"])
        # Epoch → its order: a step needs at most a few, and neighbouring steps the same ones.
        self._order = lru_cache(maxsize=4)(lambda epoch: Permutation(self.packs, "epoch", self._seed, epoch))

    @classmethod
    def open(
        cls,
        directory: str | Path,
        *,
        batch: int,
        seed: int,
        held_out: float = 0,
        expect: str | None = None,
        cache: str | Path | None = None,
    ) -> Feed:
        """Open token shards for training.

        Args:
            directory: what `raymath.data.pipeline.build` wrote.
            batch: packs a step, over all ranks and accumulation.
            seed: of the order of the packs in each epoch.
            held_out: packs that no step takes: a number of them, or below 1 a share.
            expect: the fingerprint a resumed run had.
            cache: directory for the files that are mapped, beside the shards where not given.

        Raises:
            DataError: no finished shards there, no pack in them or left of them, or another fingerprint than expected.
        """
        directory = Path(directory)
        if batch < 1:
            raise ValueError(f"a step takes at least one pack, not {batch}")
        manifest = shards.manifest(directory)
        plan = {key: manifest["plan"][key] for key in PLAN_KEYS}
        parts = {"tokens": manifest["fingerprint"], **plan, "planner": PLANNER, "batch": batch, "order_seed": seed}
        if held_out:
            parts["held_out"] = held_out if held_out < 1 else int(held_out)
        if expect is not None and expect != _spell(parts):
            raise DataError(
                f"the data in {directory} is not what the run began with: {_difference(expect, parts)}",
                "open the data and settings it began with, or start a new run",
            )
        tokens = flat.Tokens(directory, Path(cache) if cache else None)
        packs = planned(tokens.directory, plan)
        if not len(packs):
            raise DataError(
                f"{directory} gives no pack: {len(tokens)} examples, {packs.dropped} of them longer than "
                f"the context of {plan['context']} tokens",
                "raise data.context, set data.overlong to cut, or add sources",
            )
        return cls(directory, tokens, packs, HeldOut(len(packs), held_out, seed), parts)

    @property
    def fingerprint(self) -> str:
        """``name=value`` of everything the order depends on, ``tokens`` being the hash of the shards."""
        return _spell(self._parts)

    @property
    def packs(self) -> int:
        """Number of packs in an epoch: all but those held out."""
        return len(self._plan) - len(self._held_out)

    @property
    def held_out(self) -> tuple[int, ...]:
        """Indices of the packs that no step takes, in order."""
        return tuple(self._held_out.packs.tolist())

    @property
    def plan(self) -> Packs:
        """Which rows each pack holds, with what was dropped and cut."""
        return self._plan

    @property
    def tokens(self) -> int:
        """Tokens in all packs, held out or not."""
        return self._plan.tokens

    @property
    def supervised(self) -> int:
        """Tokens in all packs that a model is to write, held out or not."""
        rows, limit, total = self._plan.rows, self._plan.capacity, 0
        for begin in range(0, rows.size, _PIECE):
            piece = rows[begin : begin + _PIECE]
            total += int(self._tokens.supervised[piece].sum(dtype=np.int64))
            for row in piece[self._tokens.lengths[piece] > limit].tolist():
                total += int(self._tokens.row(row, limit)[1].sum()) - int(self._tokens.supervised[row])
        return total

    @property
    def batch(self) -> int:
        """Packs a step."""
        return self._batch

    def epoch(self, step: int) -> float:
        """Epochs that are over before `step`."""
        return step * self._batch / self.packs

    def global_batch(self, step: int) -> tuple[int, ...]:
        """Indices of the packs of a step (0-based), `batch` of them; rank r of w takes ``[r::w]``."""
        if step < 0:
            raise ValueError(f"steps are counted from 0, not {step}")
        first = step * self._batch
        out: list[int] = []
        while len(out) < self._batch:
            epoch, at = divmod(first + len(out), self.packs)
            end = min(self.packs, at + self._batch - len(out))
            out += self._held_out.training(self._order(epoch)(np.arange(at, end))).tolist()
        return tuple(out)

    def pack(self, index: int) -> PackArrays:
        """The tokens of one pack. The arrays are the caller's own."""
        rows = self._plan[index]
        input_ids, loss_mask, lengths = self._tokens.gather(rows, self._plan.capacity)
        return PackArrays(input_ids, loss_mask, lengths, rows.copy())

    def unseen(self, index: int) -> PackArrays:
        """One of the packs held out; nothing counts there of examples that the mix repeats in a training pack."""
        pack = self.pack(index)
        for row, end, length in zip(pack.rows.tolist(), np.cumsum(pack.lengths), pack.lengths, strict=True):
            if row in self._repeated:
                pack.loss_mask[end - length : end] = 0
        return pack

    @cached_property
    def _repeated(self) -> frozenset[int]:
        held = [self._plan[index] for index in self.held_out]
        return repeated(self._directory, np.concatenate(held).tolist()) if held else frozenset()

    def examples(self, packs: Sequence[int]) -> list[tuple[str, ...]]:
        """The ids of the examples of each of these packs, in order; reads the ids of all rows."""
        ids = shards.columns(self._directory, "id").column("id")
        return [tuple(ids.take(self._plan[index]).to_pylist()) for index in packs]

    def span(self, step: int) -> float:
        """Tokens of the example that a token of this step is in, on average: how far attention has to reach."""
        rows = np.concatenate([self._plan[index] for index in self.global_batch(step)])
        lengths = np.minimum(self._tokens.lengths[rows].astype(np.int64), self._plan.capacity)
        return float((lengths**2).sum() / lengths.sum())

    def batch_hash(self, step: int) -> str:
        """16 hex digits that name a step's data: equal for two runs exactly if they saw the same packs.

        It covers the rows of each pack and the hash of all tokens, which is checked when the shards are first
        mapped; the tokens are not read again.
        """
        digest = hashlib.blake2b(digest_size=8)
        digest.update(f"{self._parts['tokens']} {self._plan.capacity}".encode())
        for index in self.global_batch(step):
            digest.update(self._plan[index].astype("<i8").tobytes() + b"|")
        return digest.hexdigest()


def planned(directory: Path, plan: Mapping[str, Any]) -> Packs:
    """The packs of a plan (`PLAN_KEYS`), made and written beside the flat files in `directory` unless they are there.

    Raises:
        DataError: they cannot be written, or an example is too long and ``overlong`` is ``refuse``.
    """
    key = hashlib.blake2b(
        _spell({"planner": PLANNER, **{name: plan[name] for name in PLAN_KEYS}}).encode(), digest_size=8
    ).hexdigest()
    at = directory.with_name(f"{directory.name}-packs-{key}")
    flat.made(
        at,
        lambda target: pack(
            flat.mapped(directory / "lengths.i32", "<i4"),
            plan["context"],
            strategy=plan["packing"],
            seed=plan["seed"],
            window=plan["window"],
            overlong=plan["overlong"],
            directory=target,
        ),
    )
    return Packs.load(at)


def outcome(packs: Packs) -> dict[str, Any]:
    """What the manifest says of a plan: packs, fill, tokens in them, and examples dropped and cut as too long."""
    facts = {"packs": len(packs), "fill": round(packs.fill, 4), "tokens": packs.tokens}
    return facts | {"dropped": packs.dropped, "cut": packs.cut}


def _spell(parts: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in parts.items())


def _difference(expected: str, parts: dict[str, Any]) -> str:
    before = dict(part.partition("=")[::2] for part in expected.split())
    now = {name: str(value) for name, value in parts.items()}
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return ", ".join(f"{name} was {before.get(name, 'absent')}, is {now.get(name, 'absent')}" for name in names)
