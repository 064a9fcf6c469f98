"""What stands between engine and HTTP, without either: cores, ASGI calls, settings, addresses, conversations."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from raymath.config import ServeSettings, load
from raymath.presets import PRESETS
from raymath.records import Execution, Program
from raymath.sandbox import run_async
from raymath.serve.asgi import Head, call
from raymath.serve.chat import Conversations, _all, _within
from raymath.serve.cores import claim
from raymath.serve.driver import Delta, Driver, PromptLengthError, Sampling, Written
from raymath.serve.engine import Engine, _reason, engine_arguments, environment, openmp
from raymath.serve.protocols import rules
from raymath.serve.toolloop import Generate, ToolLoop
from raymath.serve.wire import RefusalError


def test_no_two_replicas_get_the_same_core(tmp_path: Path) -> None:
    first = claim(2, range(5), tmp_path)
    second = claim(2, range(5), tmp_path)
    assert (first.ids, second.ids) == ((0, 1), (2, 3))
    assert claim(2, range(5), tmp_path).ids == ()  # one is left: not enough
    assert claim(1, range(5), tmp_path).ids == (4,)  # and the attempt before kept none
    first.release()
    first.release()
    assert claim(2, range(5), tmp_path).ids == (0, 1)


def test_the_cores_of_a_dead_replica_are_free(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from raymath.serve.cores import claim;"
        "cores = claim(1, range(1), Path(sys.argv[1])); print(cores.ids, flush=True); os.kill(os.getpid(), 9)"
    )
    dead = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert dead.stdout.strip() == "(0,)"
    assert claim(1, range(1), tmp_path).ids == (0,)


def test_locks_of_another_user_are_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    assert claim(1, range(1), tmp_path).ids == ()
    assert list(tmp_path.iterdir()) == []


def test_the_environment_gives_an_engine_its_own_cores() -> None:
    cpu = ServeSettings(cpus_per_replica=2)
    assert environment(cpu, (0, 1))["OMP_NUM_THREADS"] == "2"
    assert environment(cpu, ())["OMP_NUM_THREADS"] == "2"
    assert environment(ServeSettings(cpus_per_replica=0.5), ())["OMP_NUM_THREADS"] == "1"
    assert environment(cpu, (0, 1))["VLLM_CPU_OMP_THREADS_BIND"] != "auto"
    gpu = environment(ServeSettings(gpus_per_replica=1), ())
    assert "OMP_NUM_THREADS" not in gpu
    assert gpu["VLLM_MAX_N_SEQUENCES"] == environment(cpu, ())["VLLM_MAX_N_SEQUENCES"] == "64"


def test_the_engines_threads_are_bound_with_either_openmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "libiomp5.so"
    assert openmp((0, 1), library) == {"GOMP_CPU_AFFINITY": "0 1"}
    assert openmp((), library) == {}
    library.touch()
    monkeypatch.setenv("LD_PRELOAD", "other.so")
    assert openmp((2, 3), library)["LD_PRELOAD"] == f"{library} other.so"
    assert "proclist=[2,3]" in openmp((2, 3), library)["KMP_AFFINITY"]
    assert "KMP_AFFINITY" not in openmp((), library)


def test_the_users_engine_arguments_have_the_last_word(tmp_path: Path) -> None:
    own = ServeSettings(kv_cache_gb=0.5, engine={"dtype": "float32", "block_size": 32})
    arguments = engine_arguments("dir", own)
    assert (arguments["dtype"], arguments["block_size"], arguments["kv_cache_memory_bytes"]) == ("float32", 32, 2**29)
    assert "enforce_eager" not in engine_arguments("dir", ServeSettings(gpus_per_replica=1))
    assert "load_format" not in arguments
    assert engine_arguments(str(tmp_path), own)["load_format"] == "safetensors"


def test_what_a_validation_error_says_is_found() -> None:
    from pydantic import BaseModel, ValidationError, model_validator

    class Model(BaseModel):
        size: int = 0

        @model_validator(mode="after")
        def _positive(self) -> Model:
            if self.size < 0:
                raise ValueError("the size is negative")
            return self

    said = []
    for size in (-1, "many"):
        with pytest.raises(ValidationError) as raised:
            Model(size=size)  # type: ignore[arg-type]
        said.append(_reason(raised.value))
    assert said[0] == "the size is negative"
    assert said[1].startswith("size: Input should be a valid integer")
    assert _reason(ValueError("the first\nand more")) == "the first"
    assert _reason(TypeError()) == "TypeError"


def test_what_ends_a_turn_is_no_part_of_it_and_a_request_given_up_no_answer() -> None:
    class Tokenizer:
        def decode(self, ids: list[int], skip_special_tokens: bool) -> str:
            return {7: "<stop>"}[ids[0]]

    model = SimpleNamespace(get_diff_sampling_param=dict)
    engine = Engine(SimpleNamespace(get_tokenizer=Tokenizer, model_config=model), "m", "dir")
    ask = Generate(9, ("```output",), include_stop=True)

    def written(text: str, reason: str, stop: str | int | None = None, ask: Generate = ask) -> tuple[str, str]:
        found = engine._written(SimpleNamespace(finish_reason=reason, stop_reason=stop), ask, text, 2)
        assert found.tokens == 2
        return found.text, found.ended

    assert written("x\n```output", "stop", "```output") == ("x\n```output", "stop")
    assert written("x User:", "stop", "User:") == ("x ", "eos")
    assert written("x<stop>", "stop", 7) == ("x", "eos")
    assert written("x", "stop") == ("x", "eos")
    assert written("x User:", "length") == ("x User:", "length")
    assert written("User: x", "stop", "User:", Generate(9)) == ("User: x", "eos")
    for reason in ("abort", "error"):
        with pytest.raises(RuntimeError, match=reason):
            written("x", reason)


def test_the_cause_is_found_in_a_replicas_traceback() -> None:
    from raymath.serve.deploy import _cause

    message = (
        "The deployment failed to start 3 times in a row. Error:\nTraceback (most recent call last):\n"
        '  File "x.py", line 1, in y\nraymath.errors.ConfigError: vLLM refuses the settings for m: bad. Change them.'
    )
    assert _cause(message) == "vLLM refuses the settings for m: bad. Change them"
    assert _cause("no resources") == "no resources"


@pytest.mark.parametrize(("others", "shut"), [((), True), (("raymath",), False)])
def test_serve_goes_on_while_another_application_is_there(
    others: tuple[str, ...], shut: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from raymath.serve import deploy

    told: list[str] = []
    monkeypatch.setattr(deploy.serve, "delete", told.append)
    monkeypatch.setattr(deploy.serve, "shutdown", lambda: told.append("shutdown"))
    monkeypatch.setattr(deploy.status.serve, "status", lambda: SimpleNamespace(applications=dict.fromkeys(others)))
    for owns in (True, False):
        told.clear()
        deploy.Deployment("eval-1", "", {"m": "model:m"}, owns_serve=owns).close()
        assert told == ["eval-1", *(["shutdown"] if shut and owns else [])]


def test_presets_are_found_by_name_then_directory_then_the_runs_model() -> None:
    from raymath.serve.app import preset_of

    plain = load()
    own = load(None, ["model.name=deepseek-ai/deepseek-math-7b-base"])
    assert preset_of("mine", "/some/dir", plain).template == "chat"
    assert preset_of("mine", "deepseek-ai/deepseek-math-7b-rl", plain).template == "deepseek"
    assert preset_of("mine", "/some/dir", own).protocol == "deepseek"
    assert preset_of("other", "org/other", own).template == "chat"  # a model of its own
    assert preset_of("mine", "/some/dir", load(None, ["model.template=alpaca"])).template == "alpaca"


async def _parts(app) -> list[Head | bytes]:  # type: ignore[no-untyped-def]
    return [part async for part in call(app, "/path", b'{"a": 1}')]


def test_an_asgi_application_is_called_and_its_answer_passed_on() -> None:
    from starlette.requests import Request
    from starlette.responses import JSONResponse, StreamingResponse

    async def whole(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        data = await Request(scope, receive).json()
        await JSONResponse({"path": scope["path"], "data": data}, 418)(scope, receive, send)

    async def stream(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        async def parts():  # type: ignore[no-untyped-def]
            for part in ("a", "b"):
                yield part
                await asyncio.sleep(0.01)

        await StreamingResponse(parts(), media_type="text/event-stream")(scope, receive, send)

    head, body = asyncio.run(_parts(whole))
    assert head == Head(418, "application/json")
    assert body == b'{"path":"/path","data":{"a":1}}'
    head, *parts = asyncio.run(_parts(stream))
    assert isinstance(head, Head)
    assert head.content_type.startswith("text/event-stream")
    assert (b"".join(parts), len(parts)) == (b"ab", 2)  # type: ignore[arg-type]


def test_an_asgi_application_that_fails_raises_and_one_whose_client_goes_is_told() -> None:
    async def fails(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        raise ZeroDivisionError

    told = []

    async def endless(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            told.append((await receive())["type"])
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    async def leave() -> None:
        answer = call(endless, "/", b"")
        await anext(answer)
        await answer.aclose()
        await asyncio.sleep(0.01)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(_parts(fails))
    asyncio.run(leave())
    assert told == ["http.disconnect"] or told == ["cancelled"]


@dataclass
class ByHeart:
    """A writer that knows what to say in each generation; a token is a character."""

    lines: list[tuple[str, str]]
    context: int = 10_000
    cached: int = 0
    asked: list[tuple[str, Generate, Sampling]] = field(default_factory=list)

    def encode(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(map(chr, ids))

    async def write(self, ids: list[int], ask: Generate, sampling: Sampling, delta: Delta | None = None) -> Written:
        self.asked.append(("".join(map(chr, ids)), ask, sampling))
        text, ended = self.lines.pop(0)
        for letter in text[: ask.max_tokens] if delta else "":
            delta(letter)
        tokens = min(len(text), ask.max_tokens)
        return Written(text[: ask.max_tokens], ended, tokens, self.cached, block=4)  # type: ignore[arg-type]


async def _sandbox(program: Program) -> Execution:
    return await run_async(program.code, timeout_s=program.timeout_s or 10, replay=program.replay)


def test_a_conversation_runs_its_programs_and_counts_everything() -> None:
    writer = ByHeart(
        [("```python\nx = 20\n```\n", "stop"), ("```python\nprint(x + 1)\n```\n", "stop"), ("So 21.", "eos")],
        cached=20,
    )
    told: list[tuple[str, bool]] = []
    driver = Driver(writer, _sandbox)
    loop = ToolLoop.start(rules("raymath"), 1000)
    sampling = Sampling(seed=7)
    answer = asyncio.run(driver.answer("Q:", loop, sampling, lambda text, tool: told.append((text, tool))))
    assert [run.status for run in answer.executions] == ["ok", "ok"]
    assert answer.executions[1].stdout == "21\n"
    assert answer.text == "".join(text for text, _ in told)
    assert len(told) > 20  # as it comes
    stretches = ["".join(text for text, _ in told_) for _, told_ in itertools.groupby(told, lambda one: one[1])]
    assert [tool for tool, _ in itertools.groupby(told, lambda one: one[1])] == [False, True, False, True, False]
    assert answer.completion_tokens == sum(len(text) for text, tool in told if not tool)
    assert answer.tool_tokens == sum(len(text) for text, tool in told if tool)
    assert (answer.prompt_tokens, answer.rounds, answer.finish, answer.error) == (2, 3, "stop", None)
    # Each generation goes on from all there is, with a seed of its own.
    assert [prompt for prompt, _, _ in writer.asked] == [
        "Q:" + answer.text[:at] for at in (0, len(stretches[0] + stretches[1]), len(answer.text) - 6)
    ]
    seeds = [sampling.seed for _, _, sampling in writer.asked]
    assert seeds[0] == 7
    assert len(set(seeds)) == 3
    # Of what a round has read and written, the next finds the whole blocks in the cache, at most: here 20 tokens.
    ends = [len("Q:" + stretches[0]), len("Q:" + "".join(stretches[:3]))]
    assert answer.reread_tokens == sum((end - 1) // 4 * 4 for end in ends)
    assert answer.cached_tokens == 2 * 20


@dataclass
class InPairs(ByHeart):
    """Its tokenizer makes one token of two letters; what it writes has a token for each of the first ten."""

    read: list[list[int]] = field(default_factory=list)

    def encode(self, text: str) -> list[int]:
        return [ord(text[at]) * 1000 + ord((text[at + 1 :] or "~")[0]) for at in range(0, len(text), 2)]

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(chr(one) if one < 1000 else chr(one // 1000) + chr(one % 1000) for one in ids).rstrip("~")

    async def write(self, ids: list[int], ask: Generate, sampling: Sampling, delta: Delta | None = None) -> Written:
        self.read.append(ids)
        text, ended = self.lines.pop(0)
        wrote = (*map(ord, text[:10]), *self.encode(text[10:]), *self.encode("<end>"))
        return Written(text, ended, len(wrote), ids=wrote)  # type: ignore[arg-type]


def test_what_a_model_wrote_in_other_tokens_stays() -> None:
    program = "```python\nprint(6 * 7)\n```\n"
    writer = InPairs([(program, "stop"), (program, "stop"), ("So 42.", "eos")])
    answer = asyncio.run(Driver(writer, _sandbox).answer("Q:", ToolLoop.start(rules("raymath"), 1000), Sampling()))
    assert answer.text == 2 * f"{program}```output\n42\n```\n" + "So 42."
    first, second, third = writer.read
    assert second[len(first) : len(first) + 10] == third[len(first) : len(first) + 10] == [*map(ord, program[:10])]
    for ids, text in ((second, answer.text[: len(answer.text) // 2 - 3]), (third, answer.text[:-6])):
        assert writer.decode(ids) == "Q:" + text
    # All but the last few of what was read and written comes first in what is read next.
    assert third[: len(second)] == second


@pytest.mark.parametrize("protocol", ["deepseek", "tora"])
def test_the_published_protocols_read_text(protocol: Any) -> None:
    writer = InPairs([("```python\nprint(6 * 7)\n```\n", "stop"), ("So $\\boxed{42}$.", "eos")])
    answer = asyncio.run(Driver(writer, _sandbox).answer("Q:", ToolLoop.start(rules(protocol), 1000), Sampling()))
    first, second = writer.read
    own = writer.encode(answer.text)
    assert second[len(first) :] == own[: len(second) - len(first)]


def test_a_tokenizer_that_cannot_be_glued_is_asked_for_the_whole() -> None:
    writer = InPairs([])
    driver = Driver(writer, _sandbox)
    assert driver._continued([ord("a"), 1, 2, 3, 4], "abcdef") == [ord("a"), *writer.encode("bcdef")]
    assert driver._continued([ord("x"), 1, 2, 3, 4], "abcdef") == writer.encode("abcdef")
    writer.decode = lambda ids: "a" if len(ids) == 1 else " a"  # type: ignore[method-assign]
    assert driver._continued([ord("a"), 1, 2, 3, 4], "abcdef") == writer.encode("abcdef")


def test_a_conversation_ends_where_the_context_is_full() -> None:
    text = "```python\nprint(1)\n```\n"
    writer = ByHeart([(text, "stop"), ("more", "eos")], context=2 + len(text) + len("```output\n1\n```\n"))
    answer = asyncio.run(Driver(writer, _sandbox).answer("Q:", ToolLoop.start(rules("raymath"), 1000), Sampling()))
    assert answer.finish == "length"
    assert answer.text == f"{text}```output\n1\n```\n"
    with pytest.raises(PromptLengthError):
        asyncio.run(Driver(writer, _sandbox).answer("Q" * 99, ToolLoop.start(rules("raymath"), 1), Sampling()))


def test_an_answer_that_nobody_waits_for_leaves_no_program() -> None:
    def programs() -> set[int]:
        return {process.pid for process in psutil.Process().children(recursive=True)}

    async def until(true: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not true():
                await asyncio.sleep(0.05)

    async def leave() -> None:
        await run_async("print(1)")  # from here on nothing but programs is started
        before = programs()
        writer = ByHeart([("```python\nwhile True: pass\n```\n", "stop")])
        talk = Driver(writer, _within(_sandbox, 60, 60))
        task = asyncio.create_task(talk.answer("Q:", ToolLoop.start(rules("raymath"), 100), Sampling()))
        await until(lambda: bool(programs() - before))
        running = programs() - before
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not running & programs())

    asyncio.run(leave())


def test_what_is_too_much_reaches_the_gateway(tiny_model: Path) -> None:
    from raymath.serve.app import build

    few = ["serve.max_replicas=2", "serve.max_ongoing_requests=3", "serve.max_queued_requests=5"]
    front = build({"a": str(tiny_model), "b": str(tiny_model)}, load(None, few))._bound_deployment
    assert front.max_ongoing_requests >= 2 * (2 * 3 + 5) + 1000, "it would wait where no deadline and no limit holds"


def test_a_request_that_may_not_wait_is_told_to_come_again() -> None:
    from ray.serve.exceptions import BackPressureError

    from raymath.serve import app

    class Refused:
        """What Serve gives for a request that finds the queue full."""

        async def __anext__(self) -> Head:
            raise BackPressureError(num_queued_requests=1, max_queued_requests=1)

        def cancel(self) -> None:
            raise BackPressureError(num_queued_requests=1, max_queued_requests=1)

    remote = SimpleNamespace(openai=SimpleNamespace(remote=lambda path, body: Refused()))
    handle: Any = SimpleNamespace(options=lambda stream, session_id: remote, deployment_name="model:m")

    async def ask() -> Head | bytes:
        return await anext(app.Handles({"m": handle}, "a", 1)("m", "/v1/x", b"{}", ""))

    with pytest.raises(RefusalError, match="too many requests wait") as refused:
        asyncio.run(ask())
    assert refused.value.status == 503


@pytest.mark.parametrize("starts", [True, False])
def test_a_request_waits_bounded_for_a_first_replica(starts: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from raymath.serve import app

    class Answer:
        """Of a replica that is there after 0.2 s, and answers after 0.4 s; or never."""

        def __init__(self) -> None:
            self.cancelled = False
            self.parts: list[Head | bytes] = [Head(200, "application/json"), b"{}"]

        def __aiter__(self) -> Answer:
            return self

        async def __anext__(self) -> Head | bytes:
            if len(self.parts) == 2:
                await asyncio.sleep(0.4 if starts else 60)
            if not self.parts:
                raise StopAsyncIteration
            return self.parts.pop(0)

        def cancel(self) -> None:
            self.cancelled = True

    answer = Answer()
    remote = SimpleNamespace(openai=SimpleNamespace(remote=lambda path, body: answer))
    handle: Any = SimpleNamespace(options=lambda stream, session_id: remote, deployment_name="model:m")
    asked = 0

    def status() -> Any:
        nonlocal asked
        asked += 1
        states = {"RUNNING": 1} if starts and asked > 2 else {"STARTING": 1}
        part = SimpleNamespace(replica_states=states)
        return SimpleNamespace(applications={"a": SimpleNamespace(deployments={"model:m": part})})

    monkeypatch.setattr(app.status.serve, "status", status)
    monkeypatch.setattr(app, "_STATUS_EVERY_S", 0.05)

    async def ask() -> list[Head | bytes]:
        # The bound is shorter than the answer takes: once a replica is there, it may take its time.
        return [part async for part in app.Handles({"m": handle}, "a", 0.3)("m", "/v1/x", b"{}", "")]

    if starts:
        assert asyncio.run(ask()) == [Head(200, "application/json"), b"{}"]
    else:
        with pytest.raises(RefusalError, match="is starting") as refused:
            asyncio.run(ask())
        assert (refused.value.status, refused.value.wait) == (503, app._START_AGAIN_S)
    assert answer.cancelled


def test_many_that_wait_ask_serve_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from raymath.serve import app

    asked: list[None] = []
    monkeypatch.setattr(app.status, "applications", lambda: asked.append(None) or {})
    handle: Any = SimpleNamespace(deployment_name="model:m")

    async def ask(age_s: float) -> list[list[str]]:
        handles = app.Handles({"m": handle}, "a", 1)
        return await asyncio.gather(*(handles.waiting(age_s) for _ in range(50)))

    assert asyncio.run(ask(60)) == [["m"]] * 50
    assert len(asked) == 1
    assert asyncio.run(ask(0)) == [["m"]] * 50  # whether it is ready is asked anew each time
    assert len(asked) == 51


def test_a_request_may_shorten_a_programs_time_and_not_lengthen_it() -> None:
    asked: list[float | None] = []

    async def run(program: Program) -> Execution:
        asked.append(program.timeout_s)
        return Execution(status="ok")

    for seconds, given in ((3.0, None), (99.0, None), (3.0, 5.0), (7.0, 5.0)):
        asyncio.run(_within(run, seconds, 10.0)(Program(code="", timeout_s=given)))  # type: ignore[arg-type]
    assert asked == [3.0, 10.0, 3.0, 5.0]


def test_where_one_choice_fails_the_others_are_cancelled() -> None:
    ended: list[str] = []

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def both() -> None:
        with pytest.raises(ZeroDivisionError):
            await _all([long(), fails()])
        await asyncio.sleep(0)
        assert ended == ["cancelled"]

    asyncio.run(both())


def test_fields_that_mean_nothing_with_tools_are_refused_by_their_names() -> None:
    engine: Any = SimpleNamespace(tokenizer=SimpleNamespace(bos_token=None))  # cannot read: refused before
    talk = Conversations(engine, _sandbox, PRESETS["deepseek-ai/deepseek-math-7b-rl"])

    async def refusal(**fields: Any) -> bytes:
        data = {"model": "m:tir", "messages": [{"role": "user", "content": "1+1?"}], **fields}
        head, body = [part async for part in talk.chat("/v1/chat/completions", data, "tir")]
        assert head == (400, "application/json")
        assert isinstance(body, bytes)
        return body

    for field_, value in (("min_tokens", 5), ("ignore_eos", True), ("logprobs", True)):
        assert f"'{field_}' is not offered" in asyncio.run(refusal(**{field_: value})).decode()


def test_a_lost_sandbox_is_an_error_and_no_transcript() -> None:
    async def lost(program: Program) -> Execution:
        return Execution(status="infra", stderr="worker gone")

    writer = ByHeart([("```python\nprint(1)\n```\n", "stop")])
    answer = asyncio.run(Driver(writer, lost).answer("Q:", ToolLoop.start(rules("raymath"), 99), Sampling()))
    assert answer.finish == "error"
    assert answer.error is not None
    assert "worker gone" in answer.error
    assert "output" not in answer.text
