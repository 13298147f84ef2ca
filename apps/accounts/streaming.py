"""Answers that are made while they are sent, a step at a time: a server would collect a plain iterator in memory first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse


def download(pieces: Iterator[bytes], name: str, kind: str) -> StreamingHttpResponse:
    """A file called `name` of media type `kind`, made piece by piece."""
    step = sync_to_async(lambda: next(pieces, None))

    async def steps() -> AsyncIterator[bytes]:
        while (piece := await step()) is not None:
            yield piece

    response = StreamingHttpResponse(steps(), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
