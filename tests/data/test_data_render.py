"""What is trained is what the model writes, and the prompt's ids are the server's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data_makers import example, segments

from raymath.data.render import Renderer, render
from raymath.data.show import SHOWN, TRAINED, coloured
from raymath.errors import ModelError
from raymath.models import chat_template, load_tokenizer
from raymath.prompts import SUFFIX, render_prompt, user_message
from raymath.records import Example

CASES = [(mode, language) for mode in ("cot", "pot", "tir") for language in ("en", "zh")]


@pytest.fixture(scope="module", params=["tiny", "embedded"])
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
@pytest.mark.parametrize("template", ["chat", "deepseek", "alpaca", "tora", "plain"])
def test_the_prompts_ids_are_a_prefix(tokenizer: Any, mode: str, language: str, template: str) -> None:
    one = example(mode, language)
    message = user_message(one.question, one.mode, one.language)
    prompt = render_prompt(message, template, bos=tokenizer.bos_token, chat_template=chat_template(tokenizer))
    expected = tokenizer.encode(prompt, add_special_tokens=False)
    ids, mask = render(one, tokenizer, template)
    assert ids[: len(expected)].tolist() == expected
    assert not mask[: len(expected)].any()
    assert mask[len(expected)] == 1
    assert ids[-1] == tokenizer.eos_token_id
    assert mask[-1] == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_spans_of_every_mode(tokenizer: Any, language: str) -> None:
    zh = language == "zh"
    suffix = {mode: SUFFIX[mode][language] for mode in ("cot", "pot", "tir")}
    text = "先算 6 乘 7。" if zh else "First multiply 6 by 7.\n"
    end = "答案是 $\\boxed{42}$。<|im_end|>" if zh else "The answer is $\\boxed{42}$.<|im_end|>"
    code = "```python\na = 6\nprint(a * 7)\n```\n"
    solutions = {
        "cot": [(True, text + end)],
        "pot": [(True, code + "<|im_end|>")],
        "tir": [
            (True, text + ("" if text.endswith("\n") else "\n") + code + "```output"),
            (False, "\n42\n```\n"),
            (True, end),
        ],
    }
    for mode, solution in solutions.items():
        (shown, prompt), *rest = spans(example(mode, language), tokenizer)
        assert not shown
        assert prompt.endswith(f"{suffix[mode]}<|im_end|>\n<|im_start|>assistant\n")
        assert rest == solution


def test_a_solution_that_begins_with_white_space(tokenizer: Any) -> None:
    """Here a tokenizer could merge across the boundary; the prompt's ids must not change."""
    one = example(segments=segments(("text", "\n\n So 42: \\boxed{42}")))
    prompt = Renderer(tokenizer, "chat").prompt(one)
    expected = tokenizer.encode(prompt, add_special_tokens=False)
    ids, mask = render(one, tokenizer, "chat")
    assert ids[: len(expected)].tolist() == expected
    assert tokenizer.decode(ids[mask == 1].tolist()) == "\n\n So 42: \\boxed{42}<|im_end|>"


def test_white_space_around_an_output_stays_on_its_side(tokenizer: Any) -> None:
    kinds = segments(("code", "print(1)\n\n"), ("output", " 1 \n"), ("text", "\n\n  Then \\boxed{1}"))
    _, *rest = spans(example("tir", segments=kinds), tokenizer)
    assert (
        "".join(text for _, text in rest)
        == "```python\nprint(1)\n\n\n```\n```output\n 1 \n\n```\n\n\n  Then \\boxed{1}<|im_end|>"
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
    text = coloured(*render(example("tir"), tokenizer, "chat"), tokenizer)
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
