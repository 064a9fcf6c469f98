"""Limits, prices and budget of an endpoint: with a clock of the test's own, and over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from endpoints import completion, endpoint
from hypothesis import given, settings
from hypothesis import strategies as st

from raymath.errors import UserError
from raymath.records import Generation
from raymath.rollout import HttpGenerator, Request, Sampling, Store, run
from raymath.rollout.chatloop import ChatLoopGenerator
from raymath.rollout.pacing import Pace


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def turns(pace: Pace, clock: Clock, tokens: list[tuple[int, int]]) -> list[float]:
    """When each of so many requests (estimated, really taken) was let through."""

    async def go() -> list[float]:
        when = []
        for estimate, taken in tokens:
            async with pace.turn(estimate) as bill:
                when.append(clock.now)
                bill(taken, 0)
        return when

    return asyncio.run(go())


@given(
    st.lists(st.tuples(st.integers(1, 120), st.integers(0, 120)), max_size=60),
    st.none() | st.integers(1, 5),
    st.none() | st.integers(50, 200),
)
@settings(max_examples=100, deadline=None)
def test_no_minute_has_more_than_its_share(
    tokens: list[tuple[int, int]], requests: int | None, most: int | None
) -> None:
    clock = Clock()
    pace = Pace(requests_per_minute=requests, tokens_per_minute=most, clock=lambda: clock.now, sleep=clock.sleep)
    when = turns(pace, clock, tokens)
    for at, start in enumerate(when):
        minute = [n for n in range(at + 1) if when[n] > start - 60]
        assert requests is None or len(minute) <= requests
        before = sum(tokens[n][1] for n in minute[:-1])
        # The one that is let through is estimated; of those before, it is known what they took.
        assert most is None or len(minute) == 1 or before + tokens[at][0] <= most
    if requests is None and most is None:
        assert when == [0.0] * len(tokens)


def test_a_budget_ends_the_asking() -> None:
    clock = Clock()
    pace = Pace(prompt_price=2.0, completion_price=10.0, budget=1.0, spent=0.9)

    async def one(prompt: int, answer: int) -> float:
        async with pace.turn(1) as bill:
            return bill(prompt, answer)

    assert asyncio.run(one(10_000, 4_000)) == pytest.approx(0.06)
    assert asyncio.run(one(10_000, 4_000)) == pytest.approx(0.06)  # it was begun within the budget
    with pytest.raises(UserError, match=r"cost 1\.02, and the budget is 1\. Raise the budget"):
        asyncio.run(one(1, 1))
    assert clock.now == 0


def request(n: int, mode: Any = "cot") -> Request:
    return Request("m", "b", mode, str(n), "2 + 2?", Sampling(32))


def test_the_answers_of_an_endpoint_have_their_cost(tmp_path: Path) -> None:
    clock = Clock()
    pace = Pace(
        requests_per_minute=2,
        prompt_price=1e6,
        completion_price=2e6,
        budget=50,
        clock=lambda: clock.now,
        sleep=clock.sleep,
    )

    async def ask(url: str) -> None:
        http = HttpGenerator(url, "name", modes=False, pace=pace)
        with Store(tmp_path / "g.jsonl") as store:
            try:
                await run([request(n) for n in range(9)], http, store, concurrency=1)
            finally:
                await http.close()

    with endpoint(lambda _: (200, completion("4", tokens=6, prompt=5))) as (url, got):
        with pytest.raises(UserError, match="budget"):
            asyncio.run(ask(url))
        with Store(tmp_path / "g.jsonl") as store:
            assert [one.cost for one in store] == [17.0] * 3
    assert len(got) == 3
    assert clock.now >= 60


def test_every_round_of_a_loop_is_paid_for() -> None:
    replies = iter(["```python\nprint(4)\n```\n", "So \\boxed{4}."])
    pace = Pace(completion_price=1e6)

    async def ask(url: str) -> Generation:
        http = HttpGenerator(url, "name", modes=False, pace=pace)
        try:
            return await ChatLoopGenerator(http, {"timeout_s": 10.0}).generate(request(0, "tir"))
        finally:
            await http.close()

    with endpoint(lambda _: (200, completion(next(replies), "stop", tokens=6))) as (url, _):
        generation = asyncio.run(ask(url))
    assert (generation.status, generation.rounds, generation.cost) == ("ok", 2, 12.0)
    assert pace.spent == 12.0
