"""What the gateway tells of each request: a log line, metrics, and, where asked for, its contents.

    seen = Seen(identity="…", key="ada", model="mine", mode="tir", stream=True)
    seen.read(part)                                  # each part of the answer: its usage is picked up
    Journal(settings.serve, count=Metrics()).done(seen)

The log line (logger ``ray.serve.requests``) is one JSON object, without question or answer unless
``serve.log_contents`` is set; ``serve.transcripts`` keeps both in files of JSON lines. Metrics are in
`raymath.serve.metrics`.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from raymath.config import ServeSettings
from raymath.serve.wire import EXTENSION, Json

_log = logging.getLogger("ray.serve.requests")


@dataclass
class Seen:
    """One request: who asked for what, and what came of it.

    ``programs`` are (status, seconds) of each; ``first_s`` is the time to the first part of the answer.
    """

    identity: str
    key: str = ""
    model: str = ""
    mode: str = ""
    stream: bool = False
    status: int = 0
    seconds: float = 0.0
    first_s: float | None = None
    prompt_tokens: int = 0
    generated_tokens: int = 0
    tool_tokens: int = 0
    reread_tokens: int = 0
    cached_tokens: int = 0
    rounds: int = 0
    programs: list[tuple[str, float]] = field(default_factory=list)
    error: str = ""
    question: Json | None = None
    answer: list[bytes] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def read(self, part: bytes, keep: bool = False) -> None:
        """A part of the answer: whole JSON, or server-sent events, each of them whole."""
        if self.first_s is None:
            self.first_s = round(time.monotonic() - self.began, 4)
        if keep:
            self.answer.append(part)
        # Only the events that count are parsed: a stream has one for each token.
        for line in part.split(b"\n"):
            if b'"completion_tokens"' in line:
                self._count(line.removeprefix(b"data: "))

    def _count(self, line: bytes) -> None:
        try:
            data = json.loads(line)
        except ValueError:
            return  # an event that was cut in two: what it counts is lost, and nothing else
        details = data.get(EXTENSION) or {}
        for one in details.get("choices") or ([details] if "rounds" in details else []):
            self.rounds += one["rounds"]
            self.tool_tokens += one["tool_tokens"]
            self.reread_tokens += one["reread_tokens"]
            self.cached_tokens += one["cached_tokens"]
            self.programs += [(run["status"], run["seconds"]) for run in one["programs"]]
        if usage := data.get("usage"):
            self.prompt_tokens = usage["prompt_tokens"]
            self.generated_tokens = usage.get("completion_tokens") or 0
        elif "rounds" in details:
            self.prompt_tokens = details["prompt_tokens"]
            self.generated_tokens += details["completion_tokens"]


class Journal:
    """Writes down what was seen.

    Args:
        settings: what may be kept.
        count: is told of each finished request.
    """

    def __init__(self, settings: ServeSettings, count: Callable[[Seen], None]) -> None:
        self._contents, self._count = settings.log_contents, count
        self._store = Path(settings.transcripts) / f"transcripts-{os.getpid()}.jsonl" if settings.transcripts else None
        if self._store is not None:
            self._store.parent.mkdir(parents=True, exist_ok=True)

    @property
    def keeps_contents(self) -> bool:
        """Whether questions and answers are wanted at all."""
        return self._contents or self._store is not None

    def done(self, seen: Seen) -> None:
        """A request has ended. What cannot be written is said in the log, and fails no request."""
        seen.seconds = round(time.monotonic() - seen.began, 4)
        self._count(seen)
        line: Json = {"event": "request", "id": seen.identity, "key": seen.key, "model": seen.model, "mode": seen.mode}
        line |= {"stream": seen.stream, "status": seen.status, "seconds": seen.seconds, "first_s": seen.first_s}
        line |= {"prompt_tokens": seen.prompt_tokens, "generated_tokens": seen.generated_tokens}
        line |= {"tool_tokens": seen.tool_tokens, "rounds": seen.rounds}
        line |= {"reread_tokens": seen.reread_tokens, "cached_tokens": seen.cached_tokens}
        line |= {"programs": [status for status, _ in seen.programs], "error": seen.error}
        contents = {"request": seen.question, "answer": b"".join(seen.answer).decode("utf-8", "replace")}
        _log.info(json.dumps(line | contents if self._contents else line, ensure_ascii=False))
        if self._store is None:
            return
        try:
            with self._store.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"time": time.time()} | line | contents, ensure_ascii=False) + "\n")
        except OSError as error:
            _log.error("a transcript could not be written: %s", error.strerror)
