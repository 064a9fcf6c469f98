"""From a model's name to a directory that can be loaded, or a message that says what is missing."""

import shutil
from pathlib import Path

import pytest

from raymath import models
from raymath.errors import ConfigError, ModelError
from raymath.presets import EMBEDDED


def test_a_hub_name_is_left_as_it_is() -> None:
    assert models.resolve("deepseek-ai/deepseek-math-7b-base") == "deepseek-ai/deepseek-math-7b-base"


@pytest.mark.parametrize("name", ["./none", "/none/at/all", "~/none", "a/b/c"])
def test_a_directory_that_is_not_there(name: str) -> None:
    with pytest.raises(ModelError, match="no model directory"):
        models.resolve(name)


@pytest.mark.parametrize(
    ("missing", "message"),
    [("config.json", "no config.json"), ("tokenizer.json", "no tokenizer"), ("model.safetensors", "no safetensors")],
)
def test_an_incomplete_directory(tiny_model: Path, tmp_path: Path, missing: str, message: str) -> None:
    directory = tmp_path / "model"
    shutil.copytree(tiny_model, directory)
    assert models.resolve(str(directory)) == str(directory)
    (directory / missing).unlink()
    with pytest.raises(ModelError, match=message):
        models.resolve(str(directory))


def test_pickled_weights_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    directory = tmp_path / "model"
    shutil.copytree(tiny_model, directory)
    (directory / "model.safetensors").rename(directory / "pytorch_model.bin")
    with pytest.raises(ModelError, match="unpickling"):
        models.resolve(str(directory))


@pytest.mark.parametrize(
    ("template", "framed"),
    [
        ("<u>{{ messages[0]['content'] }}</u>", True),
        ("{% for m in messages %}{{ '<u>' + m.content + '</u>' }}{% endfor %}", True),
        ("{% for m in messages %}{{ m.role ~ m.content if m.content is string }}{% endfor %}", True),
        ("<u>{{ messages[0].content | trim }}</u>", False),
        ("<u>{{ messages[0].content.strip() }}</u>", False),
        ("<u>{{ ('' ~ messages[0].content) | trim }}</u>", False),
        ("{{ messages[0].content | tojson }}", False),
        ("{% if messages[0].content %}<u>{{ messages[0].content }}{% endif %}", False),
        ("{% if messages[0].content == 'a magic word' %}!{% endif %}{{ messages[0].content }}", False),
        ("{% if 'a magic word' in messages[0].content %}!{% endif %}{{ messages[0].content }}", False),
        ("{% if messages[0].content.startswith('<tool>') %}!{% endif %}{{ messages[0].content }}", False),
        ("{% if messages[0].content | length > 99 %}!{% endif %}{{ messages[0].content }}", False),
        ("{% for letter in messages[0].content %}{{ letter }}{% endfor %}", False),
        ("{{ messages[0].content[:99] }}", False),
        ("{{ messages[0].content | upper }}", False),
        ("{{ messages[0].content | replace('a magic word', '') }}", False),
        ("{{ ('> ' + messages[0].content) | replace('a magic word', '') }}", False),
        ("{{ '%.9s' % messages[0].content }}", False),
        ("{{ messages[0].content }}{{ messages[0].content }}", False),
        ("{{ strftime_now('%Y') }}{{ messages[0].content }}", False),
    ],
)
def test_a_template_that_looks_at_the_message_is_run_for_each(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, template: str, framed: bool
) -> None:
    tokenizer = models.load_tokenizer(str(tiny_model))
    tokenizer.chat_template = template
    messages = ["What is 3+4?", "  a magic word \n", "<tool>", "x" * 200, "", "数学 {{ 1 }} <b>"]
    expected = [
        tokenizer.apply_chat_template([{"role": "user", "content": text}], tokenize=False, add_generation_prompt=True)
        for text in messages
    ]
    prompt = models.chat_template(tokenizer)
    runs: list[object] = []
    whole = type(tokenizer).apply_chat_template
    monkeypatch.setattr(
        type(tokenizer), "apply_chat_template", lambda *args, **kwargs: runs.append(1) or whole(*args, **kwargs)
    )
    assert [prompt(text) for text in messages] == expected
    assert len(runs) == (0 if framed else len(messages))


def test_the_embedded_model_is_whole_and_answers(embedded_model: Path) -> None:
    from transformers import AutoModelForCausalLM

    assert models.resolve(EMBEDDED) == str(embedded_model)
    models.check(embedded_model)
    tokenizer = models.load_tokenizer(str(embedded_model))
    model = AutoModelForCausalLM.from_pretrained(embedded_model)
    prompt = models.chat_template(tokenizer)("What is 3+4?")
    ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
    text = tokenizer.decode(model.generate(**ids, max_new_tokens=12, do_sample=False)[0][ids["input_ids"].shape[1] :])
    assert "7" in text


def test_a_model_at_a_uri_is_fetched_once(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAYMATH_CACHE", str(tmp_path / "cache"))
    store = shutil.copytree(tiny_model, tmp_path / "store" / "tiny")
    uri = f"file://{store}"
    assert models.resolve(uri, fetch=False) == uri
    here = Path(models.resolve(uri))
    assert here.name == "tiny"
    assert here.is_relative_to(tmp_path / "cache")
    assert (here / "model.safetensors").read_bytes() == (tiny_model / "model.safetensors").read_bytes()
    fetched = (here / "model.safetensors").stat().st_mtime_ns
    assert models.resolve(uri) == str(here)
    assert (here / "model.safetensors").stat().st_mtime_ns == fetched
    assert models.load_tokenizer(uri).vocab_size == models.load_tokenizer(tiny_model).vocab_size
    (store / "config.json").unlink()
    with pytest.raises(ModelError, match=r"no config\.json"):
        models.resolve(uri)
    with pytest.raises(ConfigError, match="holds a credential"):
        models.resolve("s3://someone:private-words@bucket/model", fetch=False)


def test_a_tokenizer_needs_no_weights(tiny_model: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(tiny_model, tmp_path / "bare", ignore=shutil.ignore_patterns("*.safetensors"))
    assert models.load_tokenizer(bare).vocab_size == models.load_tokenizer(tiny_model).vocab_size
    with pytest.raises(ModelError, match="no safetensors"):
        models.resolve(str(bare))
