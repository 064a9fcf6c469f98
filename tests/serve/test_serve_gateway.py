"""The HTTP side in process: the real ASGI application, with an engine that fails, hangs or answers on demand."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raymath.config import ServeSettings
from raymath.serve import keys
from raymath.serve.asgi import Head
from raymath.serve.observe import Journal, Seen
from raymath.serve.routes import application
from raymath.serve.wire import RefusalError

ANSWER = {
    "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8, "tool_tokens": 2},
    "raymath": {
        "rounds": 2,
        "tool_tokens": 2,
        "reread_tokens": 9,
        "cached_tokens": 8,
        "programs": [{"status": "ok", "seconds": 0.5}],
    },
}


class Model:
    """Answers with what it was asked, streams three events, fails, or goes on until it is left."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.sessions: list[str] = []
        self.left = 0
        self.absent: list[str] = []

    async def waiting(self) -> list[str]:
        return self.absent

    async def __call__(self, model: str, path: str, body: bytes, session: str) -> AsyncIterator[Head | bytes]:
        data = json.loads(body)
        self.asked.append(data)
        self.sessions.append(session)
        try:
            if data.get("user") == "lost":
                raise RefusalError(503, "the model's replica was lost: try again")
            if data.get("user") == "broken":
                raise ZeroDivisionError("/a/path of the machine")
            if data.get("stream"):
                yield Head(200, "text/event-stream; charset=utf-8")
                for number in range(3):
                    yield f"data: {number}\n\n".encode()
                if data.get("user") == "endless":
                    await asyncio.sleep(60)
                yield f"data: {json.dumps(ANSWER)}\n\n".encode()
                return
            if data.get("user") == "endless":
                await asyncio.sleep(60)
            yield Head(200, "application/json")
            yield json.dumps({"echo": data, **ANSWER}).encode()
        finally:
            self.left += 1


class House:
    """One application with what it told."""

    def __init__(self, **given: Any) -> None:
        self.model = Model()
        self.seen: list[Seen] = []
        self.in_flight: list[int] = []
        own = ServeSettings(**given)
        self.app = application({"m"}, self.model, own, Journal(own, self.seen.append), self.in_flight.append)

    def do(self, talk: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
        async def work() -> Any:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await talk(client)

        return asyncio.run(work())

    def ask(self, key: str = "", **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        asked = {"model": "m", "messages": []} | body
        answer: httpx.Response = self.do(lambda c: c.post("/v1/chat/completions", json=asked, headers=headers))
        return answer

    def get(self, path: str, **headers: str) -> httpx.Response:
        answer: httpx.Response = self.do(lambda client: client.get(path, headers=headers))
        return answer


def said(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == status
    assert "Traceback" not in answer.text
    return str(error["message"])


def test_keys_open_the_door_and_only_they(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    key = keys.add(file, "ada")
    house = House(keys=str(file))
    assert house.get("/health").status_code == 200
    for answer in (house.ask(), house.ask("rm-wrong"), house.get("/v1/models"), house.get("/v1/models/m")):
        assert "a key is needed" in said(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert said(house.get("/v1/models", Authorization=f"Basic {key}"), 401)
    assert house.model.asked == []
    assert house.ask(key).status_code == 200
    assert house.get("/v1/models", Authorization=f"Bearer {key}").status_code == 200
    assert [(one.key, one.status) for one in house.seen] == [("", 401), ("", 401), ("ada", 200)]
    keys.revoke(file, "ada")
    said(house.ask(key), 401)
    file.unlink()
    assert str(tmp_path) not in said(house.ask(key), 503)


def test_each_key_has_its_limits(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    ada, bob = keys.add(file, "ada", requests_per_minute=1, max_tokens=7), keys.add(file, "bob")
    house = House(keys=str(file), max_rounds=2)
    assert house.ask(ada).json()["echo"]["max_tokens"] == 7
    refused = house.ask(ada)
    assert "once" in said(refused, 429) or "1 times" in said(refused, 429)
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert house.ask(bob).json()["echo"]["rounds"] == 2
    assert "rounds" in said(house.ask(bob, rounds=3), 400)
    assert house.in_flight[-1] == 0


def test_what_a_request_belongs_to_is_passed_on() -> None:
    house = House()
    house.ask()
    house.ask(prompt_cache_key="ada's homework")
    assert house.model.sessions == ["", "ada's homework"]
    assert "prompt_cache_key" in said(house.ask(prompt_cache_key=7), 400)


def test_a_body_that_is_too_large_is_refused_before_it_has_come() -> None:
    house, came = House(max_body_bytes=1000), 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal came
        for _ in range(1000):
            came += 1
            yield b" " * 100

    said(house.do(lambda client: client.post("/v1/completions", content=parts())), 413)
    assert came < 20


def test_what_fails_is_said_without_a_word_of_the_machine() -> None:
    house = House()
    lost = house.ask(user="lost")
    assert said(lost, 503)
    assert lost.headers["retry-after"]
    assert said(house.ask(user="broken"), 500) == "the server failed on this request"
    assert [one.status for one in house.seen] == [503, 500]
    assert house.in_flight[-1] == 0
    said(house.get("/v1/none"), 404)
    wrong = house.get("/v1/chat/completions")
    assert said(wrong, 405)
    assert wrong.headers["allow"] == "POST"
    house.model.absent = ["m"]
    ready = house.get("/ready")
    assert (ready.status_code, ready.json()["waiting"]) == (503, ["m"])
    assert ready.headers["retry-after"]
    house.model.absent = []
    assert house.get("/ready").json() == {"ready": True, "waiting": []}


def test_an_answer_that_is_not_ready_in_time_is_ended() -> None:
    house = House()
    assert "timeout" in said(house.ask(user="endless", timeout=0.05), 504)
    assert house.model.left == 1
    stream = house.ask(user="endless", stream=True, timeout=0.05)
    assert stream.status_code == 200
    assert json.loads(stream.text.split("data: ")[-1])["error"]["code"] == 504
    assert house.model.left == 2
    assert [one.status for one in house.seen] == [504, 504]
    for wrong in (0, -1, "1", True):
        assert "timeout" in said(house.ask(timeout=wrong), 400)


def test_a_server_that_stops_ends_what_is_under_way_and_takes_nothing_new() -> None:
    house = House()

    async def stop(client: httpx.AsyncClient) -> None:
        async def ask(**body: Any) -> httpx.Response:
            return await client.post("/v1/chat/completions", json={"model": "m", "messages": []} | body)

        waits = asyncio.create_task(ask(user="endless"))
        while not house.model.asked:
            await asyncio.sleep(0.01)
        drained = asyncio.create_task(house.app.state.gateway.drain(0.5))
        await asyncio.sleep(0.05)
        refused = await ask()
        assert "stopped" in said(refused, 503)
        assert refused.headers["retry-after"]
        assert (await client.get("/ready")).json() == {"ready": False, "waiting": []}
        assert not waits.done(), "what is under way has half a second"
        await drained
        assert "stopped" in said(await waits, 503)

    house.do(stop)
    assert len(house.model.asked) == house.model.left == 1
    assert house.in_flight[-1] == 0


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_away_ends_the_work(stream: bool) -> None:
    house = House(max_in_flight=1)

    async def leave() -> None:
        body = json.dumps({"model": "m", "stream": stream, "user": "endless"}).encode()
        gone, sent, asked = asyncio.Event(), [], 0

        async def receive() -> dict[str, Any]:
            nonlocal asked
            asked += 1
            if asked == 1:
                return {"type": "http.request", "body": body, "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope: Any = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": []}
        scope |= {"query_string": b"", "http_version": "1.1", "scheme": "http", "root_path": "", "asgi": {}}
        task = asyncio.create_task(house.app(scope, receive, send))
        while not house.model.asked or (stream and len(sent) < 4):
            await asyncio.sleep(0.01)
        gone.set()
        await asyncio.wait_for(task, 10)
        assert house.model.left == 1

    asyncio.run(leave())
    assert [one.status for one in house.seen] == [499]
    assert house.in_flight[-1] == 0
    assert house.ask().status_code == 200  # the one place of this caller is free again


def test_streams_pass_as_they_come_and_are_counted() -> None:
    house = House()
    assert house.ask(stream=True).text.startswith("data: 0\n\ndata: 1\n\ndata: 2\n\n")
    (seen,) = house.seen
    assert (seen.status, seen.stream, seen.model, seen.mode) == (200, True, "m", "cot")
    assert (seen.prompt_tokens, seen.generated_tokens, seen.tool_tokens, seen.rounds) == (3, 5, 2, 2)
    assert (seen.reread_tokens, seen.cached_tokens) == (9, 8)
    assert seen.programs == [("ok", 0.5)]
    assert seen.first_s is not None


def test_the_log_has_contents_only_where_they_are_wanted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "ray.serve.requests"):
        House().ask(messages=[{"role": "user", "content": "a secret"}])
        (line,) = [json.loads(record.message) for record in caplog.records]
        assert (line["event"], line["status"], line["generated_tokens"]) == ("request", 200, 5)
        assert "a secret" not in caplog.text
        House(transcripts=str(tmp_path / "kept")).ask(messages=[{"role": "user", "content": "a secret"}])
        assert "a secret" not in caplog.text
        House(log_contents=True).ask(messages=[{"role": "user", "content": "a secret"}])
        assert "a secret" in caplog.text
    (kept,) = (tmp_path / "kept").iterdir()
    row = json.loads(kept.read_text())
    assert row["request"]["messages"][0]["content"] == "a secret"
    assert json.loads(row["answer"])["usage"]["completion_tokens"] == 5


def test_metrics_take_what_is_seen() -> None:
    from ray.util.metrics import Metric

    from raymath.serve.metrics import Metrics

    count = Metrics()
    count.in_flight(3)
    seen = Seen("id", model="m", mode="tir", status=200, first_s=0.1, prompt_tokens=1, generated_tokens=2)
    seen.programs, seen.rounds = [("ok", 0.2), ("timeout", 10.0)], 2
    count(seen)  # Ray refuses a label that was not declared
    count(Seen("id"))
    names = {value.info["name"] for value in vars(count).values() if isinstance(value, Metric)}
    documented = set(re.findall(r"``(raymath_\w+)``", sys.modules["raymath.serve.metrics"].__doc__ or ""))
    assert names == documented


def test_pages_of_other_origins_are_let_in_only_by_name() -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    closed = House().do(lambda client: client.options("/v1/chat/completions", headers=asked))
    assert "access-control-allow-origin" not in closed.headers
    house = House(origins=("https://a.example",))
    opened = house.do(lambda client: client.options("/v1/chat/completions", headers=asked))
    assert opened.headers["access-control-allow-origin"] == "https://a.example"
    other = house.do(lambda client: client.get("/health", headers={"Origin": "https://b.example"}))
    assert "access-control-allow-origin" not in other.headers


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_fields = ("messages", "prompt", "n", "max_tokens", "max_completion_tokens", "rounds", "timeout", "stream")
_body = st.one_of(
    st.binary(max_size=40),
    _json.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries({"model": st.just("m") | _json}, optional=dict.fromkeys(_fields, _json)).map(
        lambda value: json.dumps(value).encode()
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_body, min_size=1, max_size=4), st.sampled_from(["/v1/chat/completions", "/v1/completions"]))
def test_no_body_is_answered_with_a_fault(bodies: list[bytes], path: str) -> None:
    house = House(max_tokens=100, max_rounds=3)
    for body in bodies:
        answer = house.do(lambda client, body=body: client.post(path, content=body))
        assert answer.status_code in (200, 400, 404, 504), (body, answer.text)
        if answer.status_code != 200:
            said(answer, answer.status_code)
    assert house.in_flight[-1] == 0


def test_the_server_describes_itself(tmp_path: Path) -> None:
    from jsonschema import Draft202012Validator

    open_, closed = (
        House().get("/openapi.json").json(),
        House(keys=str(_with_key(tmp_path))).get("/openapi.json").json(),
    )
    chat = open_["paths"]["/v1/chat/completions"]["post"]
    body = chat["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["model"]["enum"] == ["m", "m:tir", "m:pot"]
    check = Draft202012Validator(body)
    asked = {"model": "m:tir", "messages": [{"role": "user", "content": "1 + 1?"}], "rounds": 2, "protocol": "tora"}
    assert check.is_valid(asked)
    assert not check.is_valid(asked | {"protocol": "other"})
    assert "security" not in chat
    assert closed["paths"]["/v1/chat/completions"]["post"]["security"] == [{"key": []}]
    assert "security" not in closed["paths"]["/health"]["get"]
    served = {route.path.replace(":path", "") for route in House().app.routes}
    assert set(open_["paths"]) <= served


def _with_key(folder: Path) -> Path:
    keys.add(folder / "keys", "ada")
    return folder / "keys"
