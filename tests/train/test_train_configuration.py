"""Speed and memory by configuration: offload, compilation, attention by segments. None of them changes a loss."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from packs import random_pack

from raymath.errors import ConfigError, ModelError
from raymath.train import metrics
from raymath.train.collate import collate
from raymath.train.engine import compile_layers, configuration, load_model
from raymath.train.job import Job
from raymath.train.loop import train
from raymath.train.loss import supervised_nll

MakeJob = Callable[..., Job]


def same(one: Job, other: Job, within: float = 1e-5) -> None:
    first, second = metrics.read(one.metrics), metrics.read(other.metrics)
    assert [line.loss for line in first] == pytest.approx([line.loss for line in second], abs=within)
    norms = [line.gradient_norm for line in first]
    assert norms == pytest.approx([line.gradient_norm for line in second], rel=10 * within)


@pytest.mark.parametrize(("stage", "offload"), [(1, "optimizer"), (2, "optimizer"), (3, "optimizer"), (3, "all")])
def test_offload_has_the_losses_of_a_run_without(make_job: MakeJob, stage: int, offload: str) -> None:
    plain, moved = make_job("plain", zero_stage=stage), make_job("moved", zero_stage=stage, offload=offload)
    for job in (plain, moved):
        train(job)
    same(plain, moved)


def test_offload_is_what_deepspeed_is_told(make_job: MakeJob) -> None:
    def zero(**changed: Any) -> dict[str, Any]:
        found: dict[str, Any] = configuration(make_job(**changed).settings, 1)["zero_optimization"]
        return found

    assert not [key for key in zero(zero_stage=3) if key.startswith("offload")]
    assert zero(offload="optimizer")["offload_optimizer"] == {"device": "cpu", "pin_memory": False}
    both = zero(offload="all", zero_stage=3, gpus_per_worker=1)
    assert both["offload_optimizer"] == both["offload_param"] == {"device": "cpu", "pin_memory": True}
    with pytest.raises(ConfigError, match=r"train\.zero_stage = 3, not 2"):
        zero(offload="all", zero_stage=2)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_attention_by_segments_is_told_them_in_every_layer(tiny_model: Path, checkpointing: bool) -> None:
    """An attention that looks at nothing else, as flash (varlen) does on a GPU, gives the loss of separate rows."""
    from transformers import AttentionInterface, AttentionMaskInterface, AutoModelForCausalLM

    calls: list[list[int]] = []

    def by_segments(
        module: Any, query: Any, key: Any, value: Any, attention_mask: Any, scaling: float, **given: Any
    ) -> tuple[torch.Tensor, None]:
        assert attention_mask is None
        bounds = given["cu_seq_lens_q"].tolist()
        calls.append(bounds)
        assert given["cu_seq_lens_k"].tolist() == bounds
        longest = max(end - start for start, end in pairwise(bounds))
        assert given["max_length_q"] == given["max_length_k"] == longest
        parts = [
            torch.nn.functional.scaled_dot_product_attention(
                *(each[:, :, start:end] for each in (query, key, value)), is_causal=True, scale=scaling, enable_gqa=True
            )
            for start, end in pairwise(bounds)
        ]
        return torch.cat(parts, dim=2).transpose(1, 2), None

    AttentionInterface.register("by_segments", by_segments)
    AttentionMaskInterface.register("by_segments", lambda *args, **given: None)
    packs = [random_pack(1, 70), random_pack(2, 41)]
    found = []
    for attention, batch in (("by_segments", collate(packs, "block", one_row=True)), ("sdpa", collate(packs, "block"))):
        model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32, attn_implementation=attention)
        if checkpointing:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        loss = supervised_nll(model.train(), batch)
        loss.backward()
        found.append((loss.detach(), torch.cat([p.grad.flatten() for p in model.parameters()])))
    torch.testing.assert_close(found[0], found[1])
    assert len(calls) == 2 * (2 if checkpointing else 1)


def test_segments_are_what_transformers_would_find() -> None:
    from transformers.modeling_flash_attention_utils import prepare_fa_kwargs_from_position_ids

    batch = collate([random_pack(1, 70), random_pack(2, 41)], "block", one_row=True)
    bounds, longest = prepare_fa_kwargs_from_position_ids(batch.position_ids)
    assert torch.equal(batch.segments["cu_seq_lens_q"], bounds[0])
    assert batch.segments["cu_seq_lens_q"].dtype == bounds[0].dtype
    assert batch.segments["max_length_q"] == longest[0]
    assert collate([random_pack(1, 70)], "block").segments == {}
    assert torch.equal(batch.to(torch.device("cpu")).segments["cu_seq_lens_k"], bounds[1])


def test_an_attention_that_is_not_there_is_said_so(make_job: MakeJob, tiny_model: Path) -> None:
    if importlib.util.find_spec("flash_attn") or importlib.util.find_spec("kernels"):
        pytest.skip("it is there")
    with pytest.raises(ModelError, match='"sdpa" instead of "flash_attention_2"'):
        load_model(tiny_model, make_job(attention="flash_attention_2", precision="bf16").settings)
    with pytest.raises(ConfigError, match="computes in bf16"):
        load_model(tiny_model, make_job(attention="flash_attention_2").settings)


@pytest.mark.slow
def test_flex_attention_keeps_examples_apart(tiny_model: Path) -> None:
    """Its forward pass alone: on a processor it has no backward one."""
    from transformers import AutoModelForCausalLM

    batch = collate([random_pack(1, 70), random_pack(2, 41)], "block")
    losses = []
    for attention in ("flex_attention", "sdpa"):
        model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32, attn_implementation=attention)
        with torch.inference_mode():
            losses.append(supervised_nll(model.eval(), batch))
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-5, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("stage", [1, 3])
def test_compiled_layers_have_the_losses_of_plain_ones(make_job: MakeJob, stage: int) -> None:
    plain, compiled = make_job("plain", zero_stage=stage), make_job("compiled", zero_stage=stage, compile=True)
    for job in (plain, compiled):
        train(job)
    same(plain, compiled, 2e-5)


def test_compilation_is_asked_of_each_layer(tiny_model: Path) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    names = [name for name, _ in model.named_parameters()]
    compile_layers(model)
    assert all(layer._compiled_call_impl is not None for layer in model.model.layers)
    assert [name for name, _ in model.named_parameters()] == names
