"""The paper's templates and markers, to the character, in both languages."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raymath import prompts
from raymath.records import Language, Mode, Segment

COT_EN = "Please reason step by step, and put your final answer within \\boxed{}."
COT_ZH = "请通过逐步推理来解答问题，并把最终答案放置于\\boxed{}中。"
TIR_EN = (
    "Please integrate natural language reasoning with programs to solve the problem above, "
    "and put your final answer within \\boxed{}."
)
TIR_ZH = "请结合自然语言和Python程序语言来解答问题，并把最终答案放置于\\boxed{}中。"


@pytest.mark.parametrize(
    ("mode", "language", "suffix"),
    [("cot", "en", COT_EN), ("cot", "zh", COT_ZH), ("tir", "en", TIR_EN), ("tir", "zh", TIR_ZH)],
)
def test_deepseek_prompt_is_the_published_one(mode: Mode, language: Language, suffix: str) -> None:
    message = prompts.user_message("What is 1+1?", mode, language)
    expected = f"User: What is 1+1?\n{suffix}\n\nAssistant:"
    assert prompts.render_prompt(message, "deepseek") == expected
    assert prompts.render_prompt(message, "deepseek", bos="<s>") == "<s>" + expected


def test_a_question_with_braces_is_not_a_format_string() -> None:
    assert (
        prompts.render_prompt("{message} \\frac{1}{2} {0}", "tora")
        == "<|user|>\n{message} \\frac{1}{2} {0}\n<|assistant|>\n"
    )


def test_chat_template_is_the_tokenizers_own() -> None:
    assert prompts.render_prompt("hi", "chat", chat_template=lambda m: f"[{m}]") == "[hi]"
    with pytest.raises(ValueError, match="chat_template"):
        prompts.render_prompt("hi", "chat")


def test_the_space_after_the_colon_is_the_models() -> None:
    for template in get_args(prompts.TemplateName):
        if template != "chat":
            ends_open = prompts.render_prompt("m", template)[-1] == ":"
            assert prompts.solution_lead(template) == (" " if ends_open and template != "alpaca" else "")
    assert prompts.solution_lead("chat") == ""


SOLUTION = (
    Segment(kind="text", text="Add them."),
    Segment(kind="code", text="print(40 + 2)"),
    Segment(kind="output", text="42"),
    Segment(kind="text", text="The answer is $\\boxed{42}$."),
)
TEXT = "Add them.\n```python\nprint(40 + 2)\n```\n```output\n42\n```\nThe answer is $\\boxed{42}$."


def test_solution_text_and_who_writes_it() -> None:
    pieces = prompts.render_solution(SOLUTION)
    assert "".join(p.text for p in pieces) == TEXT
    assert "".join(p.text for p in pieces if p.trained) == TEXT.replace("\n42\n```\n", "")
    assert [p.text for p in pieces if not p.trained] == ["\n42\n```\n"]
    assert TEXT.count(prompts.output_block("42")) == 1


def test_parsing_gives_the_segments_back() -> None:
    first, *rest = prompts.parse_solution(TEXT)
    assert first.text == "Add them.\n"
    assert tuple(rest) == SOLUTION[1:]


@pytest.mark.parametrize("text", ["```python\nprint(1)", "no code", "", "a ```python\nx\n``` b"])
def test_what_is_not_a_closed_block_stays_text(text: str) -> None:
    assert all(s.kind == "text" for s in prompts.parse_solution(text))
    assert "".join(s.text for s in prompts.parse_solution(text)) == text


plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="`"), max_size=30)
blocks = st.builds(Segment, kind=st.sampled_from(["code", "output"]), text=plain)
lines = st.builds(lambda t: Segment(kind="text", text=t + "\n"), plain)


@given(st.lists(blocks | lines, max_size=6))
def test_render_then_parse_is_the_identity(segments: list[Segment]) -> None:
    merged: list[Segment] = []
    for s in segments:  # neighbouring stretches of text are one stretch
        if s.kind == "text" and merged and merged[-1].kind == "text":
            s = Segment(kind="text", text=merged.pop().text + s.text)
        merged.append(s)
    text = "".join(p.text for p in prompts.render_solution(merged))
    assert prompts.parse_solution(text) == tuple(merged)
