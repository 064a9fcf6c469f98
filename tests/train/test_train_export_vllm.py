"""vLLM, the real one on a processor, gives the exported model's tokens and probabilities, merged and as an adapter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from raymath.train.export import export
from raymath.train.job import Job
from raymath.train.loop import train

pytestmark = pytest.mark.slow

TOKENS = 12
PROMPTS = [list(range(10, 40)), [1, 77, 78, 200], [5] * 9]
#: Run in a process of its own: greedy tokens of each prompt with their log-probabilities.
SCRIPT = """
import json, sys
from vllm import LLM, SamplingParams
from vllm.lora.request import LoRARequest

given = json.loads(sys.argv[1])
adapter = given["adapter"]
llm = LLM(given["model"], dtype="float32", enforce_eager=True, max_model_len=128, load_format="safetensors",
          max_num_seqs=4, enable_lora=adapter is not None, max_lora_rank=8)
done = llm.generate(
    [{"prompt_token_ids": ids} for ids in given["prompts"]],
    SamplingParams(temperature=0, max_tokens=given["tokens"], ignore_eos=True, logprobs=0),
    lora_request=LoRARequest("adapter", 1, adapter) if adapter else None,
    use_tqdm=False,
)
told = [
    [[i, step[i].logprob] for i, step in zip(one.outputs[0].token_ids, one.outputs[0].logprobs)] for one in done
]
print("TOLD " + json.dumps(told))
"""


def served(model: Path, adapter: Path | None = None) -> list[list[tuple[int, float]]]:
    given = {"model": str(model), "adapter": str(adapter) if adapter else None, "prompts": PROMPTS, "tokens": TOKENS}
    switches = {"VLLM_LOGGING_LEVEL": "ERROR", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"}
    switches |= {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(given)],
        env={**os.environ, **switches},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = next(line for line in done.stdout.splitlines() if line.startswith("TOLD "))
    out: list[list[tuple[int, float]]] = json.loads(told.removeprefix("TOLD "))
    return out


def expected(model: Any, ids: list[int]) -> list[tuple[int, float]]:
    """Greedy tokens and log-probabilities by transformers, one whole forward pass a token."""
    out = []
    with torch.inference_mode():
        for _ in range(TOKENS):
            row = model(torch.tensor([ids])).logits[0, -1].float().log_softmax(-1)
            out.append((int(row.argmax()), float(row.max())))
            ids = [*ids, out[-1][0]]
    return out


@pytest.mark.parametrize("lora", [0, 4])
def test_vllm_has_the_trainers_probabilities(
    make_job: Callable[..., Job], tiny_model: Path, tmp_path: Path, lora: int
) -> None:
    from transformers import AutoModelForCausalLM

    job = make_job(learning_rate=1e-2, lora={"rank": lora, "alpha": 64})
    train(job)
    merged = export(Path(job.out), str(tiny_model), tmp_path / "model", dtype="fp32", lora=job.settings.lora)
    model = AutoModelForCausalLM.from_pretrained(merged, dtype=torch.float32)
    wanted = [expected(model, ids) for ids in PROMPTS]
    if lora:
        alone = export(Path(job.out), str(tiny_model), tmp_path / "a", adapter=True, lora=job.settings.lora)
        found = served(tiny_model, alone)
    else:
        found = served(merged)
    for mine, theirs in zip(found, wanted, strict=True):
        assert [i for i, _ in mine] == [i for i, _ in theirs]
        assert [p for _, p in mine] == pytest.approx([p for _, p in theirs], abs=2e-3)
