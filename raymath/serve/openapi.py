"""How the HTTP side describes itself: the document at ``/openapi.json``.

    document(("mine",), keys=True)["paths"]["/v1/chat/completions"]

Written down here instead of derived: bodies are bounded before they are parsed (`raymath.serve.limits`) and read by
vLLM's own types in the replicas, which the gateway does not import. It holds the fields that OpenAI's clients use most
and all of raymath's own; any further field of vLLM's is taken too. The page and its files are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from raymath.records import Protocol
from raymath.serve.wire import MODES, MOST_CHOICES, Json

_POSITIVE = {"type": "integer", "minimum": 1}
_SECONDS = {"type": "number", "exclusiveMinimum": 0}
_TEXT_PART = {
    "type": "object",
    "required": ["type", "text"],
    "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
}
_MESSAGE = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {
        "role": {"enum": ["system", "user", "assistant"]},
        "content": {"anyOf": [{"type": "string"}, {"type": "array", "items": _TEXT_PART}]},
    },
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": "integer"},
            },
        }
    },
}
#: status → when it is answered.
_ERRORS = {
    400: "The request is not one, or more than its key may ask; `param` names the field.",
    401: "A key is needed.",
    404: "There is no such model.",
    413: "The body is too large.",
    422: "The request cannot be processed.",
    429: "The key has too many requests under way, or in this minute; `Retry-After` says when to ask again.",
    503: "The model starts, is lost, or has too many requests waiting: ask again after `Retry-After`.",
    504: "The answer was not ready within the request's `timeout`.",
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


def document(models: Sequence[str], keys: bool) -> Json:
    """The OpenAPI 3.1 document of a server.

    Args:
        models: the names it serves.
        keys: it asks for keys.
    """
    names = [name + suffix for name in models for suffix in ("", *MODES)]
    plain = list(models)
    paths: Json = {
        "/health": {"get": _operation("The server runs.", {"200": {"description": "It does."}})},
        "/ready": {
            "get": _operation(
                "Whether each model has a replica that answers.",
                {
                    "200": _json("All of them have.", _READY),
                    "503": _json("The models in `waiting` have none, or the server is being stopped.", _READY)
                    | {"headers": _RETRY_AFTER},
                },
            )
        },
        "/v1/models": {"get": _operation("The models.", {"200": _json("All of them.", _LIST)} | _errors(401))},
        "/v1/models/{name}": {
            "get": _operation("One model.", {"200": _json("It is served.", _CARD)} | _errors(401, 404))
            | {"parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}]}
        },
        "/v1/chat/completions": {"post": _completion("A conversation goes on.", _chat(names))},
        "/v1/completions": {"post": _completion("A text goes on; not with tools.", _text(plain))},
    }
    made: Json = {"openapi": "3.1.0", "info": {"title": "raymath", "version": "1"}, "paths": paths}
    if keys:
        made["components"] = {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}
        for path, operations in paths.items():
            if path.startswith("/v1"):
                for operation in operations.values():
                    operation["security"] = [{"key": []}]
    return made


_READY = {
    "type": "object",
    "required": ["ready", "waiting"],
    "properties": {"ready": {"type": "boolean"}, "waiting": {"type": "array", "items": {"type": "string"}}},
}
_CARD = {
    "type": "object",
    "required": ["id", "object"],
    "properties": {"id": {"type": "string"}, "object": {"const": "model"}},
}
_LIST = {
    "type": "object",
    "required": ["data"],
    "properties": {"object": {"const": "list"}, "data": {"type": "array", "items": _CARD}},
}
_ANSWER = {
    "type": "object",
    "required": ["id", "choices", "usage"],
    "properties": {
        "id": {"type": "string"},
        "choices": {"type": "array", "items": {"type": "object"}},
        "usage": {"type": "object", "required": ["prompt_tokens", "completion_tokens"]},
        "raymath": {
            "type": "object",
            "description": "With tools: rounds, tokens, how each program ended, and, with `return_rounds`, all of it.",
        },
    },
}


def _drawing(models: Sequence[str]) -> Json:
    """Fields of both kinds of completion."""
    return {
        "model": {"enum": list(models), "description": "`NAME:tir` runs programs, `NAME:pot` one of them."},
        "max_tokens": _POSITIVE | {"description": "Most tokens the model writes; default: its context."},
        "n": {"type": "integer", "minimum": 1, "maximum": MOST_CHOICES, "default": 1},
        "temperature": {"type": "number", "minimum": 0, "maximum": 2},
        "top_p": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "seed": {"type": "integer", "minimum": 0, "maximum": 2**31},
        "stop": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 4}]},
        "stream": {"type": "boolean", "default": False},
        "presence_penalty": {"type": "number", "minimum": -2, "maximum": 2},
        "frequency_penalty": {"type": "number", "minimum": -2, "maximum": 2},
        "prompt_cache_key": {
            "type": "string",
            "description": "Shared by requests that begin alike; with `serve.session_affinity` they go to one replica.",
        },
        "timeout": _SECONDS | {"description": "For the whole answer, seconds; then it is ended with 504."},
    }


def _chat(models: Sequence[str]) -> Json:
    fields = _drawing(models) | {
        "messages": {"type": "array", "minItems": 1, "items": _MESSAGE},
        "protocol": {"enum": list(get_args(Protocol)), "description": "Of the tool loop; default: the model's own."},
        "rounds": _POSITIVE | {"description": "Most generations of the tool loop; default: the protocol's number."},
        "program_timeout": _SECONDS | {"description": "For each program, seconds; default and most: the server's."},
        "return_rounds": {
            "type": "boolean",
            "default": True,
            "description": "Whether the field `raymath` has transcript, segments and programs, or numbers alone.",
        },
    }
    return {"type": "object", "required": ["model", "messages"], "properties": fields}


def _text(models: Sequence[str]) -> Json:
    fields = _drawing(models) | {"prompt": {"type": "string", "minLength": 1}}
    return {"type": "object", "required": ["model", "prompt"], "properties": fields}


def _completion(summary: str, body: Json) -> Json:
    answered = _json("The answer; a stream of server-sent events where `stream` is set.", _ANSWER)
    answered["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    return _operation(summary, {"200": answered} | _errors(*_ERRORS)) | {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}}
    }


def _operation(summary: str, responses: Json) -> Json:
    return {"summary": summary, "responses": responses}


def _json(description: str, schema: Any) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _errors(*statuses: int) -> Json:
    told: Json = {}
    for status in statuses:
        told[str(status)] = _json(_ERRORS[status], _ERROR)
        if status in (429, 503):
            told[str(status)]["headers"] = _RETRY_AFTER
    return told
