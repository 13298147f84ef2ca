"""The API for programs: OpenAI's addresses and forms, one key for one persona, and the one-line door of the origins."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

import redis
import redis.asyncio
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from msgspec import Struct

from apps.bridges import answers, exchange, gate, openapi, shapes
from apps.bridges.asked import MOST, SOMEBODY, USUAL, USUAL_REST, Asked, End, Line, newest
from apps.bridges.gate import Refused, Ticket
from apps.bridges.models import Door
from apps.chat import stream

log = logging.getLogger(__name__)
Shape = TypeVar("Shape", bound=Struct)
Spoken = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def _spoken(method: str, *, speaks: bool = False) -> Callable[[Spoken], Spoken]:
    """A view for programs: the key first, then the work; whatever goes wrong is said in OpenAI's form."""

    def around(view: Spoken) -> Spoken:
        @csrf_exempt
        @wraps(view)
        async def spoken(request: HttpRequest, **names: str) -> HttpResponseBase:
            connection, answer = stream.async_client(), None
            try:
                answer = await _answered(request, connection, **names)
            finally:
                if answer is None or not answer.streaming:  # a stream goes on with it
                    await connection.aclose()
            return answer

        async def _answered(request: HttpRequest, connection: redis.asyncio.Redis, **names: str) -> HttpResponseBase:
            try:
                if request.method not in (method, "HEAD" if method == "GET" else method):
                    return answers.only(method)
                ticket = await gate.admit(Door.Kind.KEY, _token(request), connection, speaks=speaks)
                try:
                    return await view(request, ticket, connection, **names)
                except BaseException:
                    await answers.left(connection, ticket)
                    raise
            except Refused as error:
                return answers.refusal(error)
            except (redis.RedisError, OSError):
                return answers.refusal(answers.silent())
            except Exception as error:  # its text may quote what was said
                log.error("an answer to a program failed: %s", type(error).__name__)
                return answers.refusal(answers.broken())

        return spoken

    return around


def _token(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _read(request: HttpRequest, shape: type[Shape], ticket: Ticket) -> Shape:
    """The body as its type, for the persona of the key."""
    found = await answers.read(request, shape)
    if getattr(found, "model", ticket.model) != ticket.model:
        raise _no_model(ticket)
    return found


def _no_model(ticket: Ticket) -> Refused:
    return Refused(404, f"There is no such model here. This key is for {ticket.model}.", "model_not_found", param="model")


# what there is


@_spoken("GET")
async def models(request: HttpRequest, ticket: Ticket, connection: redis.asyncio.Redis) -> HttpResponse:
    return answers.json(shapes.Models(data=[_model(ticket)]))


@_spoken("GET")
async def model(request: HttpRequest, ticket: Ticket, connection: redis.asyncio.Redis, name: str) -> HttpResponse:
    if name != ticket.model:
        raise _no_model(ticket)
    return answers.json(_model(ticket))


def _model(ticket: Ticket) -> shapes.Model:
    return shapes.Model(id=ticket.model, created=ticket.created, name=ticket.called, version=ticket.version)


@csrf_exempt
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document; the same for everybody."""
    if request.method not in ("GET", "HEAD"):
        return answers.only("GET")
    return answers.json(openapi.document())


@csrf_exempt
def nothing(request: HttpRequest, elsewhere: str) -> HttpResponse:
    """What programs ask for that is not here."""
    return answers.refusal(
        Refused(404, "There is nothing at this address. /v1/openapi.json says what there is.", "unknown_url")
    )


# talking


@_spoken("POST", speaks=True)
async def chat(request: HttpRequest, ticket: Ticket, connection: redis.asyncio.Redis) -> HttpResponseBase:
    asked = await _read(request, shapes.ChatRequest, ticket)
    most = min(MOST, asked.max_completion_tokens or asked.max_tokens or USUAL)
    wanted = Asked(lines=_lines(asked.messages), sampling=asked.sampling(), most=most, stops=asked.stops())
    about = _about("chatcmpl", ticket)
    if asked.stream:
        return await _streamed(_Chunks(about, asked.wants_usage), ticket, wanted, connection)
    text, end = await _whole(ticket, wanted, connection)
    choice = shapes.ChatChoice(message=shapes.ChatMessage(content=text), finish_reason=end.finish)
    return answers.json(shapes.ChatCompletion(choices=[choice], usage=_usage(end), **about), headers=answers.DISCLOSURE)


@_spoken("POST", speaks=True)
async def completions(request: HttpRequest, ticket: Ticket, connection: redis.asyncio.Redis) -> HttpResponseBase:
    asked = await _read(request, shapes.CompletionRequest, ticket)
    begun = asked.prompt if isinstance(asked.prompt, str) else asked.prompt[0]
    most = min(MOST, asked.max_tokens or USUAL_REST)
    wanted = Asked(kind="complete", begun=begun, sampling=asked.sampling(), most=most, stops=asked.stops())
    about = _about("cmpl", ticket)
    if asked.stream:
        return await _streamed(_Rests(about, asked.wants_usage), ticket, wanted, connection)
    text, end = await _whole(ticket, wanted, connection)
    choice = shapes.TextChoice(text=text, finish_reason=end.finish)
    return answers.json(shapes.Completion(choices=[choice], usage=_usage(end), **about), headers=answers.DISCLOSURE)


@_spoken("POST", speaks=True)
async def reply(request: HttpRequest, ticket: Ticket, connection: redis.asyncio.Redis) -> HttpResponse:
    asked = await _read(request, shapes.LineRequest, ticket)
    text, _ = await _whole(ticket, Asked(lines=[Line(SOMEBODY, asked.text)]), connection)
    return answers.json(shapes.Reply(reply=text), headers=answers.DISCLOSURE)


def _lines(messages: list[shapes.Message]) -> list[Line]:
    said = [m for m in messages if m.role in ("user", "assistant") and m.text.strip()]
    return newest([Line("" if m.role == "assistant" else (m.name or "").strip() or SOMEBODY, m.text) for m in said])


def _about(prefix: str, ticket: Ticket) -> dict[str, Any]:
    return {"id": f"{prefix}-{ticket.request_id.hex}", "created": int(time.time()), "model": ticket.model}


def _usage(end: End) -> shapes.Usage:
    return shapes.Usage(prompt_tokens=end.read, completion_tokens=end.written, total_tokens=end.read + end.written)


async def _whole(ticket: Ticket, asked: Asked, connection: redis.asyncio.Redis) -> tuple[str, End]:
    text = ""
    async for piece in exchange.pieces(ticket, asked, connection):
        if isinstance(piece, End):
            return text, piece
        text += piece
    raise answers.silent()


# word by word


class _Chunks:
    """A chat's pieces in OpenAI's form."""

    def __init__(self, about: dict[str, Any], wants_usage: bool) -> None:
        self.about, self.wants_usage = about, wants_usage

    def first(self) -> Struct | None:
        return self._chunk(shapes.Delta(role="assistant", content=""))

    def text(self, piece: str) -> Struct:
        return self._chunk(shapes.Delta(content=piece))

    def last(self, end: End) -> list[Struct]:
        usage = shapes.ChatCompletionChunk(choices=[], usage=_usage(end), **self.about)
        return [self._chunk(shapes.Delta(), end.finish), *([usage] if self.wants_usage else [])]

    def _chunk(self, delta: shapes.Delta, finish: shapes.Finish | None = None) -> shapes.ChatCompletionChunk:
        choice = shapes.ChunkChoice(delta=delta, finish_reason=finish)
        return shapes.ChatCompletionChunk(choices=[choice], **self.about)


class _Rests:
    """A continuation's pieces."""

    def __init__(self, about: dict[str, Any], wants_usage: bool) -> None:
        self.about, self.wants_usage = about, wants_usage

    def first(self) -> Struct | None:
        return None

    def text(self, piece: str) -> Struct:
        return shapes.Completion(choices=[shapes.TextChoice(text=piece)], **self.about)

    def last(self, end: End) -> list[Struct]:
        choice = shapes.TextChoice(text="", finish_reason=end.finish)
        usage = shapes.Completion(choices=[], usage=_usage(end), **self.about)
        return [shapes.Completion(choices=[choice], **self.about), *([usage] if self.wants_usage else [])]


async def _streamed(
    form: _Chunks | _Rests, ticket: Ticket, asked: Asked, connection: redis.asyncio.Redis
) -> StreamingHttpResponse:
    """Server-sent events. The first word is waited for, so that what fails at once is an answer with a status."""
    pieces = exchange.pieces(ticket, asked, connection)
    first = await anext(pieces)

    async def events() -> AsyncIterator[bytes]:
        try:
            if (head := form.first()) is not None:
                yield answers.event(head)
            yield _said(form, first)
            async for piece in pieces:
                yield _said(form, piece)
            yield b"data: [DONE]\n\n"
        except Refused as error:
            yield b"data: " + answers.refusal(error).content + b"\n\n"
        finally:
            await pieces.aclose()  # type: ignore[attr-defined]
            await connection.aclose()

    return StreamingHttpResponse(
        events(), content_type="text/event-stream", headers={**answers.DISCLOSURE, "X-Accel-Buffering": "no"}
    )


def _said(form: _Chunks | _Rests, piece: str | End) -> bytes:
    return b"".join(map(answers.event, form.last(piece))) if isinstance(piece, End) else answers.event(form.text(piece))
