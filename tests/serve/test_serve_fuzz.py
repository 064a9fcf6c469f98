"""Hostile bodies against a live server, vLLM's layer and the tool loop included. Minutes: left out unless asked."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serve.served import NAME, Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("a/../../etc/passwd"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
_text = st.text(max_size=12) | st.sampled_from(["<|im_end|>", "{{ 7 * 7 }}", "\x00", "```output"])
_messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "system", "assistant", "tool"]), "content": _text | _value}
    ),
    max_size=3,
)
#: Fields of both APIs, vLLM's own among them.
FIELDS = [
    "messages",
    "prompt",
    "n",
    "best_of",
    "seed",
    "stop",
    "stream",
    "stream_options",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "logprobs",
    "top_logprobs",
    "echo",
    "suffix",
    "user",
    "logit_bias",
    "presence_penalty",
    "frequency_penalty",
    "repetition_penalty",
    "length_penalty",
    "tools",
    "tool_choice",
    "response_format",
    "structured_outputs",
    "stop_token_ids",
    "bad_words",
    "min_tokens",
    "ignore_eos",
    "skip_special_tokens",
    "spaces_between_special_tokens",
    "truncate_prompt_tokens",
    "prompt_logprobs",
    "allowed_token_ids",
    "add_generation_prompt",
    "continue_final_message",
    "add_special_tokens",
    "documents",
    "chat_template",
    "chat_template_kwargs",
    "mm_processor_kwargs",
    "priority",
    "request_id",
    "return_token_ids",
    "return_tokens_as_token_ids",
    "kv_transfer_params",
    "vllm_xargs",
    "cache_salt",
    "use_beam_search",
    "reasoning_effort",
    "parallel_tool_calls",
    "prompt_embeds",
    "protocol",
    "rounds",
    "timeout",
    "program_timeout",
    "return_rounds",
]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([NAME, f"{NAME}:tir", f"{NAME}:pot"]),
    st.sampled_from(["chat/completions", "completions"]),
    st.dictionaries(st.sampled_from(FIELDS), _value, max_size=3),
    _messages | _value,
)
def test_no_body_is_answered_with_a_fault(served: Served, model, path, fields, messages) -> None:  # type: ignore[no-untyped-def]
    body = {"model": model, "max_tokens": 3, "timeout": 60, "messages": messages, "prompt": "1 + 1"} | fields
    answer = httpx.post(f"{served.deployment.url}/v1/{path}", content=json.dumps(body), timeout=120)
    assert answer.status_code in (200, 400, 404, 422, 504), (body, answer.status_code, answer.text)
    assert "Traceback" not in answer.text
    assert str(Path(__file__).parents[2]) not in answer.text
    assert "site-packages" not in answer.text
    if answer.status_code != 200:
        error = answer.json()["error"]
        assert error["code"] == answer.status_code
        assert isinstance(error["message"], str)
