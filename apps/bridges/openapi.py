"""The OpenAPI document: addresses by hand, forms from the types that parse and write them. Pure."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from apps.bridges import shapes

_SHAPES: tuple[type[Struct], ...] = (
    shapes.ChatRequest, shapes.CompletionRequest, shapes.LineRequest, shapes.ChatCompletion, shapes.ChatCompletionChunk,
    shapes.Completion, shapes.Model, shapes.Models, shapes.Reply, shapes.ErrorAnswer,
)  # fmt: skip
_REFUSALS = {
    "400": "The request is not of its form; `param` names the field.",
    "401": "There is no key, or it was ended.",
    "403": "The persona may not be talked with from outside now: consent, or its leak audit.",
    "404": "The key is for another persona.",
    "413": "The body is too long.",
    "415": "The body is not JSON.",
    "429": "Too often, or too many answers at once; `Retry-After` says how long to wait.",
    "500": "Something broke.",
    "503": "No answer came in time.",
}
_WITHOUT_BODY = {"401", "403", "429", "500", "503"}


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    _, components = msgspec.json.schema_components(_SHAPES, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "chatclone: talking with a persona",
            "version": "1",
            "description": "The OpenAI API's addresses and forms, for one persona per key. Everything that is answered was made by an AI "
            "and imitates a person; it says so in the header AI-Disclosure and in the field ai_generated. Nothing that is said is kept.",
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": {
            "/v1/models": {"get": _reading("listModels", "The persona of the key", "Models")},
            "/v1/models/{model}": {"get": {**_reading("retrieveModel", "One persona", "Model", "404"), "parameters": [_MODEL]}},
            "/v1/chat/completions": {
                "post": _saying("createChatCompletion", "What the persona says next", "ChatRequest", "ChatCompletion", events=True)
            },
            "/v1/completions": {
                "post": _saying("createCompletion", "How the persona would go on", "CompletionRequest", "Completion", events=True)
            },
            "/v1/reply": {"post": _saying("reply", "One line in, one line out", "LineRequest", "Reply")},
        },
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }  # fmt: skip


_MODEL = {"name": "model", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _form(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _refusals(*statuses: str) -> dict[str, Any]:
    found = {status: {"description": _REFUSALS[status], "content": _form("ErrorAnswer")} for status in sorted(statuses)}
    wait = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}, "required": True}}
    return {s: {**answer, **({"headers": wait} if s in ("429", "503") else {})} for s, answer in found.items()}


def _reading(operation: str, summary: str, answer: str, *more: str) -> dict[str, Any]:
    answers = {"200": {"description": summary, "content": _form(answer)}, **_refusals(*_WITHOUT_BODY, *more)}
    return {"operationId": operation, "summary": summary, "responses": answers}


def _saying(operation: str, summary: str, request: str, answer: str, *, events: bool = False) -> dict[str, Any]:
    content = _form(answer)
    if events:  # with `stream`: pieces as server-sent events, then [DONE]
        content["text/event-stream"] = {
            "schema": {"type": "object", "required": ["data"], "properties": {"data": {"type": "string"}}}
        }
    disclosed = {
        "AI-Disclosure": {"description": "How much of it an AI made", "schema": {"type": "string"}, "required": True}
    }
    answers = {"200": {"description": summary, "headers": disclosed, "content": content}, **_refusals(*_REFUSALS)}
    body = {"required": True, "content": _form(request)}
    return {"operationId": operation, "summary": summary, "requestBody": body, "responses": answers}
