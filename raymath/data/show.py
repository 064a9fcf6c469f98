"""What was built, for a person's eyes: counts and lengths, one pack or one example in colours.

    console.print(overview("runs/x/data"))
    console.print(pack_text("runs/x/data", 0, tokenizer))

Green is what the model is trained to write, grey what it is only shown. Nothing is computed that `shards` and
`feed` do not say.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from raymath.data import flat, shards
from raymath.data.feed import Feed
from raymath.errors import DataError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TRAINED, SHOWN = "green", "bright_black"
_BAR = 40


def overview(directory: str | Path) -> RenderableType:
    """Counts by source, language and mode; lengths as a histogram; packs; what was set aside and why."""
    directory = Path(directory)
    manifest = shards.manifest(directory)
    lengths = shards.columns(directory, "length").column("length").to_numpy()
    packing, plan = manifest["packing"], manifest["plan"]
    line = (
        f"{packing['packs']:,} packs of {plan['context']:,} tokens ({plan['packing']}), {packing['fill']:.1%} full; "
        f"{packing['dropped']:,} examples dropped and {packing['cut']:,} cut as too long"
    )
    parts: list[RenderableType] = [_counts(manifest["counts"]), histogram(lengths, plan["context"]), Text(line)]
    if any(manifest["rejected"].values()):
        parts.append(_rejected(manifest["rejected"]))
    return Group(*parts, Text(f"fingerprint {manifest['fingerprint']}"))


def _counts(cells: list[dict[str, str | int]]) -> Table:
    numbers = ("examples", "tokens", "supervised")
    table = Table(show_footer=True)
    for name in ("source", "language", "mode"):
        table.add_column(name, footer="all" if name == "source" else "")
    for name in numbers:
        table.add_column(name, justify="right", footer=f"{sum(int(cell[name]) for cell in cells):,}")
    for cell in cells:
        words = [Text(str(cell[name])) for name in ("source", "language", "mode")]
        table.add_row(*words, *(f"{cell[name]:,}" for name in numbers))
    return table


def _rejected(reasons: dict[str, dict[str, int]]) -> Table:
    table = Table("source", "set aside because", "rows")
    for source, own in reasons.items():
        for reason, rows in own.items():
            table.add_row(Text(source), Text(reason), f"{rows:,}")
    return table


def histogram(lengths: ArrayLike, context: int, bins: int = 10) -> Text:
    """Token lengths in equal steps up to the context, and those above it."""
    sizes = np.asarray(lengths)
    edges = np.linspace(0, context, bins + 1).astype(int)
    counts = np.array([np.count_nonzero((sizes > a) & (sizes <= b)) for a, b in pairwise(edges)])
    over = int(np.count_nonzero(sizes > context))
    most = max(int(counts.max(initial=0)), over, 1)
    text = Text("tokens an example\n")
    for end, count in zip([f"≤ {edge:,}" for edge in edges[1:]] + [f"> {context:,}"], [*counts, over], strict=True):
        text.append(f"{end:>9} ").append("█" * round(_BAR * int(count) / most), TRAINED).append(f" {count:,}\n")
    return text


def pack_text(directory: str | Path, index: int, tokenizer: PreTrainedTokenizerBase) -> Text:
    """One pack, its examples under a line with their length each.

    Raises:
        DataError: there is no such pack.
    """
    feed = Feed.open(directory, batch=1, seed=0)
    if not 0 <= index < feed.packs:
        raise DataError(f"there is no pack {index} in {directory}", f"give a number from 0 to {feed.packs - 1}")
    arrays = feed.pack(index)
    text = Text()
    end = 0
    for row, length in zip(arrays.rows.tolist(), arrays.lengths.tolist(), strict=True):
        begin, end = end, end + length
        text.append(f"── example {row}, {length} tokens ──\n", "bold")
        text.append_text(coloured(arrays.input_ids[begin:end], arrays.loss_mask[begin:end], tokenizer)).append("\n")
    return text


def example_text(directory: str | Path, identity: str, tokenizer: PreTrainedTokenizerBase) -> Text:
    """One example by its id, as the model sees it.

    Raises:
        DataError: there is no such example.
    """
    directory = Path(directory)
    ids = shards.columns(directory, "id").column("id").to_pylist()
    if identity not in ids:
        raise DataError(f"there is no example '{identity}' in {directory}", f"ids look like '{next(iter(ids), '')}'")
    return coloured(*flat.Tokens(directory).row(ids.index(identity)), tokenizer)


def coloured(
    input_ids: NDArray[np.integer], loss_mask: NDArray[np.integer], tokenizer: PreTrainedTokenizerBase
) -> Text:
    """The decoded tokens, in stretches of equal mask."""
    text = Text()
    begins = np.flatnonzero(np.diff(loss_mask.astype(np.int8), prepend=-1))
    for begin, end in zip(begins, [*begins[1:], len(input_ids)], strict=True):
        text.append(str(tokenizer.decode(input_ids[begin:end].tolist())), TRAINED if loss_mask[begin] else SHOWN)
    return text
