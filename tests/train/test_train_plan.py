"""The plan's numbers, against what is known of the models and against itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from raymath.config import load
from raymath.errors import ConfigError, MachineError
from raymath.train.memory import advice, host, memory, require_job
from raymath.train.plan import lines, plan, refuse
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


def test_a_processor_takes_longer_in_float32() -> None:
    found = {precision: plan(load("quickstart", [f"train.precision={precision}"])) for precision in ("bf16", "fp32")}
    assert found["bf16"].hours is not None
    assert found["fp32"].hours == pytest.approx(found["bf16"].hours * 93 / 26)


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


def test_the_loss_by_chunks_holds_no_logits_of_all_tokens() -> None:
    shape = KNOWN["deepseek-ai/deepseek-math-7b-base"]
    train = load("deepseekmath-7b").train
    fused, whole = (memory(shape, train.model_copy(update={"fused_loss": f}), 4096, 8) for f in (True, False))
    assert whole["logits"] > 2 * 2 * 4096 * shape.vocabulary / 2**30
    # A chunk, and the weight's gradient; four times the tokens are four times the hidden states alone.
    more = memory(shape, train.model_copy(update={"micro_batch": 4}), 4096, 8)
    assert more["logits"] - fused["logits"] == pytest.approx(3 * 4096 * shape.hidden * 2 / 2**30)


def test_offload_moves_what_it_says() -> None:
    shape = KNOWN["deepseek-ai/deepseek-math-7b-base"]
    train = load("deepseekmath-7b").train
    optimizer, both = (train.model_copy(update={"offload": which}) for which in ("optimizer", "all"))
    here, moved, all_moved = (memory(shape, each, 4096, 8) for each in (train, optimizer, both))
    assert here["optimizer"] > 9
    assert moved["optimizer"] == all_moved["optimizer"] == all_moved["weights"] == 0
    assert moved["weights"] == here["weights"]
    assert host(shape, train, 8) == 0
    assert host(shape, optimizer, 8) >= here["optimizer"]
    assert host(shape, both, 8) == pytest.approx(host(shape, optimizer, 8) + here["weights"])


def test_lora_has_state_for_its_matrices_alone(tiny_model: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    from raymath.config import LoraSettings
    from raymath.train.lora import adapt

    shape = Shape.from_config(json.loads((tiny_model / "config.json").read_text()))
    for lora in (LoraSettings(rank=4), LoraSettings(rank=3, targets=("k_proj", "down_proj"))):
        model = adapt(AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32), lora)
        learned = sum(p.numel() for p in model.parameters() if p.requires_grad)
        assert shape.lora_parameters(lora.rank, lora.targets) == learned
        train = load("quickstart").train.model_copy(update={"lora": lora})
        assert memory(shape, train, 512, 1)["optimizer"] == pytest.approx(12 * learned / 2**30)


def test_what_cannot_fit_is_refused_with_what_would(capsys: pytest.CaptureFixture[str]) -> None:
    from raymath.recipe import show_plan

    one = load("deepseekmath-7b", ["train.zero_stage=1", "train.micro_batch=8"])
    made = plan(one, gpus=8, device="A100")
    assert not made.fits
    with pytest.raises(MachineError, match=r"most of it gradients \(39 GiB\), and an A100 has 75 GiB") as caught:
        refuse(one, made)
    assert caught.value.fix == "set train.micro_batch = 1"
    with pytest.raises(MachineError):
        show_plan(one, 8, "A100")
    assert "DOES NOT FIT" in capsys.readouterr().out
    show_plan(load("deepseekmath-7b"), 8, "A100")


@pytest.mark.parametrize(("workers", "limit"), [(8, 75), (8, 40), (2, 75), (1, 75), (1, 131)])
def test_the_advice_makes_it_fit_and_nothing_less_does(workers: int, limit: float) -> None:
    shape = KNOWN["deepseek-ai/deepseek-math-7b-base"]
    bad = ["train.zero_stage=1", "train.activation_checkpointing=false", "train.micro_batch=8", "train.workers=1"]
    told = advice(shape, load("deepseekmath-7b", bad).train, 4096, workers, limit)
    changes = told.removeprefix("set ").split(", ")

    def total(given: list[str]) -> float:
        train = load("deepseekmath-7b", [*bad, *(one.replace(" = ", "=") for one in given)]).train
        return sum(memory(shape, train, 4096, workers).values())

    assert total(changes) <= limit
    for one in changes:
        assert total([other for other in changes if other != one]) > limit


def test_where_no_setting_helps_it_asks_for_more_gpus_or_less_model() -> None:
    shape, train = KNOWN["deepseek-ai/deepseek-math-7b-base"], load("deepseekmath-7b").train
    assert "LoRA" in advice(shape, train, 4096, 1, 2)
    more = advice(shape, train.model_copy(update={"offload": "all"}), 4096, 2, 9)
    assert more.startswith("use ")
    assert "train.workers = " in more


def test_a_start_on_gpus_is_refused_before_the_model_is_loaded(make_job: Any, tmp_path: Path) -> None:
    job = make_job()
    require_job(job, 2, 80, "an H100")
    with pytest.raises(MachineError, match="a toy has 0 GiB"):
        require_job(job, 1, 0.4, "a toy")
    # What cannot be read is told when it is loaded.
    require_job(job.model_copy(update={"feed": str(tmp_path)}), 1, 1.0, "a toy")


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
