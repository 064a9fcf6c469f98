"""Tells reasoning, code and program output apart in a transcript that arrives in pieces.

    marker = Marker()
    marker.feed("So\\n```pyth", tool=False)          # [("text", "So\\n")]: the rest may become a fence
    marker.feed("on\\nprint(1)", tool=False)         # [("code", "```python\\n"), ("code", "print(1)")]

Fences belong to what they open or close, so the pieces together are the transcript, character for character. The
same distinction on a whole transcript is `raymath.prompts.parse_solution`.
"""

from __future__ import annotations

import re
from typing import Literal

from raymath.prompts import FENCE, OUTPUT_CALL

Kind = Literal["text", "code", "output"]

_OPENS = re.compile(r"```(?:python|py)[ \t]*\n?")
_CLOSES = re.compile(r"```[ \t]*\n?")


class Marker:
    """One transcript."""

    def __init__(self) -> None:
        self._kind: Kind = "text"
        self._held = ""  # the beginning of a line that may turn out to be a fence
        self._at_start = True

    def feed(self, text: str, tool: bool) -> list[tuple[Kind, str]]:
        """The next piece; `tool`: a program's output, with its fences."""
        if tool:
            pieces: list[tuple[Kind, str]] = [*self.flush(), ("output", text)]
            self._kind, self._at_start = "text", True
            return pieces
        pieces = []
        for line in _lines(self._held + text):
            pieces += self._line(line)
        return _joined(pieces)

    def flush(self) -> list[tuple[Kind, str]]:
        """What is still held: nothing more comes."""
        held, self._held = self._held, ""
        if not held:
            return []
        self._at_start = True
        return [self._fence(held)]

    def _line(self, line: str) -> list[tuple[Kind, str]]:
        self._held = ""
        ended = line.endswith("\n")
        if self._at_start and (line.startswith(FENCE) or FENCE.startswith(line)):
            if not ended:
                self._held = line
                return []
            return [self._fence(line)]
        self._at_start = ended
        return [(self._kind, line)]

    def _fence(self, line: str) -> tuple[Kind, str]:
        if self._kind == "text" and _OPENS.fullmatch(line):
            self._kind = "code"
            return "code", line
        if self._kind == "code" and _CLOSES.fullmatch(line):
            self._kind = "text"
            return "code", line
        return ("output", line) if self._kind == "text" and line == OUTPUT_CALL else (self._kind, line)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _joined(pieces: list[tuple[Kind, str]]) -> list[tuple[Kind, str]]:
    out: list[tuple[Kind, str]] = []
    for kind, text in pieces:
        if out and out[-1][0] == kind:
            out[-1] = (kind, out[-1][1] + text)
        else:
            out.append((kind, text))
    return out
