"""Walk a tool loop to its end with a model that writes and a sandbox that runs.

    answer = await Driver(writer, run).answer(prompt, loop, sampling)

A `Writer` is the engine (`raymath.serve.engine.Engine`) or, in tests, anything that writes. Nothing here waits for
another conversation, so rounds of many interleave. Cancelling the call cancels the generation or the program that
is under way. What is asked for, and in which form it is sent, is left to `raymath.serve.app`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from raymath.records import Execution, Program
from raymath.serve.toolloop import Done, Ended, Execute, Finish, Generate, ToolLoop

#: Runs a program.
RunProgram = Callable[[Program], Awaitable[Execution]]
#: Is told of each stretch that is added to the transcript, in order, and whether a program printed it.
Tell = Callable[[str, bool], None]


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn; ``temperature`` 0 is greedy. ``stop`` are texts that end the model's turn.

    ``extra`` are further arguments of the engine's own sampling parameters, by name.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    extra: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Written:
    """What a model wrote in one go, and in how many tokens."""

    text: str
    ended: Ended
    tokens: int


class Writer(Protocol):
    """A model that continues a text."""

    @property
    def context(self) -> int:
        """Tokens of prompt and continuation together, at most."""
        ...

    def encode(self, text: str) -> list[int]:
        """Text → token ids; no token is added."""
        ...

    async def write(self, ids: list[int], ask: Generate, sampling: Sampling) -> Written:
        """Continue `ids`, which leave room for `ask.max_tokens`."""
        ...


@dataclass(frozen=True)
class Answer:
    """A finished conversation; the fields mean what they mean in `records.Generation`."""

    prompt: str
    text: str
    executions: tuple[Execution, ...]
    finish: Finish
    error: str | None
    prompt_tokens: int
    completion_tokens: int
    tool_tokens: int
    rounds: int
    seconds: float


class PromptLengthError(ValueError):
    """The prompt leaves no room in the model's context.

    Args:
        tokens: of the prompt.
        context: of the model.
    """

    def __init__(self, tokens: int, context: int) -> None:
        self.tokens, self.context = tokens, context
        super().__init__(
            f"the prompt has {tokens} tokens and the model's context is {context}: shorten it, "
            "or serve the model with a larger serve.max_model_len"
        )


class Driver:
    """One model with its sandbox.

    Args:
        writer: the model.
        run: runs a program; a failure of its own comes back as an Execution with status ``infra``.
    """

    def __init__(self, writer: Writer, run: RunProgram) -> None:
        self._writer, self._run = writer, run

    async def answer(self, prompt: str, loop: ToolLoop, sampling: Sampling, tell: Tell | None = None) -> Answer:
        """Walk `loop`, just started, to its end.

        Raises:
            PromptLengthError: there is no room for a single token.
        """
        began = time.monotonic()
        # Prompt and transcript are encoded apart, as training encodes them: the model reads the ids it learnt.
        prompt_ids = self._writer.encode(prompt)
        if len(prompt_ids) >= self._writer.context:
            raise PromptLengthError(len(prompt_ids), self._writer.context)
        calls = 0
        while not isinstance(loop.action, Done):
            before = len(loop.text)
            ran = isinstance(loop.action, Execute)
            if isinstance(loop.action, Execute):
                loop = loop.executed(await self._run(loop.action.program))
            else:
                loop = await self._generate(loop, loop.action, prompt_ids, _reseed(sampling, calls))
                calls += 1
            if tell is not None and len(loop.text) > before:
                tell(loop.text[before:], ran)
        tool_tokens = sum(len(self._writer.encode(text)) for text in loop.inserted)
        return Answer(
            prompt=prompt,
            text=loop.text,
            executions=loop.executions,
            finish=loop.action.finish,
            error=loop.action.error,
            prompt_tokens=len(prompt_ids),
            completion_tokens=loop.used,
            tool_tokens=tool_tokens,
            rounds=loop.rounds,
            seconds=time.monotonic() - began,
        )

    async def _generate(self, loop: ToolLoop, ask: Generate, prompt_ids: list[int], sampling: Sampling) -> ToolLoop:
        ids = prompt_ids + self._writer.encode(loop.text) if loop.text else prompt_ids
        room = self._writer.context - len(ids)
        if room < 1:
            return loop.out_of_room()
        ask = Generate(min(ask.max_tokens, room), ask.stop, ask.include_stop)
        written = await self._writer.write(ids, ask, sampling)
        return loop.generated(written.text, written.ended, written.tokens)


def _reseed(sampling: Sampling, call: int) -> Sampling:
    """Each generation of a conversation draws from a seed of its own; the first from the one that was given."""
    if sampling.seed is None or call == 0:
        return sampling
    seed = (sampling.seed * 1_000_003 + call) % 2**63
    return Sampling(sampling.temperature, sampling.top_p, seed, sampling.stop, sampling.extra)
