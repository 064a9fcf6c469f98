"""The three protocols of the tool loop, and the plain answer: which program runs when, and what the model reads.

    loop = ToolLoop.start(rules("raymath"), max_tokens=1024)

- ``raymath`` (ours): up to 6 generations within one token budget. A ```` ```python ```` block runs as soon as it is
  closed, on the replayed state of the earlier successful ones. What it printed before an exception is kept; each
  status has one text; what was cut out is marked. The transcript is spelt as `raymath.prompts` spells it for
  training.
- ``deepseek``: the loop behind DeepSeekMath's published numbers, 2 generations of ``max_tokens`` each.
- ``tora``: ToRA's loop, 4 generations of ``max_tokens`` each.

The last two are in `raymath.serve.published`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from raymath.prompts import ENDED_BY, FENCE, NO_OUTPUT, NO_PROGRAM, OUTPUT_CALL, OUTPUT_CUT, parse_solution
from raymath.records import Execution, Mode, Program, Protocol
from raymath.serve.published import DeepSeek, Tokens, ToRA, Words, cut, error_line
from raymath.serve.toolloop import Continue, End, Finish, Reply, Rules, Run, Turn, Verdict, is_call

#: A closing fence with its line end. It also closes other blocks and opens nameless ones: the rules tell.
CLOSED = f"{FENCE}\n"

#: Characters of one program's output that the model is shown.
SHOWN_CHARACTERS = 600


def rules(protocol: Protocol, tokenizer: Tokens | None = None) -> Rules:
    """The rules of a protocol. `tokenizer` counts the tokens of ``deepseek``'s error messages; else words do."""
    if protocol == "deepseek":
        return DeepSeek(tokenizer or Words())
    return ToRA() if protocol == "tora" else Raymath()


def rules_for(mode: Mode, protocol: Protocol, tokenizer: Tokens | None = None) -> Rules:
    """The rules of a mode: ``cot`` runs nothing; ``pot`` runs one program; ``tir`` follows the protocol."""
    if mode == "cot":
        return Plain()
    return Raymath(rounds=1, at_limit="stop") if mode == "pot" else rules(protocol, tokenizer)


@dataclass(frozen=True)
class Plain:
    """One generation, no tools."""

    rounds: int = 1
    shared_budget: bool = True
    stop: tuple[str, ...] = ()
    include_stop: bool = False
    at_limit: Finish = "rounds"
    encoded_anew: bool = False

    def accept(self, new: str) -> str:
        """All of it."""
        return new

    def judge(self, turn: Turn) -> Verdict:
        """The end, whatever was written."""
        return End("length" if turn.ended == "length" else "stop")

    def report(self, execution: Execution) -> str:
        """Never asked: nothing runs."""
        raise ValueError(f"the plain answer runs no programs, and one ended with {execution.status}")


@dataclass(frozen=True)
class Raymath:
    """Our own protocol."""

    rounds: int = 6
    shared_budget: bool = True
    stop: tuple[str, ...] = (OUTPUT_CALL, CLOSED)
    include_stop: bool = True
    at_limit: Finish = "rounds"
    encoded_anew: bool = False

    def accept(self, new: str) -> str:
        """All of it: a transcript is what the model wrote, character for character."""
        return new

    def judge(self, turn: Turn) -> Verdict:
        """Run a block that has just been closed, or that a call for output at the start of a line asks for."""
        # A call inside a program that is still open is the program's own text.
        called = is_call(turn.text) and not _in_program(turn.text)
        program = _waiting_program(turn.text.removesuffix(OUTPUT_CALL) if called else turn.text, called)
        if program is not None:
            return Run(Program(code=program, replay=turn.replay))
        if called:
            # The model may not write a program's output itself.
            return Reply(NO_PROGRAM)
        if turn.ended == "stop":
            return Continue()
        return End("length" if turn.ended == "length" else "stop")

    def report(self, execution: Execution) -> str:
        """Everything printed, then the exception or the status."""
        said = execution.stdout.strip()
        lines = [cut(said, SHOWN_CHARACTERS, f"\n[... {len(said) - SHOWN_CHARACTERS} characters left out ...]\n")]
        if execution.truncated and execution.status == "ok":
            lines.append(OUTPUT_CUT)
        if execution.status == "error":
            lines.append(cut(error_line(execution), SHOWN_CHARACTERS))
        elif execution.status != "ok":
            lines.append(ENDED_BY[execution.status])
        return _unfence("\n".join(line for line in lines if line)) or NO_OUTPUT


_OPENS = re.compile(r"^```(?:python|py)[ \t]*$", re.MULTILINE)


def _in_program(text: str) -> bool:
    """Whether the end of `text` is inside a Python block: `parse_solution` leaves an unclosed one as text."""
    segments = parse_solution(text)
    return bool(segments) and segments[-1].kind == "text" and _OPENS.search(segments[-1].text) is not None


def _waiting_program(text: str, called: bool) -> str | None:
    """The code that is to run: the block that `text` ends with or, when called, the last without its output."""
    segments = parse_solution(text)
    for segment in reversed(segments):
        if segment.kind == "code":
            return segment.text
        if segment.kind == "output" or (segment.text.strip() and not called):
            return None
    return None


def _unfence(text: str) -> str:
    """A printed line that begins with a fence would close the output block: it gets a space in front."""
    return re.sub(r"^```", " ```", text, flags=re.MULTILINE)
