"""A checkpoint → a Hugging Face directory that transformers and vLLM load.

    export(run.path / "train", "smollm2-135m-instruct", run.path / "model", record={...})
    export(run.path / "train", "org/base", run.path / "adapter", lora=settings.train.lora, adapter=True)

Works from every ZeRO stage and number of workers, needs no GPU and no workers. The checkpoint's files are pickles,
which run code when they are opened: only checkpoints that this user's own runs wrote may be given. The exported
directory holds safetensors and JSON alone. Putting it on the hub is left to `raymath.train.push`.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from raymath.config import LoraSettings
from raymath.errors import ConfigError, ModelError
from raymath.models import check, load_tokenizer, resolve
from raymath.train import checkpoint

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Dtype = Literal["bf16", "fp32", "fp16"]
#: Largest file of weights; more go into several, with an index.
SHARD = "5GB"
_TORCH = {"bf16": "bfloat16", "fp32": "float32", "fp16": "float16"}


def export(
    out: Path,
    base: str,
    target: Path,
    *,
    step: int | None = None,
    record: dict[str, Any] | None = None,
    dtype: Dtype = "bf16",
    lora: LoraSettings | None = None,
    adapter: bool = False,
) -> Path:
    """Write the weights of a checkpoint as a model directory; the directory is complete or absent.

    In bf16 they are exactly the weights that a bf16 run computes with; what LoRA learned is added in float32 and then
    rounded.

    Args:
        out: the directory a run trained into.
        base: the model it was trained from: configuration, tokenizer and chat template come from there.
        target: the directory to make; one that is there is replaced.
        step: export the checkpoint after so many steps; the newest where not given.
        record: settings, data and versions, put into the model card.
        dtype: of the weights; an adapter's are the checkpoint's.
        lora: the run's `train.lora`, where its rank is set.
        adapter: write what LoRA learned alone, for whoever loads the base model beside it (vLLM, `peft`).

    Raises:
        ModelError: there is no complete checkpoint, it does not fit the base model, or a weight is too large for fp16.
        ConfigError: an adapter is asked of a run without LoRA.
    """
    lora = lora if lora is not None and lora.rank else None
    if adapter and lora is None:
        raise ConfigError("an adapter was asked for, and this run trained all weights", "export without --adapter")
    path, position = _checkpoint(out / "checkpoints", step)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        tokenizer = load_tokenizer(base)
        _weights(path, position, base, partial, dtype, lora, adapter)
        tokenizer.save_pretrained(partial)
        if not adapter:
            _ends(tokenizer, base, partial)
        (partial / "README.md").write_text(_card(base, position, record or {}, adapter), encoding="utf-8")
        partial.chmod(0o755)  # mkdtemp's are for the owner alone
        if not adapter:
            check(partial)
        _replace(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _checkpoint(root: Path, step: int | None) -> tuple[Path, checkpoint.Position]:
    if step is None:
        found = checkpoint.newest(root)
    else:
        path = checkpoint.directory(root, step)
        position = checkpoint.read(path)
        found = (path, position) if position else None
    if found is None:
        which = f"complete checkpoint after step {step}" if step is not None else "complete checkpoint"
        here = ", ".join(path.name for path in sorted(root.glob("step-*"))) or "none"
        raise ModelError(f"{root} has no {which}; there are: {here}", "train first, or name a step that is there")
    _verify(*found)
    return found


def _verify(path: Path, position: checkpoint.Position) -> None:
    """Compare the checksums of what the weights are read from: below stage 3 the files that all ranks share."""
    marker = checkpoint.read_marker(path)
    files = marker.files if marker else {}
    read = {name: file for name, file in files.items() if file.shared or position.zero_stage == 3}
    if wrong := checkpoint.damaged(path, read):
        raise ModelError(f"{path / wrong[0]} is damaged: its checksum differs", "export an earlier step")


def _weights(
    path: Path,
    position: checkpoint.Position,
    base: str,
    target: Path,
    dtype: Dtype,
    lora: LoraSettings | None,
    adapter: bool,
) -> None:
    """Save model and configuration, or an adapter."""
    import torch
    import transformers

    logging.getLogger("DeepSpeed").setLevel(logging.ERROR)  # its import announces the processor as a warning
    from raymath.train.engine import weights

    transformers.logging.disable_progress_bar()
    kind: torch.dtype = getattr(torch, _TORCH[dtype])
    state = weights(path, position.zero_stage)
    if lora is not None:
        from raymath.train.lora import merged, write

        computed: torch.dtype = getattr(torch, _TORCH[position.precision])
        # What the run computed with, also where ZeRO 3 has kept more of it.
        state = {name: w.to(computed) for name, w in state.items()}
        if adapter:
            write(_empty(base, computed), state, lora, target, base)
            return
        model = merged(_empty(base, torch.float32), state, lora).to(kind)
    else:
        model = _empty(base, kind)
        saved, wanted = ({(name, tuple(w.shape)) for name, w in each.items()} for each in (state, model.state_dict()))
        if wrong := sorted({name for name, _ in saved ^ wanted}):
            raise ModelError(
                f"{path} does not fit {base}: {', '.join(wrong[:3])}", "give the model that the run began with"
            )
        model.load_state_dict(state)
    model.tie_weights()
    if bad := [name for name, w in model.named_parameters() if not torch.isfinite(w).all()]:
        raise ModelError(f"{bad[0]} has values that {dtype} cannot hold", "export with --dtype bf16")
    model.config.dtype = kind
    model.save_pretrained(target, max_shard_size=SHARD)


def _empty(base: str, dtype: Any) -> Any:
    """The base model's architecture; its weights are yet to be loaded."""
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(resolve(base), trust_remote_code=False)
    return AutoModelForCausalLM.from_config(config, dtype=dtype)


def _ends(tokenizer: PreTrainedTokenizerBase, base: str, target: Path) -> None:
    """Write what ends a generation: the token that the training examples end with, then the base model's own."""
    from transformers import GenerationConfig

    known = _generation(resolve(base)).get("eos_token_id")
    others = known if isinstance(known, list) else [known]
    ends = [tokenizer.eos_token_id, *(i for i in others if i not in (None, tokenizer.eos_token_id))]
    GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=ends if len(ends) > 1 else ends[0],
        pad_token_id=tokenizer.pad_token_id,
    ).save_pretrained(target)


def _generation(base: str) -> dict[str, Any]:
    """The base model's generation configuration, empty where it has none."""
    from transformers import GenerationConfig

    try:
        settings: dict[str, Any] = GenerationConfig.from_pretrained(base).to_dict()
    except OSError:
        return {}
    return settings


def _card(base: str, position: checkpoint.Position, record: dict[str, Any], adapter: bool) -> str:
    """The model card: what it is and the record of how it was made."""
    record = {"base": base, "steps": position.step, "data": position.fingerprint, **record}
    what = f"An adapter for {base}: load that, then this beside it. " if adapter else ""
    return (
        "---\n"
        f"library_name: {'peft' if adapter else 'transformers'}\n"
        "pipeline_tag: text-generation\n"
        "tags: [math, raymath]\n"
        "---\n\n"
        f"# {base}, fine-tuned on mathematics with raymath\n\n"
        f"{what}Supervised fine-tuning, {position.step} steps. Prompt it as it was trained: the question, a line end, "
        "the suffix of the mode, inside the model's chat template (`raymath.prompts` spells them).\n\n"
        f"## Record\n\n```json\n{json.dumps(record, ensure_ascii=False, indent=2)}\n```\n"
    )


def _replace(partial: Path, target: Path) -> None:
    """Put a finished directory in the target's place."""
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        target.rename(old / target.name)
        partial.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        partial.rename(target)
