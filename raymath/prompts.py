"""Every string a model is shown or taught: suffixes, templates, markers. One spelling for data, serving and evaluation.

A conversation is ``prompt + solution``. The prompt is the question with its suffix inside a template
(`render_prompt`); the solution is what the model writes, with the outputs of its programs between
(`render_solution`). Training concatenates the two, serving sends the first and extends it by what the model
writes and `output_block`, evaluation reads the result back with `parse_solution`: the same characters each time.

The module knows no tokenizer: a chat template that ships with one is passed in as a function.

Source of suffixes, markers and the ``deepseek`` template: DeepSeekMath-Instruct's published evaluation code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple, Protocol

from raymath.records import Language, Mode, Segment, SegmentKind, Status

FENCE = "```"
CODE_OPEN = "```python\n"
#: What a model writes to ask for its program's output; the text generation stops at.
OUTPUT_CALL = "```output"

#: What our own protocol writes for a program that did not end by itself, for one that printed nothing, where there
#: is none to run, and after output that was cut. They never change, so that a model can learn them.
ENDED_BY: Mapping[Status, str] = {
    "timeout": "[stopped: the program ran out of time]",
    "memory": "[stopped: the program ran out of memory]",
    "output_limit": "[stopped: the program printed too much]",
    "killed": "[stopped: the program was killed]",
}
NO_OUTPUT = "[the program printed nothing]"
NO_PROGRAM = "[there is no new program to run]"
OUTPUT_CUT = "[the rest of the output was too long to keep]"

SUFFIX: dict[Mode, dict[Language, str]] = {
    "cot": {
        "en": "Please reason step by step, and put your final answer within \\boxed{}.",
        "zh": "请通过逐步推理来解答问题，并把最终答案放置于\\boxed{}中。",
    },
    "tir": {
        "en": "Please integrate natural language reasoning with programs to solve the problem above, "
        "and put your final answer within \\boxed{}.",
        "zh": "请结合自然语言和Python程序语言来解答问题，并把最终答案放置于\\boxed{}中。",
    },
    # The paper trains on program-of-thought solutions but publishes no suffix for them: this one is ours.
    "pot": {
        "en": "Please write a Python program that solves the problem above and prints the final answer.",
        "zh": "请编写Python程序来解答问题，并打印出最终答案。",
    },
}

#: What MAmmoTH is asked with for a program, after the question.
WRITE_A_PROGRAM = " Let's write a program."

#: ``chat`` is the template that ships with the tokenizer; the others are spelt here.
TemplateName = Literal["chat", "deepseek", "alpaca", "alpaca-step", "tora", "seallm", "plain", "bare"]

#: Turns the user's message into a prompt ending where the assistant begins (a tokenizer's chat template).
ChatTemplate = Callable[[str], str]

_ALPACA = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request."
    "\n\n### Instruction:\n{message}\n\n### Response:"
)
_TEMPLATES: dict[str, str] = {
    "deepseek": "User: {message}\n\nAssistant:",
    "alpaca": _ALPACA,
    "alpaca-step": f"{_ALPACA} Let's think step by step.",
    "tora": "<|user|>\n{message}\n<|assistant|>\n",
    "seallm": "<|im_start|>system\nYou are a helpful assistant.</s><|im_start|>user\n{message}</s>"
    "<|im_start|>assistant\n",
    "plain": "Question: {message}\n\nAnswer:",
    "bare": "{message}\n",
}


#: What stands between prompt and solution where the template's prompt ends without a separator. It belongs to the
#: model: published prompts stop at the colon, and the model's first token carries the space.
_LEADS: dict[str, str] = {"deepseek": " ", "plain": " "}


class Piece(NamedTuple):
    """A stretch of the rendered conversation and whether the model is trained to write it."""

    text: str
    trained: bool


def user_message(question: str, mode: Mode, language: Language) -> str:
    """The question followed by the paper's suffix for the mode and language, on a line of its own."""
    return f"{question}\n{SUFFIX[mode][language]}"


def render_prompt(
    message: str, template: TemplateName = "chat", *, bos: str = "", chat_template: ChatTemplate | None = None
) -> str:
    """The prompt up to where the model begins to write.

    Args:
        message: what the user says, usually `user_message(...)`.
        template: which template; ``chat`` needs ``chat_template``.
        bos: the tokenizer's beginning-of-sequence token, put before the named templates; a tokenizer's own
            chat template writes its own.
        chat_template: user's message → prompt, with the tokenizer's template.

    Raises:
        ValueError: ``chat`` without ``chat_template``.
    """
    if template == "chat":
        if chat_template is None:
            raise ValueError("the 'chat' template is the tokenizer's own: pass chat_template")
        return chat_template(message)
    return bos + _TEMPLATES[template].replace("{message}", message)


def solution_lead(template: TemplateName) -> str:
    """What a model writes first under a template, before its solution: a space or nothing."""
    return _LEADS.get(template, "")


def output_block(output: str) -> str:
    """A program's output as it follows the code block: ``` ```output ``` fence, text, closing fence, line end."""
    return f"{OUTPUT_CALL}\n{output}\n{FENCE}\n"


class SegmentLike(Protocol):
    """A `Segment`, or anything that has these of one."""

    @property
    def kind(self) -> SegmentKind: ...
    @property
    def text(self) -> str: ...


def render_solution(segments: Iterable[SegmentLike]) -> tuple[Piece, ...]:
    """A solution as the text the model should produce, in pieces that say who writes them.

    The model writes reasoning, code with its fences, and the call for output; the sandbox writes the output
    and the fence that closes it. A line end is added before a fence where the text before has none.
    """
    pieces: list[Piece] = []
    for segment in segments:
        if segment.kind != "text" and pieces and not pieces[-1].text.endswith("\n"):
            pieces.append(Piece("\n", True))
        if segment.kind == "text":
            pieces.append(Piece(segment.text, True))
        elif segment.kind == "code":
            pieces.append(Piece(f"{CODE_OPEN}{segment.text}\n{FENCE}\n", True))
        else:
            block = output_block(segment.text)
            pieces.append(Piece(OUTPUT_CALL, True))
            pieces.append(Piece(block[len(OUTPUT_CALL) :], False))
    return tuple(pieces)


_BLOCK = re.compile(
    r"^(?P<open>```(?P<kind>python|py|output))[ \t]*\n(?P<body>.*?)\n?^```[ \t]*$\n?",
    re.MULTILINE | re.DOTALL,
)


def parse_solution(text: str) -> tuple[Segment, ...]:
    """A transcript back into segments; the inverse of `render_solution` on what it renders.

    Only closed blocks are code or output; an unclosed fence stays text.
    """
    segments: list[Segment] = []
    at = 0
    for match in _BLOCK.finditer(text):
        if match.start() > at:
            segments.append(Segment(kind="text", text=text[at : match.start()]))
        kind: Literal["code", "output"] = "output" if match["kind"] == "output" else "code"
        segments.append(Segment(kind=kind, text=match["body"]))
        at = match.end()
    if at < len(text):
        segments.append(Segment(kind="text", text=text[at:]))
    return tuple(segments)
