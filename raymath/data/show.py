"""What was built, for a person's eyes: counts and lengths, one pack or one example in colours.

    console.print(overview("runs/x/data"))
    console.print(pack_text("runs/x/data", 0, tokenizer))

Green is what the model is trained to write, grey what it is only shown. Nothing is computed that `census`,
`shards` and `feed` do not say; `page` shows the same in a browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from raymath.data import census, flat, shards
from raymath.data.feed import Feed
from raymath.errors import DataError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TRAINED, SHOWN = "green", "bright_black"
#: Topics that the terminal lists, the largest first.
TOPICS = 20
_BAR = 40


def overview(directory: str | Path) -> RenderableType:
    """Counts by source, language and mode; lengths as a histogram; topics; packs; what was set aside and why."""
    directory = Path(directory)
    told, counted = shards.manifest(directory), census.take(directory)
    parts: list[RenderableType] = [_counts(counted), histogram(counted.binned(told["plan"]["context"]))]
    parts += [_topics(counted), Text(packing_line(told["plan"], told["packing"]))]
    if any(told["rejected"].values()):
        parts.append(_rejected(told["rejected"]))
    return Group(*parts, Text(f"fingerprint {told['fingerprint']}"))


def packing_line(plan: Mapping[str, Any], packing: Mapping[str, Any]) -> str:
    """A plan and what came of it, in a sentence."""
    return (
        f"{packing['packs']:,} packs of {plan['context']:,} tokens ({plan['packing']}), {packing['fill']:.2%} full; "
        f"{packing['dropped']:,} examples dropped and {packing['cut']:,} cut as too long"
    )


def _counts(counted: census.Census) -> Table:
    table = Table(show_footer=True)
    for name in ("source", "language", "mode"):
        table.add_column(name, footer="all" if name == "source" else "")
    for name, total in counted.total._asdict().items():
        table.add_column(name, justify="right", footer=f"{total:,}")
    for names, own in counted.by("source", "language", "mode").items():
        table.add_row(*map(Text, names), *(f"{number:,}" for number in own))
    return table


def _topics(counted: census.Census) -> Table:
    by_topic = counted.by("topic")
    table = Table("topic", Column("examples", justify="right"))
    for (topic,), own in islice(by_topic.items(), TOPICS):
        table.add_row(Text(topic), f"{own.examples:,}")
    if len(by_topic) > TOPICS:
        rest = sum(own.examples for own in islice(by_topic.values(), TOPICS, None))
        table.add_row(f"{len(by_topic) - TOPICS} more", f"{rest:,}")
    return table


def _rejected(reasons: dict[str, dict[str, int]]) -> Table:
    table = Table("source", "set aside because", "rows")
    for source, own in reasons.items():
        for reason, rows in own.items():
            if rows:
                table.add_row(Text(source), Text(reason), f"{rows:,}")
    return table


def histogram(bins: Mapping[str, int]) -> Text:
    """Examples by their tokens (`Census.binned`) as bars."""
    most = max(*bins.values(), 1)
    text = Text("tokens an example\n")
    for end, count in bins.items():
        text.append(f"{end:>9} ").append("█" * round(_BAR * count / most), TRAINED).append(f" {count:,}\n")
    return text


class Stretch(NamedTuple):
    """Decoded tokens of equal mask."""

    text: str
    trained: bool


class Shown(NamedTuple):
    """One example of a pack: its row in the shards, its id, its tokens, what they say."""

    row: int
    id: str
    tokens: int
    stretches: tuple[Stretch, ...]


def pack_of(directory: str | Path, index: int, tokenizer: PreTrainedTokenizerBase) -> list[Shown]:
    """The examples of one pack, in order.

    Raises:
        DataError: there is no such pack.
    """
    feed = Feed.open(directory, batch=1, seed=0)
    if not 0 <= index < feed.packs:
        raise DataError(f"there is no pack {index} in {directory}", f"give a number from 0 to {feed.packs - 1}")
    arrays = feed.pack(index)
    (ids,) = feed.examples([index])
    shown, end = [], 0
    for row, identity, length in zip(arrays.rows.tolist(), ids, arrays.lengths.tolist(), strict=True):
        begin, end = end, end + length
        own = stretches(arrays.input_ids[begin:end], arrays.loss_mask[begin:end], tokenizer)
        shown.append(Shown(row, identity, length, own))
    return shown


def pack_text(directory: str | Path, index: int, tokenizer: PreTrainedTokenizerBase) -> Text:
    """One pack, its examples under a line with their id and length each; errors as `pack_of`."""
    text = Text()
    for one in pack_of(directory, index, tokenizer):
        text.append(f"── example {one.id}, {one.tokens} tokens ──\n", "bold")
        text.append_text(coloured(one.stretches)).append("\n")
    return text


def example_text(directory: str | Path, identity: str, tokenizer: PreTrainedTokenizerBase) -> Text:
    """One example by its id, as the model sees it.

    Raises:
        DataError: there is no such example.
    """
    directory, first, at = Path(directory), "", 0
    for part in shards.parts(directory, "tokens"):
        ids = shards.ids(part)
        if identity in ids:
            return coloured(stretches(*flat.Tokens(directory).row(at + ids.index(identity)), tokenizer))
        first, at = first or next(iter(ids), ""), at + len(ids)
    raise DataError(f"there is no example '{identity}' in {directory}", f"ids look like '{first}'")


def step_table(feed: Feed, step: int) -> RenderableType:
    """The packs that a training step takes, with their examples' ids; under them the hash that names the step."""
    table = Table("pack", Column("examples", justify="right"), Column("tokens", justify="right"), "ids")
    packs = feed.global_batch(step)
    for index, ids in zip(packs, feed.examples(packs), strict=True):
        arrays = feed.pack(index)
        table.add_row(str(index), f"{arrays.rows.size}", f"{arrays.input_ids.size:,}", Text(", ".join(ids)))
    return Group(table, Text(f"step {step}, data {feed.batch_hash(step)}, epoch {feed.epoch(step):.3f}"))


def stretches(
    input_ids: NDArray[np.integer], loss_mask: NDArray[np.integer], tokenizer: PreTrainedTokenizerBase
) -> tuple[Stretch, ...]:
    """The decoded tokens, in stretches of equal mask."""
    begins = np.flatnonzero(np.diff(loss_mask.astype(np.int8), prepend=-1))
    return tuple(
        Stretch(str(tokenizer.decode(input_ids[begin:end].tolist())), bool(loss_mask[begin]))
        for begin, end in zip(begins, [*begins[1:], len(input_ids)], strict=True)
    )


def coloured(parts: Iterable[Stretch]) -> Text:
    """Stretches in the colours of this module."""
    text = Text()
    for part in parts:
        text.append(part.text, TRAINED if part.trained else SHOWN)
    return text
