"""The OpenAI wire format of what raymath answers itself: names, messages, completions, chunks, errors.

    served = parse_name("mine:tir", {"mine"})      # Served(model="mine", mode="tir")

Pure: JSON-like values in, JSON-like values out. Plain completions are vLLM's own; this is for the modes with tools
and for what has to be said before a model is known.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from raymath.prompts import SUFFIX, ChatTemplate, TemplateName, parse_solution, render_prompt
from raymath.records import Language, Mode

Json = dict[str, Any]

#: What is added to a model's name to ask for a mode; the bare name is the plain model.
MODES: Mapping[str, Mode] = {":tir": "tir", ":pot": "pot"}

#: Choices of one request, at most.
MOST_CHOICES = 64

#: The field of a completion that holds what OpenAI's form has no place for.
EXTENSION = "raymath"

#: Of an answer's details, what is told also to those who do not want the rounds.
_NUMBERS = (
    "finish",
    "status",
    "prompt_tokens",
    "completion_tokens",
    "tool_tokens",
    "reread_tokens",
    "cached_tokens",
    "rounds",
    "seconds",
)

_FINISH = {"stop": "stop", "boxed": "stop", "length": "length", "rounds": "length"}
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


class RefusalError(Exception):
    """A request that is answered with an error in OpenAI's form.

    Args:
        status: the HTTP status.
        message: for the client; names nothing of the machine.
        param: the field at fault.
        wait: seconds after which it may be asked again.
    """

    def __init__(self, status: int, message: str, param: str | None = None, wait: int | None = None) -> None:
        self.status, self.message, self.param, self.wait = status, message, param, wait
        super().__init__(message)


class Served(NamedTuple):
    """A name as a client gives it: which model, in which mode (``cot``: nothing runs)."""

    model: str
    mode: Mode


def parse_name(name: Any, models: Collection[str]) -> Served:
    """``NAME``, ``NAME:tir`` or ``NAME:pot`` → model and mode.

    Raises:
        RefusalError: not a string (400), or no such model (404).
    """
    if not isinstance(name, str) or not name:
        raise RefusalError(400, "the field 'model' is missing or not a string", "model")
    if name in models:
        return Served(name, "cot")
    for suffix, mode in MODES.items():
        if name.endswith(suffix) and name.removesuffix(suffix) in models:
            return Served(name.removesuffix(suffix), mode)
    raise RefusalError(404, f"the model '{name[:200]}' does not exist: GET /v1/models lists those that do", "model")


def model_list(models: Collection[str], created: int) -> Json:
    """The answer to ``GET /v1/models``."""
    names = [name + suffix for name in models for suffix in ("", *MODES)]
    return {"object": "list", "data": [model_card(name, created) for name in names]}


def model_card(name: str, created: int) -> Json:
    """One model of the list."""
    return {"id": name, "object": "model", "created": created, "owned_by": "raymath"}


def error_body(status: int, message: str, param: str | None = None) -> Json:
    """An error as OpenAI's clients read it."""
    named = {401: "AuthenticationError", 404: "NotFoundError", 429: "RateLimitError", 503: "ServiceUnavailableError"}
    kind = named.get(status, "BadRequestError")
    if status >= 500 and status != 503:
        kind = "InternalServerError"
    return {"error": {"message": message, "type": kind, "param": param, "code": status}}


def language(text: str) -> Language:
    """``zh`` where the text has Chinese characters."""
    return "zh" if _CJK.search(text) else "en"


def with_suffix(message: str, mode: Mode) -> str:
    """The message with the mode's suffix (`raymath.prompts`), added only where it does not end with it already."""
    if message.rstrip().endswith(tuple(SUFFIX[mode].values())):
        return message
    return f"{message}\n{SUFFIX[mode][language(message)]}"


def text_messages(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Messages with plain text as content; text parts are joined.

    Raises:
        RefusalError: there is no message, the last is not the user's, or one holds something other than text.
    """
    if not messages or messages[-1].get("role") != "user":
        raise RefusalError(400, "the last message must be the user's", "messages")
    out = []
    for message in messages:
        content = message.get("content")
        if isinstance(content, list) and all(isinstance(p, Mapping) and p.get("type") == "text" for p in content):
            content = "".join(str(part.get("text", "")) for part in content)
        if not isinstance(content, str):
            raise RefusalError(400, "a message's content must be text", "messages")
        out.append({"role": str(message["role"]), "content": content})
    return out


def jinja(template: TemplateName, bos: str) -> str | None:
    """A named template as Jinja, for a server that renders prompts itself; None for the tokenizer's own."""
    if template == "chat":
        return None
    # Two characters that no template has stand for the message.
    before, after = (_literal(part) for part in render_prompt("\0\1", template, bos=bos).split("\0\1"))
    alone = "{% if messages|length != 1 %}{{ raise_exception('this model takes one user message') }}{% endif %}"
    return f"{alone}{before}{{{{ messages[0]['content'] }}}}{after}"


def _literal(text: str) -> str:
    return "{{ '" + text.encode("unicode_escape").decode().replace("'", "\\'") + "' }}"


def prompt_of(
    messages: Sequence[dict[str, str]], template: TemplateName, bos: str, chat: Any, single: ChatTemplate | None
) -> str:
    """The prompt of a conversation.

    Args:
        messages: as `text_messages` gives them.
        template: the model's; the named ones take a single user message.
        bos: the tokenizer's first token, for named templates.
        chat: a list of messages → prompt, by the tokenizer's template.
        single: the same for one user message.

    Raises:
        RefusalError: several messages for a named template.
    """
    if len(messages) == 1:
        return render_prompt(messages[0]["content"], template, bos=bos, chat_template=single)
    if template != "chat":
        raise RefusalError(400, "this model takes one user message", "messages")
    return str(chat(messages))


def choice(index: int, answer: Json) -> Json:
    """One answer of `Replica.solve` as a choice of a completion."""
    return {
        "index": index,
        "message": {"role": "assistant", "content": answer["text"]},
        "logprobs": None,
        "finish_reason": _FINISH[answer["finish"]],
    }


def usage(answers: Sequence[Json]) -> Json:
    """Tokens of the prompt, of what the model wrote, and, apart and in no total, of what programs printed."""
    prompt, written = answers[0]["prompt_tokens"], sum(answer["completion_tokens"] for answer in answers)
    printed = sum(answer["tool_tokens"] for answer in answers)
    counted = {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}
    return counted | {"tool_tokens": printed}


def completion(identity: str, model: str, answers: Sequence[Json], whole: bool = True) -> Json:
    """A whole ``chat.completion``; the extension describes the first choice, and ``choices`` of it all of them."""
    return {
        "id": identity,
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [choice(index, answer) for index, answer in enumerate(answers)],
        "usage": usage(answers),
        EXTENSION: extension([details(answer, whole) for answer in answers]),
    }


def details(answer: Json, whole: bool) -> Json:
    """What OpenAI's form has no place for: rounds, tokens, how each program ended.

    `whole`: also prompt, transcript, its segments, and the programs' runs.
    """
    programs = [{"status": run["status"], "seconds": run["seconds"]} for run in answer["executions"]]
    if not whole:
        return {key: answer[key] for key in _NUMBERS} | {"programs": programs}
    segments = [{"kind": segment.kind, "text": segment.text} for segment in parse_solution(answer["text"])]
    return answer | {"programs": programs, "segments": segments}


def extension(answers: Sequence[Json]) -> Json:
    """The details of the first choice, and ``choices`` with those of all where there are several."""
    return answers[0] if len(answers) == 1 else answers[0] | {"choices": list(answers)}


def chunk(identity: str, model: str, index: int, delta: Json, finish: str | None = None) -> Json:
    """One ``chat.completion.chunk``."""
    return {
        "id": identity,
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }


def finish_reason(answer: Json) -> str:
    """OpenAI's word for how an answer ended."""
    return _FINISH[answer["finish"]]
