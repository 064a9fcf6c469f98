"""A mix as one page for a browser: counts, lengths, topics, what was set aside, and one pack in colours.

    write("runs/x/data", "mix.html", tokenizer, pack=0)

The page stands alone: no script, nothing loaded from anywhere, and its policy forbids both. Texts of examples are
written by strangers; every one is escaped. The terminal's view of the same is `show`.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from raymath.data import census, shards
from raymath.data.show import pack_of, packing_line
from raymath.errors import DataError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_TEMPLATE = Path(__file__).with_name("page.html.jinja")
_SEES = {"block": "sees nothing of the others", "none": "sees those before it"}


def write(directory: str | Path, file: str | Path, tokenizer: PreTrainedTokenizerBase, pack: int = 0) -> Path:
    """Write the page.

    Raises:
        DataError: no finished mix, no such pack, or the file cannot be written.
    """
    from jinja2 import Environment, StrictUndefined

    directory, file = Path(directory), Path(file)
    told, counted = shards.manifest(directory), census.take(directory)
    topics = {topic: own.examples for (topic,), own in islice(counted.by("topic").items(), 80)}
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(_TEMPLATE.read_text("utf-8"))
    text = template.render(
        title=f"Mix {directory.absolute().parent.name}",
        total=counted.total,
        packing=packing_line(told["plan"], told["packing"]),
        fingerprint=told["fingerprint"],
        counts=list(counted.by("source", "language", "mode").items()),
        charts=[("Tokens an example", counted.binned(told["plan"]["context"])), ("Topics", topics)],
        rejected=[(source, why, rows) for source, own in told["rejected"].items() for why, rows in own.items() if rows],
        number=pack,
        boundaries=_SEES[told["settings"]["data"]["boundaries"]],
        pack=pack_of(directory, pack, tokenizer),
    )
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write {file}: {error.strerror}", "give a file in a directory that exists") from None
    return file
