"""What a build reads: the pieces of the sources, and the problems of the benchmarks that it must not meet.

    for piece in pieces(settings): piece.source, piece.file
    items, files = benchmarks(settings)

Every fault that a look at the files can show is raised here, before any work is done. How rows are read is left to
`sources`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from raymath.config import Settings
from raymath.data import contamination, fill, sources
from raymath.data.contamination import Item
from raymath.data.sources import Piece
from raymath.errors import DataError


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
            file = str(_path(settings, one.path)) if one.path else "the hub"
            told[name] = {"file": file, "items": len(found.items), "unreadable": len(found.rejected)}
    known = {one["file"] for one in told.values()}
    for path in _benchmark_files(settings):
        if str(path) not in known:
            rows = list(contamination.read(path))
            own = [row for row in rows if isinstance(row, Item)]
            items += own
            name = path.name.partition(".")[0]
            told[name] = {"file": str(path), "items": len(own), "unreadable": len(rows) - len(own)}
    return items, told


def _benchmark_files(settings: Settings) -> list[Path]:
    found: list[Path] = []
    for pattern in settings.data.benchmarks:
        path = _path(settings, pattern)
        files = [path] if path.is_file() else sorted(path.parent.glob(path.name)) if path.parent.is_dir() else []
        if not files:
            raise DataError(f"no benchmark file {path}", "set data.benchmarks to files or globs that exist")
        found += [file for file in files if file.name.endswith(sources.SUFFIXES)]
    return [file for file in found if not contamination.is_training_split(file)]


def _path(settings: Settings, path: str) -> Path:
    return (Path(settings.data.root).expanduser() / Path(path).expanduser()).absolute()
