"""Export: a complete Hugging Face directory whose logits are those of the trained weights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from raymath.errors import ModelError
from raymath.models import check
from raymath.train import checkpoint, engine
from raymath.train import export as export_module
from raymath.train.export import export
from raymath.train.job import Job
from raymath.train.loop import train

MakeJob = Callable[..., Job]


def trained_weights(job: Job, monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    """Train a job and take the weights out of the live engine just before it closes."""
    from deepspeed.utils import safe_get_full_fp32_param

    kept: dict[str, torch.Tensor] = {}

    def keep(self: engine.Engine) -> None:
        for name, parameter in self.model.module.named_parameters():
            kept[name] = safe_get_full_fp32_param(parameter).clone()

    monkeypatch.setattr(engine.Engine, "close", keep)
    train(job)
    return kept


@pytest.mark.parametrize(("precision", "stage"), [("fp32", 1), ("bf16", 1), ("bf16", 2), ("bf16", 3)])
def test_logits_are_the_trainers(
    make_job: MakeJob, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str, stage: int
) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    job = make_job(precision=precision, zero_stage=stage, steps=2)
    weights = trained_weights(job, monkeypatch)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    target = export(Path(job.out), str(tiny_model), tmp_path / "model", dtype="bf16" if precision == "bf16" else "fp32")
    check(target)
    ids = torch.arange(5, 60)[None]
    with torch.inference_mode():
        ours = AutoModelForCausalLM.from_pretrained(target, dtype="auto")
        assert ours.dtype == dtype
        base = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=dtype)
        untrained = base(ids).logits.clone()
        base.load_state_dict({name: w.to(dtype) for name, w in weights.items()}, strict=False)
        expected = base(ids).logits
        assert torch.equal(ours(ids).logits, expected)
        assert not torch.equal(expected, untrained)
    tokenizer = AutoTokenizer.from_pretrained(target)
    message = [{"role": "user", "content": "1 + 1?"}]
    before = AutoTokenizer.from_pretrained(tiny_model)
    assert tokenizer.apply_chat_template(message) == before.apply_chat_template(message)


def test_it_ends_with_the_tokenizers_end_token(make_job: MakeJob, tiny_model: Path, tmp_path: Path) -> None:
    base = shutil.copytree(tiny_model, tmp_path / "base")
    # As a base model that was pre-trained to end with another token than a chat ends with.
    (base / "generation_config.json").write_text(json.dumps({"eos_token_id": 0, "temperature": 0.2}))
    job = make_job(steps=1, model=base)
    train(job)
    target = export(Path(job.out), str(base), tmp_path / "model", record={"learning_rate": 1e-3})
    made = json.loads((target / "generation_config.json").read_text())
    assert made["eos_token_id"] == [2, 0]
    assert "temperature" not in made
    assert json.loads((target / "config.json").read_text())["dtype"] == "bfloat16"
    card = (target / "README.md").read_text()
    assert '"learning_rate": 0.001' in card
    assert '"steps": 1' in card


def test_half_precision_and_several_files(
    make_job: MakeJob, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoModelForCausalLM

    job = make_job(steps=1)
    train(job)
    whole = export(Path(job.out), str(tiny_model), tmp_path / "whole", dtype="fp32")
    assert not (whole / "model.safetensors.index.json").exists()
    monkeypatch.setattr(export_module, "SHARD", "60KB")
    half = export(Path(job.out), str(tiny_model), tmp_path / "half", dtype="fp16")
    index = json.loads((half / "model.safetensors.index.json").read_text())
    assert len(set(index["weight_map"].values())) > 1
    check(half)
    loaded, expected = (AutoModelForCausalLM.from_pretrained(each, dtype="auto") for each in (half, whole))
    assert loaded.dtype == torch.float16
    for mine, theirs in zip(loaded.parameters(), expected.parameters(), strict=True):
        assert torch.equal(mine, theirs.half())


def test_what_half_precision_cannot_hold_is_refused(
    make_job: MakeJob, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file, save_file

    large = shutil.copytree(tiny_model, tmp_path / "large")
    state = load_file(large / "model.safetensors")
    state["model.embed_tokens.weight"][5, 0] = 1e5
    save_file(state, large / "model.safetensors", metadata={"format": "pt"})
    job = make_job(steps=1, model=large)
    train(job)
    with pytest.raises(ModelError, match=r"embed_tokens\.weight has values that fp16 cannot hold"):
        export(Path(job.out), str(large), tmp_path / "model", dtype="fp16")
    assert not (tmp_path / "model").exists()


def test_a_run_is_exported_in_other_ways_beside_its_own(make_job: MakeJob, tiny_model: Path, tmp_path: Path) -> None:
    from raymath import recipe
    from raymath.config import validate
    from raymath.runs import Run

    lora = {"rank": 2}
    job = make_job("run/train", lora=lora)
    train(job)
    tree = {"train": job.settings.model_dump(mode="json"), "model": {"name": str(tiny_model)}}
    made = Run.create(tmp_path / "runs", validate(tree, "the test"))
    shutil.copytree(job.out, made.path / "train")
    made.finish("model", {"directory": str(tiny_model)})
    made.finish("train", {"steps": 4})
    for given, name in (
        ({"dtype": "fp16"}, "model-fp16"),
        ({"adapter": True}, "adapter"),
        ({"step": 2, "dtype": "bf16"}, "model-bf16-step-2"),
    ):
        summary = recipe.export(made, **given)
        assert summary["directory"] == str(made.path / name)
        assert (made.path / name / "README.md").is_file()
    assert '"steps": 2' in (made.path / "model-bf16-step-2" / "README.md").read_text()
    assert "peft" in (made.path / "adapter" / "README.md").read_text()
    assert made.finished("export") is None


def test_what_is_there_is_replaced_and_a_failure_leaves_it(
    make_job: MakeJob, tiny_model: Path, embedded_model: Path, tmp_path: Path
) -> None:
    job = make_job(steps=1)
    train(job)
    target = tmp_path / "models" / "model"
    target.mkdir(parents=True)
    (target / "old").touch()
    with pytest.raises(ModelError, match="does not fit"):
        export(Path(job.out), str(embedded_model), target)
    assert (target / "old").exists()
    export(Path(job.out), str(tiny_model), target)
    assert not (target / "old").exists()
    assert [path.name for path in target.parent.iterdir()] == ["model"]


def test_without_a_complete_checkpoint_it_says_what_is_there(
    make_job: MakeJob, tiny_model: Path, tmp_path: Path
) -> None:
    job = make_job(steps=2)
    with pytest.raises(ModelError, match="there are: none"):
        export(Path(job.out), str(tiny_model), tmp_path / "model")
    train(job)
    with pytest.raises(ModelError, match="after step 7; there are: step-000002"):
        export(Path(job.out), str(tiny_model), tmp_path / "model", step=7)
    (checkpoint.directory(job.checkpoints, 2) / checkpoint.MARKER).unlink()
    with pytest.raises(ModelError, match="no complete checkpoint"):
        export(Path(job.out), str(tiny_model), tmp_path / "model")
    assert not (tmp_path / "model").exists()
