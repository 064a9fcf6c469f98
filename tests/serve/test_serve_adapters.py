"""LoRA adapters beside their base: which engine answers for them, what is refused, and what they write."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest
from by_heart import EXAMPLE, OTHER, learn_beside, transcript

from raymath.config import load
from raymath.errors import ModelError
from raymath.eval.asking import fingerprint
from raymath.models import adapter, resolve
from raymath.prompts import user_message
from raymath.serve.adapters import Hosted, highest_rank, hosted
from raymath.serve.deploy import deploy

GREEDY = {"max_tokens": 200, "temperature": 0.0, "top_p": 1.0, "seed": None}


def written(path: Path, base: str, **changed: Any) -> str:
    path.mkdir()
    config = {"peft_type": "LORA", "base_model_name_or_path": base, "r": 8, "lora_alpha": 16, **changed}
    (path / "adapter_config.json").write_text(json.dumps(config))
    (path / "adapter_model.safetensors").write_bytes(b"weights")
    return str(path)


def test_adapters_share_the_engine_of_their_base(tiny_model: Path, tmp_path: Path) -> None:
    base = str(tiny_model)
    one, two = written(tmp_path / "one", base, r=4), written(tmp_path / "two", base, r=20)
    hub = written(tmp_path / "hub", "org/model")
    assert hosted({"base": base, "org/model": "org/model"}) == [Hosted(base, "base"), Hosted("org/model", "org/model")]
    assert hosted({"one": one, "base": base, "two": two}) == [Hosted(base, "base", {"one": one, "two": two})]
    assert hosted({"one": one, "h": hub, "two": two}) == [
        Hosted(base, None, {"one": one, "two": two}),
        Hosted("org/model", None, {"h": hub}),
    ]
    again = hosted({"base": base, "same": base, "one": one})
    assert again == [Hosted(base, "base", {"one": one}), Hosted(base, "same")]
    assert [engine.names for engine in again] == [("base", "one"), ("same",)]
    assert (highest_rank({"one": one}), highest_rank({"one": one, "two": two})) == (8, 32)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"peft_type": "IA3"}, r"peft_type.*'LORA'"),
        ({"r": "many"}, "r: "),
        ({"r": 1000}, "r: .*512"),
        ({"base_model_name_or_path": None}, "base_model_name_or_path"),
    ],
)
def test_what_is_no_lora_adapter_is_refused(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    where = written(tmp_path / "a", "org/model", **changed)
    with pytest.raises(ModelError, match=said):
        resolve(where, adapters=True)


def test_an_adapter_is_no_whole_model_and_not_unpickled(tmp_path: Path) -> None:
    where = written(tmp_path / "a", "org/model")
    assert resolve(where, adapters=True) == where
    with pytest.raises(ModelError, match="is an adapter, not a whole model"):
        resolve(where)
    (tmp_path / "a" / "adapter_model.safetensors").rename(tmp_path / "a" / "adapter_model.bin")
    with pytest.raises(ModelError, match=r"no adapter_model\.safetensors"):
        resolve(where, adapters=True)
    (tmp_path / "a" / "adapter_config.json").write_text("{")
    with pytest.raises(ModelError, match=r"adapter_config\.json"):
        resolve(where, adapters=True)
    with pytest.raises(ModelError, match="no model directory"):
        hosted({"lost": written(tmp_path / "lost", str(tmp_path / "gone"))})


def test_an_adapters_answers_are_those_of_its_weights_and_its_base(tiny_model: Path, tmp_path: Path) -> None:
    first = fingerprint(written(tmp_path / "a", str(tiny_model)))
    assert fingerprint(written(tmp_path / "b", str(tiny_model))) == first
    assert fingerprint(written(tmp_path / "c", "org/model")) != first
    assert fingerprint(written(tmp_path / "d", str(tiny_model), lora_alpha=32)) != first
    assert adapter(tiny_model) is None


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_each_name_is_answered_by_its_own_weights(tool_model: Path, tmp_path: Path, local_ray: None) -> None:
    """One engine, the model and two adapters of it: with tools and without, by HTTP and by handle, all at once."""
    third = EXAMPLE.model_copy(update={"segments": EXAMPLE.segments[:1] + OTHER.segments})
    examples = {"base": EXAMPLE, "other": OTHER, "third": third}
    models = {"base": str(tool_model)} | {
        name: str(learn_beside(tool_model, [examples[name]], tmp_path / name)) for name in ("other", "third")
    }
    texts = {name: transcript(tool_model, example) for name, example in examples.items()}
    assert len(set(texts.values())) == 3
    own = ["serve.port=0", "serve.max_model_len=768", "serve.kv_cache_gb=0.25", "serve.cpus_per_replica=0.5"]
    with deploy(models, load(None, own)) as deployment:
        client = openai.OpenAI(base_url=f"{deployment.url}/v1", api_key="none")
        assert [one.id for one in client.models.list() if ":" not in one.id] == ["base", "other", "third"]
        message = user_message(EXAMPLE.question, "tir", "en")

        def by_http(name: str, mode: str) -> str | None:
            asked: Any = [{"role": "user", "content": message}]
            answer = client.chat.completions.create(
                model=f"{name}{mode}", messages=asked, temperature=0, max_tokens=200, seed=1
            )
            return answer.choices[0].message.content

        def by_handle(name: str, mode: str) -> str:
            asked = deployment.handle(name).solve.remote(message, mode, GREEDY, "raymath", model=name)
            return str(asked.result(timeout_s=120)["text"])

        with ThreadPoolExecutor(12) as pool:
            asked = {(name, way): pool.submit(way, name, mode) for name in models for way, mode in
                     ((by_http, ":tir"), (by_handle, "tir"))}  # fmt: skip
            plain = {name: pool.submit(by_http, name, "") for name in models}
            assert {one: found.result() for one, found in asked.items()} == {one: texts[one[0]] for one in asked}
            # Without tools what the adapter learned is what it writes up to the first output.
            for name, found in plain.items():
                assert (found.result() or "").startswith(texts[name].partition("```output")[0].rstrip()), name


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_adapters_alone_and_one_that_does_not_fit(tool_model: Path, tmp_path: Path, local_ray: None) -> None:
    own = ["serve.port=0", "serve.max_model_len=768", "serve.kv_cache_gb=0.25", "serve.cpus_per_replica=0.5"]
    where = learn_beside(tool_model, [OTHER], tmp_path / "other")
    with deploy({"other": str(where)}, load(None, own)) as deployment:
        asked = deployment.handle("other").solve.remote(
            user_message(EXAMPLE.question, "tir", "en"), "tir", GREEDY, "raymath"
        )
        assert asked.result(timeout_s=120)["text"] == transcript(tool_model, OTHER)
        with pytest.raises(openai.NotFoundError):
            openai.OpenAI(base_url=f"{deployment.url}/v1", api_key="none").chat.completions.create(
                model=str(tool_model), messages=[{"role": "user", "content": "1?"}]
            )
    bad = tmp_path / "bad"
    bad.mkdir()
    for file in ("adapter_config.json", "adapter_model.safetensors"):
        (bad / file).write_bytes((where / file).read_bytes())
    (bad / "adapter_model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    with pytest.raises(ModelError, match="cannot be used with"):
        deploy({"base": str(tool_model), "bad": str(bad)}, load(None, own))
