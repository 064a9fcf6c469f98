"""Serving a real model, and starts that fail. Minutes: left out unless asked for."""

from __future__ import annotations

import asyncio
import logging.handlers
from pathlib import Path

import pytest

from raymath.config import load
from raymath.errors import ModelError
from raymath.presets import DEFAULT
from raymath.prompts import parse_solution, user_message
from raymath.records import Execution, Program
from raymath.sandbox import run_async
from raymath.serve.chat import Conversations
from raymath.serve.deploy import deploy
from raymath.serve.engine import Engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

SMALL = ["serve.port=0", "serve.max_model_len=1024", "serve.kv_cache_gb=0.25", "serve.cpus_per_replica=0.5"]


def test_a_real_model_writes_programs_and_reads_their_output(embedded_model: Path, local_ray: None) -> None:
    questions = [f"What is {n} * {n + 1}? Write and run a python program." for n in range(12, 24)]
    greedy = {"max_tokens": 200, "temperature": 0.0, "top_p": 1.0, "seed": None}
    with deploy({"real": str(embedded_model)}, load(None, SMALL)) as deployment:
        handle = deployment.handle("real")
        asked = [handle.solve.remote(user_message(q, "pot", "en"), "pot", greedy, "raymath") for q in questions]
        answers = [answer.result(timeout_s=600) for answer in asked]
    assert all(answer["status"] == "ok" for answer in answers)
    ran = [answer for answer in answers if answer["executions"]]
    assert ran, "the model wrote no program at all"
    for answer in ran:
        assert [segment.kind for segment in parse_solution(answer["text"])][-2:] == ["code", "output"]


def test_an_answer_comes_token_by_token_and_ends_where_its_client_leaves(tiny_model: Path) -> None:
    """In process, where the engine's own count of what it works on can be read."""

    async def run_program(program: Program) -> Execution:
        return await run_async(program.code)

    async def work() -> None:
        own = load(None, SMALL)
        engine = Engine.start("m", str(tiny_model), own.serve)
        try:
            talk = Conversations(engine, run_program, DEFAULT)
            asked = {"model": "m:tir", "messages": [{"role": "user", "content": "1?"}], "stream": True}
            asked |= {"temperature": 1.0, "seed": 1, "max_tokens": 900, "logit_bias": {"2": -100, "0": -100}}
            answer = talk.chat("/v1/chat/completions", asked, "tir")
            parts = [await anext(answer) for _ in range(12)]
            assert sum(b'"kind"' in part for part in parts[1:] if isinstance(part, bytes)) >= 8
            assert engine.client.output_processor.get_num_unfinished_requests() == 1
            await answer.aclose()
            for _ in range(100):
                await asyncio.sleep(0.1)
                if not engine.client.output_processor.get_num_unfinished_requests():
                    break
            assert engine.client.output_processor.get_num_unfinished_requests() == 0
        finally:
            engine.shutdown()

    asyncio.run(work())


def test_an_engine_leaves_the_logs_of_others_alone(tiny_model: Path, tmp_path: Path) -> None:
    """Serve's of the replica: closed, nothing would be in it any more, and a new controller could not take it over."""
    kept = logging.FileHandler(tmp_path / "log")
    buffered = logging.handlers.MemoryHandler(10, target=kept)

    async def work() -> None:
        engine = Engine.start("m", str(tiny_model), load(None, SMALL).serve)
        try:
            await engine.openai()
        finally:
            engine.shutdown()

    asyncio.run(work())
    assert buffered.target is kept
    kept.close()


def test_a_start_that_fails_says_why(embedded_model: Path, local_ray: None) -> None:
    settings = load(None, [*SMALL, "serve.engine.no_such_argument=1"])
    with pytest.raises(ModelError, match="no_such_argument"):
        deploy({"wrong": str(embedded_model)}, settings)


def test_a_directory_that_is_no_model_is_refused_before_anything_starts(tmp_path: Path, local_ray: None) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        deploy({"nothing": str(tmp_path)}, load(None, SMALL))
