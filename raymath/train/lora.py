"""Training a few added weights instead of all: LoRA, through `peft`.

    model = adapt(model, settings)                    # before training: only the added matrices learn
    plain = merged(load(base), state, settings)       # after it: the model with them added in
    write(load(base), state, settings, "DIR", base)   # or the added ones alone, as vLLM and peft load them

Data, loss and loop are those of any other run. What the checkpoint holds is left to `raymath.train.engine`, the
exported directory around it to `raymath.train.export`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from raymath.config import LoraSettings
from raymath.errors import ConfigError, ModelError


def adapt(model: Any, settings: LoraSettings, seed: int = 0) -> Any:
    """The model with LoRA's matrices beside its linear layers; all other weights are frozen.

    Args:
        model: a Hugging Face causal language model.
        settings: `rank` has to be set.
        seed: of the first matrix of each pair; the second begins at zero, so the model begins as it was.

    Raises:
        ConfigError: the settings name a layer that the model lacks, or its head, or `rank` is too large.
    """
    from peft import LoraConfig, get_peft_model

    _check_targets(model, settings)
    if model.is_gradient_checkpointing:
        # Checkpointed layers learn only where their input has a gradient, and frozen embeddings give none.
        model.enable_input_require_grads()
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.targets) or "all-linear",
    )
    torch.manual_seed(seed)
    # In the model's own type, as all weights of a run; the optimizer keeps them in float32.
    return get_peft_model(model, config, autocast_adapter_dtype=False)


def merged(model: Any, state: Mapping[str, Tensor], settings: LoraSettings) -> Any:
    """A base model with a checkpoint's LoRA matrices added into its weights.

    In a model in float32 the sums are float32; rounding them once, at the end, is left to the caller.

    Raises:
        ModelError: the state is not of this model and these settings.
    """
    return _filled(model, state, settings).merge_and_unload()


def write(model: Any, state: Mapping[str, Tensor], settings: LoraSettings, target: Path, base: str) -> None:
    """Write a checkpoint's LoRA matrices as an adapter directory.

    Args:
        model: the base model.
        state: the checkpoint's weights.
        settings: of the run.
        target: directory for adapter_config.json and adapter_model.safetensors.
        base: name or directory that whoever loads the adapter is to load first.

    Raises:
        ModelError: the state is not of this model and these settings.
    """
    adapted = _filled(model, state, settings)
    for config in adapted.peft_config.values():
        config.base_model_name_or_path = base
    adapted.save_pretrained(target)
    (target / "README.md").unlink(missing_ok=True)  # peft's own card is an empty form


def _filled(model: Any, state: Mapping[str, Tensor], settings: LoraSettings) -> Any:
    adapted = adapt(model, settings).eval()
    wanted = {name: w.shape for name, w in adapted.state_dict().items()}
    found = {name: w.shape for name, w in state.items()}
    if wrong := sorted(name for name in wanted | found if wanted.get(name) != found.get(name)):
        raise ModelError(
            f"the checkpoint does not fit the model with train.lora.rank = {settings.rank}: {', '.join(wrong[:3])}",
            "give the model and the settings that the run began with",
        )
    adapted.load_state_dict(state)
    return adapted


def _check_targets(model: Any, settings: LoraSettings) -> None:
    linear = {
        name.rpartition(".")[2]: module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module is not model.get_output_embeddings()
    }
    for target in settings.targets:
        if target not in linear:
            raise ConfigError(
                f"train.lora.targets names '{target}', which is no linear layer that can be adapted",
                f"use some of {', '.join(linear)}, or none for all of them",
            )
