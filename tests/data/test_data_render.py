"""What is trained is what the model writes, and the prompt's ids are the server's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_makers import example, segments
from tokenizers import AddedToken

from raymath.data.render import Renderer, render
from raymath.data.show import SHOWN, TRAINED, coloured, stretches
from raymath.errors import ModelError
from raymath.models import chat_template, load_tokenizer
from raymath.prompts import SUFFIX, render_prompt, user_message
from raymath.records import Example

#: How each prompt of ours ends; a tokenizer's own template ends as its file says.
ENDS = {
    "deepseek": "\n\nAssistant:",
    "alpaca": "\n\n### Response:",
    "tora": "\n<|assistant|>\n",
    "plain": "\n\nAnswer:",
}
TEMPLATES = ["chat", "deepseek", "alpaca", "tora", "plain"]
CASES = [(mode, language) for mode in ("cot", "pot", "tir") for language in ("en", "zh")]


@pytest.fixture(scope="module", params=["tiny", "embedded", "qwen", "llama"])
def tokenizer(request: pytest.FixtureRequest) -> Any:
    return load_tokenizer(request.getfixturevalue(f"{request.param}_model"))


def spans(one: Example, tokenizer: Any, template: str = "chat") -> list[tuple[bool, str]]:
    ids, mask = render(one, tokenizer, template)
    cuts = np.flatnonzero(np.diff(mask.astype(int))) + 1
    return [
        (bool(m[0]), tokenizer.decode(part.tolist()))
        for part, m in zip(np.split(ids, cuts), np.split(mask, cuts), strict=True)
    ]


@pytest.mark.parametrize(("mode", "language"), CASES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_prompts_ids_are_a_prefix(tokenizer: Any, mode: str, language: str, template: str) -> None:
    one = example(mode, language)
    message = user_message(one.question, one.mode, one.language)
    prompt = render_prompt(message, template, bos=tokenizer.bos_token or "", chat_template=chat_template(tokenizer))
    expected = tokenizer.encode(prompt, add_special_tokens=False)
    ids, mask = render(one, tokenizer, template)
    assert ids[: len(expected)].tolist() == expected
    assert not mask[: len(expected)].any()
    assert mask[len(expected)] == 1
    assert ids[-1] == tokenizer.eos_token_id
    assert mask[-1] == 1


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_spans_of_every_mode(tokenizer: Any, template: str, language: str) -> None:
    """What is trained is what the model writes, decoded; what is not is the prompt and the program's output."""
    zh, stop = language == "zh", tokenizer.eos_token
    lead = " " if template in ("deepseek", "plain") else ""
    text = "先算 6 乘 7。" if zh else "First multiply 6 by 7.\n"
    end = f"答案是 $\\boxed{{42}}$。{stop}" if zh else f"The answer is $\\boxed{{42}}$.{stop}"
    code = "```python\na = 6\nprint(a * 7)\n```\n"
    solutions = {
        "cot": [(True, lead + text + end)],
        "pot": [(True, lead + code + stop)],
        "tir": [
            (True, lead + text + ("" if text.endswith("\n") else "\n") + code + "```output"),
            (False, "\n42\n```\n"),
            (True, end),
        ],
    }
    for mode, solution in solutions.items():
        one = example(mode, language)
        (shown, prompt), *rest = spans(one, tokenizer, template)
        assert not shown
        assert prompt.startswith(tokenizer.bos_token or "")
        assert f"{one.question}\n{SUFFIX[mode][language]}" in prompt
        assert prompt.endswith(ENDS.get(template, "<|im_start|>assistant\n" if "im_end" in stop else "[/INST]"))
        assert rest == solution


def test_several_rounds(tokenizer: Any) -> None:
    """Every output is masked, an empty one too; a fence within reasoning stays the model's."""
    kinds = segments(
        ("text", "Let us see ```x``` first."),
        ("code", "print()"),
        ("output", ""),
        ("text", "Nothing. Again:"),
        ("code", "print('输出\\n```')"),
        ("output", "输出\n```"),
        ("text", "Done: \\boxed{1}"),
    )
    _, *rest = spans(example("tir", segments=kinds), tokenizer)
    assert rest == [
        (True, "Let us see ```x``` first.\n```python\nprint()\n```\n```output"),
        (False, "\n\n```\n"),
        (True, "Nothing. Again:\n```python\nprint('输出\\n```')\n```\n```output"),
        (False, "\n输出\n```\n```\n"),
        (True, f"Done: \\boxed{{1}}{tokenizer.eos_token}"),
    ]


def test_every_special_token_is_known(qwen_model: Path) -> None:
    """Also those that have no role: text that held one would be read as the end of a turn."""
    tokenizer = load_tokenizer(qwen_model)
    assert "<|im_start|>" not in tokenizer.all_special_tokens, "this is why all_special_tokens is not enough"
    specials = Renderer(tokenizer, "chat").specials
    assert set(specials) == {"<|im_end|>", "<|endoftext|>", "<|im_start|>", "<|fim_prefix|>", "<|file_sep|>"}
    for special in specials:
        assert len(tokenizer.encode(special, add_special_tokens=False)) == 1


def test_a_solution_that_begins_with_white_space(tokenizer: Any) -> None:
    """Here a tokenizer could merge across the boundary; the prompt's ids must not change."""
    one = example(segments=segments(("text", "\n\n So 42: \\boxed{42}")))
    prompt = Renderer(tokenizer, "chat").prompt(one)
    expected = tokenizer.encode(prompt, add_special_tokens=False)
    ids, mask = render(one, tokenizer, "chat")
    assert ids[: len(expected)].tolist() == expected
    assert tokenizer.decode(ids[mask == 1].tolist()) == f"\n\n So 42: \\boxed{{42}}{tokenizer.eos_token}"


def test_white_space_around_an_output_stays_on_its_side(tokenizer: Any) -> None:
    kinds = segments(("code", "print(1)\n\n"), ("output", " 1 \n"), ("text", "\n\n  Then \\boxed{1}"))
    _, *rest = spans(example("tir", segments=kinds), tokenizer)
    assert (
        "".join(text for _, text in rest)
        == f"```python\nprint(1)\n\n\n```\n```output\n 1 \n\n```\n\n\n  Then \\boxed{{1}}{tokenizer.eos_token}"
    )
    assert [trained for trained, _ in rest] == [True, False, True]
    assert rest[0][1].endswith("```output")
    # A token may begin in the output and reach into the text: such a one is not trained.
    assert rest[1][1].startswith("\n 1 \n\n```\n")
    assert rest[1][1].strip("\n ") == "1 \n\n```"


def test_one_at_a_time_is_the_same_as_many(tokenizer: Any) -> None:
    many = [example(mode, language) for mode, language in CASES]
    together = Renderer(tokenizer, "chat").render(many)
    for one, (ids, mask) in zip(many, together, strict=True):
        alone = render(one, tokenizer, "chat")
        assert np.array_equal(alone.input_ids, ids)
        assert np.array_equal(alone.loss_mask, mask)
        assert ids.dtype == np.int32
        assert mask.dtype == np.uint8


def test_what_begins_every_prompt_is_encoded_once_where_that_changes_nothing(qwen_model: Path) -> None:
    tokenizer = load_tokenizer(qwen_model)
    assert Renderer(tokenizer, "chat")._lead.endswith("helpful assistant.<|im_end|>\n<|im_start|>")
    assert not Renderer(tokenizer, "deepseek")._lead  # no special token
    tokenizer.add_special_tokens({"additional_special_tokens": [AddedToken("<|told|>", rstrip=True)]})
    tokenizer.chat_template = "<|told|>{{ messages[0]['content'] }}<|im_start|>"
    # This token takes the white space behind it.
    assert not Renderer(tokenizer, "chat")._lead
    one = example().model_copy(update={"question": "  What is it?"})
    ids = render(one, tokenizer, "chat").input_ids.tolist()
    prompt = chat_template(tokenizer)(user_message(one.question, one.mode, one.language))
    expected = tokenizer.encode(prompt, add_special_tokens=False)
    assert ids[: len(expected)] == expected


def test_the_tokenizer_is_left_as_it_was(tokenizer: Any) -> None:
    before = tokenizer.backend_tokenizer.to_str()
    render(example(), tokenizer, "chat")
    assert tokenizer.backend_tokenizer.to_str() == before


def test_what_a_tokenizer_lacks(tiny_model: Path) -> None:
    tokenizer = load_tokenizer(tiny_model)
    tokenizer.chat_template = None
    with pytest.raises(ModelError, match="no chat template"):
        Renderer(tokenizer, "chat")
    assert Renderer(tokenizer, "plain").prompt(example()).endswith("Answer:")
    tokenizer.eos_token = None
    with pytest.raises(ModelError, match="no end token"):
        Renderer(tokenizer, "plain")


def test_colours_follow_the_mask(tokenizer: Any) -> None:
    text = coloured(stretches(*render(example("tir"), tokenizer, "chat"), tokenizer))
    styles = [(str(span.style), text.plain[span.start : span.end]) for span in text.spans]
    assert [style for style, _ in styles] == [SHOWN, TRAINED, SHOWN, TRAINED]
    assert styles[2][1] == "\n42\n```\n"


def test_golden_ids(embedded_model: Path) -> None:
    """Token ids of a training example, number by number."""
    ids, mask = render(example("tir"), load_tokenizer(embedded_model), "chat")
    assert ids.tolist() == [int(number) for number in GOLDEN_IDS.split()]
    assert np.diff(np.flatnonzero(np.diff(mask, prepend=255, append=255))).tolist() == GOLDEN_STRETCHES


GOLDEN_IDS = """
1 9690 198 2683 359 253 5356 5646 11173 3365 3511 308 34519 28 7018 411 407 19712 8182 2 198 1 4093 198
1780 314 216 38 1711 216 39 47 198 10180 12131 1782 1789 10115 351 2774 288 5482 260 1732 2120 28 284
1830 469 3403 2988 1127 3814 4810 277 6150 30 2 198 1 520 9531 198 5345 17109 216 38 411 216 39 30 198
3725 5367 198 81 446 216 38 198 3272 24 81 1672 216 39 25 198 3725 198 3725 4952 198 36 34 198 3725 198
504 2988 314 19573 4810 277 107 36 34 24362 30 2
"""
#: (masked, trained) stretches in turn.
GOLDEN_STRETCHES = [63, 29, 6, 12]
