"""What a build reads: the pieces of the sources, and the problems of the benchmarks that it must not meet.

    for piece in pieces(settings): piece.source, piece.file
    items, files = benchmarks(settings)

Every fault that a look at the files can show is raised here, before any work is done. How rows are read is left to
`sources`.
"""

from __future__ import annotations

from typing import Any

from raymath.config import Settings
from raymath.data import contamination, fill, sources
from raymath.data.contamination import Item
from raymath.data.sources import Piece
from raymath.errors import DataError
from raymath.files import at, listed, name_of
from raymath.storage import shown


def pieces(settings: Settings) -> list[Piece]:
    """What there is to read, in the order of the sources.

    Raises:
        DataError: no source, or one whose adapter, file or filter is none.
    """
    if not settings.data.sources:
        raise DataError("the mix has no source", "add a table [data.sources.NAME] with adapter and path")
    found: list[Piece] = []
    for name, source in settings.data.sources.items():
        if source.adapter == fill.ADAPTER:
            fill.templates(name, source.only)
        else:
            found += sources.pieces(name, source, settings.data.root)
    return found


def benchmarks(settings: Settings) -> tuple[list[Item], dict[str, dict[str, Any]]]:
    """The problems that must not be met in training, and of each benchmark its file, items and unreadable rows.

    They are those of ``eval.benchmarks``, whole, and of the files under ``data.benchmarks``. The sample's held-out
    problems are told apart from its training rows by their numbers when they are made, so they are not among them.

    Raises:
        DataError: a benchmark cannot be read, or a pattern names no file.
    """
    if not settings.data.decontaminate:
        return [], {}
    items: list[Item] = []
    told: dict[str, dict[str, Any]] = {}
    for name, one in settings.eval.benchmarks.items():
        if one.adapter != "sample":
            from raymath.eval.benchmarks import load

            found = load(name, one.model_copy(update={"limit": None}), settings.data.root)
            items += [Item(name, item.id, item.question) for item in found.items]
            file = at(settings.data.root, one.path) if one.path else "the hub"
            told[name] = {"file": file, "items": len(found.items), "unreadable": len(found.rejected)}
    known = {one["file"] for one in told.values()}
    for file in _benchmark_files(settings):
        if file not in known:
            rows = list(contamination.read(file))
            own = [row for row in rows if isinstance(row, Item)]
            items += own
            name = name_of(file).name.partition(".")[0]
            told[name] = {"file": file, "items": len(own), "unreadable": len(rows) - len(own)}
    return items, told


def _benchmark_files(settings: Settings) -> list[str]:
    found: list[str] = []
    for pattern in settings.data.benchmarks:
        where = at(settings.data.root, pattern)
        files = listed(where)
        if not files:
            raise DataError(f"no benchmark file {shown(where)}", "set data.benchmarks to files or globs that exist")
        found += files
    named = [(file, name_of(file)) for file in found]
    return [
        file
        for file, name in named
        if name.name.endswith(sources.SUFFIXES) and not contamination.is_training_split(name)
    ]
