"""Real processes: the same losses and gradients for every number of ranks, accumulation and ZeRO stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from torchrun import torchrun

from raymath.train import metrics
from raymath.train.export import export
from raymath.train.job import Job
from raymath.train.loop import train

MakeJob = Callable[..., Job]


def same(one: Job, other: Job, within: float) -> None:
    first, second = metrics.read(one.metrics), metrics.read(other.metrics)
    assert [line.data for line in first] == [line.data for line in second]
    assert [line.supervised_tokens for line in first] == [line.supervised_tokens for line in second]
    assert [line.loss for line in first] == pytest.approx([line.loss for line in second], abs=within)
    norms = [line.gradient_norm for line in first]
    assert norms == pytest.approx([line.gradient_norm for line in second], rel=10 * within)


def test_two_ranks_give_what_one_gives(make_job: MakeJob) -> None:
    one = make_job("one", zero_stage=1)
    train(one)
    two = make_job("two", zero_stage=2)
    torchrun(two, 2)
    same(one, two, 1e-5)


@pytest.mark.slow
def test_held_out_loss_is_one_for_any_number_of_ranks(make_job: MakeJob) -> None:
    """Three packs on two ranks, which gather weights that are split over them."""
    given = {"steps": 3, "validation": 3, "validate_every": 2, "skip_steps": [1]}
    one, two = make_job("one", **given), make_job("two", zero_stage=3, **given)
    train(one)
    torchrun(two, 2)
    same(one, two, 1e-5)
    (_, here), (_, there) = ([line.validation_loss for line in metrics.read(job.metrics)] for job in (one, two))
    assert here == pytest.approx(there, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("stage", [1, 2, 3])
@pytest.mark.parametrize(("ranks", "micro_batch"), [(1, 2), (2, 1), (2, 2), (4, 1)])
def test_every_split_gives_one_run(
    make_job: MakeJob, tiny_model: Path, tmp_path: Path, precision: str, stage: int, ranks: int, micro_batch: int
) -> None:
    one = make_job("one", precision=precision)
    train(one)
    other = make_job("other", precision=precision, zero_stage=stage, micro_batch=micro_batch)
    torchrun(other, ranks)
    same(one, other, 1e-5 if precision == "fp32" else 1e-3)
    assert (export(Path(other.out), str(tiny_model), tmp_path / "model") / "model.safetensors").is_file()
    # Resumed in as many processes, identical to the last bit.
    again = make_job("again", precision=precision, zero_stage=stage, micro_batch=micro_batch, steps=2)
    torchrun(again, ranks)
    again = again.model_copy(update={"settings": other.settings})
    torchrun(again, ranks)
    assert [line.loss for line in metrics.read(again.metrics)] == [line.loss for line in metrics.read(other.metrics)]
