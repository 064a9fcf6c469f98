"""The contract of generators, on real ones: a Serve deployment, and endpoints of the OpenAI API on a local port."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from endpoints import completion, endpoint

from raymath.errors import ModelError
from raymath.records import Generation, Mode
from raymath.rollout import HttpGenerator, Request, Sampling, ServeGenerator

REQUEST = Request("mine", "gsm8k", "tir", "7", "2 + 2?", Sampling(64, 0.7, 0.9, seed=11), "deepseek", sample=3)
ANSWER = {
    "prompt": "User: 2 + 2?\n\nAssistant:",
    "text": "```python\nprint(4)\n```\n```output\n4\n```\n\\boxed{4}",
    "executions": [{"status": "ok", "stdout": "4\n"}],
    "finish": "stop",
    "prompt_tokens": 9,
    "completion_tokens": 20,
    "tool_tokens": 4,
    "rounds": 2,
    "seconds": 0.5,
    "status": "ok",
    "error": None,
}


def check_complete(generation: Generation) -> None:
    """Every generator that reaches a raymath server gives back the whole record under the request's key."""
    assert generation.key == REQUEST.key
    assert generation.seed == 11
    for name, value in ANSWER.items():
        if name != "executions":
            assert getattr(generation, name) == value
    assert [run.stdout for run in generation.executions] == ["4\n"]


def check_lost(generation: Generation, reason: str) -> None:
    assert generation.key == REQUEST.key
    assert (generation.status, generation.finish, generation.text) == ("infra", "error", "")
    assert reason in (generation.error or "")


def ask(url: str, **more: Any) -> Generation:
    async def once() -> Generation:
        generator = HttpGenerator(url, **more)
        try:
            return await generator.generate(REQUEST)
        finally:
            await generator.close()

    return asyncio.run(once())


def test_http_reads_the_extension_of_a_raymath_server() -> None:
    with endpoint(lambda _: (200, completion("", raymath=ANSWER))) as (url, got):
        check_complete(ask(url, extension=True))
    assert got[0]["model"] == "mine:tir"
    assert got[0]["messages"] == [{"role": "user", "content": "2 + 2?"}]
    assert (got[0]["max_tokens"], got[0]["temperature"], got[0]["top_p"], got[0]["seed"]) == (64, 0.7, 0.9, 11)
    assert got[0]["protocol"] == "deepseek"


def test_http_reads_a_plain_endpoint() -> None:
    with endpoint(lambda _: (200, completion("It is 4."))) as (url, got):
        generation = ask(url, name="other", modes=False)
    assert (generation.text, generation.finish, generation.status) == ("It is 4.", "length", "ok")
    assert (generation.prompt_tokens, generation.completion_tokens, generation.prompt) == (5, 6, "2 + 2?")
    assert got[0]["model"] == "other"
    assert "protocol" not in got[0]


@pytest.mark.parametrize(("mode", "name"), [("cot", "mine"), ("tir", "mine:tir"), ("pot", "mine:pot")])
def test_http_asks_for_the_mode(mode: Mode, name: str) -> None:
    async def once(url: str) -> None:
        generator = HttpGenerator(url)
        await generator.generate(replace(REQUEST, mode=mode))
        await generator.close()

    with endpoint(lambda _: (200, completion("4"))) as (url, got):
        asyncio.run(once(url))
    assert got[0]["model"] == name


def test_cancelling_the_call_cancels_the_request() -> None:
    class Response:
        def __init__(self) -> None:
            self.cancelled = 0

        def __await__(self) -> Generator[Any, None, None]:
            return asyncio.sleep(60).__await__()

        def cancel(self) -> None:
            self.cancelled += 1

    response = Response()
    handle = SimpleNamespace(solve=SimpleNamespace(remote=lambda *_: response))

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ServeGenerator(handle).generate(REQUEST), 0.01)

    asyncio.run(leave())
    assert response.cancelled == 1


def test_http_retries_an_overloaded_endpoint() -> None:
    replies = iter([(503, {}), (429, {}), (200, completion("4"))])
    with endpoint(lambda _: next(replies)) as (url, got):
        assert ask(url).status == "ok"
    assert len(got) == 3


def test_http_failures_are_infrastructure() -> None:
    with endpoint(lambda _: (500, {"error": {"message": "engine died"}})) as (url, got):
        check_lost(ask(url, max_retries=1), "engine died")
    assert len(got) == 2
    check_lost(ask(url, max_retries=0), "Connection")
    with endpoint(lambda _: (400, {"error": {"message": "prompt too long"}})) as (url, _):
        check_lost(ask(url), "prompt too long")
    with endpoint(lambda _: (200, completion("", raymath={"finish": "gave up"}))) as (url, _):
        check_lost(ask(url), "not a generation")


@pytest.mark.parametrize(("status", "words"), [(401, "does not accept the key"), (404, "has no model 'mine:tir'")])
def test_http_faults_of_the_user_are_raised(status: int, words: str) -> None:
    with endpoint(lambda _: (status, {"error": {"message": "no"}})) as (url, _), pytest.raises(ModelError, match=words):
        ask(url)


@pytest.fixture(scope="module")
def served(local_ray: None) -> Iterator[Any]:
    from ray import serve

    @serve.deployment(ray_actor_options={"num_cpus": 0.1}, max_ongoing_requests=100)
    class Model:
        async def solve(self, message: str, mode: str, sampling: dict[str, Any], protocol: str) -> dict[str, Any]:
            if message == "crash":
                raise RuntimeError("engine died")
            if message == "exit":
                import os

                os._exit(1)
            if message == "sandbox":
                return ANSWER | {"executions": [{"status": "infra"}]}
            assert (message, mode, protocol) == ("2 + 2?", "tir", "deepseek")
            assert sampling == {"max_tokens": 64, "temperature": 0.7, "top_p": 0.9, "seed": 11}
            return ANSWER

    yield serve.run(Model.bind(), name="rollout-test", route_prefix=None)
    serve.delete("rollout-test")


def through(handle: Any, message: str = REQUEST.message) -> Generation:
    async def once() -> Generation:
        answer: Awaitable[Generation] = ServeGenerator(handle).generate(replace(REQUEST, message=message))
        return await answer

    return asyncio.run(once())


def test_serve_gives_the_whole_record(served: Any) -> None:
    check_complete(through(served))


def test_serve_failures_are_infrastructure(served: Any) -> None:
    check_lost(through(served, "crash"), "engine died")
    lost_tool = through(served, "sandbox")
    assert (lost_tool.status, lost_tool.finish) == ("infra", "error")
    assert "sandbox" in (lost_tool.error or "")
    assert through(served, "exit").status == "infra"
