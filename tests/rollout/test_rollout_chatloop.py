"""The tool loop around a plain endpoint: real programs, and a local server of the OpenAI API that reads out turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from endpoints import completion, endpoint

from raymath.records import Generation
from raymath.rollout import HttpGenerator, Request, Sampling
from raymath.rollout.chatloop import ChatLoopGenerator

REQUEST = Request("mine", "gsm8k", "tir", "7", "What is 6 * 7?", Sampling(200, 0.7, 0.9, seed=11), sample=1)
#: A turn is (text, finish reason, tokens).
Turn = tuple[str, str, int]


def reading(turns: list[Turn | int]) -> Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]:
    """One turn after another, or an HTTP status in its place."""
    left = iter(turns)

    def reply(_: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        turn = next(left)
        return (turn, {"error": {"message": "gone"}}) if isinstance(turn, int) else (200, completion(*turn))

    return reply


def ask(url: str, request: Request = REQUEST) -> Generation:
    async def once() -> Generation:
        http = HttpGenerator(url, modes=False, max_retries=0)
        try:
            return await ChatLoopGenerator(http, {"timeout_s": 10, "parallel": 2}).generate(request)
        finally:
            await http.close()

    return asyncio.run(once())


def test_programs_run_and_state_is_replayed() -> None:
    turns: list[Turn | int] = [
        ("I compute.\n```python\na = 6 * 7\nprint(a)\n", "stop", 20),  # the stop string is left out of it
        ("And once more.\n```python\nprint(a + 1)\n", "stop", 20),
        ("It is \\boxed{43}.", "stop", 8),
    ]
    with endpoint(reading(turns)) as (url, got):
        generation = ask(url)
    assert generation.text == (
        "I compute.\n```python\na = 6 * 7\nprint(a)\n```\n```output\n42\n```\n"
        "And once more.\n```python\nprint(a + 1)\n```\n```output\n43\n```\nIt is \\boxed{43}."
    )
    assert [run.stdout for run in generation.executions] == ["42\n", "43\n"]
    assert (generation.finish, generation.rounds, generation.completion_tokens) == ("stop", 3, 48)
    assert generation.key == REQUEST.key
    assert [message["role"] for message in got[2]["messages"]] == ["user", "assistant", "user", "assistant", "user"]
    assert got[1]["messages"][1:] == [
        {"role": "assistant", "content": "I compute.\n```python\na = 6 * 7\nprint(a)\n```"},
        {"role": "user", "content": "```output\n42\n```"},
    ]
    # One budget for all rounds, and a seed of its own for each.
    assert [body["max_tokens"] for body in got] == [200, 180, 160]
    assert len({body["seed"] for body in got}) == 3
    assert got[0]["model"] == "mine"


def test_without_a_program_one_turn_is_the_answer() -> None:
    with endpoint(reading([("It is \\boxed{42}.", "stop", 8)])) as (url, _):
        generation = ask(url)
    assert (generation.text, generation.finish, generation.executions) == ("It is \\boxed{42}.", "stop", ())


def test_the_budget_ends_a_loop() -> None:
    with endpoint(reading([("Let me think about ", "length", 200)])) as (url, _):
        assert ask(url).finish == "length"


def test_a_round_that_is_lost_loses_the_sample() -> None:
    with endpoint(reading([("```python\nprint(1)\n", "stop", 9), 503])) as (url, _):
        generation = ask(url)
    assert (generation.status, generation.text) == ("infra", "")
    assert "gone" in (generation.error or "")


def test_published_protocol() -> None:
    turns: list[Turn | int] = [
        ("```python\nprint(40 + 2)\n```\n", "stop", 20),
        ("It is \\boxed{42}.", "stop", 8),
    ]
    with endpoint(reading(turns)) as (url, got):
        generation = ask(url, replace(REQUEST, protocol="deepseek"))
    assert "```output\n42\n```\n" in generation.text
    assert got[0]["stop"] == ["```output"]
