"""A model that has learnt one tool-integrated solution by heart, and one live server for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest

from raymath.config import load
from raymath.records import Example, Segment
from raymath.serve.deploy import Deployment, deploy

NAME = "by-heart"


@dataclass(frozen=True)
class Served:
    """A live server, the example its model knows, and the example's ids as training renders them."""

    deployment: Deployment
    example: Example
    prompt_ids: list[int]
    solution_ids: list[int]
    transcript: str
    engines: list[psutil.Process]


EXAMPLE = Example(
    id="1",
    source="test",
    row=0,
    language="en",
    mode="tir",
    question="6 times 7?",
    segments=(
        Segment(kind="text", text="Let us compute.\n"),
        Segment(kind="code", text="x = 6 * 7\nprint(x)"),
        Segment(kind="output", text="42"),
        Segment(kind="code", text="print(x + 1)"),
        Segment(kind="output", text="43"),
        Segment(kind="text", text="So $\\boxed{43}$."),
    ),
)


@pytest.fixture(scope="session")
def tool_model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, trained on one example until it writes it greedily: the real way from training to serving."""
    import torch
    from transformers import AutoConfig, LlamaForCausalLM

    from raymath.data.render import render
    from raymath.models import load_tokenizer

    tokenizer = load_tokenizer(tiny_model)
    rendered = render(EXAMPLE, tokenizer, "chat")
    ids = torch.tensor(rendered.input_ids.astype(np.int64))[None]
    labels = torch.where(torch.tensor(rendered.loss_mask.astype(bool))[None], ids, -100)
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # for a model this small a second thread mostly waits, and spins while it does
    config = AutoConfig.from_pretrained(tiny_model)
    model = LlamaForCausalLM(config).float()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
    for _ in range(600):
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if loss.item() < 0.003:
            break
    torch.set_num_threads(threads)
    path = tmp_path_factory.mktemp("tool-model")
    model.to(torch.bfloat16).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


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
    with deploy({NAME: str(tool_model)}, settings) as deployment:
        new = set(psutil.Process().children(recursive=True)) - before
        yield Served(
            deployment=deployment,
            example=EXAMPLE,
            prompt_ids=prompt,
            solution_ids=rendered[len(prompt) :],
            transcript="".join(piece.text for piece in renderer.pieces(EXAMPLE)[:-1]),
            engines=[process for process in new if _name(process).startswith("VLLM")],
        )


def _name(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def left_in_shared_memory(before: set[str], patience_s: float = 20.0) -> set[str]:
    """Files that came into /dev/shm since `before` and that no living process has open: what a crash leaves."""
    deadline = time.monotonic() + patience_s
    while True:
        left = {path.name for path in Path("/dev/shm").iterdir()} - before
        left -= {name for name in left if any(name in maps for maps in _maps())}
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.5)


def _maps() -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield (process / "maps").read_text()
            yield " ".join(str(fd.readlink()) for fd in (process / "fd").iterdir())
        except OSError:
            continue
