"""Adapters: rows of each source as Examples, rows that are none refused with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from data_makers import example

from raymath.data.adapters import language_of, last_boxed
from raymath.data.adapters.choices import lettered
from raymath.data.adapters.conversations import parse_messages
from raymath.data.sources import ADAPTERS, Origin, Unusable, load
from raymath.records import Example, to_line


def made(name: str, row: dict[str, Any]) -> Example:
    return ADAPTERS[name](row, Origin("mine", "f", 0))


#: A whole row of each adapter; taking a field away, or changing its type, has to be told.
ROWS: dict[str, dict[str, Any]] = {
    "gsm8k": {"question": "How many?", "solution": "2+3=<<2+3=5>>5\n#### 5"},
    "math": {"question": "How many?", "solution": "So $\\boxed{5}$."},
    "aqua": {"question": "Half of 8?", "options": ["A)2", "B)4"], "solution": "8/2 = 4\nANSWER: B", "answer": "B"},
    "mathqa": {
        "question": "half of 8 ?",
        "options": "a ) 2 , b ) 4",
        "answer": "b",
        "linear_formula": "divide(n0,const_2)|",
    },
    "tabmwp": {"question": "How many red?", "table": "red | 3\nblue | 4", "answer": "3", "solution": "There are 3."},
    "loong": {"question": "1+1?", "program": "print(2)", "answer": "2", "math_overlap": "train"},
    "openmathinstruct2": {"problem": "1+1?", "generated_solution": "\\boxed{2}", "expected_answer": "2"},
    "mathinstruct": {"source": "data/CoT/gsm_train.json", "instruction": "1+1?", "output": "It is 2. The answer is 2"},
    "lila": {"input": "1+1?", "output_program": "print(2)", "output_answer": "2", "dataset": "addsub.json"},
    "svamp": {"Body": "Ada has 3 pens", "Question": "And 2?", "Equation": "( 3.0 + 2.0 )", "Answer": 5.0},
    "mawps": {"original_text": "3 and 2 ?", "equation": "x=3+2", "ans": 5.0},
    "asdiv": {"question": "3 and 2?", "formula": "3+2=5", "answer": "5 (pens)"},
    "draw": {"original_text": "Sum 5 , difference 1 ?", "equation": "m+n=5.0 ; m-n=1.0", "ans": [3.0, 2.0]},
    "alg514": {"original_text": "Twice is 6 ?", "equation": "2.0*m=6.0", "ans": [3.0]},
    "dolphin1878": {
        "text": "Sum 5, difference 1?",
        "equations": ["unkn: x,y", "equ: x+y=5", "equ: x-y=1"],
        "ans": "{3; 2}",
    },
    "tora": {
        "messages": [
            {"role": "user", "content": "1+1?"},
            {"role": "assistant", "content": "```python\nprint(2)\n```\n```output\n2\n```\nIt is $\\boxed{2}$."},
        ]
    },
    "tal_scq5k": {"question": "$$3+4=$$", "options": {"A": "6", "B": "7"}, "solution": "加起来是七", "answer": "B"},
    "carp": {"question": "若 $x = 1$ , 则 [blk]", "solution": "\\because $x = 1$ , 所以 是 1", "answer": "1"},
    "gaokao": {"kind": "mcq", "question": "1. （5 分) 选\nA. 1\nB. 2", "answer": ["B"], "solution": "故选: B."},
    "cm17k": {"question": "三加二？", "equation": "x = 3.0 + 2.0", "answer": [5]},
    "cm17k_tir": {
        "question": "三加二？",
        "equation": "x = 3 + 2",
        "answer": [5],
        "solution": "根据题意，把两个数加起来即可",
    },
    "ape210k": {"question": "三加二？", "equation": "x=3+2", "answer": "5"},
    "math23k": {"question": "三加二？", "equation": "x=3+2", "answer": "5"},
    "hmwp": {"question": "和五差一？", "equation": "x + y = 5.0 ; x - y = 1.0", "answer": [3, 2]},
}
#: Fields that a row may lack.
OPTIONAL = {("openmathinstruct2", "expected_answer"), ("lila", "output_answer")}
CUTS = [(name, field) for name, row in ROWS.items() for field in row if (name, field) not in OPTIONAL]


@pytest.mark.parametrize("name", ROWS)
def test_a_whole_row_is_an_example(name: str) -> None:
    one = made(name, ROWS[name])
    assert one.segments
    assert one.mode != "cot" or "\\boxed{" in one.segments[-1].text
    assert one.licence or name == "loong"


@pytest.mark.parametrize(("name", "field"), CUTS)
def test_a_missing_or_wrong_field_is_told(name: str, field: str) -> None:
    row = {key: value for key, value in ROWS[name].items() if key != field}
    with pytest.raises(Unusable):
        made(name, row)
    for wrong in ({"a": [1]}, "", " \n"):
        with pytest.raises(Unusable):
            made(name, row | {field: wrong})


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("aqua", {"answer": "E"}, "none of the options: 'E'"),
        ("aqua", {"options": ["A)2"]}, "not lettered in order: A"),
        ("mathqa", {"options": "a ) 2 , b ) none of these"}, "right option is no number"),
        ("mathqa", {"linear_formula": "conjure(n0)|"}, "operation is not known: conjure"),
        ("tabmwp", {"subset": "test1k"}, "test set by its subset"),
        ("tabmwp", {"choices": ["4", "5"]}, "none of the options"),
        ("loong", {"math_overlap": None}, "MATH's training set"),
        ("mathinstruct", {"output": "D = log(5)/log(3)"}, "no final answer to put in a box"),
        ("mathinstruct", {"source": "data/other.json"}, "neither CoT nor PoT"),
        ("lila", {"split": "test"}, "test set by its split"),
        ("lila", {"output_program": "a = 2"}, "prints nothing"),
        ("dolphin1878", {"ans": "3; 2 or 2; 3"}, "several sets of answers"),
        ("dolphin1878", {"ans": "ans_no_result"}, "no gold answer"),
        ("tora", {"id": "test-3"}, "test set by its id"),
        ("tal_scq5k", {"solution": "$$Omitted.$$"}, "left out"),
        ("tal_scq5k", {"solution": "故选$$\\text{A}$$．"}, "another option than the answer: A, not B"),
        ("tal_scq5k", {"options": {"A": "6"}}, "not lettered"),
        ("gaokao", {"kind": "open"}, "open question"),
        ("gaokao", {"kind": "blank", "answer": "$1$ 或 $2$"}, "no single formula"),
        ("cm17k_tir", {"solution": "解方程"}, "no explanation"),
        ("hmwp", {"answer": [3]}, "not as many unknowns as gold answers: 2 and 1"),
        ("ape210k", {"equation": "x=3+"}, "ends too early"),
    ],
)
def test_rows_that_are_refused(name: str, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        made(name, ROWS[name] | changes)


def test_multiple_choice_is_spelt_one_way() -> None:
    assert made("aqua", ROWS["aqua"]).question == "Half of 8?\nA. 2\nB. 4"
    assert made("mathqa", ROWS["mathqa"]).question == "half of 8?\nA. 2\nB. 4"
    assert made("tal_scq5k", ROWS["tal_scq5k"]).question == "$$3+4=$$\nA. 6\nB. 7"
    assert made("gaokao", ROWS["gaokao"]).question == "选\nA. 1\nB. 2"
    assert [made(name, ROWS[name]).answer for name in ("aqua", "mathqa", "tal_scq5k", "gaokao")] == ["B"] * 4
    assert made("tabmwp", ROWS["tabmwp"] | {"choices": ["4", "3"]}).answer == "B"
    assert lettered(["4", "5 )"]) == {"A": "4", "B": "5 )"}
    assert lettered("['a ) 27 sq . m', 'b ) a ) 3']") == {"A": "27 sq . m", "B": "a ) 3"}


def test_endings() -> None:
    assert made("aqua", ROWS["aqua"]).segments[0].text == "8/2 = 4\nThe answer is \\boxed{B}."
    assert made("carp", ROWS["carp"]).segments[0].text == "∵ $x = 1$ , 所以是 1\n答案是\\boxed{1}。"
    assert made("carp", ROWS["carp"]).question == "若 $x = 1$ , 则 ____"
    tir = made("cm17k_tir", ROWS["cm17k_tir"] | {"id": "c"})
    assert [segment.kind for segment in tir.segments] == ["text", "code", "output", "text"]
    assert (tir.id, tir.answer, tir.segments[-1].text) == ("c-tir", "5", "答案是\\boxed{5}。")


def test_tal_blanks() -> None:
    row = ROWS["tal_scq5k"] | {"question": "和是~\\uline{~~~~~~}~（~~~~ ~ ）$$a~b$$"}
    assert made("tal_scq5k", row).question.splitlines()[0] == "和是____（ ）$$a~b$$"


def test_gsm8k_marks_go_and_the_answer_is_boxed() -> None:
    row = {
        "id": "g-1",
        "question": "How many?",
        "solution": "48/2 = <<48/2=24>>24.\nSo 48+24 = <<48+24=72>>72.\n#### 1,072",
        "answer": "1,072",
    }
    made = ADAPTERS["gsm8k"](row, Origin("gsm8k", "f", 3))
    assert made.segments[0].text == "48/2 = 24.\nSo 48+24 = 72.\nThe answer is \\boxed{1,072}."
    assert (made.answer, made.row, made.mode, made.licence) == ("1,072", 3, "cot", "MIT")
    hub = {"question": row["question"], "answer": row["solution"]}
    assert ADAPTERS["gsm8k"](hub, Origin("gsm8k", "dir/f.parquet", 3)).segments == made.segments
    with pytest.raises(Unusable, match="####"):
        ADAPTERS["gsm8k"]({"question": "How many?", "solution": "72", "answer": "72"}, Origin("gsm8k", "f", 3))


def test_math_in_both_spellings() -> None:
    row = {
        "id": "a",
        "question": "Find x.",
        "solution": "So $\\boxed{\\frac{1}{2}}$.",
        "answer": "\\frac{1}{2}",
        "subject": "Algebra",
        "level": "Level 1",
    }
    hub = {"id": "a", "problem": row["question"], "solution": row["solution"], "type": "Algebra", "level": "Level 1"}
    made = [ADAPTERS["math"](given, Origin("math", "f", 0)) for given in (row, hub)]
    assert made[0] == made[1]
    assert (made[0].answer, made[0].topic, made[0].level) == ("\\frac{1}{2}", "Algebra", "Level 1")


def test_raymath_rows_come_back(tmp_path: Path) -> None:
    given = [example(mode, language) for mode in ("cot", "pot", "tir") for language in ("en", "zh")]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(to_line(one) + "\n" for one in given), encoding="utf-8")
    read_back = [one for one in load(path, "mine", ADAPTERS["raymath"]) if isinstance(one, Example)]
    assert [one.model_copy(update={"source": "made", "row": 0}) for one in read_back] == given
    assert [(one.source, one.row) for one in read_back] == [("mine", i) for i in range(6)]


def test_jsonl_guesses_mode_and_language() -> None:
    def made(solution: str, **row: str) -> tuple[str, str]:
        one = ADAPTERS["jsonl"]({"question": "六乘七？", "solution": solution} | row, Origin("mine", "f", 0))
        return one.mode, one.language

    code = "```python\nprint(42)\n```\n"
    assert made("42") == ("cot", "zh")
    assert made(code) == ("pot", "zh")
    assert made(code + "```output\n42\n```\n42.", question="What is six times seven?") == ("tir", "en")
    assert made("42", language="en", mode="cot") == ("cot", "en")


def test_language_is_the_questions() -> None:
    assert language_of("How many?", "因此") == "en"
    assert language_of("多少 apples?") == "zh"
    assert language_of("\\frac{3}{4} + \\sqrt{x} = ?", "因此") == "zh"
    assert language_of("$\\frac{3}{4}$", "So it is") == "en"


def test_last_boxed_matches_braces() -> None:
    assert last_boxed("\\boxed{1} or \\boxed{\\frac{1}{2}}.") == "\\frac{1}{2}"
    assert last_boxed("\\boxed{1") is None
    assert last_boxed("1") is None


def talk(*turns: str) -> list[dict[str, str]]:
    return [{"from": ("human", "gpt")[i % 2], "value": turn} for i, turn in enumerate(("题目：?", *turns))]


def test_zh_tir_conversation_becomes_segments() -> None:
    messages = talk("先算：```python\nprint(6 * 7)\n```\n", "\n运行结果为：```42```\n", "因此是\\boxed{42}。")
    got = parse_messages(messages, "42")
    assert [(s.kind, s.text) for s in got] == [
        ("text", "先算："),
        ("code", "print(6 * 7)"),
        ("output", "42"),
        ("text", "因此是\\boxed{42}。"),
    ]


def test_zh_tir_oddities_of_the_real_files() -> None:
    twice = talk("算：```python\nprint(1)```python\nprint(1)\n```", "：```1``` ```2```", "是 1")
    assert [s.text for s in parse_messages(twice, "1")] == ["算：", "print(1)", "1\n2", "是 1\n答案是\\boxed{1}。"]
    dangling = talk("是 \\boxed{3}。```python\n\n```")
    assert [s.text for s in parse_messages(dangling, "3")] == ["是 \\boxed{3}。"]


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        (None, "not a conversation"),
        (talk("因此", "人"), "alternate"),
        (talk("算：```python\nprint(1)\n``` 得到", "```1```", "\\boxed{1}"), "text between"),
        (talk("算：```python\nprint(1)\n```", "``````", "\\boxed{1}"), "missing or empty"),
        (talk("算：```python\nprint(1)\n```"), "conclusion"),
        (talk("算：", "```1```", "\\boxed{1}"), "something else"),
        (talk("算不出"), "no final answer"),
        ([{"from": "human"}, {"from": "gpt"}], "'value'"),
    ],
)
def test_zh_tir_conversations_that_are_refused(messages: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_messages(messages, None)
