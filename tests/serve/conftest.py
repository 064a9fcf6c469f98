"""A model that has learnt one tool-integrated solution by heart, and one live server for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from by_heart import EXAMPLE, learn, transcript
from serve.served import NAME, Served

from raymath.config import load
from raymath.serve.deploy import deploy


@pytest.fixture(scope="session")
def tool_model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, trained on one example until it writes it greedily: the real way from training to serving."""
    return learn(tiny_model, [EXAMPLE], tmp_path_factory.mktemp("tool-model"))


@pytest.fixture(scope="session")
def served(tool_model: Path, local_ray: None) -> Iterator[Served]:
    """The server of all tests here."""
    from raymath.data.render import Renderer
    from raymath.models import load_tokenizer

    renderer = Renderer(load_tokenizer(tool_model), "chat")
    rendered = renderer.render([EXAMPLE])[0].input_ids.tolist()
    prompt = load_tokenizer(tool_model).encode(renderer.prompt(EXAMPLE), add_special_tokens=False)
    settings = load(
        None, ["serve.port=0", "serve.max_model_len=768", "serve.kv_cache_gb=0.25", "serve.cpus_per_replica=0.5"]
    )
    before = set(psutil.Process().children(recursive=True))
    with deploy({NAME: str(tool_model)}, settings, timeout_s=1500) as deployment:
        new = set(psutil.Process().children(recursive=True)) - before
        yield Served(
            deployment=deployment,
            example=EXAMPLE,
            prompt_ids=prompt,
            solution_ids=rendered[len(prompt) :],
            transcript=transcript(tool_model, EXAMPLE),
            engines=[process for process in new if _name(process).startswith("VLLM")],
        )


def _name(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
