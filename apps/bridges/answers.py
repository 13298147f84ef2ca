"""Answers of the doors in one form: JSON, refusals as OpenAI writes them, and bodies read with care."""

from __future__ import annotations

from typing import Any, TypeVar

import redis
import redis.asyncio
from asgiref.sync import sync_to_async
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from msgspec import Struct

from apps.bridges import limits, shapes
from apps.bridges.gate import Refused, Ticket

Shape = TypeVar("Shape", bound=Struct)
#: An Internet-Draft's field (draft-abaris-aicdh): all of the answer was made by an AI.
DISCLOSURE = {"AI-Disclosure": "mode=ai-originated"}
KINDS = ("", "application/json", "application/x-www-form-urlencoded", "text/plain")


def only(method: str) -> HttpResponse:
    answer = refusal(Refused(405, f"Here only {method} is answered.", "method_not_allowed"))
    answer["Allow"] = method
    return answer


def refusal(error: Refused) -> HttpResponse:
    body = shapes.ErrorAnswer(error=shapes.Error(message=str(error), type=error.kind, param=error.param, code=error.code))
    answer = json(body, error.status)
    if error.status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    if error.wait:
        answer["Retry-After"] = str(error.wait)
    return answer


def json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(shapes.written(body), status=status, content_type="application/json", headers=headers)


async def left(connection: redis.asyncio.Redis, ticket: Ticket) -> None:
    try:
        await limits.leave(connection, owner=ticket.owner, request_id=ticket.request_id)
    except (redis.RedisError, OSError):
        return  # the place ends by itself


async def read(request: HttpRequest, shape: type[Shape]) -> Shape:
    """The body as its type. Raises `Refused`."""
    if request.content_type not in KINDS:  # forms with files are read in another way, and mean nothing here
        raise Refused(415, "Send the body as application/json.", "unsupported_media_type")
    try:
        body = await sync_to_async(lambda: request.body)()
        return shapes.read(shape, body)
    except RequestDataTooBig:
        raise Refused(413, "That is too long. Please send less of what was said before.", "too_large") from None
    except UnreadablePostError:
        raise Refused(400, "The body broke off. Please send it again.", "invalid_value") from None
    except shapes.Malformed as error:
        raise Refused(400, str(error), "invalid_value", param=error.param) from None


def silent() -> Refused:
    """No answer came."""
    return Refused(503, "No answer came. Please try again in a moment.", "no_answer", kind="server_error", wait=5)


def broken() -> Refused:
    """Nobody foresaw it."""
    return Refused(500, "Something broke here. Please try again.", "broken", kind="server_error")


def event(body: Any) -> bytes:
    """One server-sent event."""
    return b"data: " + shapes.written(body) + b"\n\n"
