"""Benchmarks: files or hub datasets → items to ask.

    loaded = load("gsm8k", BenchmarkSettings(adapter="gsm8k", path="bench/gsm8k_test.jsonl.gz"), root="data")

An adapter reads the field names of both the local files (JSON lines, plain or ``.gz``) and the Hugging Face hub.
A row that is no item is set aside with its file, row and reason; the others are used. A gold keeps all answers
it has: MATH's are the boxes of its solution, as in the published protocol. Prompts are left to
`raymath.prompts`, grading to `raymath.eval.grade`.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from raymath.config import BenchmarkSettings, Settings
from raymath.errors import DataError
from raymath.eval.adapters import BENCHMARKS, Adapter, RowError
from raymath.eval.choices import ask_choices, read_choices
from raymath.eval.items import Item
from raymath.files import at, listed, local
from raymath.storage import shown


@dataclass(frozen=True)
class Rejected:
    """A row that is no item."""

    file: str
    row: int
    reason: str


@dataclass(frozen=True)
class Loaded:
    """A benchmark's items, in the source's order, and the rows set aside."""

    items: tuple[Item, ...]
    rejected: tuple[Rejected, ...] = ()


def load(name: str, settings: BenchmarkSettings, root: str | Path = "") -> Loaded:
    """The items of one benchmark.

    Args:
        name: what the benchmark is called in this run; on every item.
        settings: adapter, path, limit, language.
        root: directory that a relative path starts from.

    Raises:
        DataError: unknown adapter; no such file; nothing usable in it; the hub cannot be reached.
    """
    adapter = BENCHMARKS.get(settings.adapter)
    if adapter is None:
        raise DataError(
            f"benchmark '{name}' has the unknown adapter '{settings.adapter}'", f"use one of {', '.join(BENCHMARKS)}"
        )
    source, rows = _rows(name, adapter, settings, root)
    items: dict[str, Item] = {}
    rejected: list[Rejected] = []
    for number, row in rows:
        if isinstance(row, Mapping) and not adapter.keep(row):
            continue
        if settings.limit is not None and len(items) >= settings.limit:
            break
        try:
            item = _item(name, adapter, settings, number, row)
            if item.id in items:
                raise RowError(f"the id '{item.id}' is there already")
        except RowError as error:
            rejected.append(Rejected(source, number, str(error)))
            continue
        items[item.id] = item
    if not items:
        raise DataError(
            f"{source} has no usable item for benchmark '{name}'"
            + (f": row {rejected[0].row}: {rejected[0].reason}" if rejected else ": it is empty"),
            "every row needs a question and an answer",
        )
    return Loaded(tuple(items.values()), tuple(rejected))


def _item(name: str, adapter: Adapter, settings: BenchmarkSettings, number: int, row: Any) -> Item:
    if isinstance(row, RowError):
        raise row
    if not isinstance(row, Mapping):
        raise RowError(f"a JSON object is needed, not {type(row).__name__}")
    if (why := adapter.refuse(row)) is not None:
        raise RowError(why)
    question = adapter.question(row)
    options = read_choices(row.get("options")) if adapter.choices else ()
    try:
        question.encode()
        answer = adapter.answers(row)
        "".join((*answer, *options)).encode()
    except UnicodeEncodeError:
        raise RowError("holds a lone surrogate, which UTF-8 cannot") from None
    if not all(one.strip() for one in answer):  # nothing is left of "####" alone, say
        raise RowError("no answer")
    given = row.get("language") or settings.language or adapter.language
    if given is None:
        given = "zh" if re.search(r"[\u4e00-\u9fff]", question) else "en"
    if given not in ("en", "zh"):
        raise RowError(f"'language' must be en or zh, not {given!r}")
    identity = next((row[name] for name in adapter.identity if row.get(name) is not None), None)
    return Item(
        id=str(identity) if identity is not None else f"{name}-{number}",
        benchmark=name,
        question=ask_choices(question, options),
        answer=answer,
        language="zh" if given == "zh" else "en",
        level=_optional(row.get("level")),
        subject=_optional(next((row[name] for name in adapter.subject if row.get(name)), None)),
        grade=_optional(row.get("grade")),
        options=options,
        adapter=settings.adapter,
    )


def _optional(value: Any) -> str | None:
    # "Level 3" and 3 are the same level.
    return str(value).removeprefix("Level ") if value is not None else None


def _rows(
    name: str, adapter: Adapter, settings: BenchmarkSettings, root: str | Path
) -> tuple[str, Iterator[tuple[int, Any]]]:
    """(where the rows come from, (0-based row, parsed row or why it is none))."""
    if settings.path:
        where = at(str(root), settings.path)
        if not _there(where):
            raise DataError(
                f"benchmark '{name}' has no file {shown(where)}",
                "mend eval.benchmarks.*.path, which starts from data.root",
            )
        return where, enumerate(_read(local(where)))
    if adapter.file and _there(where := at(str(root), adapter.file)):
        return where, enumerate(_read(local(where)))
    if adapter.embedded:
        return adapter.embedded, enumerate(_read(Path(str(resources.files("raymath.data") / adapter.embedded))))
    if adapter.hub is None:
        raise DataError(f"benchmark '{name}' needs a file", f"set eval.benchmarks.{name}.path")
    return adapter.hub[0], enumerate(_from_hub(name, *adapter.hub))


def _there(where: str) -> bool:
    return where in listed(where)


def _read(path: Path) -> Iterator[Any]:
    """Parsed rows, or a RowError in the place of one that is not JSON."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for line in file:
                if line.strip():
                    yield _parsed(line)
    except FileNotFoundError:
        raise DataError(f"there is no file {path}", "give one that exists") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield RowError(f"the gzip stream is damaged from here on ({error})")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", "check the file and its permissions") from None


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return RowError("not UTF-8")
    except (ValueError, RecursionError) as error:
        return RowError(f"not JSON ({error})")


def _from_hub(name: str, dataset: str, configurations: tuple[str, ...], split: str) -> Iterator[Any]:
    import datasets

    for configuration in configurations:
        try:
            rows = datasets.load_dataset(dataset, configuration, split=split)
        except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise DataError(
                f"benchmark '{name}' could not be loaded from the hub ({dataset}): {first}",
                f"set eval.benchmarks.{name}.path to a local JSON lines file, or check the network",
            ) from None
        yield from rows


def load_all(settings: Settings) -> tuple[dict[str, tuple[Item, ...]], tuple[Rejected, ...]]:
    """All benchmarks of the settings, by name, and the rows set aside in any of them.

    Raises:
        DataError: as `load`; or no benchmark is named at all.
    """
    if not settings.eval.benchmarks:
        raise DataError("the settings name no benchmark", "add a table [eval.benchmarks.NAME] with an adapter")
    loaded = {name: load(name, one, settings.data.root) for name, one in settings.eval.benchmarks.items()}
    rejected = tuple(bad for one in loaded.values() for bad in one.rejected)
    return {name: one.items for name, one in loaded.items()}, rejected
