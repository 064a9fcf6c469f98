"""`raymath chat`: a conversation in the terminal, with programs and their output as panels.

    Chat("http://127.0.0.1:8000/v1", "mine", "tir", key).talk()

A client of the OpenAI API like any other: it needs no Ray and works with any raymath server; with another server it
shows plain answers. ``/new`` forgets the conversation, ``/quit`` or the end of input ends it, Ctrl-C stops an answer.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.syntax import Syntax
from rich.text import Text

from raymath.errors import MachineError, UserError
from raymath.serve.wire import EXTENSION, MODES

#: What could move the cursor, or worse, in a terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_FENCES = re.compile(r"^```\w*[ \t]*\n?|\n?```[ \t]*\n?$")
_SUFFIX: dict[str, str] = {"cot": ""} | {mode: suffix for suffix, mode in MODES.items()}


class Chat:
    """One conversation.

    Args:
        url: of an OpenAI API, ending in /v1.
        model: its name there; the first of the server's where not given.
        mode: with tools (``tir``), one program (``pot``), or plain (``cot``).
        key: what the server asks for.
        console: where to show it; stdout where not given.

    Raises:
        UserError: there is no such mode.
    """

    def __init__(
        self, url: str, model: str | None, mode: str, key: str | None = None, console: Console | None = None
    ) -> None:
        from openai import OpenAI

        if mode not in _SUFFIX:
            raise UserError(f"there is no mode '{mode}'", f"use one of {', '.join(_SUFFIX)}")
        self._client = OpenAI(base_url=url, api_key=key or "none", max_retries=2)
        self._console = console or Console(highlight=False)
        self._model, self._mode, self._url = model, mode, url
        self.history: list[dict[str, str]] = []
        # Each turn begins with all of those before, which one replica may have kept.
        self._session = uuid.uuid4().hex

    def talk(self) -> None:
        """Ask and answer until the input ends.

        Raises:
            UserError: the server cannot be reached, or does not let in.
        """
        self._name()
        while True:
            try:
                asked = self._console.input("[bold]> [/bold]").strip()
            except EOFError:
                return
            if asked == "/quit":
                return
            if asked == "/new":
                self.history.clear()
            elif asked:
                self.answer(asked)

    def answer(self, asked: str) -> None:
        """Ask, show the answer as it comes, and keep both; an answer that fails or is stopped is not kept."""
        from openai import OpenAIError

        messages: list[Any] = [*self.history, {"role": "user", "content": asked}]
        told: list[str] = []
        try:
            stream = self._client.chat.completions.create(
                model=self._name(), messages=messages, stream=True, prompt_cache_key=self._session
            )
            with stream:
                show(_pieces(stream, told), self._console)
        except KeyboardInterrupt:
            self._console.print("stopped", style="yellow")
            return
        except OpenAIError as error:
            self._console.print(Text(_clean(str(error)), style="red"))
            return
        self.history = [*messages, {"role": "assistant", "content": "".join(told)}]

    def _name(self) -> str:
        from openai import APIConnectionError, OpenAIError

        try:
            self._model = self._model or next(iter(self._client.models.list())).id
        except APIConnectionError:
            raise MachineError(f"no server answers at {self._url}", "start one: raymath serve MODEL") from None
        except (OpenAIError, StopIteration) as error:
            raise UserError(f"{self._url} offers no model: {error}", "check the address and the key") from None
        return self._model + _SUFFIX[self._mode]


def show(pieces: Iterable[tuple[str, str]], console: Console) -> None:
    """Show (kind, text) as it comes: text as it is, code and output in panels."""
    kind, block, live = "", "", None
    try:
        for new, text in pieces:
            fresh = new == "code" and text.startswith("```py")
            if new != kind or fresh:
                if live is not None:
                    live.stop()
                kind, block, live = new, "", None
                if kind != "text":
                    live = Live(console=console, refresh_per_second=8)
                    live.start()
            block += text
            if live is None:
                console.print(Text(_clean(text)), end="", soft_wrap=True)
            else:
                live.update(_panel(kind, _clean(_FENCES.sub("", block))))
    finally:
        if live is not None:
            live.stop()
    console.print()


def _panel(kind: str, text: str) -> Panel:
    if kind == "code":
        return Panel(Syntax(text, "python", word_wrap=True), title="program", title_align="left")
    return Panel(Text(text), title="output", title_align="left", border_style="green")


def _pieces(stream: Iterable[Any], told: list[str]) -> Iterator[tuple[str, str]]:
    for chunk in stream:
        text = chunk.choices[0].delta.content if chunk.choices else None
        if text:
            told.append(text)
            yield (chunk.model_extra or {}).get(EXTENSION, {}).get("kind", "text"), text


def _clean(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
