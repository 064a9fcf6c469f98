"""Plans for real clusters: against runs that others have published, by hand, and as the page has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from raymath import cli, scale
from raymath.config import Settings, load
from raymath.eval.paper import ITEMS
from raymath.train.plan import DEVICES
from raymath.train.scale import NODES, OURS, PUBLISHED, Layout, best, efficiency, layouts, step_seconds
from raymath.train.shapes import KNOWN, Shape

PAPER = load("deepseekmath-7b")
SEVEN = KNOWN[scale.BASES["7B"]]
LLAMA_8B = Shape(
    vocabulary=128256, hidden=4096, layers=32, heads=32, attention_width=4096, key_value_width=1024,
    intermediate=14336, tied=False,
)  # fmt: skip


def full(batch: int, context: int) -> Settings:
    """Settings of a run whose packs are full."""
    given = [f"train.batch={batch}", f"data.context={context}", "data.packing=best-fit"]
    return load("deepseekmath-7b", given)


def test_a_sweep_is_no_faster_than_one_process_asks() -> None:
    few, many = (scale.sweep(NODES["H200"], gpus, 10) for gpus in (64, 512))
    assert many.hours == pytest.approx(many.samples * scale.ASKED_CPU_S / 3600)
    assert few.hours > many.hours


def test_the_models_are_of_the_sizes_they_are_called_by() -> None:
    sizes = {size: KNOWN[model].parameters / 1e9 for size, model in scale.BASES.items()}
    assert sizes == pytest.approx({"1.3B": 1.35, "7B": 6.91, "67B": 67.4}, rel=0.01)


@pytest.mark.parametrize(("gpus", "batch", "published"), [(8, 16, 5762), (128, 256, 5605)])
def test_torchtitans_published_run(gpus: int, batch: int, published: float) -> None:
    """Llama 3.1 8B, FSDP, 8,192 tokens × 2 a GPU, eager, on H100s of 500 W (llama3_h100_202412_torchtitan.md)."""
    layout = Layout(workers=gpus, zero_stage=3, micro_batch=2, activation_checkpointing=False, offload="none")
    settings = full(batch, 8192)
    seconds = step_seconds(LLAMA_8B, settings, NODES["H100"], layout)
    rate = batch * 8192 / seconds / gpus
    assert rate == pytest.approx(published, rel=0.2)
    assert rate > published, "theirs had less power and memory bandwidth than the data sheet"


def test_more_machines_cost_what_they_cost_torchtitan() -> None:
    def rate(gpus: int) -> float:
        layout = Layout(workers=gpus, zero_stage=3, micro_batch=2, activation_checkpointing=False, offload="none")
        return 2 * 8192 / step_seconds(LLAMA_8B, full(2 * gpus, 8192), NODES["H100"], layout)

    assert rate(128) / rate(8) == pytest.approx(5605 / 5762, abs=0.02)


def test_the_share_of_the_peak_is_the_published_one_lowered() -> None:
    for device, table in PUBLISHED.items():
        for weights, width, context, rate, twice in table:
            flops = rate * (6 * weights + 6 * width * context) * (4 / 3 if twice else 1)
            assert efficiency(weights, device) == pytest.approx(OURS * flops / DEVICES[device][0])
            assert 0.2 < efficiency(weights, device) < 0.6
    assert efficiency(3e9, "H100") == efficiency(3e9, "H200")
    assert efficiency(1e9, "A100") == efficiency(1.32e9, "A100")
    assert efficiency(1.32e9, "A100") < efficiency(3e9, "A100") < efficiency(6.67e9, "A100")


@pytest.mark.parametrize("device", NODES)
@pytest.mark.parametrize("size", scale.BASES)
def test_every_size_has_a_layout_that_fits(size: str, device: str) -> None:
    shape, before = KNOWN[scale.BASES[size]], float("inf")
    for gpus in scale.GPUS:
        found = best(shape, PAPER, NODES[device], gpus)
        assert found is not None
        assert found.memory < DEVICES[device][1]
        assert found.host < NODES[device].memory
        assert PAPER.train.batch % (found.layout.workers * found.layout.micro_batch) == 0
        assert found.idle == gpus - found.layout.workers == max(0, gpus - PAPER.train.batch)
        assert found.hours < before, "more GPUs are faster"
        assert found.money == pytest.approx(found.hours * NODES[device].price * gpus / 8)
        before = found.hours


def test_what_does_not_fit_has_no_plan() -> None:
    poor = NODES["A100"].model_copy(update={"memory": 256.0})
    assert best(KNOWN[scale.BASES["67B"]], PAPER, poor, 8) is None
    assert best(SEVEN, PAPER, poor, 8) is not None
    assert not list(layouts(KNOWN[scale.BASES["67B"]], PAPER, NODES["H200"], 1))


def test_time_follows_what_is_moved() -> None:
    def seconds(device: str = "A100", **changed: object) -> float:
        usual = {"workers": 64, "zero_stage": 3, "micro_batch": 1, "activation_checkpointing": True, "offload": "none"}
        return step_seconds(SEVEN, PAPER, NODES[device], Layout.model_validate(usual | changed))

    assert seconds() > seconds(micro_batch=4), "the weights are gathered once for more packs"
    assert seconds() > seconds(zero_stage=2) > seconds(zero_stage=2, activation_checkpointing=False)
    assert seconds(offload="all") > seconds(offload="optimizer") > seconds()
    assert seconds("A100") > seconds("H100")
    wired = NODES["A100"].model_copy(update={"network": 200e9})
    layout = Layout(workers=64, zero_stage=3, micro_batch=1, activation_checkpointing=True, offload="none")
    assert step_seconds(SEVEN, PAPER, wired, layout) < seconds()


def test_a_sweep_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    models = scale.open_models()
    assert len(models) == 13
    assert {scale.weights(model) / 1e9 for model in models} == {6, 7, 20, 34, 67, 70, 72}
    node = NODES["H100"]
    tora = scale.asked("llm-agents/tora-code-34b-v1.0", node)
    assert (tora.samples, tora.tools, tora.gpus) == (sum(ITEMS.values()), sum(ITEMS.values()), 2)
    seven = scale.asked("deepseek-ai/deepseek-math-7b-instruct", node)
    assert (seven.samples, seven.tools, seven.gpus) == (2 * sum(ITEMS.values()), sum(ITEMS.values()), 1)
    monkeypatch.setattr(scale, "_HANGS", 0.0)
    found = scale.sweep(node, 64, 10)
    assert (found.models, found.samples, found.programs) == (13, 17 * 7667, 6 * 7667 * 1.5)
    assert found.replicas == 64
    assert found.sandbox_cpus == -(-64 * seven.rate / 350 * 1.5 * 0.018 / 0.7 // 1)
    hours = [scale.sweep(node, gpus, 10).hours for gpus in scale.GPUS]
    assert hours == sorted(hours, reverse=True)


def test_hanging_programs_are_what_sandboxes_are_for() -> None:
    long, short = (scale.sweep(NODES["H100"], 64, timeout_s).sandbox_cpus for timeout_s in (10, 1))
    assert long > 3 * short


def test_the_command_and_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["train", "--plan", "--scale"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for mark in ("measured here:", "published:", "computed:", "assumed:"):
        assert said.count(mark) == 1
    page = (Path(__file__).parents[1] / "cluster" / "README.md").read_text(encoding="utf-8")
    for line in said.splitlines():
        assert line in page, "make it again: raymath train --config deepseekmath-7b --plan --scale"
    with pytest.raises(SystemExit) as refused:
        cli.main(["train", "--scale", "--config", "deepseekmath-7b"])
    assert refused.value.code == 1
    assert "--scale is for --plan" in capsys.readouterr().err
