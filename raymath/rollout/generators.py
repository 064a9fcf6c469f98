"""Ways to reach a model: a Ray Serve handle, or any endpoint that speaks the OpenAI API.

    generation = await ServeGenerator(handle).generate(request)

The contract of a `Generator`: it answers every request with one `Generation` that carries the request's key. An
answer that infrastructure lost (replica gone, connection refused, sandbox lost) is a Generation too, with
``status="infra"``, ``finish="error"`` and the reason; it is never raised and never an empty answer. What the
user has to put right (no such model, wrong key) is raised as a `UserError`. Cancelling the call cancels the
request. Asking again what was lost is left to `raymath.rollout.runner`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from raymath.errors import ModelError
from raymath.records import Execution, Generation, Mode
from raymath.records import Protocol as ToolProtocol
from raymath.rollout.pacing import Pace

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. ``temperature`` 0 is greedy; ``max_tokens`` as the tool protocol counts them."""

    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None


@dataclass(frozen=True)
class Request:
    """One thing to ask. ``message`` is what the user says, suffix included, before any template."""

    model: str
    benchmark: str
    mode: Mode
    item: str
    message: str
    sampling: Sampling
    protocol: ToolProtocol = "raymath"
    sample: int = 0
    asked: str = ""
    """Hash of how it is asked; goes into its `Generation`."""

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """The key that its `Generation` will have."""
        return (self.model, self.benchmark, self.mode, self.item, self.sample)

    def generation(self, **known: Any) -> Generation:
        """The Generation of this request, with what is known of its answer.

        Raises:
            pydantic.ValidationError: that is not what a Generation holds.
        """
        own = {name: getattr(self, name) for name in ("model", "benchmark", "mode", "item", "sample", "asked")}
        return Generation(**own, seed=self.sampling.seed, **known)

    def lost(self, reason: str, seconds: float = 0.0) -> Generation:
        """The Generation of this request when infrastructure lost it."""
        return self.generation(
            prompt=self.message, text="", finish="error", status="infra", error=reason, rounds=0, seconds=seconds
        )


class Generator(Protocol):
    """Whatever answers requests; the module's docstring is its contract."""

    async def generate(self, request: Request) -> Generation:
        """One answer; infrastructure failures come back as ``status="infra"``."""
        ...


#: What a server says of one answer, beside the request's own fields.
_REPORTED = (
    "prompt",
    "text",
    "finish",
    "status",
    "error",
    "prompt_tokens",
    "completion_tokens",
    "tool_tokens",
    "rounds",
    "seconds",
)


def read_answer(request: Request, answer: Mapping[str, Any]) -> Generation:
    """A server's answer → Generation; one that is not readable, or lost a program's run, is ``infra``."""
    try:
        executions = tuple(Execution.model_validate(row) for row in answer.get("executions") or ())
        fields = {name: answer[name] for name in _REPORTED if name in answer}
        generation = request.generation(**fields, executions=executions)
    except ValidationError as error:
        return request.lost(f"the server's answer is not a generation: {error.errors()[0]['msg']}")
    if generation.status == "ok" and any(run.status == "infra" for run in executions):
        # The model wrote on after a tool failure that was not its own: what it wrote is no measurement.
        update = {"status": "infra", "finish": "error", "error": "the sandbox lost a program"}
        return generation.model_copy(update=update)
    return generation


class ServeGenerator:
    """Asks a Ray Serve deployment through its handle, without HTTP.

    The deployment's method: ``solve(message, mode, sampling, protocol) -> dict`` with the fields of `Generation`
    that a server knows (prompt, text, executions, finish, token counts, rounds, seconds, status, error). One that has
    not come after `timeout_s` seconds is lost.
    """

    def __init__(self, handle: Any, timeout_s: float | None = None) -> None:
        import ray.serve.exceptions  # noqa: F401 - takes seconds, and the first request should not be what waits for it

        self._handle, self._timeout_s = handle, timeout_s

    async def generate(self, request: Request) -> Generation:
        """As the contract says; whatever Ray raises is infrastructure."""
        from ray.exceptions import RayError
        from ray.serve.exceptions import RayServeException

        began = time.monotonic()
        try:
            response = self._handle.solve.remote(
                request.message, request.mode, asdict(request.sampling), request.protocol
            )
            try:
                async with asyncio.timeout(self._timeout_s):
                    answer = await response
            except (asyncio.CancelledError, TimeoutError):
                response.cancel()
                raise
        except (RayError, RayServeException, TimeoutError, ConnectionError) as error:
            return request.lost(_reason(error), time.monotonic() - began)
        return read_answer(request, answer)


def _reason(error: Exception) -> str:
    """One line for the record: the error that happened in the replica, without Ray's picture of the stack."""
    from ray.exceptions import RayTaskError

    cause = error.cause if isinstance(error, RayTaskError) else error
    lines = str(cause).strip().splitlines()
    return f"{type(cause).__name__}: {lines[0] if lines else ''}".rstrip(": ")


class HttpGenerator:
    """Asks any OpenAI-compatible endpoint for a chat completion.

    Modes ``tir`` and ``pot`` ask for ``NAME:tir`` and ``NAME:pot``, as raymath offers them. Where the response
    carries raymath's extension field (``raymath``: the fields that `ServeGenerator` reads), transcript and
    programs are taken from it; otherwise the message's text is the transcript. Connection failures, 429 and 5xx
    are retried by the client, `max_retries` times with growing pauses. What an answer cost is in its
    ``Generation.cost``, and all of them in `pace`.

    Args:
        base_url: the endpoint, ending in ``/v1``.
        name: the model's name there; the request's own where not given.
        api_key: sent as bearer token.
        timeout_s: longest time of one attempt.
        modes: the endpoint offers these names; without, each mode asks for the bare one.
        extension: send the tool protocol along (raymath's own endpoint; others may refuse unknown fields).
        pace: how fast it may be asked, and its prices.
    """

    def __init__(
        self,
        base_url: str,
        name: str | None = None,
        *,
        api_key: str = "none",
        timeout_s: float = 600.0,
        max_retries: int = 4,
        modes: bool = True,
        extension: bool = False,
        pace: Pace | None = None,
    ) -> None:
        from openai import AsyncOpenAI

        self._client: AsyncOpenAI = AsyncOpenAI(
            base_url=base_url, api_key=api_key, timeout=timeout_s, max_retries=max_retries
        )
        self._url = base_url
        self._name = name
        self._modes = modes
        self._extension = extension
        self.pace = pace or Pace()

    async def generate(self, request: Request) -> Generation:
        """As the contract says.

        Raises:
            ModelError: the endpoint knows no such model or does not accept the key.
        """
        began = time.monotonic()
        found = await self.complete(
            request, [{"role": "user", "content": request.message}], request.sampling.max_tokens
        )
        if isinstance(found, Generation):
            return found
        completion, cost = found
        generation = _read_completion(request, completion, time.monotonic() - began)
        return generation.model_copy(update={"cost": cost})

    async def complete(
        self,
        request: Request,
        messages: list[dict[str, str]],
        max_tokens: int,
        stop: Sequence[str] = (),
        seed: int | None = None,
    ) -> tuple[ChatCompletion, float] | Generation:
        """One completion of a conversation, with a choice in it, and its cost; the lost Generation where it failed.

        Args:
            request: what is asked, for its model, mode and sampling.
            messages: of OpenAI's chat API.
            max_tokens: of this completion.
            stop: texts that end it; the endpoint leaves them out of it.
            seed: in place of the request's.

        Raises:
            ModelError: as for `generate`.
            UserError: the pace's budget is spent.
        """
        # Three characters a token: too many for English, and the answer's usage puts it right.
        estimate = max_tokens + sum(len(message["content"]) for message in messages) // 3
        async with self.pace.turn(estimate) as bill:
            completion = await self._complete(request, messages, max_tokens, stop, seed)
            if isinstance(completion, Generation):
                return completion
            usage = completion.usage
            return completion, bill(usage.prompt_tokens, usage.completion_tokens) if usage else 0.0

    async def _complete(
        self,
        request: Request,
        messages: list[dict[str, str]],
        max_tokens: int,
        stop: Sequence[str],
        seed: int | None,
    ) -> ChatCompletion | Generation:
        import openai

        name = (self._name or request.model) + (f":{request.mode}" if self._modes and request.mode != "cot" else "")
        began = time.monotonic()
        try:
            completion = await self._client.chat.completions.create(
                model=name,
                messages=messages,  # type: ignore[arg-type]  # the client's own types are one a role
                max_tokens=max_tokens,
                temperature=request.sampling.temperature,
                top_p=request.sampling.top_p,
                seed=request.sampling.seed if seed is None else seed,
                stop=list(stop) or None,
                extra_body={"protocol": request.protocol} if self._extension else None,
            )
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise ModelError(f"{self._url} does not accept the key ({error.status_code})", "give its API key") from None
        except openai.NotFoundError:
            raise ModelError(f"{self._url} has no model '{name}'", "look at its /models for the names") from None
        except openai.OpenAIError as error:
            # Refused (a prompt too long, say), unreachable or overloaded after all retries: not an answer.
            return request.lost(f"{type(error).__name__}: {error}", time.monotonic() - began)
        if not completion.choices:
            return request.lost("the endpoint answered without a choice", time.monotonic() - began)
        return completion

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


_FINISH = {"stop": "stop", "length": "length", "tool_calls": "stop", "content_filter": "stop"}


def _read_completion(request: Request, completion: ChatCompletion, seconds: float) -> Generation:
    extension = (completion.model_extra or {}).get("raymath")
    choice = completion.choices[0]
    usage = completion.usage
    answer: dict[str, Any] = {
        "prompt": request.message,
        "text": choice.message.content or "",
        "finish": _FINISH.get(choice.finish_reason or "stop", "stop"),
        "prompt_tokens": usage.prompt_tokens if usage else 0,
        "completion_tokens": usage.completion_tokens if usage else 0,
        "seconds": seconds,
    }
    if isinstance(extension, Mapping):
        answer |= extension
    return read_answer(request, answer)
