"""A live server: OpenAI's API as its own client sees it, and the way around it for evaluation."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import openai
import psutil
import pytest
from commands import left_in_shared_memory
from ray.serve.config import RequestRouterConfig
from serve.served import NAME, Served

from raymath.prompts import user_message
from raymath.records import Execution, Generation
from raymath.serve.status import ONE_AT_A_TIME, applications
from raymath.serve.wire import EXTENSION

pytestmark = pytest.mark.timeout(900)

QUESTION = [{"role": "user", "content": "6 times 7?"}]
GREEDY = {"max_tokens": 256, "temperature": 0.0, "top_p": 1.0, "seed": None}


@pytest.fixture(scope="module")
def shared_memory() -> set[str]:
    return {path.name for path in Path("/dev/shm").iterdir()}


@pytest.fixture
def client(shared_memory: set[str], served: Served) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.deployment.url}/v1", api_key="none", max_retries=0, timeout=120)


def test_a_model_is_offered_under_its_names(client: openai.OpenAI, served: Served) -> None:
    assert [model.id for model in client.models.list()] == [NAME, f"{NAME}:tir", f"{NAME}:pot"]
    assert client.models.retrieve(f"{NAME}:tir").id == f"{NAME}:tir"
    assert httpx.get(f"{served.deployment.url}/health").status_code == 200


def test_several_threads_ask_for_the_status_of_what_is_served(served: Served) -> None:
    """Reading it changes what Serve pickles by value, as deploying another model beside it does."""

    def ask(_: int) -> str:
        with ONE_AT_A_TIME:
            RequestRouterConfig()  # as each deployment has one
        return applications()[served.deployment.name].status

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(200))) == {"RUNNING"}


def test_an_engine_has_the_openmp_that_does_not_spin(served: Served) -> None:
    first = {engine.environ()["LD_PRELOAD"].split()[0] for engine in served.engines}
    assert [Path(library).name for library in first] == ["libiomp5.so"]


def test_with_tools_the_model_writes_what_it_was_trained_on(client: openai.OpenAI, served: Served) -> None:
    answer = client.chat.completions.create(model=f"{NAME}:tir", messages=QUESTION, temperature=0, max_tokens=256)
    assert answer.choices[0].message.content == served.transcript
    assert answer.choices[0].finish_reason == "stop"
    details = answer.model_extra[EXTENSION]
    assert details["rounds"] == 3
    assert [run["stdout"] for run in details["executions"]] == ["42\n", "43\n"]  # the second needs the first's state
    assert answer.usage.prompt_tokens == len(served.prompt_ids)
    # What the model wrote and what programs printed are the whole transcript, and the end token.
    assert answer.usage.completion_tokens + details["tool_tokens"] == len(served.solution_ids)
    assert answer.usage.model_extra["tool_tokens"] == details["tool_tokens"]
    assert [segment["kind"] for segment in details["segments"]] == ["text", "code", "output", "code", "output", "text"]
    asked = {"model": f"{NAME}:tir", "messages": QUESTION, "temperature": 0, "max_tokens": 256}
    less = client.chat.completions.create(**asked, extra_body={"return_rounds": False, "program_timeout": 5})
    assert less.choices[0].message.content == served.transcript
    assert set(less.model_extra[EXTENSION]) & {"prompt", "text", "executions", "segments"} == set()
    assert [run["status"] for run in less.model_extra[EXTENSION]["programs"]] == ["ok", "ok"]


def test_a_request_has_a_deadline_and_the_server_says_when_it_is_ready(served: Served) -> None:
    url = served.deployment.url
    assert httpx.get(f"{url}/ready").json() == {"ready": True, "waiting": []}
    body = {"model": NAME, "messages": QUESTION, "max_tokens": 600, "ignore_eos": True, "timeout": 0.01}
    late = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=60)
    assert (late.status_code, late.json()["error"]["code"]) == (504, 504)


def test_the_suffix_is_added_once(client: openai.OpenAI, served: Served) -> None:
    asked = [{"role": "user", "content": user_message("6 times 7?", "tir", "en")}]
    answer = client.chat.completions.create(model=f"{NAME}:tir", messages=asked, temperature=0, max_tokens=256)
    assert answer.choices[0].message.content == served.transcript
    assert answer.usage.prompt_tokens == len(served.prompt_ids)


def test_the_plain_model_sees_the_ids_of_training(client: openai.OpenAI, served: Served) -> None:
    asked = [{"role": "user", "content": user_message("6 times 7?", "tir", "en")}]
    answer = client.chat.completions.create(
        model=NAME, messages=asked, temperature=0, max_tokens=40, extra_body={"return_token_ids": True}
    )
    assert answer.model_extra["prompt_token_ids"] == served.prompt_ids
    assert answer.choices[0].model_extra["token_ids"] == served.solution_ids[:40]
    assert answer.usage.completion_tokens == 40


def test_streams_add_up_to_the_answer(client: openai.OpenAI, served: Served) -> None:
    asked = {"messages": QUESTION, "temperature": 0, "max_tokens": 256, "stream_options": {"include_usage": True}}
    chunks = list(client.chat.completions.create(model=f"{NAME}:tir", stream=True, **asked))
    told = [(chunk.choices[0].delta.content or "", chunk.model_extra.get(EXTENSION)) for chunk in chunks[:-1]]
    assert "".join(text for text, _ in told) == served.transcript
    marked = [(extra["kind"], text) for text, extra in told if extra and "kind" in extra]
    assert "".join(text for kind, text in marked if kind == "code") == (
        "```python\nx = 6 * 7\nprint(x)\n```\n```python\nprint(x + 1)\n```\n"
    )
    assert [text for text, extra in told if extra and extra.get("tool")] == [
        "```output\n42\n```\n",
        "```output\n43\n```\n",
    ]
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.prompt_tokens == len(served.prompt_ids)

    whole = client.chat.completions.create(model=NAME, messages=QUESTION, temperature=0, max_tokens=30)
    stream = client.chat.completions.create(model=NAME, messages=QUESTION, temperature=0, max_tokens=30, stream=True)
    parts = [chunk.choices[0].delta.content or "" for chunk in stream]
    assert "".join(parts) == whole.choices[0].message.content
    assert len([part for part in parts if part]) > 1


def test_many_conversations_at_once_do_not_mix(served: Served) -> None:
    async def ask_all() -> list[str | None]:
        async with openai.AsyncOpenAI(
            base_url=f"{served.deployment.url}/v1", api_key="none", max_retries=0, timeout=300
        ) as client:
            names = [NAME if index % 3 == 0 else f"{NAME}:tir" for index in range(12)]
            asked = [
                client.chat.completions.create(model=name, messages=QUESTION, temperature=0, max_tokens=256)
                for name in names
            ]
            return [a.choices[0].message.content for a in await asyncio.gather(*asked)]

    answers = asyncio.run(ask_all())
    assert {text for index, text in enumerate(answers) if index % 3} == {served.transcript}


def test_seeded_samples_of_long_prompts_at_once(served: Served) -> None:
    """More prompt tokens than vLLM reads in one step, each with its own seed: an engine on a processor survives."""
    handle = served.deployment.handle(NAME)
    asked = [
        handle.solve.remote(
            user_message(f"{n} " + "word " * 100, "cot", "en"),
            "cot",
            {"max_tokens": 4, "temperature": 0.7, "top_p": 0.95, "seed": n},
            "raymath",
        )
        for n in range(24)
    ]
    answers = [one.result(timeout_s=240) for one in asked]
    assert {answer["status"] for answer in answers} == {"ok"}
    assert sum(answer["prompt_tokens"] for answer in answers) > 4 * 2048


def test_several_choices(client: openai.OpenAI, served: Served) -> None:
    answer = client.chat.completions.create(
        model=f"{NAME}:tir", messages=QUESTION, n=2, temperature=1.0, seed=1, max_tokens=20
    )
    assert [choice.index for choice in answer.choices] == [0, 1]
    assert answer.usage.completion_tokens == sum(
        choice["completion_tokens"] for choice in answer.model_extra[EXTENSION]["choices"]
    )


@pytest.mark.parametrize(
    ("model", "fields", "status"),
    [
        ("nobody", {}, 404),
        (f"{NAME}:nothing", {}, 404),
        (f"{NAME}:tir", {"temperature": "hot"}, 400),
        (f"{NAME}:tir", {"max_tokens": 0}, 400),
        (f"{NAME}:tir", {"max_tokens": -1}, 400),
        (f"{NAME}:tir", {"messages": []}, 400),
        (f"{NAME}:tir", {"messages": [{"role": "assistant", "content": "hello"}]}, 400),
        (f"{NAME}:tir", {"messages": [{"role": "user", "content": "long " * 400}]}, 400),
        (f"{NAME}:tir", {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400),
        (f"{NAME}:tir", {"logprobs": True}, 400),
        (f"{NAME}:tir", {"protocol": "other"}, 400),
        (f"{NAME}:tir", {"rounds": 0}, 400),
        (f"{NAME}:tir", {"rounds": True}, 400),
        (f"{NAME}:tir", {"program_timeout": "1"}, 400),
        (f"{NAME}:tir", {"return_rounds": 1}, 400),
        (f"{NAME}:tir", {"n": 1000}, 400),
        (f"{NAME}:tir", {"top_p": 7}, 400),
        (NAME, {"temperature": "hot"}, 400),
        (NAME, {"messages": [{"role": "user", "content": "long " * 400}]}, 400),
        (NAME, {"messages": "none"}, 400),
    ],
)
def test_what_is_wrong_with_a_request_is_said_in_openais_form(served: Served, model, fields, status) -> None:  # type: ignore[no-untyped-def]
    body = {"model": model, "messages": QUESTION, "max_tokens": 4} | fields
    answer = httpx.post(f"{served.deployment.url}/v1/chat/completions", json=body, timeout=60)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == status
    assert error["message"]
    assert "/" not in error["message"].replace("/v1/models", "")  # no path of the machine


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"model": 1}', b"\xff", b"[" * 100_000])
def test_a_malformed_body_is_refused(served: Served, body: bytes) -> None:
    answer = httpx.post(
        f"{served.deployment.url}/v1/chat/completions", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_an_unknown_path_or_a_huge_body_is_refused(served: Served) -> None:
    url = served.deployment.url
    assert httpx.get(f"{url}/v1/nothing").json()["error"]["code"] == 404
    assert httpx.get(f"{url}/v1/chat/completions").json()["error"]["code"] == 405
    huge = httpx.post(f"{url}/v1/chat/completions", content=b" " * (5 * 2**20), timeout=60)
    assert huge.status_code == 413
    with_tools = httpx.post(f"{url}/v1/completions", json={"model": f"{NAME}:tir", "prompt": "x"}, timeout=60)
    assert with_tools.status_code == 400


def test_a_handle_answers_with_all_that_a_record_needs(served: Served) -> None:
    handle = served.deployment.handle(NAME)
    message = user_message("6 times 7?", "tir", "en")
    answer = handle.solve.remote(message, "tir", GREEDY, "raymath").result(timeout_s=120)
    # Three rounds, of which the second and third begin with what the ones before them have read and written.
    assert answer.pop("reread_tokens") == answer.pop("cached_tokens") > 0
    executions = [Execution.model_validate(run) for run in answer.pop("executions")]
    known = {"model": NAME, "benchmark": "b", "mode": "tir", "item": "1"}
    generation = Generation(**known, **answer, executions=tuple(executions))
    assert generation.text == served.transcript
    assert (generation.status, generation.finish, generation.rounds) == ("ok", "stop", 3)
    assert [run.status for run in executions] == ["ok", "ok"]
    assert generation.prompt_tokens == len(served.prompt_ids)


def test_a_handle_is_awaited_from_any_event_loop(served: Served) -> None:
    handle = served.deployment.handle(NAME)
    message = user_message("6 times 7?", "tir", "en")

    async def ask() -> list[str]:
        asked = [handle.solve.remote(message, "tir", GREEDY, "raymath") for _ in range(4)]
        return [(await answer)["text"] for answer in asked]

    assert set(asyncio.run(ask()) + asyncio.run(ask())) == {served.transcript}
    with pytest.raises(KeyError):
        served.deployment.handle("nobody")


def test_a_handle_answers_in_every_mode_and_protocol(served: Served) -> None:
    handle = served.deployment.handle(NAME)
    message = user_message("6 times 7?", "tir", "en")
    plain = handle.solve.remote(message, "cot", GREEDY, "raymath").result(timeout_s=120)
    assert (plain["executions"], plain["rounds"]) == ([], 1)
    assert plain["text"].startswith("Let us compute.\n```python\nx = 6 * 7\nprint(x)\n```\n")
    pot = handle.solve.remote(message, "pot", GREEDY, "raymath").result(timeout_s=120)
    assert pot["text"].endswith("```\n```output\n42\n```\n")
    assert pot["finish"] == "stop"
    two = handle.solve.remote(message, "tir", GREEDY, "deepseek").result(timeout_s=120)
    assert two["rounds"] == 2
    assert [run["stdout"] for run in two["executions"]] == ["42\n", "43\n"]
    assert two["finish"] == "rounds"  # the second program ran, and the model may not go on


def test_a_prompt_without_room_is_an_empty_answer_and_a_fault_is_none(served: Served) -> None:
    handle = served.deployment.handle(NAME)
    answer = handle.solve.remote("long " * 400, "tir", GREEDY, "raymath").result(timeout_s=120)
    assert (answer["status"], answer["finish"], answer["text"]) == ("ok", "length", "")
    answer = handle.solve.remote("hello", "tir", {}, "raymath").result(timeout_s=120)
    assert (answer["status"], answer["finish"]) == ("infra", "error")
    assert "KeyError" in answer["error"]


def _answers(url: str) -> bool:
    try:
        # Serve itself may be somebody else's and go on: then its proxy knows our routes no more.
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.TransportError:
        return False


def test_closing_leaves_nothing(shared_memory: set[str], served: Served) -> None:
    assert served.engines, "the engine's processes were not found"
    served.deployment.close()
    _, alive = psutil.wait_procs(served.engines, timeout=60)
    assert not alive
    deadline = time.monotonic() + 60  # the proxy hears of it after the call has returned
    while _answers(served.deployment.url):
        assert time.monotonic() < deadline, "the application still answers"
        time.sleep(0.5)
    assert left_in_shared_memory(shared_memory) == set()
    served.deployment.close()  # a second time is nothing
