"""The page for guests: opened by a link, without an account. What they say stays in their browser; nothing of it is kept here."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Annotated

import redis
import redis.asyncio
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe
from msgspec import Meta, Struct

from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone, Locked
from apps.bridges import answers, exchange, gate, selectors, shapes
from apps.bridges.asked import SOMEBODY, Asked, End, Line, newest
from apps.bridges.gate import Refused, Ticket
from apps.bridges.models import Door
from apps.chat import stream

log = logging.getLogger(__name__)
LINK = Door.Kind.LINK


class Said(Struct):
    """A line of the talk as the guest's browser has it; `mine` is the guest's."""

    mine: bool
    text: shapes.Text


class Talk(Struct):
    """What was said so far, the newest last."""

    lines: Annotated[list[Said], Meta(min_length=1, max_length=100)]


@require_safe
def guest(request: HttpRequest, token: str) -> HttpResponse:
    door = selectors.by_token(LINK, token)
    if door is None:
        if selectors.expired(LINK, token):
            return render(request, "bridges/over.html", {"ended": True}, status=410)
        raise Http404
    try:
        vault = open_vault(door.owner_id)
    except Locked:
        raise  # the site's gate has a page for that
    except KeyGone:  # the account is being erased, and the persona with it
        raise Http404 from None
    if selectors.stays(LINK, door.persona):
        return render(request, "bridges/over.html", status=403)
    context = {"called": selectors.called(vault, door.persona), "until": door.until, "token": token, "door": door}
    return render(request, "bridges/guest.html", context)


@require_POST
async def say(request: HttpRequest, token: str) -> HttpResponseBase:
    """What the persona answers, as server-sent events: `text`, then `end`; `error` is a sentence for the guest."""
    connection, answer = stream.async_client(), None
    try:
        answer = await _answered(request, token, connection)
    finally:
        if answer is None or not answer.streaming:
            await connection.aclose()
    return answer


async def _answered(request: HttpRequest, token: str, connection: redis.asyncio.Redis) -> HttpResponseBase:
    try:
        talk = await answers.read(request, Talk)
        ticket = await gate.admit(LINK, token, connection, speaks=True)
    except Refused as error:
        if error is gate.UNKNOWN:  # a stranger's token and a missing one are the same answer
            raise Http404 from None
        return answers.refusal(error)
    except (redis.RedisError, OSError):
        return _events(_sorry())
    lines = [Line(SOMEBODY if line.mine else "", line.text) for line in talk.lines if line.text.strip()]
    return _events(_told(ticket, Asked(lines=newest(lines)), connection))


async def _told(ticket: Ticket, asked: Asked, connection: redis.asyncio.Redis) -> AsyncIterator[bytes]:
    pieces = exchange.pieces(ticket, asked, connection)
    try:
        async for piece in pieces:
            yield answers.event({"end": piece.finish} if isinstance(piece, End) else {"text": piece})
    except Refused as error:
        yield answers.event({"error": str(error)})
    except Exception as error:  # its text may quote what was said
        log.error("an answer to a guest failed: %s", type(error).__name__)
        yield answers.event({"error": str(answers.broken())})
    finally:
        await pieces.aclose()  # type: ignore[attr-defined]
        await connection.aclose()


async def _sorry() -> AsyncIterator[bytes]:
    yield answers.event({"error": str(answers.silent())})


def _events(events: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """Always with status 200: an error of the server would be logged with its address, and the address is the token."""
    head = {**answers.DISCLOSURE, "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(events, content_type="text/event-stream", headers=head)
