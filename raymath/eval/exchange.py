"""Other evaluators' files: their outputs read in to be graded and shown beside ours, our results in lm-eval's form.

    items, generations = read_outputs(Path("predictions.json"), model="theirs", benchmark="math")
    write_json(path, lm_eval_results("mine", scored))

Read are DeepSeek-Math's ``predictions.json``, the JSON lines of ToRA and of Qwen2.5-Math, and lm-eval's logged samples;
which it is, a row's own fields say. Their verdicts are not taken over: the grader here gives its own. What becomes of
the rows is left to `raymath.recipe`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from raymath.errors import DataError
from raymath.eval.adapters import RowError, text_of
from raymath.eval.items import Item
from raymath.eval.results import Scored, summarise
from raymath.prompts import CODE_OPEN
from raymath.records import Generation


class _Output(NamedTuple):
    """One row of another evaluator: several texts are several samples."""

    question: str
    answer: tuple[str, ...]
    texts: tuple[str, ...]
    id: str | None


def read_outputs(path: Path, model: str, benchmark: str) -> tuple[tuple[Item, ...], tuple[Generation, ...]]:
    """The problems and samples of one file.

    Args:
        path: JSON lines, or one JSON list.
        model: what to call the model.
        benchmark: which benchmark it is of.

    Raises:
        DataError: no such file, or a row that none of the evaluators writes; it names the row.
    """
    items: list[Item] = []
    generations: list[Generation] = []
    for number, row in enumerate(_rows(path)):
        try:
            if not isinstance(row, Mapping):
                raise RowError("it is no JSON object")
            output = _read(row)
        except (RowError, KeyError, IndexError, TypeError) as error:
            raise DataError(
                f"{path} row {number} is not an output that can be read: {error}",
                "give predictions of DeepSeek-Math, ToRA, Qwen2.5-Math, or samples of lm-eval",
            ) from None
        identity = output.id if output.id is not None else str(number)
        chinese = any("\u4e00" <= character <= "\u9fff" for character in output.question)
        items.append(Item(identity, benchmark, output.question, output.answer, "zh" if chinese else "en"))
        for sample, text in enumerate(output.texts):
            generations.append(
                Generation(
                    model=model,
                    benchmark=benchmark,
                    mode="tir" if CODE_OPEN in text else "cot",
                    item=identity,
                    sample=sample,
                    prompt="",
                    text=text,
                    finish="stop",
                )
            )
    if len({item.id for item in items}) != len(items):
        raise DataError(f"{path} has an id twice", "give one evaluation's file at a time")
    return tuple(items), tuple(generations)


def _rows(path: Path) -> list[Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(f"there is no file {path}", "give one that exists") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8", "convert it first") from None
    try:
        if text.lstrip().startswith("["):
            whole: list[Any] = json.loads(text)
            return whole
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except ValueError as error:
        raise DataError(f"{path} is not JSON: {error}", "give JSON lines, or one JSON list") from None


def _read(row: Mapping[str, Any]) -> _Output:
    if "model_output" in row:  # DeepSeek-Math
        return _Output(
            row["messages"][0]["content"], _golds(row["answer"]), (row["model_output"],), _identity(row, "id")
        )
    if "resps" in row:  # lm-eval
        texts = tuple(one for group in row["resps"] for one in (group if isinstance(group, list) else [group]))
        question = text_of(row["doc"], ("question", "problem"), "question in 'doc'")
        return _Output(question, _golds(row["target"]), texts, _identity(row, "doc_id"))
    if "code" in row and ("gt" in row or "answer" in row):  # ToRA, Qwen2.5-Math: the transcripts are in "code"
        texts = tuple(row["code"]) if isinstance(row["code"], list) else (row["code"],)
        return _Output(row["question"], _golds(row.get("gt", row.get("answer"))), texts, _identity(row, "idx"))
    raise RowError(f"it has none of 'model_output', 'resps', 'code' among {', '.join(sorted(row)[:8])}")


def _golds(given: Any) -> tuple[str, ...]:
    golds = tuple(str(one).rpartition("####")[2].strip() for one in (given if isinstance(given, list) else [given]))
    if not golds or not all(golds) or given is None:
        raise RowError("it has no gold answer")
    return golds


def _identity(row: Mapping[str, Any], name: str) -> str | None:
    return str(row[name]) if row.get(name) is not None else None


def lm_eval_results(model: str, scored: Iterable[Scored], notes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One model's results as lm-eval writes ``results_*.json``: a task for each benchmark and mode.

    ``exact_match`` is by the equality of the published numbers, ``strict_match`` by ours; errors are standard errors.
    """
    cells = [cell for cell in summarise(one for one in scored if one.model == model) if cell.n]
    results: dict[str, Any] = {}
    for cell in cells:
        name = f"{cell.benchmark}_{cell.mode}"
        results[name] = {"alias": name}
        for metric, right in (("exact_match", cell.correct), ("strict_match", cell.correct_strict)):
            share = right / cell.n
            error = (share * (1 - share) / (cell.n - 1)) ** 0.5 if cell.n > 1 else "N/A"
            results[name] |= {f"{metric},none": share, f"{metric}_stderr,none": error}
    return {
        "results": results,
        "group_subtasks": {name: [] for name in results},
        "configs": {name: {"task": name, "repeats": cell.samples} for name, cell in zip(results, cells, strict=True)},
        "versions": dict.fromkeys(results, "raymath"),
        "n-shot": dict.fromkeys(results, 0),
        "higher_is_better": {name: {"exact_match": True, "strict_match": True} for name in results},
        "n-samples": {
            name: {"original": cell.n + cell.unscored, "effective": cell.n}
            for name, cell in zip(results, cells, strict=True)
        },
        "config": {"model": "raymath", "model_args": model, **(notes or {})},
        "model_name": model,
    }


def models_of(scored: Sequence[Scored]) -> list[str]:
    """The models in the order they first appear."""
    return list(dict.fromkeys(one.model for one in scored))
