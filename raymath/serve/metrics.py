"""Prometheus metrics of the gateway, by way of Ray's: they are where the cluster's others are, with ``ray_`` in front.

    count = Metrics()
    count(seen)

| name | kind | labels |
|---|---|---|
| ``raymath_requests_total`` | counter | model, mode, status (HTTP; 499: the client went away) |
| ``raymath_request_seconds``, ``raymath_first_part_seconds`` | histogram | model, mode |
| ``raymath_tokens_total`` | counter | model, mode, kind (prompt, generated, tool, reread, cached) |
| ``raymath_rounds_total`` | counter | model, mode |
| ``raymath_programs_total`` | counter | model, mode, status (of `records.Execution`) |
| ``raymath_program_seconds`` | histogram | model, mode |
| ``raymath_requests_in_flight`` | gauge | |

The queues of the models are Serve's own ``ray_serve_deployment_queued_queries``. What the prefix cache gave to later
rounds of conversations with tools: ``cached`` of ``reread`` tokens.
"""

from __future__ import annotations

from typing import Any

from raymath.serve.observe import Seen

_SECONDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300]
_OF_MODEL = ("model", "mode")


class Metrics:
    """Counts finished requests; make one in a process that is connected to Ray."""

    def __init__(self) -> None:
        from ray.util.metrics import Counter, Gauge, Histogram

        def seconds(name: str, of: str) -> Any:
            return Histogram(name, of, boundaries=_SECONDS, tag_keys=_OF_MODEL)

        def counter(name: str, of: str, *tags: str) -> Any:
            return Counter(name, of, tag_keys=(*_OF_MODEL, *tags))

        self._requests = counter("raymath_requests_total", "Requests that ended.", "status")
        self._seconds = seconds("raymath_request_seconds", "From a request's head to the end of its answer.")
        self._first = seconds("raymath_first_part_seconds", "To the first part of an answer.")
        self._tokens = counter("raymath_tokens_total", "Tokens of prompts, generations and programs' output.", "kind")
        self._rounds = counter("raymath_rounds_total", "Generations of conversations with tools.")
        self._programs = counter("raymath_programs_total", "Programs that ran.", "status")
        self._program_seconds = seconds("raymath_program_seconds", "Wall time of a program.")
        self._in_flight = Gauge("raymath_requests_in_flight", "Requests that the gateway is answering.")

    def in_flight(self, requests: int) -> None:
        """So many requests are being answered now."""
        self._in_flight.set(requests)

    def __call__(self, seen: Seen) -> None:
        """A request has ended."""
        tags = {"model": seen.model, "mode": seen.mode}
        self._requests.inc(1, tags | {"status": str(seen.status)})
        self._seconds.observe(max(seen.seconds, 1e-4), tags)
        if seen.first_s is not None:
            self._first.observe(max(seen.first_s, 1e-4), tags)
        counted = {"prompt": seen.prompt_tokens, "generated": seen.generated_tokens, "tool": seen.tool_tokens}
        counted |= {"reread": seen.reread_tokens, "cached": seen.cached_tokens}
        for kind, tokens in counted.items():
            if tokens:
                self._tokens.inc(tokens, tags | {"kind": kind})
        if seen.rounds:
            self._rounds.inc(seen.rounds, tags)
        for status, seconds in seen.programs:
            self._programs.inc(1, tags | {"status": status})
            self._program_seconds.observe(max(seconds, 1e-4), tags)
