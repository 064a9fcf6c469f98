"""One response against the gold answer: both verdicts, and what was found.

    >>> grade("… so it is \\\\boxed{\\\\frac{1}{2}}.", "0.5")
    Score(extracted=('\\\\frac{1}{2}',), correct=True, correct_strict=True, status='scored', reason='')

``correct`` is `deepseek` equality, ``correct_strict`` ours, on the same extracted answers. A gold with several
answers, as MATH has, is matched as an unordered set with as many of the last answers found. `grade_lines` is
what `raymath grade` runs. Comparing two models is left to `raymath.eval.statistics`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from raymath.eval import units
from raymath.eval.adapters import MGSM
from raymath.eval.answers import Extraction, extract, published_answers, separated
from raymath.eval.equality import decide
from raymath.eval.latex import published, tidy
from raymath.eval.published import match_all
from raymath.eval.structure import members
from raymath.ordered import in_order
from raymath.records import Generation, Score, finite

#: Benchmarks with one answer an item; in the others a gold can hold several.
_SINGLE = frozenset({"gsm8k", "mgsm", *(f"mgsm_{code}" for code in MGSM), "cmath"})
#: What `raymath grade` knows by name; anything else is an error of the row.
BENCHMARK_NAMES = frozenset({"gsm8k", "math", "math500", "mgsm_zh", "cmath"})
NO_ANSWER = "no answer found"


def grade(
    response: str,
    answer: str | Sequence[str],
    *,
    benchmark: str | None = None,
    question: str | None = None,
    extraction: Extraction = "raymath",
) -> Score:
    """Extract the answer from a response and compare it with the gold one by both equalities.

    Args:
        response: the whole transcript after the prompt, or any text that ends in an answer.
        answer: the gold answer, or all of them where it takes several together.
        benchmark: a name of `BENCHMARK_NAMES`, which says how many answers count; generic where not given.
        question: makes "separated by commas" in it count, as in the published protocol.
        extraction: whose rules find the answer (see `raymath.eval.answers`).
    """
    response = _encodable(response)
    question = None if benchmark in _SINGLE else question
    found = extract(response, extraction=extraction, question=question)
    if benchmark in _SINGLE:
        found = found[-1:]
    return _score(found, answer, question, extraction)


def grade_answer(prediction: str, answer: str | Sequence[str], *, question: str | None = None) -> Score:
    """Compare an answer that is extracted already; it is taken apart as the gold one is."""
    found = separated(_encodable(prediction), question) if prediction.strip() else []
    return _score(tuple(found), answer, question, "raymath")


def grade_generation(
    generation: Generation, answer: Sequence[str], question: str, extraction: Extraction, benchmark: str = ""
) -> Score:
    """Grade a recorded sample; what infrastructure lost is `unscored`. `benchmark` is for one called otherwise."""
    if generation.status == "infra":
        reason = generation.error or "lost to infrastructure"
        return Score(extracted=(), correct=False, correct_strict=False, status="unscored", reason=reason)
    benchmark = benchmark or generation.benchmark
    return grade(generation.text, answer, benchmark=benchmark, question=question, extraction=extraction)


def _score(found: tuple[str, ...], answer: str | Sequence[str], question: str | None, extraction: Extraction) -> Score:
    golds = _golds((answer,) if isinstance(answer, str) else answer, question, extraction)
    # An answer that is given again counts where it was given last; as published, where it was given first.
    found = _distinct(found) if extraction == "deepseek" else _distinct(reversed(found))[::-1]
    kept = found[-len(golds) :] if golds else ()
    if not any(kept):
        return Score(extracted=kept, correct=False, correct_strict=False, reason=NO_ANSWER)
    failures: set[str] = set()

    def same(prediction: str, gold: str) -> bool:
        decision = decide(prediction, gold, "deepseek")
        failures.update({f"deepseek: {decision.failure}"} if decision.failure else ())
        return decision.equal

    # The published extraction gives the published normal form already, which is another one if taken twice.
    normal = _without_unit if extraction == "raymath" else str
    correct = match_all([normal(p) for p in kept], [normal(g) for g in golds], same)
    strict = decide(", ".join(_as_many(found, kept, golds)), ", ".join(golds), "strict")
    failures.update({f"strict: {strict.failure}"} if strict.failure else ())
    return Score(extracted=kept, correct=correct, correct_strict=strict.equal, reason="; ".join(sorted(failures)))


def _golds(answers: Sequence[str], question: str | None, extraction: Extraction) -> tuple[str, ...]:
    """The gold answers as they are, or, as published, as the same extraction finds them in a box."""
    texts = [_encodable(answer) for answer in answers]
    if extraction == "deepseek":
        texts = [found for text in texts for found in published_answers(f"\\boxed{{{text}}}") or [published(text)]]
    return _distinct(part for text in texts for part in separated(text, question))


def _without_unit(text: str) -> str:
    """What `deepseek` equality compares under our extraction: the published normal form, units dropped first."""
    bare, unit = units.split(tidy(text))
    return published(bare if unit not in ("", "%") else text)


def _as_many(found: tuple[str, ...], kept: tuple[str, ...], golds: tuple[str, ...]) -> tuple[str, ...]:
    """A gold "1, 2" may be answered in two boxes: take as many as the gold has members, if each is but one."""
    wanted = [member for gold in golds for member in members(gold)]
    last = found[-len(wanted) :]
    if len(wanted) > len(golds) and len(last) == len(wanted) and all(len(members(one)) == 1 for one in last):
        return last
    return kept


def _distinct(answers: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(answers))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def grade_lines(
    lines: Iterable[bytes], *, extraction: Extraction = "raymath", workers: int | None = None
) -> Iterator[dict[str, Any]]:
    """JSON lines ``{response|prediction, answer, question?, benchmark?, …}`` → the rows with verdicts, in order.

    Every input line gives one row: the input's fields and ``extracted``, ``correct``, ``correct_strict``,
    ``reason``. A line that cannot be graded has both verdicts False and a reason that starts with ``bad row``
    (and ``line``, its 1-based number, where it has no fields to give back). A ``prediction`` is taken as an
    answer that is extracted already unless it announces one itself.
    """
    return in_order(lambda numbered: _grade_line(*numbered, extraction), enumerate(lines, 1), workers)


def is_bad(row: dict[str, Any]) -> bool:
    """Whether a row of `grade_lines` is one that could not be graded."""
    return str(row["reason"]).startswith("bad row")


class _BadRowError(Exception):
    pass


def _grade_line(number: int, line: bytes, extraction: Extraction) -> dict[str, Any]:
    row: dict[str, Any] = {"line": number}
    try:
        row = _parse(line)
        score = _grade_row(row, extraction)
    except _BadRowError as error:
        return {**row, "extracted": [], "correct": False, "correct_strict": False, "reason": f"bad row: {error}"}
    return {**row, **score.model_dump(mode="json", include={"extracted", "correct", "correct_strict", "reason"})}


def _parse(line: bytes) -> dict[str, Any]:
    row: Any

    def refuse(constant: str) -> None:
        raise _BadRowError(f"{constant} is not JSON")

    try:
        text = line.decode("utf-8-sig")
        row = json.loads(text, parse_constant=refuse, parse_float=finite)
    except UnicodeDecodeError:
        raise _BadRowError("not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise _BadRowError(f"not JSON ({error})" if text.strip() else "empty line") from None
    if not isinstance(row, dict):
        raise _BadRowError(f"a JSON object is needed, not {type(row).__name__}")
    if "\\ud" in text.lower():
        # A lone surrogate can be written as an escape but not as UTF-8: what cannot be given back is replaced.
        safe: dict[str, Any] = json.loads(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
        return safe
    return row


def _grade_row(row: dict[str, Any], extraction: Extraction) -> Score:
    key = "response" if "response" in row else "prediction"
    if key not in row:
        raise _BadRowError("neither 'response' nor 'prediction'")
    if not isinstance(row[key], str):
        raise _BadRowError(f"'{key}' must be a string, not {_kind(row[key])}")
    question, benchmark = row.get("question"), row.get("benchmark")
    if question is not None and not isinstance(question, str):
        raise _BadRowError(f"'question' must be a string, not {_kind(question)}")
    golds = _row_golds(row)
    name = _benchmark(benchmark)
    text = row[key]
    if key == "prediction" and not re.search(r"boxed|answer|答|####|```|\n", text):
        return grade_answer(text, golds, question=None if name in _SINGLE else question)
    return grade(text, golds, benchmark=name, question=question, extraction=extraction)


def _row_golds(row: dict[str, Any]) -> list[str]:
    if "answer" not in row:
        raise _BadRowError("no 'answer'")
    given = row["answer"]
    golds = [
        str(one) if isinstance(one, int | float) and not isinstance(one, bool) else one
        for one in (given if isinstance(given, list) else [given])
    ]
    if not golds or any(not isinstance(one, str) or not one.strip() for one in golds):
        raise _BadRowError("'answer' must be a non-empty string or a list of them")
    return golds


def _benchmark(given: Any) -> str | None:
    if given is None:
        return None
    name = given.lower().replace("-", "").replace("_", "") if isinstance(given, str) else ""
    known = {one.replace("_", ""): one for one in BENCHMARK_NAMES} | {"generic": None}
    if name not in known:
        raise _BadRowError(f"'benchmark' must be one of {', '.join(sorted(BENCHMARK_NAMES))}, not {given!r}")
    return known[name]


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__
