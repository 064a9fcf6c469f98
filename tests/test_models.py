"""From a model's name to a directory that can be loaded, or a message that says what is missing."""

import shutil
from pathlib import Path

import pytest

from raymath import models
from raymath.errors import ModelError
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
