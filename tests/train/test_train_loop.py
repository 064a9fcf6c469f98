"""The loop in one process: golden losses, resuming, stopping, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from raymath.errors import ConfigError, DataError, ModelError
from raymath.train import checkpoint, metrics
from raymath.train.engine import configuration, parameter_groups
from raymath.train.job import Job
from raymath.train.loop import train
from raymath.train.metrics import Line
from raymath.train.saving import Keeper
from raymath.train.spikes import NotFiniteError

#: Made by this test's own run with RAYMATH_GOLDEN=write; losses on a CPU, equal within 1e-4 in float32 (another
#: processor adds up in another order; between 1 and 2 ranks the difference is 2e-7), within 1e-2 in bf16, of which
#: the last bit is a 256th.
GOLDEN = Path(__file__).parents[1] / "golden"

MakeJob = Callable[..., Job]


def numbers(job: Job) -> list[tuple[int, float, float, str]]:
    return [(line.step, line.loss, line.gradient_norm, line.data) for line in metrics.read(job.metrics)]


@pytest.mark.parametrize(("precision", "within"), [("fp32", 1e-4), ("bf16", 1e-2)])
def test_ten_steps_have_the_golden_losses(make_job: MakeJob, precision: str, within: float) -> None:
    usual = {"schedule": "cosine", "warmup_steps": 2, "learning_rate": 1e-2, "checkpoint_every": 100}
    job = make_job(steps=10, precision=precision, **usual)
    seen: list[Line] = []
    train(job, seen.append)
    assert seen == metrics.read(job.metrics)
    found = {"loss": [line.loss for line in seen], "data": [line.data for line in seen]}
    file = GOLDEN / f"train_tiny_{precision}.json"
    if os.environ.get("RAYMATH_GOLDEN") == "write":
        file.write_text(json.dumps(found, indent=1) + "\n")
    golden = json.loads(file.read_text())
    assert found["data"] == golden["data"]
    assert found["loss"] == pytest.approx(golden["loss"], abs=within)
    assert found["loss"][-1] < found["loss"][0] - 0.1, "it does not learn"


def test_the_first_steps_are_plain_adamw(make_job: MakeJob, tiny_model: Path) -> None:
    """Against torch alone: separate examples, mean over the step's tokens, clip, AdamW on two groups."""
    from transformers import AutoModelForCausalLM

    from raymath.data.feed import Feed

    job = make_job(steps=3, clip=0.5)
    train(job)
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    optimizer = torch.optim.AdamW(parameter_groups(model, 0.1), lr=1e-3, betas=(0.9, 0.95))
    feed = Feed.open(job.feed, batch=4, seed=0)
    for line in metrics.read(job.metrics):
        total, count = torch.zeros(()), 0
        for index in feed.global_batch(line.step):
            pack = feed.pack(index)
            at = 0
            for length in pack.lengths.tolist():
                ids = torch.from_numpy(pack.input_ids[at : at + length])
                mask = torch.from_numpy(pack.loss_mask[at : at + length])[1:].float()
                at += length
                logits = model(input_ids=ids[None], use_cache=False).logits[0, :-1]
                total = total + torch.nn.functional.cross_entropy(logits, ids[1:], reduction="none") @ mask
                count += int(mask.sum())
        (total / count).backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        optimizer.zero_grad()
        assert line.supervised_tokens == count
        assert line.loss == pytest.approx(total.item() / count, abs=1e-5)
        assert line.gradient_norm == pytest.approx(norm.item(), rel=1e-4)
        assert line.gradient_norm > 0.5, "clipping is not tested"


@pytest.mark.parametrize(
    ("precision", "stage"),
    [("fp32", 1), *(pytest.param("bf16", stage, marks=pytest.mark.slow) for stage in (1, 2)), ("bf16", 3)],
)
def test_resumed_losses_are_identical(make_job: MakeJob, precision: str, stage: int) -> None:
    whole = make_job("whole", steps=5, precision=precision, zero_stage=stage)
    train(whole)
    broken = make_job("broken", steps=5, precision=precision, zero_stage=stage)
    shutil.copytree(whole.out, broken.out)
    # As if killed after step 4, while the checkpoint of step 4 was being written.
    shutil.rmtree(checkpoint.directory(broken.checkpoints, 5))
    (checkpoint.directory(broken.checkpoints, 4) / checkpoint.MARKER).unlink()
    two = make_job("two", steps=2, precision=precision, zero_stage=stage)
    train(two)
    shutil.copytree(
        checkpoint.directory(two.checkpoints, 2), checkpoint.directory(broken.checkpoints, 2), dirs_exist_ok=True
    )
    seen: list[Line] = []
    train(broken, seen.append)
    assert [line.step for line in seen] == [2, 3, 4]
    assert numbers(broken) == numbers(whole)
    found = checkpoint.newest(broken.checkpoints)
    assert found is not None
    assert found[1].step == 5


def test_a_finished_run_does_nothing_more(make_job: MakeJob) -> None:
    job = make_job(steps=2)
    train(job)
    before = job.metrics.read_text()
    train(job, lambda line: pytest.fail(f"step {line.step} was done again"))
    assert job.metrics.read_text() == before


def test_the_last_step_is_saved_once_whatever_a_rank_sees_on_disk(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []
    monkeypatch.setattr(Keeper, "save", lambda _keeper, at: saved.append(at.step))  # leaves nothing to see
    train(make_job(steps=4, checkpoint_every=2))
    train(make_job(steps=3, checkpoint_every=2))
    assert saved == [2, 4, 2, 3]


def test_only_so_many_checkpoints_are_kept(make_job: MakeJob) -> None:
    job = make_job(steps=5, checkpoint_every=1, keep_checkpoints=2)
    train(job)
    assert sorted(path.name for path in job.checkpoints.iterdir()) == ["step-000004", "step-000005"]


def test_it_stops_when_the_time_is_over_and_has_saved(make_job: MakeJob) -> None:
    job = make_job(steps=1000, max_minutes=1e-9, checkpoint_every=1000)
    train(job)
    assert [line.step for line in metrics.read(job.metrics)] == [0]
    found = checkpoint.newest(job.checkpoints)
    assert found is not None
    assert found[1].step == 1


def test_other_data_is_not_resumed(make_job: MakeJob) -> None:
    train(make_job(steps=2))
    with pytest.raises(DataError, match="batch was 4, is 2"):
        train(make_job(steps=4, batch=2))


def test_another_precision_is_not_resumed(make_job: MakeJob) -> None:
    train(make_job(steps=2))
    with pytest.raises(ConfigError, match="precision fp32, now bf16"):
        train(make_job(steps=4, precision="bf16"))


def test_a_loss_that_is_no_number_stops_the_run_and_names_the_step(
    make_job: MakeJob, tiny_model: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    broken = shutil.copytree(tiny_model, tmp_path / "broken")
    state = load_file(broken / "model.safetensors")
    state["model.norm.weight"][0] = float("nan")
    save_file(state, broken / "model.safetensors", metadata={"format": "pt"})
    job = make_job(model=broken)
    with pytest.raises(NotFiniteError, match=r"loss of step 0 is nan \(packs \d+, \d+, \d+, \d+"):
        train(job)
    left = json.loads((Path(job.out) / "bad-step-0.json").read_text())
    assert [len(one["examples"]) for one in left["packs"]] == [len(one["rows"]) for one in left["packs"]]
    assert {one["loss"] for one in left["packs"]} == {"nan"}
    assert not job.checkpoints.exists()


def test_weight_decay_spares_norms_and_biases(tiny_model: Path) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    matrices, norms = parameter_groups(model, 0.1)
    names = {id(p): name for name, p in model.named_parameters()}
    assert (matrices["weight_decay"], norms["weight_decay"]) == (0.1, 0.0)
    assert len(norms["params"]) == 5
    assert all("norm" in names[id(p)] for p in norms["params"])
    assert not any("norm" in names[id(p)] for p in matrices["params"])


def test_the_users_deepspeed_settings_are_merged(make_job: MakeJob) -> None:
    given: dict[str, Any] = {"zero_optimization": {"overlap_comm": True}, "wall_clock_breakdown": True}
    made = configuration(make_job(zero_stage=2, deepspeed=given).settings, 2)
    assert made["zero_optimization"]["stage"] == 2
    assert made["zero_optimization"]["overlap_comm"] is True
    assert made["wall_clock_breakdown"] is True
    assert made["gradient_accumulation_steps"] == 2
    with pytest.raises(ConfigError, match="train_batch_size"):
        configuration(make_job(deepspeed={"train_batch_size": 3}).settings, 1)


def test_a_model_that_cannot_be_loaded_is_named(make_job: MakeJob, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="empty"):
        train(make_job(model=tmp_path / "empty"))
    pickled = shutil.copytree(tiny_model, tmp_path / "pickled")
    (pickled / "model.safetensors").unlink()
    torch.save({}, pickled / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickled"):
        train(make_job(model=pickled))
