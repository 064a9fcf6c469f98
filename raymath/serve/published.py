"""The tool loops behind published numbers: DeepSeekMath's and ToRA's.

    ToolLoop.start(DeepSeek(tokenizer), max_tokens=1024)

Described from the public evaluation code of their authors. Where theirs depends on a race or ends the evaluation,
one fixed text stands: a timeout reads ``Timeout Error``, a death by signal ``Killed``. Left out are ToRA's closing
remark after its last round (a transcript has only what the model wrote and what programs printed) and DeepSeek's
refusal of programs with ``input(`` (here they meet an empty standard input). Limits other than the protocol's time
are left to the sandbox's settings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol as Interface

from raymath.prompts import FENCE, OUTPUT_CALL
from raymath.records import Execution, Program
from raymath.serve.toolloop import Continue, End, Finish, Run, Turn, Verdict


class Tokens(Interface):
    """Text ↔ tokens, as a Hugging Face tokenizer offers it."""

    def tokenize(self, text: str) -> list[str]:
        """Text → tokens."""
        ...

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Tokens → text."""
        ...


class Words:
    """White-space words in place of tokens, where no tokenizer is known."""

    def tokenize(self, text: str) -> list[str]:
        """Text → words with the white space before them."""
        return re.findall(r"\s*\S+", text)

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Words → text."""
        return "".join(tokens)


def cut(text: str, most: int, marker: str = "...") -> str:
    """`text`, or its first and last `most`/2 characters around `marker` where it is longer than `most`."""
    half = most // 2
    return text if len(text) <= most else text[:half] + marker + text[-half:]


def error_line(execution: Execution) -> str:
    """An exception as one text: type and message."""
    error = execution.error
    if error is None:
        lines = execution.stderr.strip().splitlines()
        return lines[-1] if lines else "Error"
    return f"{error.type}: {error.message}".strip() if error.message else error.type


@dataclass(frozen=True)
class DeepSeek:
    """The protocol of DeepSeekMath's published tool-integrated evaluation."""

    tokenizer: Tokens
    rounds: int = 2
    shared_budget: bool = False
    stop: tuple[str, ...] = (OUTPUT_CALL,)
    include_stop: bool = False
    at_limit: Finish = "rounds"
    encoded_anew: bool = True  # its program sends the engine text

    def accept(self, new: str) -> str:
        """Without the white space at its end."""
        return new.rstrip()

    def judge(self, turn: Turn) -> Verdict:
        """The end token ends it, a program or not; otherwise run all code so far, or just generate again."""
        if turn.ended == "eos":
            return End("stop")
        code = joined_code(turn.text)
        return Run(Program(code=_without_comments(code), timeout_s=10)) if code else Continue(new_round=True)

    def report(self, execution: Execution) -> str:
        """What was printed, or the cleaned traceback; never both."""
        said = execution.stdout.strip() if execution.status in ("ok", "output_limit") else ""
        result = cut(said, 100)
        if not result:
            result = f"Runtime errors: {self._short(_deepseek_error(execution))}"
        return result.strip()

    def _short(self, message: str) -> str:
        tokens = self.tokenizer.tokenize(message)
        if len(tokens) <= 100:
            return message
        head, tail = (self.tokenizer.convert_tokens_to_string(part).strip() for part in (tokens[:50], tokens[-50:]))
        return f"{head} ... {tail}"


@dataclass(frozen=True)
class ToRA:
    """The protocol of ToRA's published evaluation."""

    rounds: int = 4
    shared_budget: bool = False
    stop: tuple[str, ...] = (OUTPUT_CALL,)
    include_stop: bool = False
    at_limit: Finish = "rounds"
    encoded_anew: bool = True  # its program sends the engine text

    def accept(self, new: str) -> str:
        """Without the white space at its end."""
        return new.rstrip()

    def judge(self, turn: Turn) -> Verdict:
        """Run the last block when the new text ends with a fence and has no ``boxed``; otherwise the end."""
        if "boxed" in turn.new:
            return End("boxed")
        if turn.new.endswith(FENCE):
            return Run(Program(code=_last_block(turn.text), timeout_s=5))
        return End("length" if turn.ended == "length" else "stop")

    def report(self, execution: Execution) -> str:
        """What was printed, else the last line of the traceback, else ``Done``."""
        said = execution.stdout.strip() if execution.status in ("ok", "output_limit") else ""
        report = {"ok": "Done", "output_limit": "Done", "timeout": "Timeout Error", "memory": "MemoryError"}
        return cut(said, 400) or cut(report.get(execution.status) or _tora_error(execution), 400)


def _tora_error(execution: Execution) -> str:
    if execution.status != "error":
        return "Killed"
    trace = execution.error.traceback.strip() if execution.error else ""
    return trace.splitlines()[-1] if trace else error_line(execution)


def joined_code(text: str) -> str:
    """DeepSeek's program of a transcript: all blocks so far, without the prints of the earlier ones.

    Empty unless `text` ends with a fence. A block begins after ```` ```python ```` anywhere and ends at the next
    fence; so does whatever stands before the first one if it holds a fence itself, as published.
    """
    if not text.rstrip().endswith(FENCE):
        return ""
    if text.startswith("```python"):
        text = f"\n{text}"
    parts = [part.split(FENCE, 1)[0].strip() for part in text.split("```python") if FENCE in part]
    blocks = [part for part in parts if part]
    if not blocks:
        return ""
    kept = [
        line
        for block in blocks[:-1]
        for line in block.split("\n")
        if line.startswith(("    ", "import", "def ")) or "print(" not in line
    ]
    return "\n".join([*kept, blocks[-1]]).strip()


def _without_comments(code: str) -> str:
    """Comment lines and one-line docstrings become the word ``comments``; longer docstrings an empty line."""
    out: list[str] = []
    inside = False
    for line in code.split("\n"):
        bare = line.strip()
        if bare.startswith("#"):
            line = f"{line.split('#', 1)[0]}# comments"
        elif not inside and bare.startswith('"""') and bare.endswith('"""') and len(bare) >= 6:
            line = line.split('"""', 1)[0] + '"""comments"""'
        elif not inside and bare.startswith('"""'):
            inside = True
        elif inside and bare.endswith('"""'):
            inside, line = False, ""
        if not inside:
            out.append(line)
    return "\n".join(out)


_FRAME = re.compile(r'(?P<before>.*)File ".*", line \d+, (?P<after>.*)')


def _deepseek_error(execution: Execution) -> str:
    """The traceback as published: frames without file and line, none for the module's own level."""
    fixed = {"timeout": "Timeout Error", "memory": "MemoryError", "killed": "Killed"}
    if execution.status in fixed:
        return fixed[execution.status]
    if execution.error is None:
        return execution.stderr.strip() if execution.status == "error" else ""
    lines: list[str] = []
    for line in execution.error.traceback.strip().splitlines():
        frame = _FRAME.match(line)
        if line.startswith("Traceback (") or (frame and "<module>" in frame["after"]):
            continue
        lines.append(frame["before"] + frame["after"] if frame else line)
    return "\n".join(lines).strip() or error_line(execution)


def _last_block(text: str) -> str:
    """ToRA's program of a transcript: the lines after the last line that begins with ```` ```python ````."""
    program: list[str] = []
    inside = False
    for line in text.split("\n"):
        if line.startswith("```python"):
            program, inside = [], True
        elif line.startswith(FENCE):
            inside = False
        elif inside:
            program.append(line)
    return "\n".join(program)
