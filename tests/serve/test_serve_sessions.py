"""Where requests go: with `serve.session_affinity` what shares a `prompt_cache_key` to one replica, on a real Serve."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import httpx
import pytest
from ray import cloudpickle

from raymath.config import load
from raymath.serve import app
from raymath.serve.asgi import Head
from raymath.serve.deploy import deploy


class Named:
    """In place of an engine: answers with its own name."""

    def __init__(self, *_given: Any) -> None:
        self._name = uuid.uuid4().hex

    async def openai(self, _path: str, _body: bytes) -> AsyncIterator[Head | bytes]:
        yield Head(200, "application/json")
        yield json.dumps({"replica": self._name}).encode()


@pytest.fixture(autouse=True)
def by_value() -> Iterator[None]:
    """Ray's workers cannot import tests."""
    here = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(here)
    yield
    cloudpickle.unregister_pickle_by_value(here)


@pytest.mark.usefixtures("local_ray")
def test_what_shares_a_key_goes_to_one_replica(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "Replica", Named)
    own = ["serve.port=0", "serve.min_replicas=2", "serve.max_replicas=2", "serve.cpus_per_replica=0.1"]
    with deploy({"m": str(tiny_model)}, load(None, [*own, "serve.session_affinity=true"]), name="sessions") as made:
        url = f"{made.url}/v1/chat/completions"

        def ask(key: str) -> str:
            body = {"model": "m", "messages": [], "prompt_cache_key": key}
            return str(httpx.post(url, json=body, timeout=60).json()["replica"])

        first = {key: ask(key) for key in ascii_lowercase}
        assert len(set(first.values())) == 2
        assert {key: ask(key) for key in ascii_lowercase} == first
