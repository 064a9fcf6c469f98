"""What serving is compared with, in the same process and on the same engine: used by `serve_speed.py`.

A replica that can also be asked to do without us: `bare` hands prompts to vLLM and waits; `first` measures the time to
a first token; `lockstep` is a tool loop as public evaluation harnesses have it: all generate, all programs run in a
pool of reused workers, all generate again, until none has anything left to do. Its prompts, rules and texts are those
of our own loop, so that its answers are too.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
from serve_pool import execute

from raymath.prompts import render_prompt
from raymath.records import Execution, ProgramError
from raymath.serve.app import Replica
from raymath.serve.driver import Sampling
from raymath.serve.protocols import rules_for
from raymath.serve.toolloop import Done, Execute, Generate, ToolLoop

#: Workers of the pool.
WORKERS = 2


@dataclass(frozen=True)
class Took:
    """What one way of asking took, and how many tokens it gave."""

    seconds: float
    tokens: int

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self.tokens / self.seconds


class Measured(Replica):
    """A replica with the other side beside it."""

    async def bare(self, messages: list[str], max_tokens: int) -> tuple[float, int]:
        """vLLM's engine alone, all messages at once: seconds, tokens."""
        began = time.monotonic()
        counts = await asyncio.gather(*(self._count(message, max_tokens) for message in messages))
        return time.monotonic() - began, sum(counts)

    async def first(self, message: str) -> float:
        """Seconds from a message to its first token, from vLLM's engine alone."""
        began = time.monotonic()
        outputs = self._generate(message, 4, stream=True)
        await anext(outputs)
        took = time.monotonic() - began
        async for _ in outputs:
            pass
        return took

    async def forget(self) -> None:
        """Empty the engine's prefix cache."""
        assert self._engine is not None
        await self._engine.client.reset_prefix_cache()

    async def lockstep(self, messages: list[str], at_once: int, max_tokens: int) -> tuple[float, list[str]]:
        """All conversations in step: seconds, and their texts."""
        from pebble import ProcessPool

        engine, places = self._engine, asyncio.Semaphore(at_once)
        assert engine is not None
        prompts = [engine.encode(self._prompt(message)) for message in messages]
        rules = rules_for("tir", "raymath", engine.tokenizer)
        loops = [ToolLoop.start(rules, max_tokens) for _ in messages]

        async def write(at: int, ask: Generate) -> None:
            async with places:
                ids = prompts[at] + (engine.encode(loops[at].text) if loops[at].text else [])
                room = engine.context - len(ids)
                if room < 1:
                    loops[at] = loops[at].out_of_room()
                    return
                bounded = Generate(min(ask.max_tokens, room), ask.stop, ask.include_stop)
                written = await engine.write(ids, bounded, Sampling(stop=self._stop))
            loops[at] = loops[at].generated(written.text, written.ended, written.tokens)

        with ProcessPool(max_workers=WORKERS, context=multiprocessing.get_context("spawn")) as pool:
            # Their start is not counted: a harness makes its pool once.
            await asyncio.gather(*(_run(pool, ["import sympy, numpy"], 60) for _ in range(WORKERS)))
            began = time.monotonic()
            while not all(isinstance(loop.action, Done) for loop in loops):
                generate = [(n, loop.action) for n, loop in enumerate(loops) if isinstance(loop.action, Generate)]
                await asyncio.gather(*(write(n, ask) for n, ask in generate))
                execute = [(n, loop.action.program) for n, loop in enumerate(loops) if isinstance(loop.action, Execute)]
                runs = await asyncio.gather(
                    *(_run(pool, [*one.replay, one.code], one.timeout_s or 10) for _, one in execute)
                )
                for (n, _), execution in zip(execute, runs, strict=True):
                    loops[n] = loops[n].executed(execution)
            took = time.monotonic() - began
        return took, [loop.text for loop in loops]

    async def _count(self, message: str, max_tokens: int) -> int:
        tokens = 0
        async for output in self._generate(message, max_tokens, stream=False):
            tokens += len(output.outputs[0].token_ids)
        return tokens

    def _generate(self, message: str, max_tokens: int, stream: bool) -> Any:
        from vllm import SamplingParams
        from vllm.inputs.engine import tokens_input
        from vllm.sampling_params import RequestOutputKind

        assert self._engine is not None
        kind = RequestOutputKind.DELTA if stream else RequestOutputKind.FINAL_ONLY
        parameters = SamplingParams(max_tokens=max_tokens, temperature=0.0, output_kind=kind)
        ids = self._engine.encode(self._prompt(message))
        return self._engine.client.generate(tokens_input(ids), parameters, uuid.uuid4().hex)

    def _prompt(self, message: str) -> str:
        (talk,) = self._talks.values()
        return render_prompt(message, self._template, bos=talk.bos, chat_template=talk._template)


async def _run(pool: Any, blocks: list[str], timeout_s: float) -> Execution:
    try:
        status, said, error = await asyncio.wrap_future(pool.schedule(execute, args=[blocks], timeout=timeout_s))
    except TimeoutError:
        return Execution(status="timeout")
    except Exception:  # a worker that died: the pool goes on with another
        return Execution(status="killed")
    return Execution(status=status, stdout=said, error=None if error is None else ProgramError(**error))


async def over_http(url: str, model: str, messages: list[str], max_tokens: int, stream: bool) -> Took:
    """All messages at once, each a request."""

    async def ask(client: httpx.AsyncClient, message: str) -> int:
        body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": message}], "temperature": 0}
        body |= {"max_tokens": max_tokens}
        if not stream:
            answer = await client.post("/v1/chat/completions", json=body)
            answer.raise_for_status()
            return int(answer.json()["usage"]["completion_tokens"])
        tokens, body = 0, body | {"stream": True, "stream_options": {"include_usage": True}}
        async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if '"completion_tokens"' in line:
                    tokens = json.loads(line.removeprefix("data: "))["usage"]["completion_tokens"]
        assert tokens, "a stream ended early"
        return int(tokens)

    limits = httpx.Limits(max_connections=len(messages))
    async with httpx.AsyncClient(base_url=url, timeout=900, limits=limits) as client:
        await client.get("/health")
        began = time.monotonic()
        counts = await asyncio.gather(*(ask(client, message) for message in messages))
        return Took(time.monotonic() - began, sum(counts))


async def over_handle(handle: Any, messages: list[str], max_tokens: int) -> Took:
    """All messages at once, through a Serve handle."""
    sampling = {"max_tokens": max_tokens, "temperature": 0.0, "top_p": 1.0, "seed": None}
    began = time.monotonic()
    asked = [handle.solve.remote(message, "cot", sampling, "raymath") for message in messages]
    answers = [await one for one in asked]
    took = time.monotonic() - began
    assert all(answer["status"] == "ok" for answer in answers)
    return Took(took, sum(answer["completion_tokens"] for answer in answers))


async def first_over_http(client: httpx.AsyncClient, model: str, message: str) -> float:
    """Seconds from a request to the first text of its stream."""
    body = {"model": model, "messages": [{"role": "user", "content": message}], "temperature": 0, "max_tokens": 4}
    began, took = time.monotonic(), 0.0
    async with client.stream("POST", "/v1/chat/completions", json=body | {"stream": True}) as answer:
        async for line in answer.aiter_lines():
            if not took and '"content":"' in line and '"content":""' not in line:
                took = time.monotonic() - began
    assert took, "no text came"
    return took


async def talk(url: str, model: str, asked: list[str], places: asyncio.Semaphore) -> list[float]:
    """One conversation of so many turns, told by its key: seconds to the first token of each."""
    messages: list[dict[str, str]] = []
    taken: list[float] = []
    async with httpx.AsyncClient(base_url=url, timeout=900) as client:
        for message in asked:
            messages.append({"role": "user", "content": message})
            body = {"model": model, "messages": messages, "temperature": 0, "max_tokens": 32, "stream": True}
            async with places:
                began, text, took = time.monotonic(), "", 0.0
                asks = client.stream("POST", "/v1/chat/completions", json=body | {"prompt_cache_key": asked[0]})
                async with asks as answer:
                    answer.raise_for_status()
                    async for line in answer.aiter_lines():
                        if '"content":"' in line:
                            delta = json.loads(line.removeprefix("data: "))["choices"][0]["delta"]["content"]
                            took = took or (time.monotonic() - began if delta else 0.0)
                            text += delta
            taken.append(took)
            messages.append({"role": "assistant", "content": text})
    return taken


async def with_tools(
    url: str, model: str, messages: list[str], at_once: int, max_tokens: int
) -> tuple[float, list[Any]]:
    """All messages, so many at once, to the model with its tools: seconds, and the answers."""
    places = asyncio.Semaphore(at_once)

    async def ask(client: httpx.AsyncClient, message: str) -> Any:
        body = {"model": f"{model}:tir", "messages": [{"role": "user", "content": message}], "temperature": 0}
        async with places:
            answer = await client.post("/v1/chat/completions", json=body | {"max_tokens": max_tokens})
        answer.raise_for_status()
        return answer.json()

    async with httpx.AsyncClient(base_url=url, timeout=1800, limits=httpx.Limits(max_connections=at_once)) as client:
        began = time.monotonic()
        answers = await asyncio.gather(*(ask(client, message) for message in messages))
        return time.monotonic() - began, list(answers)
