"""Clients that are not raymath's, unchanged, against a live server. Minutes: left out unless asked for."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from pathlib import Path

import httpx
import openai
import pytest
from serve.served import NAME, Served

from raymath.serve.wire import EXTENSION

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BODY = {"model": f"{NAME}:tir", "messages": [{"role": "user", "content": "6 times 7?"}]}
BODY |= {"temperature": 0, "max_tokens": 256}


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_curl(served: Served) -> None:
    command = ["curl", "-sS", "--fail-with-body", f"{served.deployment.url}/v1/chat/completions"]
    command += ["-H", "content-type: application/json", "-d", json.dumps(BODY)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(done.stdout)["choices"][0]["message"]["content"] == served.transcript
    command[-1] = json.dumps(BODY | {"stream": True})
    done = subprocess.run([*command, "-N"], capture_output=True, text=True, timeout=120, check=True)
    events = [line.removeprefix("data: ") for line in done.stdout.split("\n\n") if line]
    assert events[-1] == "[DONE]"
    told = [json.loads(event)["choices"][0]["delta"].get("content", "") for event in events[:-1]]
    assert "".join(told) == served.transcript


def test_clients_that_leave_free_their_places(served: Served) -> None:
    """Many streams are left after their first event; the server then answers as if they had never been."""
    url = f"{served.deployment.url}/v1/chat/completions"
    long = BODY | {"model": NAME, "max_tokens": 700, "stream": True, "ignore_eos": True}

    def leave() -> None:
        with httpx.stream("POST", url, json=long, timeout=60) as answer:
            next(answer.iter_lines())

    threads = [threading.Thread(target=leave) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client = openai.OpenAI(base_url=f"{served.deployment.url}/v1", api_key="none", max_retries=0, timeout=120)
    answer = client.chat.completions.create(**BODY)  # type: ignore[call-overload]
    assert answer.choices[0].message.content == served.transcript
    assert answer.model_extra[EXTENSION]["status"] == "ok"


def test_every_request_is_a_line_of_the_log(served: Served) -> None:
    import ray

    asked = httpx.post(f"{served.deployment.url}/v1/chat/completions", json=BODY | {"user": "log me"}, timeout=120)
    assert asked.status_code == 200
    logs = Path(ray._private.worker._global_node.get_session_dir_path()) / "logs" / "serve"
    lines = [line for file in logs.glob("*gateway*.log") for line in file.read_text().splitlines()]
    events = [
        json.loads(line[line.index("{") : line.rindex("}") + 1]) for line in lines if '"event": "request"' in line
    ]
    last = events[-1]
    assert (last["status"], last["mode"], last["rounds"], last["programs"]) == (200, "tir", 3, ["ok", "ok"])
    assert last["tool_tokens"] > 0
    assert not any("log me" in line or "6 times" in line for line in lines)
