"""Chinese sources with solutions in words, and English TAL-SCQ5K, which has the same fields: rows → Examples."""

from __future__ import annotations

import re

from raymath.data.adapters.choices import letter_of, lettered, with_options
from raymath.data.adapters.row import (
    Origin,
    Row,
    Unusable,
    concluded,
    example,
    given,
    label,
    language_of,
    optional,
    row_id,
    text,
)  # fmt: skip
from raymath.records import Example, Language

#: What stands where a solution was left out, or says no more than a letter.
_NO_SOLUTION = re.compile(
    r"[\W_]*(?:略|无|暂无|推理题目|不要搜题|见答案|答案请写在答题[卡纸]上|omitted|nil|na|none|null|(?:\\(?:text|rm)\s*)?[A-H])?[\W_]*",
    re.IGNORECASE,
)
#: ``故选:$$\text{B}$$``, ``应选 D.``: the option that a solution ends on.
_CHOSEN = re.compile(r"[故应]选\s*[:：]?\s*\$*\s*(?:\\(?:text|rm|mathrm)\s*\{?)?\s*([A-H])\b")


def tal(row: Row, origin: Origin) -> Example:
    """TAL-SCQ5K (id, question, options, solution, answer, difficulty, topics), Chinese or English → CoT.

    The topic is the source's route, several joined by ``; ``. The hub's rows have ``problem``,
    ``answer_option_list`` (lists of {aoVal, content}), ``answer_analysis``, ``answer_value``,
    ``knowledge_point_routes``.
    """
    question = _tal_text(text(row, "question", "problem"))
    options = lettered(_tal_options(given(row, "options", "answer_option_list")))
    letter = letter_of(given(row, "answer", "answer_value"), options)
    analysis = row.get("answer_analysis")
    solution = _tal_text("\n".join(map(str, analysis)) if isinstance(analysis, list) else text(row, "solution"))
    language = language_of(question, solution)
    _refuse_choice(solution, letter)
    return example(
        row, origin, with_options(question, options), concluded(solution, letter, language), "cot",
        id=row_id(row, origin, "id", "qid"), answer=letter, language=language, licence="MIT",
        topic=label(row, "topics") or label(row, "knowledge_point_routes"), level=optional(row, "difficulty"),
    )  # fmt: skip


_TAL_BLANK = re.compile(r"[~ ]*\\(?:uline|underline)\{(?:[~ ]|\\_|\\textasciitilde)*\}[~ ]*")


def _tal_text(written: str) -> str:
    r"""TAL's blanks ``~\uline{~~~~}~`` → ``____``; the other ``~``, LaTeX's spaces, outside formulas → one space."""
    pieces = re.split(r"(\$+[^$]*\$+)", _TAL_BLANK.sub("____", written))
    return "".join(piece if piece.startswith("$") else re.sub(r"~[~ ]*|(?<= )~+", " ", piece) for piece in pieces)


def _tal_options(options: object) -> object:
    if not isinstance(options, list):
        return options
    flat = [one for group in options for one in (group if isinstance(group, list) else [group])]
    if all(isinstance(one, dict) for one in flat):
        return {str(one.get("aoVal", "")): one.get("content") for one in flat}
    return flat


def _refuse_choice(solution: str, letter: str) -> None:
    if _NO_SOLUTION.fullmatch(solution):
        raise Unusable("the solution is left out")
    chosen = _CHOSEN.findall(solution)
    if chosen and chosen[-1] != letter:
        raise Unusable(f"the solution chooses another option than the answer: {chosen[-1]}, not {letter}")


def carp(row: Row, origin: Origin) -> Example:
    """CARP (id, question, solution, answer, steps) → CoT. Blanks become ``____``; spaces between characters go.

    The topic is the kinds of the solution's steps, where the row has them.
    """
    answer = _carp_text(text(row, "answer"))
    solution = _carp_text(text(row, "solution"))
    return example(
        row, origin, _carp_text(text(row, "question")), concluded(solution, answer, "zh"), "cot",
        answer=answer, topic=label(row, "steps"), language="zh", licence="CC-BY-NC-SA-4.0",
    )  # fmt: skip


_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff，。；：？！、]) +(?=[\u3400-\u9fff，。；：？！、])")


def _carp_text(written: str) -> str:
    """CARP is tokenised: blanks are ``[blk]``, signs outside formulas LaTeX commands, characters spaced."""
    written = written.strip().replace("[blk]", "____").replace("\\because", "∵").replace("\\therefore", "∴")
    return _BETWEEN_HAN.sub("", written)


_NUMBERED = re.compile(r"^\s*\d+\s*[.、．]\s*(?:[（(]\s*\d+\s*分\s*[)）]\s*)?")


def gaokao(row: Row, origin: Origin) -> Example:
    """GAOKAO-Bench's mathematics (id, kind, year, question, answer, solution) → CoT.

    ``mcq``: the gold answer is a letter, the options stand in the question already; ``blank``: what fills it.
    """
    kind, solution = row.get("kind"), text(row, "solution")
    if kind == "mcq":
        letters = given(row, "answer")
        if not isinstance(letters, list) or len(letters) != 1:
            raise Unusable("not one letter as the answer")
        answer = str(letters[0]).strip()
        _refuse_choice(solution, answer)
    elif kind == "blank":
        answer = _bare(text(row, "answer"))
    else:
        raise Unusable("an open question without one final answer")
    question = _NUMBERED.sub("", text(row, "question")).strip()
    language: Language = "zh"
    return example(
        row, origin, question, concluded(solution, answer, language), "cot",
        answer=answer, language=language, level="senior", licence="Apache-2.0",
    )  # fmt: skip


def _bare(answer: str) -> str:
    """``$5 x-y+2=0$.`` → what stands between the dollars, where that is all."""
    answer = answer.strip().rstrip("．。.;；").strip()
    inner = re.fullmatch(r"\$([^$]+)\$", answer)
    if inner is None and "$" in answer:
        raise Unusable("the answer is no single formula")
    return inner[1].strip() if inner else answer
