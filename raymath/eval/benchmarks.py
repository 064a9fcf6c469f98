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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from raymath.config import BenchmarkSettings, Settings
from raymath.errors import DataError
from raymath.eval.answers import boxed
from raymath.eval.items import Item
from raymath.eval.latex import published
from raymath.records import Language


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


class _RowError(Exception):
    """Why a row is no item."""


@dataclass(frozen=True)
class Adapter:
    """Where a benchmark comes from by default, and how a row's answers are read.

    ``hub``: dataset name, configurations (all are read) and split; None: a file only.
    """

    language: Language | None
    answers: Callable[[Mapping[str, Any]], tuple[str, ...]]
    hub: tuple[str, tuple[str, ...], str] | None = None
    embedded: str | None = None


_QUESTION = ("question", "problem", "Question", "input")
_ANSWER = ("answer", "golden", "answer_number", "final_answer", "Answer", "target")


def _text(row: Mapping[str, Any], names: Iterable[str], what: str) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None and not isinstance(value, str):
            raise _RowError(f"'{name}' is {type(value).__name__}, not a string")
    raise _RowError(f"no {what}")


def _plain(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (_text(row, _ANSWER, "answer").replace(",", ""),)


def _gsm8k(row: Mapping[str, Any]) -> tuple[str, ...]:
    # The hub's answer is the whole solution, closed by "#### 18".
    return (_text(row, _ANSWER, "answer").rpartition("####")[2].strip().replace(",", ""),)


def _mgsm(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (_text(row, ("answer_number", *_ANSWER), "answer").replace(",", ""),)


def _math(row: Mapping[str, Any]) -> tuple[str, ...]:
    solution = row.get("solution")
    boxes = boxed(solution) if isinstance(solution, str) else []
    # The published reference: every box of the solution, equal ones once.
    distinct = tuple({published(answer): answer for answer in boxes}.values())
    if len(distinct) > 1 or (distinct and not row.get("answer")):
        return distinct
    return (_text(row, ("answer",), "answer"),)


def _any(row: Mapping[str, Any]) -> tuple[str, ...]:
    given = next((row[name] for name in _ANSWER if row.get(name) is not None), None)
    if isinstance(given, list):
        if not given or not all(isinstance(one, str) and one.strip() for one in given):
            raise _RowError("'answer' is a list that does not hold strings only")
        return tuple(one.strip() for one in given)
    return (_text(row, _ANSWER, "answer"),)


_MATH_SUBJECTS = (
    "algebra",
    "counting_and_probability",
    "geometry",
    "intermediate_algebra",
    "number_theory",
    "prealgebra",
    "precalculus",
)

BENCHMARKS: dict[str, Adapter] = {
    "sample": Adapter(None, _any, embedded="sample/heldout.jsonl"),
    "gsm8k": Adapter("en", _gsm8k, ("openai/gsm8k", ("main",), "test")),
    "math": Adapter("en", _math, ("EleutherAI/hendrycks_math", _MATH_SUBJECTS, "test")),
    "math500": Adapter("en", _math, ("HuggingFaceH4/MATH-500", ("default",), "test")),
    "mgsm_zh": Adapter("zh", _mgsm, ("juletxara/mgsm", ("zh",), "test")),
    "cmath": Adapter("zh", _plain, ("weitianwen/cmath", ("default",), "test")),
    "jsonl": Adapter(None, _any),
}


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
        if settings.limit is not None and len(items) >= settings.limit:
            break
        try:
            item = _item(name, adapter, settings, number, row)
            if item.id in items:
                raise _RowError(f"the id '{item.id}' is there already")
        except _RowError as error:
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
    if isinstance(row, _RowError):
        raise row
    if not isinstance(row, Mapping):
        raise _RowError(f"a JSON object is needed, not {type(row).__name__}")
    question = _text(row, _QUESTION, "question")
    try:
        question.encode()
        answer = adapter.answers(row)
        "".join(answer).encode()
    except UnicodeEncodeError:
        raise _RowError("holds a lone surrogate, which UTF-8 cannot") from None
    if not all(one.strip() for one in answer):  # nothing is left of "####" alone, say
        raise _RowError("no answer")
    given = row.get("language") or settings.language or adapter.language
    if given is None:
        given = "zh" if re.search(r"[\u4e00-\u9fff]", question) else "en"
    if given not in ("en", "zh"):
        raise _RowError(f"'language' must be en or zh, not {given!r}")
    identity = row.get("id") if row.get("id") is not None else row.get("unique_id")
    return Item(
        id=str(identity) if identity is not None else f"{name}-{number}",
        benchmark=name,
        question=question,
        answer=answer,
        language="zh" if given == "zh" else "en",
        level=_optional(row.get("level")),
        subject=_optional(row.get("subject") or row.get("type")),
        grade=_optional(row.get("grade")),
    )


def _optional(value: Any) -> str | None:
    # "Level 3" and 3 are the same level.
    return str(value).removeprefix("Level ") if value is not None else None


def _rows(
    name: str, adapter: Adapter, settings: BenchmarkSettings, root: str | Path
) -> tuple[str, Iterator[tuple[int, Any]]]:
    """(where the rows come from, (0-based row, parsed row or why it is none))."""
    if settings.path:
        path = Path(root, settings.path).expanduser()
        if not path.is_file():
            raise DataError(
                f"benchmark '{name}' has no file {path}", "mend eval.benchmarks.*.path, which starts from data.root"
            )
        return str(path), enumerate(_read(path))
    if adapter.embedded:
        return adapter.embedded, enumerate(_read(Path(str(resources.files("raymath.data") / adapter.embedded))))
    if adapter.hub is None:
        raise DataError(f"benchmark '{name}' needs a file", f"set eval.benchmarks.{name}.path")
    return adapter.hub[0], enumerate(_from_hub(name, *adapter.hub))


def _read(path: Path) -> Iterator[Any]:
    """Parsed rows, or a _RowError in the place of one that is not JSON."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for line in file:
                if line.strip():
                    yield _parsed(line)
    except FileNotFoundError:
        raise DataError(f"there is no file {path}", "give one that exists") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield _RowError(f"the gzip stream is damaged from here on ({error})")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", "check the file and its permissions") from None


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _RowError("not UTF-8")
    except (ValueError, RecursionError) as error:
        return _RowError(f"not JSON ({error})")


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
