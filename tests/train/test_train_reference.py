"""Twenty steps beside Hugging Face's `Trainer`: the same packs, its own loss, optimizer, clipping and accumulation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from raymath.data.feed import Feed
from raymath.train import metrics
from raymath.train.job import Job
from raymath.train.loop import train

STEPS, BATCH = 20, 4


def items(job: Job) -> list[dict[str, torch.Tensor]]:
    """The run's packs in their order, as one would hand them to any trainer: ids, labels, positions."""
    feed = Feed.open(job.feed, batch=BATCH, seed=job.settings.seed)
    out = []
    for step in range(STEPS):
        for index in feed.global_batch(step):
            pack = feed.pack(index)
            labels = np.where(pack.loss_mask == 1, pack.input_ids, -100)
            labels[np.cumsum(pack.lengths) - pack.lengths] = -100
            item = {"input_ids": pack.input_ids, "labels": labels}
            if job.boundaries == "block":
                item["position_ids"] = np.concatenate([np.arange(length) for length in pack.lengths])
            out.append({name: torch.from_numpy(each) for name, each in item.items()})
    return out


def reference(job: Job, folder: Path) -> list[dict[str, Any]]:
    """What `transformers.Trainer` logs of each step."""
    from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

    settings = job.settings
    model = AutoModelForCausalLM.from_pretrained(job.model, dtype=torch.float32)
    model.config.use_cache = False  # with a cache it does not look for segments
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=STEPS,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=BATCH,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="constant_with_warmup",
        warmup_steps=settings.warmup_steps,
        adam_beta1=settings.betas[0],
        adam_beta2=settings.betas[1],
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.clip,
        train_sampling_strategy="sequential",
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        remove_unused_columns=False,
        disable_tqdm=True,
    )

    def one(rows: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
        return {name: each[None] for name, each in rows[0].items()}

    trainer = Trainer(model=model, args=arguments, train_dataset=items(job), data_collator=one)
    trainer.train()
    return [line for line in trainer.state.log_history if "loss" in line]


@pytest.mark.parametrize("boundaries", ["block", "none"])
def test_the_loss_curve_is_the_one_of_hugging_faces_trainer(
    make_job: Callable[..., Job], tmp_path: Path, boundaries: str
) -> None:
    job = make_job(steps=STEPS, batch=BATCH, learning_rate=3e-3, clip=1.0, checkpoint_every=100)
    job = job.model_copy(update={"boundaries": boundaries})
    train(job)
    ours, theirs = metrics.read(job.metrics), reference(job, tmp_path / "reference")
    assert len(ours) == len(theirs) == STEPS
    assert [line.loss for line in ours] == pytest.approx([line["loss"] for line in theirs], abs=2e-5)
    norms = [line.gradient_norm for line in ours]
    assert norms == pytest.approx([line["grad_norm"] for line in theirs], rel=1e-3)
    assert min(norms) < 1 < max(norms), "clipping is not tested"
    assert ours[-1].loss < ours[0].loss - 0.1, "it does not learn"
