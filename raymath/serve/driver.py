"""Walk a tool loop to its end with a model that writes and a sandbox that runs.

    answer = await Driver(writer, run).answer(prompt, loop, sampling)

A `Writer` is the engine (`raymath.serve.engine.Engine`) or, in tests, anything that writes. Nothing here waits for
another conversation, so rounds of many interleave. Cancelling the call cancels the generation or the program that
is under way. What is asked for, and in which form it is sent, is left to `raymath.serve.app`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from raymath.records import Execution, Program
from raymath.serve.toolloop import Done, Ended, Execute, Finish, Generate, ToolLoop

#: Characters of a token that ends a turn, at most, where a client names such tokens.
_STOP_TOKEN = 64
#: Tokens at the end of what a model wrote that are encoded anew with what follows, as they may grow together; and how
#: many more may be no part of the text: a stop text, the token that ends a turn.
_SEAM, _DROPPED = 4, 16

#: Runs a program.
RunProgram = Callable[[Program], Awaitable[Execution]]
#: Is told of each stretch that is added to the transcript, in order, and whether a program printed it.
Tell = Callable[[str, bool], None]
#: Is told of each stretch that a model writes, as it comes.
Delta = Callable[[str], None]


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
    """What a model wrote in one go, and in how many tokens.

    ``ids`` are these tokens; ``cached``: of the ids before them, how many at their beginning it did not have to read
    again; a cache keeps whole blocks of so many tokens (``block``).
    """

    text: str
    ended: Ended
    tokens: int
    cached: int = 0
    block: int = 1
    ids: tuple[int, ...] = ()


class Writer(Protocol):
    """A model that continues a text."""

    @property
    def context(self) -> int:
        """Tokens of prompt and continuation together, at most."""
        ...

    def encode(self, text: str) -> list[int]:
        """Text → token ids; no token is added."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Token ids → all that they spell."""
        ...

    async def write(self, ids: list[int], ask: Generate, sampling: Sampling, delta: Delta | None = None) -> Written:
        """Continue `ids`, which leave room for `ask.max_tokens`.

        `delta` hears all that is written; of its end, what ends the turn may be missing from the result.
        """
        ...


@dataclass(frozen=True)
class Answer:
    """A finished conversation; the fields mean what they mean in `records.Generation`.

    Besides, summed over the rounds after the first: ``reread_tokens`` of the transcript had been read or written by the
    round before, in whole blocks of the engine's cache, and ``cached_tokens`` of them were still there.
    """

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
    reread_tokens: int = 0
    cached_tokens: int = 0


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
        said: list[int] = []
        if len(prompt_ids) >= self._writer.context:
            raise PromptLengthError(len(prompt_ids), self._writer.context)
        calls, known, reread, cached = 0, 0, 0, 0
        while not isinstance(loop.action, Done):
            before = loop
            ran = isinstance(loop.action, Execute)
            early = None if tell is None or ran else _Early(loop, sampling, tell)
            if isinstance(loop.action, Execute):
                loop = loop.executed(await self._run(loop.action.program))
            else:
                said = self._continued([] if loop.rules.encoded_anew else said, loop.text)
                ids = prompt_ids + said
                drawn = _reseed(sampling, calls)
                loop, written = await self._generate(loop, loop.action, ids, drawn, early)
                if written is not None:
                    said += written.ids
                    reread, cached = reread + known, cached + min(known, written.cached)
                    # The last token was written, and nothing after it: no round has read it.
                    known = (len(ids) + max(0, written.tokens - 1)) // written.block * written.block
                calls += 1
            if tell is not None:
                _tell_rest(before, loop, ran, early.told if early else 0, tell)
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
            reread_tokens=reread,
            cached_tokens=cached,
        )

    def _continued(self, said: Sequence[int], text: str) -> list[int]:
        """The ids of a transcript, of which `said` was read and written until now.

        They are the tokenizer's own, as in training. Where the model has written the same text in other tokens, these
        stay: it goes on from what it wrote, and finds it in the cache.
        """
        own = self._writer.encode(text) if text else []
        for dropped in range(_SEAM, _SEAM + _DROPPED):
            kept = list(said[: max(0, len(said) - dropped)])
            if own[: len(kept)] == kept:
                return own
            if text.startswith(spelled := self._writer.decode(kept)):
                ids = kept + self._writer.encode(text[len(spelled) :])
                return ids if self._writer.decode(ids) == text else own
        return own

    async def _generate(
        self, loop: ToolLoop, ask: Generate, ids: list[int], sampling: Sampling, early: _Early | None
    ) -> tuple[ToolLoop, Written | None]:
        """The loop after a generation, and what was written; None where there was no room."""
        room = self._writer.context - len(ids)
        if room < 1:
            return loop.out_of_room(), None
        ask = Generate(min(ask.max_tokens, room), ask.stop, ask.include_stop)
        written = await self._writer.write(ids, ask, sampling, early.hear if early else None)
        return loop.generated(written.text, written.ended, written.tokens), written


class _Early:
    """Tells of a generation while it is written, but nothing that may not stay: a stop text, white space at the end.

    Args:
        loop: waits for the generation.
        sampling: of it.
        tell: hears what will be in the transcript.
    """

    def __init__(self, loop: ToolLoop, sampling: Sampling, tell: Tell) -> None:
        self.told = 0
        self._text, self._tell, self._accept = "", tell, loop.rules.accept
        stops = (*loop.rules.stop, *sampling.stop)
        by_token = _STOP_TOKEN if any(name == "stop_token_ids" for name, _ in sampling.extra) else 0
        self._held = max([by_token, *map(len, stops)])

    def hear(self, text: str) -> None:
        self._text += text
        sure = self._accept(self._text[: max(0, len(self._text) - self._held)])
        if len(sure) > self.told:
            self._tell(sure[self.told :], False)
            self.told = len(sure)


def _tell_rest(before: ToolLoop, after: ToolLoop, ran: bool, told: int, tell: Tell) -> None:
    """Tell what a step added: what the model wrote, of which `told` characters are known, and what was put in."""
    new, put_in = after.text[len(before.text) :], "".join(after.inserted[len(before.inserted) :])
    written = new if ran else new.removesuffix(put_in)[told:]
    if written:
        tell(written, ran)
    if put_in and not ran:
        tell(put_in, True)


def _reseed(sampling: Sampling, call: int) -> Sampling:
    """Each generation of a conversation draws from a seed of its own; the first from the one that was given."""
    if sampling.seed is None or call == 0:
        return sampling
    seed = (sampling.seed * 1_000_003 + call) % 2**63
    return Sampling(sampling.temperature, sampling.top_p, seed, sampling.stop, sampling.extra)
