"""The tool loop around an endpoint that has no tools: it writes, the programs run here.

    generation = await ChatLoopGenerator(HttpGenerator(url, "name", modes=False), limits).generate(request)

Each round is one completion of the conversation so far: what the model wrote is the assistant's turn, what its
programs printed the user's next. The rules are those of `raymath.serve.protocols`, so the transcript reads as one of a
model that raymath serves; but an endpoint applies its chat template between the rounds, which a model that is served
here does not see. Tool tokens are not counted: the endpoint's tokenizer is not known.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from raymath.prompts import CODE_OPEN, OUTPUT_CALL, parse_solution
from raymath.records import Execution, Generation, Program
from raymath.rollout.generators import HttpGenerator, Request
from raymath.serve.protocols import CLOSED, rules_for
from raymath.serve.toolloop import Done, Ended, Execute, Generate, ToolLoop

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion


class ChatLoopGenerator:
    """A `Generator`: an endpoint's plain model with tools of ours.

    Args:
        endpoint: reaches the model; made with ``modes=False``.
        limits: of `raymath.sandbox.run_async`, by name (``parallel`` is left out: requests run side by side).
    """

    def __init__(self, endpoint: HttpGenerator, limits: Mapping[str, Any]) -> None:
        self._endpoint = endpoint
        self._limits = {name: value for name, value in limits.items() if name != "parallel"}

    async def generate(self, request: Request) -> Generation:
        """As the contract of `raymath.rollout.generators` says.

        Raises:
            ModelError: the endpoint knows no such model or does not accept the key.
        """
        began = time.monotonic()
        loop = ToolLoop.start(rules_for(request.mode, request.protocol), request.sampling.max_tokens)
        prompt_tokens = calls = 0
        cost = 0.0
        while not isinstance(loop.action, Done):
            if isinstance(loop.action, Execute):
                loop = loop.executed(await self._run(loop.action.program))
                continue
            found = await self._endpoint.complete(
                request,
                conversation(request.message, loop),
                loop.action.max_tokens,
                loop.action.stop,
                None if request.sampling.seed is None else request.sampling.seed * 1009 + calls,
            )
            if isinstance(found, Generation):
                return found
            completion, paid = found
            cost += paid
            prompt_tokens = prompt_tokens or (completion.usage.prompt_tokens if completion.usage else 0)
            calls += 1
            loop = _written(loop, loop.action, completion)
        if loop.action.error is not None:
            return request.lost(loop.action.error, time.monotonic() - began)
        return request.generation(
            prompt=request.message,
            text=loop.text,
            executions=loop.executions,
            finish=loop.action.finish,
            prompt_tokens=prompt_tokens,
            completion_tokens=loop.used,
            rounds=loop.rounds,
            seconds=time.monotonic() - began,
            cost=cost,
        )

    async def _run(self, program: Program) -> Execution:
        from raymath.sandbox import run_async

        return await run_async(program.code, replay=program.replay, **self._limits)


def conversation(message: str, loop: ToolLoop) -> list[dict[str, str]]:
    """A loop's transcript as turns: the model's, and the outputs between as the user's."""
    turns = [{"role": "user", "content": message}]
    rest = loop.text
    for inserted in loop.inserted:
        written, _, rest = rest.partition(inserted)
        output = inserted.strip()
        turns += [
            {"role": "assistant", "content": written.removesuffix(OUTPUT_CALL).rstrip()},
            {"role": "user", "content": output if output.startswith(OUTPUT_CALL) else f"{OUTPUT_CALL}\n{output}"},
        ]
    if rest:
        turns.append({"role": "assistant", "content": rest})
    return turns


def _written(loop: ToolLoop, ask: Generate, completion: ChatCompletion) -> ToolLoop:
    """The loop after a completion, whose text lacks the stop string that may have ended it."""
    choice = completion.choices[0]
    text = choice.message.content or ""
    ended: Ended = "length" if choice.finish_reason == "length" else "eos"
    if ended == "eos":
        text, ended = _stopped(loop.text, text, ask.stop)
    tokens = completion.usage.completion_tokens if completion.usage else len(text.split())
    return loop.generated(text, ended, min(tokens, loop.left))


def _stopped(before: str, new: str, stops: tuple[str, ...]) -> tuple[str, Ended]:
    """Endpoints do not say which text stopped them, and leave it out: what it was follows from where it stopped."""
    segments = parse_solution(before + new)
    last = segments[-1] if segments else None
    if last is not None and last.kind == "text" and CODE_OPEN in last.text and CLOSED in stops:
        return (new if new.endswith("\n") else f"{new}\n") + CLOSED, "stop"
    # A model that has closed its program and stops there asks for what it prints.
    return new, "stop" if last is not None and last.kind == "code" else "eos"
