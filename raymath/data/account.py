"""The manifest's account of a build: what became of every row of every source.

    told = manifest(settings.data, ledger, found, amounts, times, notes, pieces)

What its entries mean is in `raymath.data.shards`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raymath.config import DataSettings
from raymath.data.collect import Found, own
from raymath.data.ledger import Ledger
from raymath.data.mixture import Amount
from raymath.data.sources import Piece
from raymath.data.synthesis.catalogue import BY_NAME

_PACKAGES = ("raymath", "ray", "pyarrow", "numpy", "tokenizers", "transformers", "sympy", "datasets")


def manifest(
    settings: DataSettings,
    ledger: Ledger,
    found: Found,
    amounts: Mapping[str, Amount],
    times: Mapping[str, NDArray[np.int64]],
    notes: Sequence[Mapping[str, Any]],
    pieces: Iterable[Piece],
) -> dict[str, Any]:
    """Counts of the mix, of the stages, and of each source.

    Args:
        ledger: what the stages counted; what the draw left is added.
        found: the good rows.
        amounts, times: what each source gave, and how often each of its rows.
        notes: of the parts (`raymath.data.parts.make`).
        pieces: what was read.
    """
    for note in notes:
        for name, programs in note.get("programs", {}).items():
            ledger.sources[name]["programs"] += programs
    for good in found.sources.values():
        ledger.leave("draw", "not asked for by the source's filter", good.left_out)
    for one in times.values():
        ledger.leave("draw", "not drawn", int(np.count_nonzero(one == 0)))
    read = list(pieces)
    cells = _added([cell for note in notes for cell in note["cells"]], ("source", "language", "mode"))
    sums = {name: sum(cell[name] for cell in cells) for name in ("examples", "tokens", "supervised")}
    told = [one for note in notes for one in note.get("templates", [])]
    templates = _added(told, ("source", "template", "language"))
    return {
        **sums,
        "counts": cells,
        "stages": ledger.stages(),
        "sources": {
            name: {"files": [piece.file for piece in read if piece.source == name]}
            | _source(name, settings, ledger, found, amounts[name], times)
            for name in settings.sources
        },
        "rejected": ledger.rejected(),
        "templates": [{"topic": BY_NAME[one["template"]].topic, **one} for one in templates],
        "contamination": ledger.hits,
    }


def _added(cells: Iterable[Mapping[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Cells of the same `names` as one, their numbers added up."""
    sums: dict[tuple[str, ...], Counter[str]] = {}
    for cell in cells:
        numbers = {key: value for key, value in cell.items() if key not in names}
        sums.setdefault(tuple(cell[name] for name in names), Counter()).update(numbers)
    return [dict(zip(names, key, strict=True)) | dict(numbers) for key, numbers in sorted(sums.items())]


def _source(
    name: str,
    settings: DataSettings,
    ledger: Ledger,
    found: Found,
    amount: Amount,
    times: Mapping[str, NDArray[np.int64]],
) -> dict[str, Any]:
    source, counts = settings.sources[name], ledger.sources[name]
    told = {"adapter": source.adapter, "generated": own(source), "eligible": None, "repeated": 0}
    told |= {"rows": counts["rows"], "accepted": counts["rows"] - counts["rejected"], "rejected": counts["rejected"]}
    told |= {"programs": counts["programs"], "outputs_replaced": counts["outputs_replaced"]}
    told |= {"asked": amount.asked, "taken": amount.taken, "short": amount.short}
    if name in found.sources:
        repeated = int(np.maximum(times[name] - 1, 0).sum())
        told |= {"eligible": len(found.sources[name].ids), "repeated": repeated}
    return told


def versions() -> dict[str, str]:
    """Of the packages that a mix depends on."""
    return {name: version(name) for name in _PACKAGES}
