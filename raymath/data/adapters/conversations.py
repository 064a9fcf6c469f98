r"""Tool-integrated conversations → Examples: the Chinese ``zh_tir`` files, and ToRA's examples.

``zh_tir`` pretends a Python console. A row's messages are: the question; reasoning that ends in a ```` ```python ````
block; a turn of the "user" with the program's output in fences; the conclusion. Or the question and one answer
without code. What the pretended user says around the output is left out: at inference the sandbox writes there.

    segments = parse_messages(row["messages"], row["answer"])

Programs are not run here: `raymath.data.curate` does it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from raymath.data.adapters.row import (
    Origin,
    Row,
    Unusable,
    conclusion,
    example,
    language_of,
    last_boxed,
    optional,
    refuse_test_row,
    text,
)  # fmt: skip
from raymath.prompts import parse_solution
from raymath.records import Example, Mode, Segment

_FENCE = "```"
_PYTHON = "```python"


def zh_tir(row: Row, origin: Origin) -> Example:
    r"""Chinese tool-integrated conversations (id, question, messages, code, recorded_output, answer, format).

    Code and outputs come from the messages. The language is the *question's*: in two of the five files many
    questions are English under Chinese reasoning. The rows' answer is the model's own and no gold, so the Example
    has none; where the last words lack it, it is added in a box.
    """
    question = text(row, "question")
    try:
        segments = parse_messages(row.get("messages"), optional(row, "answer"))
    except ValueError as error:
        raise Unusable(str(error)) from None
    mode: Mode = "tir" if any(segment.kind == "code" for segment in segments) else "cot"
    return example(row, origin, question, segments, mode, language=language_of(question, segments[0].text))


def tora(row: Row, origin: Origin) -> Example:
    """ToRA's public examples (id, level, gt, messages with code and output blocks) → tool-integrated, or CoT."""
    refuse_test_row(row)
    messages = row.get("messages")
    roles = [one.get("role") if isinstance(one, dict) else None for one in messages or ()]
    if roles != ["user", "assistant"]:
        raise Unusable("'messages' is not a question and an answer")
    question, solution = (text(message, "content") for message in messages or ())
    segments = parse_solution(solution)
    if last_boxed(solution) is None:
        raise Unusable("the solution has no boxed answer")
    mode: Mode = "tir" if any(segment.kind == "code" for segment in segments) else "cot"
    return example(
        row, origin, question, segments, mode,
        answer=optional(row, "gt"), level=optional(row, "level"), language="en", licence="MIT",
    )  # fmt: skip


def parse_messages(messages: Any, answer: str | None) -> tuple[Segment, ...]:
    r"""The solution that the messages after the first hold.

    Args:
        messages: list of {"from": "human" or "gpt", "value": text}, the first asking the question.
        answer: added in a ``\boxed{}`` where the last text has none.

    Raises:
        ValueError: the turns or fences are not as described, or no final answer is known; the text says how.
    """
    turns = _turns(messages)
    segments: list[Segment] = []
    for role, said in turns:
        if role == "human":
            if not segments or segments[-1].kind != "code":
                raise ValueError("a user's turn follows something else than a program")
            outputs = re.findall(r"```(.*?)```", said, re.DOTALL)
            if not any(output.strip() for output in outputs):
                raise ValueError("a program's recorded output is missing or empty")
            segments.append(Segment(kind="output", text="\n".join(output.strip("\n") for output in outputs)))
        else:
            segments += _answer_turn(said)
    if not segments or segments[-1].kind != "text":
        raise ValueError("the conversation does not end in a conclusion")
    if any(a.kind == "code" and b.kind != "output" for a, b in pairwise(segments)):
        raise ValueError("a program without its output")
    return (*segments[:-1], _boxed(segments[-1], answer))


def _turns(messages: Any) -> list[tuple[str, str]]:
    if not isinstance(messages, list) or len(messages) < 2:
        raise ValueError("'messages' is not a conversation")
    turns = []
    for message in messages:
        role, said = (message.get("from"), message.get("value")) if isinstance(message, dict) else (None, None)
        if role not in ("human", "gpt") or not isinstance(said, str):
            raise ValueError("a message without 'from' (human, gpt) and 'value'")
        turns.append((role, said))
    roles = "".join(role[0] for role, _ in turns)
    if not re.fullmatch(r"(hg)+", roles):
        raise ValueError("the turns do not alternate between user and model")
    return turns[1:]


def _answer_turn(said: str) -> list[Segment]:
    """The model's turn: text, or text and one program at its end."""
    before, *blocks = said.split(_PYTHON)
    codes = []
    for i, block in enumerate(blocks):
        code, fence, after = block.partition(_FENCE)
        if after.strip():
            raise ValueError("text between a program and its output")
        # A block that is written out twice is left open the first time.
        if not fence and i + 1 < len(blocks) and blocks[i + 1].partition(_FENCE)[0].strip() == code.strip():
            continue
        if code.strip():
            codes.append(code)
    if len(codes) > 1:
        raise ValueError("several programs before one output")
    segments = [Segment(kind="text", text=before)] if before.strip() else []
    if codes:
        segments.append(Segment(kind="code", text=codes[0].strip("\n")))
    return segments


def _boxed(last: Segment, answer: str | None) -> Segment:
    if "\\boxed{" in last.text:
        return last
    if not answer:
        raise ValueError("no final answer in a box")
    ending = conclusion(answer, "zh" if re.search(r"[\u3400-\u9fff]", last.text) else "en")
    return Segment(kind="text", text=f"{last.text.rstrip()}\n{ending}")
