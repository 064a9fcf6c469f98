"""What raymath knows of each benchmark: where it comes from, and how a row of it is read.

    BENCHMARKS["svamp"].answers({"Body": …, "Question": …, "Answer": 145.0})     # ("145",)

An adapter reads the field names of the local files and of the Hugging Face hub. Reading files, setting rows aside and
making items is left to `raymath.eval.benchmarks`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from raymath.eval.answers import boxed
from raymath.eval.choices import LETTERS
from raymath.eval.latex import published
from raymath.records import Language

Row = Mapping[str, Any]


class RowError(Exception):
    """Why a row is no item."""


_QUESTION = ("question", "problem", "Question", "input")
_ANSWER = ("answer", "golden", "answer_number", "final_answer", "Answer", "target")


def text_of(row: Row, names: Iterable[str], what: str) -> str:
    """The first of the named fields that is there, as text; whole numbers are written without a point."""
    for name in names:
        value = row.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None and not isinstance(value, str):
            raise RowError(f"'{name}' is {type(value).__name__}, not a string")
    raise RowError(f"no {what}")


def _question(row: Row) -> str:
    return text_of(row, _QUESTION, "question")


def _story(row: Row) -> str:
    """A question whose facts are in a field of their own."""
    before = next((row[name] for name in ("Body", "body", "context") if isinstance(row.get(name), str)), "")
    return " ".join(part for part in (before.strip(), _question(row)) if part)


def _plain(row: Row) -> tuple[str, ...]:
    return (text_of(row, _ANSWER, "answer").replace(",", ""),)


def _gsm8k(row: Row) -> tuple[str, ...]:
    # The hub's answer is the whole solution, closed by "#### 18".
    return (text_of(row, _ANSWER, "answer").rpartition("####")[2].strip().replace(",", ""),)


def _mgsm(row: Row) -> tuple[str, ...]:
    return (text_of(row, ("answer_number", *_ANSWER), "answer").replace(",", ""),)


def _math(row: Row) -> tuple[str, ...]:
    solution = row.get("solution")
    boxes = boxed(solution) if isinstance(solution, str) else []
    # The published reference: every box of the solution, equal ones once.
    distinct = tuple({published(answer): answer for answer in boxes}.values())
    if len(distinct) > 1 or (distinct and not row.get("answer")):
        return distinct
    return (text_of(row, ("answer",), "answer"),)


def _any(row: Row) -> tuple[str, ...]:
    given = next((row[name] for name in _ANSWER if row.get(name) is not None), None)
    if isinstance(given, list):
        # Each alone is read as an answer that is no list.
        return tuple(text_of({"answer": one}, ("answer",), "answer") for one in given)
    return (text_of(row, _ANSWER, "answer"),)


def _cloze(row: Row) -> tuple[str, ...]:
    """Several blanks are separated by semicolons."""
    return tuple(part.strip() for part in text_of(row, _ANSWER, "answer").split(";") if part.strip())


def _with_units(row: Row) -> tuple[str, ...]:
    """``9 (apples); 3 (pears)``: ASDiv says in brackets what is counted."""
    return tuple(re.sub(r"\s*\([^()]*\)$", "", part).replace(",", "") for part in _cloze(row))


def _theorem(row: Row) -> tuple[str, ...]:
    given = row.get("Answer")
    if isinstance(given, bool):
        return (str(given),)
    if isinstance(given, list):
        return (f"({', '.join(map(str, given))})",)
    return (text_of(row, ("Answer",), "answer"),)


def _chosen(row: Row) -> tuple[str, ...]:
    given = text_of(row, ("label", "choice_answer", "correct", "answer", "Answer"), "answer")
    letters = sorted(set(re.sub(r"[\s(),.（），、]", "", given).upper()))
    if not letters or not set(letters) <= set(LETTERS):
        raise RowError(f"the answer must be the letter of an option, or several, not {given!r}")
    return ("".join(letters),)


def _everything(_row: Row) -> bool:
    return True


def _fine(_row: Row) -> str | None:
    return None


def _without_options(row: Row) -> str | None:
    return None if row.get("options") else "no options"


def _with_picture(row: Row) -> str | None:
    return "needs its picture, which is not there" if row.get("Picture") else None


@dataclass(frozen=True)
class Adapter:
    """Where a benchmark comes from by default, and how its rows are read.

    ``hub``: dataset name, configurations (all are read) and split; ``file``: where a data directory has it;
    ``embedded``: a file of raymath's own. ``choices``: rows have options, and letters as answers. ``keep`` says which
    rows are this benchmark's; ``refuse`` why one cannot be asked. ``subject`` and ``identity``: the fields that may
    say it; without the latter, the row's number does.
    """

    language: Language | None
    answers: Callable[[Row], tuple[str, ...]]
    hub: tuple[str, tuple[str, ...], str] | None = None
    embedded: str | None = None
    file: str | None = None
    question: Callable[[Row], str] = _question
    choices: bool = False
    keep: Callable[[Row], bool] = _everything
    refuse: Callable[[Row], str | None] = _fine
    subject: tuple[str, ...] = ("subject", "type")
    identity: tuple[str, ...] = ("id", "unique_id", "ID", "idx")


_MATH_SUBJECTS = (
    "algebra",
    "counting_and_probability",
    "geometry",
    "intermediate_algebra",
    "number_theory",
    "prealgebra",
    "precalculus",
)
#: MGSM's languages, by their codes.
MGSM = ("bn", "de", "en", "es", "fr", "ja", "ru", "sw", "te", "th", "zh")


def _mgsm_in(code: str) -> Adapter:
    # The words around a question in another language than the two are English, as the suffixes are.
    return Adapter(
        "zh" if code == "zh" else "en",
        _mgsm,
        ("juletxara/mgsm", (code,), "test"),
        file="bench/mgsm_11langs.jsonl.gz",
        keep=lambda row: row.get("lang") in (None, code),
        subject=("lang",),
    )


def _extra(language: Language, answers: Callable[[Row], tuple[str, ...]], file: str, **more: Any) -> Adapter:
    return Adapter(language, answers, file=f"bench/{file}.jsonl.gz", **more)


def _choice(language: Language, file: str, **more: Any) -> Adapter:
    return _extra(language, _chosen, file, choices=True, refuse=_without_options, **more)


BENCHMARKS: dict[str, Adapter] = {
    "sample": Adapter(None, _any, embedded="sample/heldout.jsonl"),
    "gsm8k": Adapter("en", _gsm8k, ("openai/gsm8k", ("main",), "test"), file="bench/gsm8k_test.jsonl.gz"),
    "math": Adapter(
        "en", _math, ("EleutherAI/hendrycks_math", _MATH_SUBJECTS, "test"), file="bench/math_test.jsonl.gz"
    ),
    "math500": Adapter("en", _math, ("HuggingFaceH4/MATH-500", ("default",), "test"), file="bench/math500.jsonl.gz"),
    **{f"mgsm_{code}": _mgsm_in(code) for code in MGSM},
    "mgsm": Adapter(
        None, _mgsm, ("juletxara/mgsm", MGSM, "test"), file="bench/mgsm_11langs.jsonl.gz", subject=("lang",)
    ),
    "cmath": Adapter("zh", _plain, ("weitianwen/cmath", ("default",), "test"), file="bench/cmath_test.jsonl.gz"),
    "gaokao_cloze": _extra("zh", _cloze, "agieval_gaokao-mathcloze"),
    "gaokao_qa": _choice("zh", "agieval_gaokao-mathqa"),
    "sat": _choice("en", "sat_math"),
    "ocw": _extra("en", _any, "ocw"),
    "svamp": _extra("en", _plain, "extra/svamp", question=_story, subject=("Type",)),
    "asdiv": _extra("en", _with_units, "extra/asdiv", question=_story, subject=("solution_type",)),
    "mawps": _extra("en", _plain, "extra/mawps"),
    "gsm_hard": _extra("en", _plain, "extra/gsm_hard"),
    "theoremqa": _extra("en", _theorem, "extra/en_theoremqa", refuse=_with_picture, subject=("field",)),
    "olympiadbench": _extra("en", _any, "extra/olympiadbench", question=_story, subject=("subfield",)),
    "college_math": _extra("en", _any, "extra/college_math", subject=("data_topic",)),
    "gaokao2023_en": _extra("en", _any, "extra/gaokao2023en"),
    "aqua": _choice("en", "extra/en_aqua_test"),
    "mathqa": _choice("en", "extra/en_mathqa_test", subject=("category",)),
    "cmmlu_math": _choice("zh", "extra/cmmlu_math"),
    "tal_en": _choice("en", "extra/en_tal_scq5k_test", identity=()),
    "tal_zh": _choice("zh", "extra/zh_tal_scq5k_test", identity=()),
    "numglue": _extra("en", _plain, "extra/en_numglue"),
    "simuleq": _extra("en", _plain, "extra/en_simuleq"),
    "deepmind": _extra("en", _any, "extra/en_deepmind"),
    "carp": _extra("zh", _any, "extra/zh_carp_test"),
    "ape210k": _extra("zh", _any, "extra/zh_ape210k_test"),
    "math23k": _extra("zh", _any, "extra/zh_math23k_test"),
    "cm17k": _extra("zh", _any, "extra/zh_cm17k_test", subject=("topic",)),
    "choices": Adapter(None, _chosen, choices=True, refuse=_without_options),
    "jsonl": Adapter(None, _any),
}
