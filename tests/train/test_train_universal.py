"""Going on with another ZeRO stage and another number of ranks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torchrun import torchrun

from raymath.config import LoraSettings
from raymath.train import checkpoint, metrics
from raymath.train.job import Job
from raymath.train.loop import train
from raymath.train.universal import Universal

MakeJob = Callable[..., Job]


def then(job: Job, **changed: Any) -> Job:
    """The same run with other settings."""
    return job.model_copy(update={"settings": job.settings.model_copy(update=changed)})


def same(one: Job, other: Job, within: float) -> None:
    first, second = metrics.read(one.metrics), metrics.read(other.metrics)
    assert [line.data for line in first] == [line.data for line in second]
    assert [line.loss for line in first] == pytest.approx([line.loss for line in second], abs=within)
    norms = [line.gradient_norm for line in first]
    assert norms == pytest.approx([line.gradient_norm for line in second], rel=20 * within)


def start(job: Job, ranks: int) -> None:
    if ranks == 1:
        train(job)
    else:
        torchrun(job, ranks)


def walk(whole: Job, job: Job, path: list[tuple[int, int]], within: float) -> None:
    """Run two steps after another on (ranks, stage), and compare with one undisturbed run on one rank in stage 1."""
    steps = 2 * len(path)
    train(then(whole, steps=steps))
    for at, (ranks, stage) in enumerate(path):
        start(then(job, steps=2 * (at + 1), zero_stage=stage), ranks)
    same(whole, job, within)


# A large decay, so that norms that decayed by mistake would be seen.
CHANGED = {"weight_decay": 10.0, "learning_rate": 3e-3}


@pytest.mark.parametrize("precision", ["fp32", pytest.param("bf16", marks=pytest.mark.slow)])
def test_every_stage_goes_on_from_every_other(make_job: MakeJob, precision: str) -> None:
    whole, job = (make_job(name, precision=precision, **CHANGED) for name in ("whole", "job"))
    stages = [1, 2, 3, 1, 3, 2, 1]
    walk(whole, job, [(1, stage) for stage in stages], 2e-5 if precision == "fp32" else 2e-3)


def test_two_ranks_go_on_from_one_and_one_from_two(make_job: MakeJob) -> None:
    whole, job = make_job("whole", **CHANGED), make_job("job", **CHANGED)
    walk(whole, job, [(1, 1), (2, 2), (1, 3)], 2e-5)
    converted = checkpoint.directory(job.checkpoints, 4) / checkpoint.UNIVERSAL
    assert checkpoint.read(converted) is not None, "it is kept beside the checkpoint"


@pytest.mark.slow
def test_lora_goes_on_with_another_number_of_ranks(make_job: MakeJob) -> None:
    lora = LoraSettings(rank=4, targets=("q_proj", "v_proj"))
    whole, job = (make_job(name, lora=lora, **CHANGED) for name in ("whole", "job"))
    walk(whole, job, [(1, 1), (2, 2), (1, 1)], 2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize(
    "path",
    [
        [(1, 1), (2, 1), (4, 1), (1, 1)],
        [(2, 2), (4, 3), (1, 2), (2, 3)],
        [(4, 3), (2, 2), (1, 1), (2, 3)],
        [(4, 1), (1, 3), (2, 1), (4, 2)],
    ],
)
def test_every_number_of_ranks_goes_on_from_every_other(
    make_job: MakeJob, precision: str, path: list[tuple[int, int]]
) -> None:
    whole, job = (make_job(name, precision=precision, **CHANGED) for name in ("whole", "job"))
    walk(whole, job, path, 2e-5 if precision == "fp32" else 2e-3)


def test_the_universal_form_holds_the_weights_whole(make_job: MakeJob) -> None:
    job = make_job(steps=2, precision="fp32", zero_stage=3)
    train(job)
    train(then(job, steps=3, zero_stage=1))
    two, three = (checkpoint.directory(job.checkpoints, step) for step in (2, 3))
    universal = Universal(two / checkpoint.UNIVERSAL)
    assert universal.step == 2
    state = torch.load(three / "state" / "mp_rank_00_model_states.pt", weights_only=False)["module"]
    name = "model.embed_tokens.weight"
    assert name in universal.names
    whole = universal.read("fp32", name, 0, state[name].numel())
    # One step at 1e-3 moves no weight further than twice that.
    assert (whole.view_as(state[name]) - state[name]).abs().max() < 2.5e-3
    assert torch.equal(universal.read("fp32", name, 100, 7), whole[100:107])


def test_it_is_converted_once(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    from raymath.train import resuming

    made: list[Path] = []
    convert = resuming.convert

    def counted(state: Path, target: Path, **split: Any) -> list[str]:
        made.append(target)
        return convert(state, target, **split)

    monkeypatch.setattr(resuming, "convert", counted)
    job = make_job(steps=2, checkpoint_every=100)
    train(job)
    for _ in range(2):
        job.metrics.unlink()
        train(then(job, steps=2, zero_stage=2))
    assert len(made) == 1
    # Half of one is none.
    (made[0] / checkpoint.MARKER).unlink()
    train(then(job, steps=2, zero_stage=2))
    assert len(made) == 2


def test_another_model_is_not_gone_on_with(make_job: MakeJob, tiny_model: Path, tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    from raymath.errors import ModelError

    job = make_job(steps=2)
    train(job)
    config = LlamaConfig.from_pretrained(tiny_model)
    config.num_hidden_layers = 3
    LlamaForCausalLM(config).save_pretrained(tmp_path / "other")
    with pytest.raises(ModelError, match=r"model\.layers\.2"):
        train(then(job, steps=4, zero_stage=2).model_copy(update={"model": str(tmp_path / "other")}))
