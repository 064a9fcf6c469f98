"""LoRA adapters: which engine answers for which name.

    for one in hosted({"base": "/models/base", "algebra": "/adapters/algebra"}): ...     # one engine for both

An adapter is a directory as `raymath export --adapter` and `peft` write it. It is answered by the engine of the model
that it was trained from, beside that model's own name where that is served too, so that one copy of the weights does
for all. What a directory has to hold is checked by `raymath.models`; loading is left to `raymath.serve.engine`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from raymath.models import adapter, resolve


@dataclass(frozen=True)
class Hosted:
    """What one engine answers for: the whole model's name (None: only adapters of it), and adapters by theirs."""

    model: str
    name: str | None = None
    adapters: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """All names; the first is the engine's own."""
        return (*filter(None, [self.name]), *self.adapters)


def hosted(models: Mapping[str, str]) -> list[Hosted]:
    """The engines for `models` (name → what `raymath.models.resolve` gives).

    Two names of one whole model are two engines; an adapter goes to the first.

    Raises:
        ModelError: an adapter cannot be used, or there is no model of the name that it gives.
    """
    engines = [Hosted(where, name) for name, where in models.items() if adapter(where) is None]
    for name, where in models.items():
        if (found := adapter(where)) is None:
            continue
        base = resolve(found.base, fetch=False)
        at = next((at for at, one in enumerate(engines) if one.model == base), None)
        own = Hosted(base) if at is None else engines.pop(at)
        engines.insert(len(engines) if at is None else at, Hosted(base, own.name, {**own.adapters, name: where}))
    return engines


def highest_rank(adapters: Mapping[str, str]) -> int:
    """The largest rank of some adapters, as a power of two from 8 on: vLLM knows those."""
    ranks = [found.rank for where in adapters.values() if (found := adapter(where)) is not None]
    return max(8, *(1 << (rank - 1).bit_length() for rank in ranks))
