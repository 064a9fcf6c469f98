"""The wire format, without a server."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raymath.prompts import SUFFIX, TemplateName, render_prompt
from raymath.serve import wire


@pytest.mark.parametrize(
    ("name", "served"),
    [("m", ("m", "cot")), ("m:tir", ("m", "tir")), ("m:pot", ("m", "pot")), ("a/b:tir", ("a/b", "tir"))],
)
def test_names_say_model_and_mode(name: str, served: tuple[str, str]) -> None:
    assert wire.parse_name(name, {"m", "a/b"}) == served


def test_a_model_whose_own_name_ends_like_a_mode_is_the_plain_model() -> None:
    assert wire.parse_name("m:tir", {"m", "m:tir"}) == ("m:tir", "cot")


@pytest.mark.parametrize(("name", "status"), [("x", 404), ("m:", 404), (":tir", 404), ("", 400), (None, 400), (3, 400)])
def test_other_names_are_refused(name: object, status: int) -> None:
    with pytest.raises(wire.RefusalError) as refused:
        wire.parse_name(name, {"m"})
    assert (refused.value.status, refused.value.param) == (status, "model")


def test_the_suffix_follows_the_language_and_is_added_once() -> None:
    assert wire.with_suffix("What is 2?", "tir") == f"What is 2?\n{SUFFIX['tir']['en']}"
    assert wire.with_suffix("二加二是多少？", "tir") == f"二加二是多少？\n{SUFFIX['tir']['zh']}"
    foreign = f"二加二是多少？\n{SUFFIX['tir']['en']}"
    assert wire.with_suffix(foreign, "tir") == foreign


@given(st.text(), st.sampled_from(["cot", "tir", "pot"]))
def test_adding_the_suffix_twice_is_adding_it_once(message: str, mode) -> None:  # type: ignore[no-untyped-def]
    once = wire.with_suffix(message, mode)
    assert once.startswith(message)
    assert wire.with_suffix(once, mode) == once


def test_messages_are_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    given_ = [{"role": "system", "content": "s"}, {"role": "user", "content": parts}]
    assert wire.text_messages(given_) == [{"role": "system", "content": "s"}, {"role": "user", "content": "ab"}]
    for wrong in ([], [{"role": "assistant", "content": "x"}], [{"role": "user", "content": [{"type": "image_url"}]}]):
        with pytest.raises(wire.RefusalError):
            wire.text_messages(wrong)


def test_a_named_template_takes_one_message_and_the_tokenizers_takes_more() -> None:
    two = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    assert wire.prompt_of(two[1:], "deepseek", "<s>", None, None) == "<s>User: u\n\nAssistant:"
    assert wire.prompt_of(two, "chat", "", lambda messages: f"{len(messages)} messages", None) == "2 messages"
    with pytest.raises(wire.RefusalError):
        wire.prompt_of(two, "deepseek", "<s>", None, None)


@pytest.mark.parametrize("template", [name for name in get_args(TemplateName) if name != "chat"])
@pytest.mark.parametrize("message", ["plain", "{{ 7 * 7 }} {% x %} 'quoted' \\n {message}\n\n二"])
def test_jinja_renders_what_the_template_renders(template: TemplateName, message: str) -> None:
    import jinja2

    def refuse(reason: str) -> None:
        raise jinja2.TemplateError(reason)

    # As transformers sets it up.
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = refuse
    compiled = environment.from_string(str(wire.jinja(template, "<bos'>")))
    rendered = compiled.render(messages=[{"role": "user", "content": message}])
    assert rendered == render_prompt(message, template, bos="<bos'>")
    with pytest.raises(jinja2.TemplateError):
        compiled.render(messages=[{}, {}])


def test_the_tokenizers_own_template_needs_no_jinja_of_ours() -> None:
    assert wire.jinja("chat", "<s>") is None
