"""How fast an endpoint may be asked, and what its answers cost.

    pace = Pace(requests_per_minute=60, prompt_price=2.5, completion_price=10, budget=20)
    async with pace.turn(estimate) as bill: bill(usage)

One `Pace` for one endpoint's model in one process: others who use the same key are not seen. What an overloaded
endpoint answers (429) is left to the client's own retries.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from raymath.errors import UserError

_MINUTE = 60.0
_MILLION = 1e6


class Pace:
    """Limits by the minute, prices for a million tokens, and a budget; none of them where not given.

    Args:
        requests_per_minute: in any 60 s.
        tokens_per_minute: the same, prompts and answers together; a request counts as estimated until its answer says
            what it took.
        prompt_price, completion_price: of a million tokens.
        budget: no turn is given once so much is spent.
        spent: before, by answers that are kept.
        clock, sleep: of the waiting.

    Attributes:
        spent: what all answers have cost so far.
    """

    def __init__(
        self,
        *,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        prompt_price: float = 0.0,
        completion_price: float = 0.0,
        budget: float | None = None,
        spent: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._requests, self._tokens = requests_per_minute, tokens_per_minute
        self._prices = prompt_price, completion_price
        self._budget, self.spent = budget, spent
        self._clock, self._sleep = clock, sleep
        #: (when, tokens) of the turns of the last minute, the oldest first; tokens are put right when they are known.
        self._turns: deque[list[float]] = deque()
        self._queue = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, estimate: int) -> AsyncIterator[Callable[[int, int], float]]:
        """Wait until one more request may be sent.

        Args:
            estimate: tokens that it may take, at most about.

        Yields:
            A function to call with the answer's (prompt tokens, completion tokens); it gives what they cost.

        Raises:
            UserError: the budget is spent.
        """
        async with self._queue:  # in the order of asking
            await self._wait(estimate)
            turn = [self._clock(), float(estimate)]
            self._turns.append(turn)

        def bill(prompt: int, completion: int) -> float:
            turn[1] = prompt + completion
            cost = (prompt * self._prices[0] + completion * self._prices[1]) / _MILLION
            self.spent += cost
            return cost

        yield bill

    async def _wait(self, estimate: int) -> None:
        while True:
            if self._budget is not None and self.spent >= self._budget:
                raise UserError(
                    f"the answers have cost {self.spent:.2f}, and the budget is {self._budget:g}",
                    "raise the budget; what is answered is kept and is not asked again",
                )
            now = self._clock()
            while self._turns and self._turns[0][0] <= now - _MINUTE:
                self._turns.popleft()
            taken = sum(tokens for _, tokens in self._turns)
            # A request larger than a minute's tokens waits for an empty minute, or it would wait for ever.
            full = self._tokens is not None and self._turns and taken + estimate > self._tokens
            if not full and (self._requests is None or len(self._turns) < self._requests):
                return
            await self._sleep(max(0.01, self._turns[0][0] + _MINUTE - now))
