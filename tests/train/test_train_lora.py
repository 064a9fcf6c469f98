"""LoRA: only the added matrices learn, the data are those of any run, and merged weights are what was trained."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from packs import random_pack

from raymath.config import LoraSettings, load
from raymath.errors import ConfigError, ModelError
from raymath.train import checkpoint, engine, metrics
from raymath.train.collate import collate
from raymath.train.export import export
from raymath.train.head import fuse
from raymath.train.job import Job
from raymath.train.loop import train
from raymath.train.lora import adapt
from raymath.train.loss import supervised_nll

MakeJob = Callable[..., Job]
LORA = {"rank": 4, "alpha": 32, "targets": ["q_proj", "down_proj"]}


def base(path: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)


def logits(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        out: torch.Tensor = model.eval()(torch.arange(5, 60)[None]).logits.float()
    return out


def adapted(model: Any) -> Any:
    """With matrices that are not zero, as if it had learned."""
    out = adapt(model, LoraSettings(**LORA))
    torch.manual_seed(1)
    for name, parameter in out.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    return out


def test_only_the_added_matrices_learn(tiny_model: Path) -> None:
    model = adapt(base(tiny_model), LoraSettings(**LORA))
    assert torch.equal(logits(model), logits(base(tiny_model)))
    learning = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    assert len(learning) == 2 * 2 * 2  # layers × targets × matrices
    assert all("lora_" in name for name in learning)
    every = adapt(base(tiny_model), LoraSettings(rank=2))
    assert sum(p.requires_grad for p in every.parameters()) == 2 * 7 * 2
    assert not any("lm_head" in name and "lora" in name for name, _ in every.named_parameters())


@pytest.mark.parametrize("checkpointing", [False, True])
def test_loss_and_gradient_do_not_depend_on_the_fused_head(tiny_model: Path, checkpointing: bool) -> None:
    batch = collate([random_pack(1, 70), random_pack(2, 41)], "block")
    found = []
    for fused in (True, False):
        model = base(tiny_model)
        if checkpointing:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        if fused:
            assert fuse(model) is not None
        model = adapted(model).train()
        loss = supervised_nll(model, batch)
        loss.backward()
        gradient = torch.cat([p.grad.flatten() for p in model.parameters() if p.requires_grad])
        assert model.get_output_embeddings().weight.grad is None
        found.append((loss.detach(), gradient))
    torch.testing.assert_close(found[0], found[1])


def test_examples_of_a_pack_do_not_see_each_other_here_either(tiny_model: Path) -> None:
    model, pack = adapted(base(tiny_model)).eval(), random_pack(3, 80, supervised=0.7)
    ends = np.cumsum(pack.lengths)
    alone = [
        SimpleNamespace(input_ids=pack.input_ids[a:b], loss_mask=pack.loss_mask[a:b], lengths=[b - a])
        for a, b in zip(ends - pack.lengths, ends, strict=True)
    ]
    with torch.inference_mode():
        apart = sum(supervised_nll(model, collate([each], "none")) for each in alone)
        torch.testing.assert_close(supervised_nll(model, collate([pack], "block")), apart)


def test_a_layer_that_is_not_there_is_named(tiny_model: Path) -> None:
    with pytest.raises(ConfigError, match=r"'qproj', which is no linear layer.*q_proj, k_proj"):
        adapt(base(tiny_model), LoraSettings(rank=4, targets=("qproj",)))
    with pytest.raises(ConfigError, match="'lm_head'"):
        adapt(base(tiny_model), LoraSettings(rank=4, targets=("lm_head",)))


def test_it_is_a_setting_like_any_other() -> None:
    settings = load("quickstart", ["train.lora.rank=8", "train.lora.targets=q_proj,v_proj"])
    assert settings.train.lora == LoraSettings(rank=8, targets=("q_proj", "v_proj"))
    with pytest.raises(ConfigError, match=r"train\.lora\.dropout"):
        load("quickstart", ["train.lora.dropout=1"])


@pytest.mark.parametrize(("precision", "stage"), [("fp32", 1), ("bf16", 2), ("bf16", 3)])
def test_a_run_learns_resumes_and_is_exported(
    make_job: MakeJob, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str, stage: int
) -> None:
    """Merged, and as an adapter in `peft`, the export has the logits of what was trained; resuming is exact."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    usual = {"precision": precision, "zero_stage": stage, "lora": LORA, "learning_rate": 1e-2}
    trained: dict[str, torch.Tensor] = {}

    def keep(self: engine.Engine) -> None:
        from deepspeed.utils import safe_get_full_fp32_param

        for name, parameter in self.model.module.named_parameters():
            if parameter.requires_grad:
                trained[name] = safe_get_full_fp32_param(parameter).clone()

    monkeypatch.setattr(engine.Engine, "close", keep)
    job = make_job("whole", **usual)
    train(job)
    lines = metrics.read(job.metrics)
    assert trained
    expected = adapt(base(tiny_model), job.settings.lora)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    given = {name: w.to(dtype).float() for name, w in trained.items()}
    assert not expected.load_state_dict(given, strict=False).unexpected_keys
    wanted = logits(expected)
    assert not torch.allclose(wanted, logits(base(tiny_model)), atol=1e-2), "nothing was learned"

    out = {"step": None, "lora": job.settings.lora}
    merged = export(Path(job.out), str(tiny_model), tmp_path / "merged", dtype="fp32", **out)
    torch.testing.assert_close(logits(base(merged)), wanted, atol=1e-4, rtol=1e-4)
    alone = export(Path(job.out), str(tiny_model), tmp_path / "adapter", adapter=True, **out)
    assert json.loads((alone / "adapter_config.json").read_text())["base_model_name_or_path"] == str(tiny_model)
    assert not (alone / "model.safetensors").exists()
    loaded = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32), alone)
    torch.testing.assert_close(logits(loaded), wanted, atol=1e-5, rtol=1e-5)

    # Killed after step 2, and taken up again.
    broken = make_job("broken", **usual)
    shutil.copytree(job.out, broken.out)
    shutil.rmtree(checkpoint.directory(broken.checkpoints, 4))
    train(broken)
    again = metrics.read(broken.metrics)
    assert [(line.loss, line.data) for line in again] == [(line.loss, line.data) for line in lines]


def test_what_does_not_fit_is_refused(make_job: MakeJob, tiny_model: Path, tmp_path: Path) -> None:
    job = make_job(steps=1, lora=LORA)
    train(job)
    with pytest.raises(ModelError, match=r"train\.lora\.rank = 8"):
        export(Path(job.out), str(tiny_model), tmp_path / "model", lora=LoraSettings(rank=8))
    with pytest.raises(ConfigError, match="trained all weights"):
        export(Path(job.out), str(tiny_model), tmp_path / "model", adapter=True)
    assert not (tmp_path / "model").exists()
