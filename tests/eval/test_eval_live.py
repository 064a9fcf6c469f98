"""A model that raymath serves, evaluated through its OpenAI API like any closed one, and through its handle."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from serve.conftest import EXAMPLE, NAME, Served, served, tool_model

from raymath.config import validate
from raymath.eval.items import Item
from raymath.eval.sweep import evaluate
from raymath.rollout.store import read

__all__ = ["served", "tool_model"]

ITEMS = {"sums": [Item("1", "sums", EXAMPLE.question, ("43",), "en"), Item("2", "sums", "8 times 9?", ("72",), "en")]}


@pytest.mark.slow
def test_an_endpoint_gives_the_records_that_a_handle_gives(served: Served, tmp_path: Path) -> None:
    def answers(name: str, **entry: Any) -> dict[Any, Any]:
        model = {"model": NAME, **entry}
        settings = validate({"eval": {"max_tokens": 200, "concurrency": 1, "models": {"m": model}}}, "test")
        results = evaluate(
            {"m": NAME}, ITEMS, settings, tmp_path / name, deploy=lambda *_: nullcontext(Renamed(served)), pause_s=0.1
        )
        assert results.unscored == 0
        return {one.key: one for one in read(tmp_path / name / "generations.jsonl")}

    url = f"{served.deployment.url}/v1"
    handle, there = answers("handle"), answers("there", endpoint=url, tools="endpoint")
    here = answers("here", endpoint=url, tools="here")
    assert set(handle) == set(there) == set(here)
    for key, one in handle.items():
        same = {"text", "finish", "rounds", "completion_tokens", "tool_tokens"}
        assert there[key].model_dump(include=same) == one.model_dump(include=same)
        assert [run.stdout for run in there[key].executions] == [run.stdout for run in one.executions]
    (known,) = [one for key, one in there.items() if key[2:4] == ("tir", "1")]
    assert [run.stdout.strip() for run in known.executions][:2] == ["42", "43"]


class Renamed:
    """The server of all tests, whose model goes by one name."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def handle(self, _model: str) -> Any:
        return self._served.deployment.handle(NAME)
