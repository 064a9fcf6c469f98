"""Places in a queue: never more than there are, in order, and none lost with a caller that went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from raymath.sandbox.pool import Places


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 60))


def test_first_come_first_served_and_never_too_many() -> None:
    async def work() -> None:
        places, inside, most, order = Places(3), 0, 0, []

        async def one(number: int) -> None:
            nonlocal inside, most
            async with places:
                inside += 1
                most = max(most, inside)
                order.append(number)
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*map(one, range(50)))
        assert (most, order) == (3, list(range(50)))

    run(work)


@pytest.mark.parametrize("given", [False, True])
def test_a_place_is_not_lost_with_who_waited_for_it(given: bool) -> None:
    async def work() -> None:
        places = Places(1)
        await places.__aenter__()
        first, second = (asyncio.create_task(places.__aenter__()) for _ in range(2))
        await asyncio.sleep(0)
        if given:  # the place is handed over, and before it is taken its new owner is cancelled
            await places.__aexit__()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        if not given:
            await places.__aexit__()
        await second
        await places.__aexit__()
        await places.__aenter__()  # nobody waits, and it is free

    run(work)


def test_an_error_inside_gives_it_back() -> None:
    async def work() -> None:
        places = Places(1)
        for _ in range(3):
            with pytest.raises(ValueError, match="inside"):
                async with places:
                    raise ValueError("inside")

    run(work)
