"""The plan's numbers, against what is known of the models and against itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from raymath.config import load
from raymath.errors import ConfigError
from raymath.train.plan import lines, memory, plan
from raymath.train.shapes import KNOWN, Shape


def test_the_papers_run() -> None:
    found = plan(load("deepseekmath-7b"), gpus=8, device="H100")
    assert found.parameters == 6_910_365_696  # as published: 6.91 B
    assert found.accumulation == 32
    assert 0.85 * 500 * 256 * 4096 < found.tokens <= 500 * 256 * 4096
    # 6 N D alone, at 40 % of 8 × 989 TFLOP/s.
    assert found.hours is not None
    least = 6 * 6.5e9 * found.tokens / (0.4 * 8 * 989e12) / 3600
    assert least < found.hours < 1.3 * least
    assert found.memory_total is not None
    assert found.memory_limit is not None
    assert found.memory_total < found.memory_limit


def test_zero_stages_split_what_they_say() -> None:
    shape = KNOWN["deepseek-ai/deepseek-math-7b-base"]
    train = load("deepseekmath-7b").train
    by_stage = {s: memory(shape, train.model_copy(update={"zero_stage": s}), 4096, 8) for s in (1, 2, 3)}
    gib = shape.parameters / 2**30
    assert by_stage[1]["optimizer"] == pytest.approx(12 * gib / 8)
    assert by_stage[1]["weights"] == by_stage[2]["weights"] == pytest.approx(2 * gib)
    assert by_stage[3]["weights"] == pytest.approx(2 * gib / 8)
    assert by_stage[1]["gradients"] > by_stage[2]["gradients"] == by_stage[3]["gradients"]
    one = memory(shape, train.model_copy(update={"zero_stage": 3}), 4096, 1)
    assert one["optimizer"] == pytest.approx(12 * gib)
    assert sum(one.values()) > 80


def test_checkpointing_saves_activations_and_the_micro_batch_costs() -> None:
    shape = KNOWN["smollm2-135m-instruct"]
    train = load("quickstart").train
    plain = memory(shape, train, 512, 1)
    saved = memory(shape, train.model_copy(update={"activation_checkpointing": True}), 512, 1)
    double = memory(shape, train.model_copy(update={"micro_batch": 2}), 512, 1)
    assert saved["activations"] < plain["activations"] / 5
    assert double["activations"] == pytest.approx(2 * plain["activations"])


def test_the_embedded_models_shape_is_its_own(embedded_model: Path) -> None:
    from safetensors import safe_open

    shape = Shape.from_config(json.loads((embedded_model / "config.json").read_text()))
    assert shape == KNOWN["smollm2-135m-instruct"]
    with safe_open(embedded_model / "model.safetensors", "np") as file:
        sizes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118 - not a mapping
    assert shape.parameters == sum(size[0] * (size[1] if len(size) > 1 else 1) for size in sizes)


def test_what_the_paper_does_not_state_is_marked() -> None:
    settings = load("deepseekmath-7b")
    text = lines(plan(settings))
    marked = {line.split("=")[0].strip() for line in text if line.endswith("*")}
    assert "train.zero_stage" in marked
    assert marked <= set(settings.unstated)
    stated = {line.split("=")[0].strip() for line in text if " = " in line} - marked
    assert {"train.steps", "train.batch", "train.learning_rate", "data.packing", "data.total"} <= stated


def test_what_is_unknown_is_said() -> None:
    settings = load("quickstart", ["model.name=some/model"])
    text = "\n".join(lines(plan(settings)))
    assert "unknown shape" in text
    assert "unknown (until the mix is packed)" in text
    known = plan(settings, mix_tokens=100_000)
    assert known.epochs == pytest.approx(known.tokens / 100_000)


def test_a_local_directory_is_read(tiny_model: Path) -> None:
    found = plan(load("quickstart", [f"model.name={tiny_model}"]))
    assert found.parameters == 90_624
    assert found.gpus == 0


def test_bad_requests_say_what_to_do() -> None:
    with pytest.raises(ConfigError, match="Use one of A100, H100, H200"):
        plan(load("deepseekmath-7b"), device="P100")
    with pytest.raises(ConfigError, match="not a multiple of 7 workers"):
        plan(load("deepseekmath-7b"), gpus=7)


def test_planning_loads_nothing_heavy() -> None:
    code = (
        "import sys, raymath.train.plan, raymath.train.run, raymath.train.figure, raymath.train.metrics;"
        "print(sorted({'torch', 'ray', 'deepspeed', 'transformers', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
