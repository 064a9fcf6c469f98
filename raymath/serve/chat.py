"""Conversations of one model: what is asked becomes a tool loop, and its answer a record or a chat completion.

    answer = await Conversations(engine, run_program, preset).solve(message, "tir", sampling, "raymath")

The modes with tools of OpenAI's chat API are answered here (`chat`), in whole or as a stream; requests are read with
vLLM's own types, so that they mean the same as for the plain model. Fields beyond OpenAI's:

- ``protocol``: ``raymath``, ``deepseek`` or ``tora``; default: the model's preset.
- ``rounds``: generations at most; default: the protocol's number, which is also the most. ``max_tokens`` is the budget
  of all of them together (``raymath``) or of each; default: the model's context.
- ``program_timeout``: seconds for each program; default: ``sandbox.timeout_s``, which is also the most.
- ``return_rounds``: whether the answer's field ``raymath`` has prompt, transcript, its segments (kind and text) and
  the programs' runs, or only numbers; default: true.

The suffix of the mode is added to the last user message where it is not there. Not offered with tools: logprobs, the
client's own tools, response formats, a least number of tokens. In a stream each piece says in ``raymath.kind`` whether
it is ``text``, ``code`` or a program's ``output``. ``usage.completion_tokens`` is what the model wrote;
``usage.tool_tokens`` what its programs printed.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import Any, TypeVar, get_args

from raymath.models import chat_template
from raymath.presets import Preset
from raymath.prompts import render_prompt
from raymath.records import Execution, Mode, Program, Protocol
from raymath.serve import wire
from raymath.serve.driver import Answer, Driver, PromptLengthError, RunProgram, Sampling, Tell
from raymath.serve.engine import Engine
from raymath.serve.limits import seconds
from raymath.serve.marks import Kind, Marker
from raymath.serve.protocols import rules_for
from raymath.serve.toolloop import ToolLoop

T = TypeVar("T")

#: Fields of a request that mean something only without tools, and the values that ask for nothing.
_NOT_WITH_TOOLS: dict[str, tuple[Any, ...]] = {
    "logprobs": (None, False),
    "prompt_logprobs": (None,),
    "tools": (None, []),
    "response_format": (None,),
    "structured_outputs": (None,),
    "use_beam_search": (None, False),
    # Each generation ends where a program or the answer does.
    "min_tokens": (None, 0),
    "ignore_eos": (None, False),
}
#: Sampling parameters that are passed on to each generation as they are.
_PASSED_ON = (
    "top_k",
    "min_p",
    "presence_penalty",
    "frequency_penalty",
    "repetition_penalty",
    "stop_token_ids",
    "logit_bias",
)

#: The head of an answer (status, content type), or a part of its body.
Part = tuple[int, str] | bytes


@dataclasses.dataclass(frozen=True)
class _Asked:
    """A request that was understood: what to do, `choices` times."""

    prompt: str
    sampling: Sampling
    max_tokens: int
    rounds: int | None
    protocol: Protocol
    choices: int
    stream: bool
    usage_at_end: bool
    program_timeout: float | None
    whole: bool


class Conversations:
    """All conversations of one engine.

    Args:
        engine: the model.
        run: runs a program.
        preset: template, stops and default protocol of the model.
        program_s: seconds a program gets where neither protocol nor request says less.

    Raises:
        ModelError: the preset wants the tokenizer's chat template, and it has none.
    """

    def __init__(self, engine: Engine, run: RunProgram, preset: Preset, program_s: float = 10.0) -> None:
        self._program_s = program_s
        self._engine, self._preset, self._run = engine, preset, run
        self._driver = Driver(engine, run)
        self._template = chat_template(engine.tokenizer) if preset.template == "chat" else None
        self.bos = engine.tokenizer.bos_token or ""

    async def solve(self, message: str, mode: Mode, sampling: dict[str, Any], protocol: Protocol) -> wire.Json:
        """One conversation, as `raymath.serve.app` describes it; the prompt is `message` in the template."""
        prompt = render_prompt(message, self._preset.template, bos=self.bos, chat_template=self._template)
        drawn = Sampling(sampling["temperature"], sampling["top_p"], sampling["seed"], self._preset.stop)
        loop = ToolLoop.start(rules_for(mode, protocol, self._engine.tokenizer), sampling["max_tokens"])
        try:
            return _fields(await self._driver.answer(prompt, loop, drawn))
        except PromptLengthError as error:
            # The model cannot answer this, today or on another machine: an empty answer, not a lost one.
            return _empty(prompt, "length", "ok", str(error)) | {"prompt_tokens": error.tokens}

    @staticmethod
    def lost(message: str, reason: str, seconds: float) -> wire.Json:
        """The answer of `solve` where infrastructure failed."""
        return _empty(message, "error", "infra", reason) | {"seconds": seconds}

    async def chat(self, path: str, data: wire.Json, mode: Mode) -> AsyncIterator[Part]:
        """A request of OpenAI's API for a mode with tools: first (status, content type), then the body in parts."""
        try:
            if path != "/v1/chat/completions":
                raise wire.RefusalError(400, f"a model with tools answers /v1/chat/completions, not {path}", "model")
            asked = self._read(data, mode)
            if len(self._engine.encode(asked.prompt)) >= self._engine.context:
                raise wire.RefusalError(400, "the prompt is longer than the model's context", "messages")
            if asked.stream:
                async for part in self._stream(asked, data["model"], mode):
                    yield part
                return
            answers = await _all(self._answer(asked, mode, index) for index in range(asked.choices))
            whole = wire.completion(_identity(), data["model"], answers, asked.whole)
        except wire.RefusalError as refused:
            yield refused.status, "application/json"
            yield json.dumps(wire.error_body(refused.status, refused.message, refused.param)).encode()
            return
        yield 200, "application/json"
        yield json.dumps(whole, ensure_ascii=False).encode()

    async def _answer(self, asked: _Asked, mode: Mode, index: int, tell: Tell | None = None) -> wire.Json:
        sampling = asked.sampling
        if sampling.seed is not None:
            sampling = dataclasses.replace(sampling, seed=sampling.seed + index)
        loop = ToolLoop.start(rules_for(mode, asked.protocol, self._engine.tokenizer), asked.max_tokens, asked.rounds)
        driver = self._driver
        if asked.program_timeout is not None:
            driver = Driver(self._engine, _within(self._run, asked.program_timeout, self._program_s))
        answer = await driver.answer(asked.prompt, loop, sampling, tell)
        if answer.error is not None:
            raise wire.RefusalError(503, "a program of this answer was lost with its sandbox: try again")
        return _fields(answer)

    async def _stream(self, asked: _Asked, model: str, mode: Mode) -> AsyncIterator[Part]:
        """Server-sent events: one for each stretch of text, whose ``raymath.tool`` tells who wrote it."""
        identity = _identity()
        events: asyncio.Queue[wire.Json | None] = asyncio.Queue()

        async def one(index: int) -> wire.Json:
            marker = Marker()

            def send(pieces: list[tuple[Kind, str]]) -> None:
                for kind, text in pieces:
                    part = wire.chunk(identity, model, index, {"content": text})
                    events.put_nowait(part | {wire.EXTENSION: {"kind": kind, "tool": kind == "output"}})

            events.put_nowait(wire.chunk(identity, model, index, {"role": "assistant", "content": ""}))
            answer = await self._answer(asked, mode, index, lambda text, tool: send(marker.feed(text, tool)))
            send(marker.flush())
            last = wire.chunk(identity, model, index, {}, wire.finish_reason(answer))
            events.put_nowait(last | {wire.EXTENSION: wire.details(answer, asked.whole)})
            return answer

        async def all_of_them() -> list[wire.Json]:
            try:
                return await _all(one(index) for index in range(asked.choices))
            finally:
                events.put_nowait(None)

        yield 200, "text/event-stream; charset=utf-8"
        task = asyncio.create_task(all_of_them())
        try:
            while (event := await events.get()) is not None:
                yield _event(event)
            try:
                answers = await task
            except wire.RefusalError as refused:
                yield _event(wire.error_body(refused.status, refused.message, refused.param))
                return
            if asked.usage_at_end:
                yield _event(wire.chunk(identity, model, 0, {}) | {"choices": [], "usage": wire.usage(answers)})
            yield b"data: [DONE]\n\n"
        finally:
            task.cancel()

    def _read(self, data: wire.Json, mode: Mode) -> _Asked:
        for field, nothing in _NOT_WITH_TOOLS.items():
            if data.get(field) not in nothing:
                raise wire.RefusalError(400, f"'{field}' is not offered by a model with tools", field)
        request, drawn = self._engine.read_chat(data)
        messages = wire.text_messages(data["messages"])
        messages[-1]["content"] = wire.with_suffix(messages[-1]["content"], mode)
        limit = request.max_completion_tokens if request.max_completion_tokens is not None else request.max_tokens
        extra = {name: getattr(drawn, name) for name in _PASSED_ON}
        return _Asked(
            prompt=self._prompt(messages),
            sampling=Sampling(
                drawn.temperature,
                drawn.top_p,
                request.seed,
                (*self._preset.stop, *(drawn.stop or ())),
                tuple((name, value) for name, value in extra.items() if value is not None),
            ),
            max_tokens=_whole("max_tokens", limit, self._engine.context, self._engine.context),
            rounds=_whole("rounds", data.get("rounds"), None, 2**31),
            protocol=self._protocol(data.get("protocol")),
            choices=_whole("n", request.n, 1, wire.MOST_CHOICES) or 1,
            stream=bool(request.stream),
            usage_at_end=bool(request.stream_options and request.stream_options.include_usage),
            program_timeout=seconds(data, "program_timeout"),
            whole=_yes("return_rounds", data.get("return_rounds"), True),
        )

    def _protocol(self, given: Any) -> Protocol:
        if given is None:
            return self._preset.protocol
        if given not in get_args(Protocol):
            raise wire.RefusalError(400, f"protocol must be one of {', '.join(get_args(Protocol))}", "protocol")
        chosen: Protocol = given
        return chosen

    def _prompt(self, messages: list[dict[str, str]]) -> str:
        def several(messages: list[dict[str, str]]) -> Any:
            return self._engine.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)

        try:
            return wire.prompt_of(messages, self._preset.template, self.bos, several, self._template)
        except (ValueError, TypeError) as error:
            raise wire.RefusalError(400, f"the model's chat template refuses this: {error}", "messages") from None


async def _all(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What all of them give. Where one fails or the caller leaves, the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def _whole(field: str, value: Any, default: Any, most: int) -> Any:
    """A positive whole number of a request, `default` where not given, at most `most`."""
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise wire.RefusalError(400, f"{field} must be a positive whole number", field)
    if field == "n" and value > most:
        raise wire.RefusalError(400, f"n must be at most {most}", field)
    return min(value, most)


def _yes(field: str, value: Any, default: bool) -> bool:
    if value is None:
        return default
    if not isinstance(value, bool):
        raise wire.RefusalError(400, f"{field} must be true or false", field)
    return value


def _within(run: RunProgram, seconds: float, most: float) -> RunProgram:
    """`run` with a deadline that a request asks for: it may shorten what the protocol sets, or else `most`."""

    async def within(program: Program) -> Execution:
        return await run(program.model_copy(update={"timeout_s": min(program.timeout_s or most, seconds)}))

    return within


def _identity() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"


def _event(value: wire.Json) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def _fields(answer: Answer) -> wire.Json:
    fields = {field.name: getattr(answer, field.name) for field in dataclasses.fields(answer)}
    fields["executions"] = [execution.model_dump(mode="json") for execution in answer.executions]
    return fields | {"status": "ok" if answer.error is None else "infra"}


def _empty(prompt: str, finish: str, status: str, error: str) -> wire.Json:
    tokens = ("prompt_tokens", "completion_tokens", "tool_tokens", "reread_tokens", "cached_tokens")
    nothing = dict.fromkeys(tokens, 0) | {"rounds": 0, "seconds": 0.0}
    return {
        "prompt": prompt,
        "text": "",
        "executions": [],
        "finish": finish,
        "status": status,
        "error": error,
        **nothing,
    }
