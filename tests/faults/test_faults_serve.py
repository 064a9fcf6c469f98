"""A server whose parts are killed while clients ask it: each request is answered right, or told to try again."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import psutil
import pytest
from by_heart import ENDLESS, EXAMPLE, OTHER, learn, transcript
from commands import MARK, left, left_in_shared_memory, start
from load import Load

from raymath.config import load
from raymath.serve import keys
from raymath.serve.deploy import Deployment, deploy

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

NAME = "mine"
SANDBOX = "raymath.sandbox.zygote"
SMALL = ["serve.port=0", "serve.max_model_len=768", "serve.kv_cache_gb=0.25", "serve.cpus_per_replica=0.5"]


@pytest.fixture(scope="module")
def model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learn(tiny_model, [EXAMPLE], tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def other(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learn(tiny_model, [OTHER], tmp_path_factory.mktemp("other"))


@pytest.fixture(scope="module")
def two(model: Path, local_ray: None) -> Iterator[Deployment]:
    """Two replicas; nothing of them is left in shared memory, however they ended."""
    before = {path.name for path in Path("/dev/shm").iterdir()}
    settings = load(None, [*SMALL, "serve.min_replicas=2", "serve.max_replicas=2"])
    with deploy({NAME: str(model)}, settings, timeout_s=1500) as made:
        yield made
    _until(lambda: not processes("VLLM::", "ServeReplica", SANDBOX), 60)
    assert left_in_shared_memory(before) == set()


def processes(*names: str) -> list[psutil.Process]:
    """What this session's Ray runs, by what a command line holds."""
    found = []
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
            if any(name in line for name in names) and process.status() != psutil.STATUS_ZOMBIE and _ours(process):
                found.append(process)
        except psutil.Error:
            continue
    return found


def sandbox(depth: int) -> list[psutil.Process]:
    """Of each sandbox: 0 its nursery, 1 the first process of its process table, 2 its zygotes. Programs are below."""
    all_of_them = {process.pid: process for process in processes(SANDBOX)}
    found = []
    for process in all_of_them.values():
        try:
            above = sum(one.pid in all_of_them for one in process.parents())
        except psutil.Error:
            continue
        if above == depth:
            found.append(process)
    return found


def _ours(process: psutil.Process) -> bool:
    """Of this session's Ray: an orphan has lost its parents, and still has their environment."""
    return os.getpid() in {one.pid for one in process.parents()} or process.environ().get(MARK) == os.environ[MARK]


def settle(deployment: Deployment, replicas: int) -> None:
    """Wait until the server is whole again."""
    from ray import serve
    from ray.exceptions import RayError

    def whole() -> bool:
        try:
            application = serve.status().applications[deployment.name]
        except (KeyError, RayError):  # the controller is being replaced itself
            return False
        states = application.deployments[f"model:{NAME}"].replica_states
        return application.status == "RUNNING" and states == {"RUNNING": replicas}

    _until(whole, 600)


@pytest.mark.parametrize(
    "victim",
    [
        f"ServeReplica:raymath:model:{NAME}",
        "VLLM::",
        "ProxyActor",
        "ServeReplica:raymath:gateway",
        "ServeController",
    ],
)
def test_a_part_is_killed_under_load(two: Deployment, model: Path, victim: str) -> None:
    settle(two, 2)
    asking = Load(two.url, f"{NAME}:tir", {transcript(model, EXAMPLE)})
    with asking.running():
        asking.more(10)
        found = processes(victim)
        assert found, f"no process of {victim} was found"
        kin = found[0].children(recursive=True)
        found[0].kill()
        asking.more(20)
        settle(two, 2)
        asking.more(20)
    assert not asking.wrong, asking.wrong
    _, alive = psutil.wait_procs(kin, timeout=60)
    assert not alive, f"what {victim} had started outlives it"
    assert set(asking.ended) <= {"right", "refused", "lost"}


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_sandboxes_are_killed_again_and_again(two: Deployment, model: Path, depth: int) -> None:
    """No program is shown to its model as one that failed, because its sandbox did."""
    settle(two, 2)
    asking = Load(two.url, f"{NAME}:tir", {transcript(model, EXAMPLE)})
    killed = 0
    with asking.running():
        asking.more(10)
        for _ in range(8):
            for victim in sandbox(depth):
                try:
                    victim.kill()
                    killed += 1
                except psutil.Error:
                    continue
            asking.more(3)
    assert killed >= 8
    assert not asking.wrong, asking.wrong


def test_a_new_model_takes_over_without_a_failed_request(two: Deployment, model: Path, other: Path) -> None:
    settle(two, 2)
    before, after = transcript(model, EXAMPLE), transcript(other, OTHER)
    asking = Load(two.url, f"{NAME}:tir", {before, after})
    settings = load(None, [*SMALL, "serve.min_replicas=2", "serve.max_replicas=2"])
    with asking.running():
        asking.more(10)
        deploy({NAME: str(other)}, settings, timeout_s=1500)
        settle(two, 2)
        old = asking.answers[before]
        asking.more(20)
    assert not asking.wrong, asking.wrong
    assert set(asking.ended) == {"right"}, asking.ended
    assert asking.tried_again == 0
    assert asking.answers[before] <= old + 6, "the old model still answers"
    assert asking.answers[after] >= 14
    deploy({NAME: str(model)}, settings, timeout_s=1500)


def test_from_nothing_and_back_with_keys_and_few_places(tiny_model: Path, tmp_path: Path, local_ray: None) -> None:
    """One server for what needs its own settings: no replica unasked, one request at a time, one that may wait."""
    model = learn(tiny_model, [EXAMPLE, ENDLESS], tmp_path / "model")
    file = tmp_path / "keys"
    ada, bob = keys.add(file, "ada"), keys.add(file, "bob", max_tokens=300)
    own = ["serve.min_replicas=0", "serve.max_replicas=1", "serve.scale_down_s=3", "serve.start_wait_s=1"]
    own += ["serve.max_ongoing_requests=1", "serve.max_queued_requests=1", "serve.target_ongoing_requests=1"]
    own += [f"serve.keys={file}", "sandbox.timeout_s=500"]
    with deploy({"few": str(model)}, load(None, [*SMALL, *own]), name="few", route="/few") as made:
        url = f"{made.url}/v1/chat/completions"

        def ask(key: str, question: str = "6 times 7?", **fields: object) -> httpx.Response:
            body = {"model": "few:tir", "messages": [{"role": "user", "content": question}], "temperature": 0}
            head = {"Authorization": f"Bearer {key}"} if key else {}
            return httpx.post(url, json={**body, "max_tokens": 256, **fields}, headers=head, timeout=400)

        def taken(answer: httpx.Response) -> httpx.Response | None:
            return None if answer.status_code == 503 else answer

        def until_right() -> None:
            deadline = time.monotonic() + 400
            while (answer := ask(ada)).status_code == 503:
                assert int(answer.headers["retry-after"]) > 0
                assert time.monotonic() < deadline, answer.text
                time.sleep(1)
            assert answer.json()["choices"][0]["message"]["content"] == transcript(model, EXAMPLE)

        # Who may ask.
        assert ask("").status_code == ask("rm-wrong").status_code == 401
        assert ask(bob, max_tokens=301).status_code == 400
        assert not processes("ServeReplica:few:model"), "a replica was started for nobody"

        # From nothing: the first one waits for a second, and is told when to come again.
        cold = ask(ada)
        assert cold.status_code == 503, cold.text
        assert int(cold.headers["retry-after"]) >= 10
        assert httpx.get(f"{made.url}/ready", timeout=400).status_code == 503
        until_right()
        assert httpx.get(f"{made.url}/ready", timeout=400).status_code == 200

        # One place, one that waits; and a client that leaves takes its program with it.
        body = {"model": "few:tir", "messages": [{"role": "user", "content": "For ever?"}], "temperature": 0}
        waiting: list[httpx.Response] = []
        with httpx.stream(
            "POST", url, json=body | {"stream": True}, headers={"Authorization": f"Bearer {ada}"}, timeout=400
        ) as endless:
            lines = endless.iter_lines()  # the stream is closed when this is gone
            while "pass" not in next(lines):
                pass
            program = _until(lambda: sandbox(3))
            # Whoever comes first waits: it has to be this one.
            second = threading.Thread(target=lambda: waiting.append(_until(lambda: taken(ask(ada)), 400)))
            second.start()
            refused = _until(lambda: time.sleep(1) or ((answer := ask(bob, timeout=5)).status_code == 503 and answer))
            assert "wait" in refused.json()["error"]["message"]
            assert int(refused.headers["retry-after"]) > 0
            assert any(process.is_running() for process in program)
            # A key that is revoked is refused at once.
            keys.revoke(file, "bob")
            assert ask(bob).status_code == 401
        second.join(400)
        assert [answer.status_code for answer in waiting] == [200]
        assert waiting[0].json()["choices"][0]["message"]["content"] == transcript(model, EXAMPLE)
        _until(lambda: not any(process.is_running() for process in program))

        # And back to nothing.
        _until(lambda: not processes("ServeReplica:few:model"))
        until_right()


def _until(true, patience_s: float = 300):  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + patience_s
    while not (value := true()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return value


def test_a_server_told_to_stop_answers_what_is_under_way(model: Path, tmp_path: Path) -> None:
    before = {path.name for path in Path("/dev/shm").iterdir()}
    server = start(tmp_path, "serve", str(model), *SMALL)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url.endswith("/v1"), server.communicate(timeout=60)[1]
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=200)
        asked = {"model": model.name, "messages": [{"role": "user", "content": "6 times 7?"}], "temperature": 0}
        probe = json.dumps({**asked, "max_tokens": 1})
        long = client.chat.completions.create(
            **asked,
            max_tokens=650,
            stream=True,
            extra_body={"ignore_eos": True},
            stream_options={"include_usage": True},
        )
        next(long)
        server.send_signal(signal.SIGTERM)
        tokens, refused = 0, []
        for chunk in long:
            if chunk.usage:
                tokens = chunk.usage.completion_tokens
            elif not refused:
                answer = httpx.post(f"{url}/chat/completions", content=probe, timeout=60)
                if answer.status_code != 200:  # it was quicker than the signal
                    refused.append(answer)
        assert tokens == 650
        assert [answer.status_code for answer in refused] == [503]
        assert refused[0].headers["retry-after"]
        _, err = server.communicate(timeout=200)
    finally:
        server.kill()
    assert server.returncode == 130, err
    assert "Traceback" not in err
    assert not left(tmp_path)
    assert left_in_shared_memory(before) == set()
