"""Every model of the paper's table has a preset, and each open one's prompt is what its authors published."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import NamedTuple

import pytest
from jinja2 import Template

from raymath.config import load
from raymath.eval.answers import extract
from raymath.eval.asking import find, plan
from raymath.eval.items import Item
from raymath.eval.paper import COLUMNS, ITEMS, published, row
from raymath.eval.shots import shots, with_shots
from raymath.presets import DEFAULT, PRESETS, TABLE, preset
from raymath.prompts import SUFFIX, parse_solution, render_prompt
from raymath.records import Language, Mode
from raymath.sandbox import run

Q = "What is {1} + \\frac{1}{2}?"


def test_the_table_is_all_there() -> None:
    rows = published()
    assert len(rows) == 26
    assert len({one.model for one in rows}) == 22
    assert [sum(one.group == group for one in rows) for group in ("closed", "open", "ours")] == [9, 13, 4]
    assert all(set(one.scores) <= set(COLUMNS) and all(0 < v < 100 for v in one.scores.values()) for one in rows)
    assert sum(len(one.scores) for one in rows) == 73
    assert row("DeepSeekMath-RL", "tir").scores == {"gsm8k": 86.7, "math": 58.8, "mgsm_zh": 78.4, "cmath": 87.6}  # type: ignore[union-attr]
    assert row("ToRA", "cot") is None
    assert set(ITEMS) == set(COLUMNS)


@pytest.mark.data
def test_the_table_is_the_published_file(data_dir: Path) -> None:
    import raymath.eval

    ours = Path(raymath.eval.__file__).with_name("published_scores.csv")
    assert ours.read_bytes() == (data_dir / "published_scores.csv").read_bytes()


def test_presets_and_the_table_name_the_same_models_and_modes() -> None:
    in_table = {(one.model, one.mode) for one in published()}
    in_presets = {(one.table, mode) for one in PRESETS.values() for mode, _ in one.rows}
    assert in_presets == in_table
    assert set(TABLE) == {one.model for one in published()}
    for one in published():
        found = PRESETS[TABLE[one.model]]
        assert found.reach.startswith("endpoint") == (one.group == "closed")
        # A hub name is owner/name; a closed model has none.
        assert TABLE[one.model].count("/") == (found.reach == "hub")


class Source(NamedTuple):
    """A prompt as its authors publish it, for the message `Q` where `{q}` stands."""

    prompt: str
    mode: Mode
    where: str
    #: The tokenizer's own chat template, where that is what is published.
    chat: str = ""
    bos: str = ""


_ALPACA_STEP = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{q}\n\n### Response: Let's think step by step."
)
_WIZARD = "github.com/nlpxucan/WizardLM WizardMath/inference/MATH_inference.py: problem_prompt"
_SEALLM = "<|im_start|>system\nYou are a helpful assistant.</s><|im_start|>user\n{q}</s><|im_start|>assistant\n"
_INTERNLM2 = (
    "{{ bos_token }}{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_DEEPSEEK_LLM = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ 'User: ' + message['content'] "
    "+ '\n\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
_CHATGLM3 = (
    "{% for message in messages %}{% if loop.first %}[gMASK]sop{% endif %}<|{{ message['role'] }}|>\n "
    "{{ message['content'] }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_COT_EN, _TIR_EN = SUFFIX["cot"]["en"], SUFFIX["tir"]["en"]
_RUN = "github.com/deepseek-ai/DeepSeek-Math evaluation/infer/run_{}_eval.py: User: …\\n\\nAssistant:"
SOURCES: dict[str, Source] = {
    "WizardMath-v1.1": Source(_ALPACA_STEP, "cot", _WIZARD),
    "WizardMath-v1.0": Source(_ALPACA_STEP, "cot", _WIZARD),
    "MetaMath": Source(_ALPACA_STEP, "cot", "github.com/meta-math/MetaMath eval_gsm8k.py: problem_prompt"),
    "MAmmoTH": Source(
        "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n"
        "\n### Instruction:\n{q} Let's write a program.\n\n### Response:",
        "pot",
        "math_eval/prompt_utils.py get_alpaca_format_prompt_wo_input (MAmmoTH's, as kept in seamoke/Human-Think-"
        "Language); the sentence from its model card (rationale_prefix)",
    ),
    "ToRA": Source(
        "<|user|>\n{q}\n<|assistant|>\n",
        "tir",
        "github.com/microsoft/ToRA src/utils/utils.py construct_prompt, use_train_prompt_format",
    ),
    "SeaLLM-v2": Source(
        _SEALLM, "cot", "github.com/DAMO-NLP-SG/SeaLLMs evaluation/vmlu/example_run.py: CHAT_TEMPLATE of SeaLLM-7B-v2"
    ),
    "InternLM2-Math": Source(
        "<s><|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n",
        "cot",
        "github.com/InternLM/lagent INTERNLM2_TEMPLATE; the bare question: InternLM-Math README, 'Special usages'",
        _INTERNLM2,
        "<s>",
    ),
    "DeepSeek-LLM-Chat": Source(
        f"<｜begin▁of▁sentence｜>User: {{q}}\n{_COT_EN}\n\nAssistant:",
        "cot",
        "github.com/deepseek-ai/DeepSeek-LLM README, 'Chat Completion': the sample template",
        _DEEPSEEK_LLM,
        "<｜begin▁of▁sentence｜>",
    ),
    "ChatGLM3": Source(
        "[gMASK]sop<|user|>\n {q}<|assistant|>",
        "cot",
        "ChatGLM3's tokenizer build_single_message: role token, metadata and line end, message",
        _CHATGLM3,
    ),
    "DeepSeekMath-Instruct": Source(f"User: {{q}}\n{_COT_EN}\n\nAssistant:", "cot", _RUN.format("cot")),
    "DeepSeekMath-RL": Source(f"User: {{q}}\n{_TIR_EN}\n\nAssistant:", "tir", _RUN.format("tool_integrated")),
    # Not published as one string; that raymath's own choice is what is rendered.
    "Qwen": Source("Question: {q}\n\nAnswer:", "cot", "unverified: raymath's own few-shot form for a base model"),
    "Math-Shepherd-Mistral": Source(
        "{q}\n", "cot", "unverified: the card of the data set peiyi9979/Math-Shepherd shows problem, line end, steps"
    ),
}


@pytest.mark.parametrize("name", [one.model for one in published() if one.group != "closed"])
def test_an_open_models_prompt_is_the_published_string(name: str) -> None:
    found, source = PRESETS[TABLE[name]], SOURCES[name]

    def chat(message: str) -> str:
        messages = [{"role": "user", "content": message}]
        return Template(source.chat).render(messages=messages, bos_token=source.bos, add_generation_prompt=True)

    assert (found.template == "chat") == bool(source.chat), source.where
    prompt = render_prompt(found.message(Q, source.mode, "en"), found.template, chat_template=chat)
    assert prompt == source.prompt.replace("{q}", Q), source.where
    assert ("unverified" in source.where) <= bool(found.unverified)


@pytest.mark.parametrize("name", ["DeepSeekMath-Instruct", "DeepSeekMath-RL"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("mode", ["cot", "tir"])
def test_deepseek_math_follows_the_protocol_to_the_letter(name: str, mode: Mode, language: Language) -> None:
    found = PRESETS[TABLE[name]]
    prompt = render_prompt(found.message("题", mode, language), found.template, bos="<bos>")
    assert prompt == f"<bos>User: 题\n{SUFFIX[mode][language]}\n\nAssistant:"
    # End token and "```output" end a turn, nothing else; the loop is the published one; nothing goes before.
    assert (found.stop, found.protocol, found.shots, found.unverified) == ((), "deepseek", 0, ())


def test_a_model_without_a_preset_gets_the_papers_suffix() -> None:
    assert preset("someone/model") is DEFAULT
    assert DEFAULT.message("q", "tir", "zh") == f"q\n{SUFFIX['tir']['zh']}"


def test_a_base_model_is_shown_solved_examples() -> None:
    found = PRESETS["Qwen/Qwen-72B"]
    settings = load(None, ["eval.modes=cot"])
    items = {"gsm8k": [Item("i", "gsm8k", Q, ("1",), "en")]}
    (request,), _ = plan("base", find("base", "Qwen/Qwen-72B", settings), items, settings)
    prompt = render_prompt(request.message, found.template)
    assert prompt.count("Question: ") == prompt.count("\n\nAnswer:") == 9
    assert prompt.endswith(f"The answer is 10.\n\nQuestion: {Q}\n\nAnswer:")
    assert with_shots(Q, "math500", "en", 8).count("Answer: ") == 4
    assert with_shots("题", "cmath", "zh", 8).count("答案是") == 6
    assert with_shots(Q, "gsm8k", "en", 0) == Q


def test_the_examples_solutions_are_right() -> None:
    for name in ("gsm8k", "math", "zh"):
        for question, solution in shots(name):
            assert extract(solution)[-1]
            assert question
    assert [extract(solution)[-1] for _, solution in shots("zh")] == ["9", "5", "6", "11", "0.102", "65"]


def test_the_examples_programs_print_what_they_are_shown_to() -> None:
    for name in ("gsm8k", "math", "zh"):
        for (_, told), (_, solution) in zip(shots(name), shots(name, "tir"), strict=True):
            _, code, output, conclusion = parse_solution(solution)
            assert (code.kind, output.kind, conclusion.kind) == ("code", "output", "text")
            assert run(code.text).stdout.strip() == output.text.strip()
            assert extract(conclusion.text) == extract(told)
    settings = load(None, ["eval.modes=tir", "eval.models.mine={model = 'org/mine', preset = 'few-shot'}"])
    items = {"gsm8k": [Item("i", "gsm8k", Q, ("1",), "en")]}
    (request,), _ = plan("mine", find("mine", "org/mine", settings), items, settings)
    assert request.message.count("```python") == request.message.count("```output") == 8
    assert request.message.endswith(f"Question: {Q}")


@pytest.mark.data
def test_no_example_is_in_a_benchmark(data_dir: Path) -> None:
    for name in ("gsm8k_test", "math_test", "cmath_test", "mgsm_zh"):
        with gzip.open(data_dir / "bench" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            asked = {json.loads(line)["question"].strip() for line in file}
        assert not asked & {question for which in ("gsm8k", "math", "zh") for question, _ in shots(which)}
