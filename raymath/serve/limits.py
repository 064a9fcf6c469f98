"""What one caller may ask: requests a minute and in flight, tokens, rounds; and what a body may be at all.

    data = parse(body)                              # a JSON object within bounds, or a RefusalError
    with callers.admit(limits):                     # a RefusalError with 429 where it is too much
        ask = bound(data, limits)

The bucket is our own dozen lines: one gateway process counts all requests, on a clock that a test can set; a library
for it brings storages and their threads for counters that are shared, which these are not.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from raymath.records import finite
from raymath.serve.wire import MOST_CHOICES, Json, RefusalError

#: Levels of lists and objects in a body, at most: far more than a request has, far less than breaks a parser.
MOST_LEVELS = 64


@dataclass(frozen=True)
class Limits:
    """Of one caller, by name; None is no limit."""

    name: str
    max_tokens: int | None = None
    max_rounds: int | None = None
    max_in_flight: int | None = None
    requests_per_minute: int | None = None


@dataclass
class _Caller:
    tokens: float
    at: float
    in_flight: int = 0


class Callers:
    """Who is asking at the moment, and how much they asked lately.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._callers: dict[str, _Caller] = {}

    @contextmanager
    def admit(self, limits: Limits) -> Iterator[None]:
        """Count a request while the block lasts.

        Raises:
            RefusalError: 429, with the seconds after which it may be tried again.
        """
        now, rate = self._clock(), limits.requests_per_minute
        caller = self._callers.setdefault(limits.name, _Caller(rate or 0, now))
        if limits.max_in_flight is not None and caller.in_flight >= limits.max_in_flight:
            raise RefusalError(429, f"{limits.max_in_flight} requests of this key are under way: wait for one", wait=1)
        if rate is not None:
            caller.tokens = min(rate, caller.tokens + (now - caller.at) * rate / 60)
            caller.at = now
            if caller.tokens < 1:
                wait = math.ceil((1 - caller.tokens) * 60 / rate)
                raise RefusalError(429, f"this key may ask {rate} times a minute: try again in {wait} s", wait=wait)
            caller.tokens -= 1
        caller.in_flight += 1
        try:
            yield
        finally:
            caller.in_flight -= 1


def parse(body: bytes) -> Json:
    """A body as a JSON object.

    Raises:
        RefusalError: 400: not JSON, no object, too deep, a number that is none or too large, or broken text.
    """
    try:
        data = json.loads(body, parse_float=finite, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RefusalError(400, "the body is not valid JSON") from None
    if not isinstance(data, dict):
        raise RefusalError(400, "the body is not a JSON object")
    _check(data)
    return data


def bound(data: Json, limits: Limits) -> Json:
    """The request with the caller's limits in it: what is over them is refused, what is not said is set to them.

    Raises:
        RefusalError: 400, naming the field.
    """
    messages = data.get("messages", [])
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise RefusalError(400, "messages must be a list of objects", "messages")
    choices = _positive(data, "n") or 1
    if choices * _prompts(data.get("prompt")) > MOST_CHOICES:
        raise RefusalError(400, f"n times the prompts must be at most {MOST_CHOICES}", "n")
    given = {field: _positive(data, field) for field in ("max_tokens", "max_completion_tokens", "rounds")}
    most = {"max_tokens": limits.max_tokens, "max_completion_tokens": limits.max_tokens, "rounds": limits.max_rounds}
    for field, value in given.items():
        limit = most[field]
        if value is not None and limit is not None and value > limit:
            raise RefusalError(400, f"{field} must be at most {limit} for this key", field)
    added: Json = {}
    if limits.max_tokens is not None and given["max_tokens"] is None and given["max_completion_tokens"] is None:
        added["max_tokens"] = limits.max_tokens
    if limits.max_rounds is not None and given["rounds"] is None:
        added["rounds"] = limits.max_rounds
    return {**data, **added}


def seconds(data: Json, field: str) -> float | None:
    """A field that is a positive number of seconds; None where it is not given.

    Raises:
        RefusalError: 400: it is something else.
    """
    value = data.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise RefusalError(400, f"{field} must be a positive number of seconds", field)
    return float(value)


def text(data: Json, field: str) -> str:
    """A field that is a text; empty where it is not given.

    Raises:
        RefusalError: 400: it is something else.
    """
    value = data.get(field)
    if value is not None and not isinstance(value, str):
        raise RefusalError(400, f"{field} must be a string", field)
    return value or ""


def _positive(data: Json, field: str) -> int | None:
    value = data.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise RefusalError(400, f"{field} must be a positive whole number", field)
    return value


def _prompts(prompt: Any) -> int:
    several = isinstance(prompt, list) and bool(prompt) and not isinstance(prompt[0], int)
    return len(prompt) if several else 1


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _check(data: Any) -> None:
    """Depth, whole numbers within 64 bits, and text that can be encoded; without recursion."""
    level = [data]
    for _ in range(MOST_LEVELS + 1):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value.keys()
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, int) and not -(2**63) <= value < 2**63:
                raise RefusalError(400, "the body holds a whole number of more than 64 bits")
            elif isinstance(value, str):
                _check_text(value)
        if not below:
            return
        level = below
    raise RefusalError(400, f"the body is nested more than {MOST_LEVELS} levels deep")


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RefusalError(400, "the body holds a lone surrogate, which is no character") from None
