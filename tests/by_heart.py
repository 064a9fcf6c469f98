"""Tiny models that write a solution by heart: the real way from training to serving, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from raymath.records import Example, Segment

EXAMPLE = Example(
    id="1",
    source="test",
    row=0,
    language="en",
    mode="tir",
    question="6 times 7?",
    segments=(
        Segment(kind="text", text="Let us compute.\n"),
        Segment(kind="code", text="x = 6 * 7\nprint(x)"),
        Segment(kind="output", text="42"),
        Segment(kind="code", text="print(x + 1)"),
        Segment(kind="output", text="43"),
        Segment(kind="text", text="So $\\boxed{43}$."),
    ),
)
#: Another answer to the same question.
OTHER = EXAMPLE.model_copy(
    update={
        "segments": (
            Segment(kind="code", text="print(7 * 6)"),
            Segment(kind="output", text="42"),
            Segment(kind="text", text="It is $\\boxed{42}$."),
        )
    }
)
#: A program that does not end.
ENDLESS = EXAMPLE.model_copy(
    update={
        "id": "2",
        "question": "For ever?",
        "segments": (
            Segment(kind="text", text="Let us wait.\n"),
            Segment(kind="code", text="while True:\n    pass"),
            Segment(kind="output", text="Never."),
            Segment(kind="text", text="No $\\boxed{0}$."),
        ),
    }
)


def learn(untrained: Path, examples: Sequence[Example], path: Path) -> Path:
    """A model of `untrained`'s shape, trained on `examples` until it writes them greedily, saved in `path`."""
    import torch
    from transformers import AutoConfig, LlamaForCausalLM

    from raymath.models import load_tokenizer

    torch.manual_seed(0)
    model = LlamaForCausalLM(AutoConfig.from_pretrained(untrained)).float()
    tokenizer = load_tokenizer(untrained)
    _train(model, tokenizer, examples)
    model.to(torch.bfloat16).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def learn_beside(model: Path, examples: Sequence[Example], path: Path) -> Path:
    """A LoRA adapter of a model, trained on `examples` until both together write them greedily, saved in `path`."""
    import torch
    from transformers import LlamaForCausalLM

    from raymath.config import LoraSettings
    from raymath.models import load_tokenizer
    from raymath.train.lora import adapt

    adapted = adapt(LlamaForCausalLM.from_pretrained(model).float(), LoraSettings(rank=16, alpha=32, dropout=0))
    _train(adapted, load_tokenizer(model), examples)
    for config in adapted.peft_config.values():
        config.base_model_name_or_path = str(model)
    adapted.to(torch.bfloat16).save_pretrained(path)
    return path


def _train(model: Any, tokenizer: Any, examples: Sequence[Example]) -> None:
    import torch

    from raymath.data.render import render

    batches = []
    for example in examples:
        rendered = render(example, tokenizer, "chat")
        ids = torch.tensor(rendered.input_ids.astype(np.int64))[None]
        batches.append((ids, torch.where(torch.tensor(rendered.loss_mask.astype(bool))[None], ids, -100)))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # for a model this small a second thread mostly waits, and spins while it does
    optimizer = torch.optim.AdamW((one for one in model.parameters() if one.requires_grad), lr=3e-3, weight_decay=0.0)
    for _ in range(600):
        losses = [model(input_ids=ids, labels=labels).loss for ids, labels in batches]
        torch.stack(losses).mean().backward()
        optimizer.step()
        optimizer.zero_grad()
        if max(loss.item() for loss in losses) < 0.003:
            break
    torch.set_num_threads(threads)


def transcript(model: Path, example: Example) -> str:
    """What a model that has learnt `example` writes, with what its programs print."""
    from raymath.data.render import Renderer
    from raymath.models import load_tokenizer

    return "".join(piece.text for piece in Renderer(load_tokenizer(model), "chat").pieces(example)[:-1])
