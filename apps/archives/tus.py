"""The tus 1.0 protocol (https://tus.io/protocols/resumable-upload): core, creation, termination, checksum, expiration.

Translates between HTTP and `uploads`. Beyond the protocol: `Archive-Location` in an answer says that the file, with all
others of its group, is being read now, and where to watch; refusals carry `{"error": sentence}`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Generator
from contextlib import closing
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.urls import reverse
from django.utils.http import http_date

from apps.accounts.access import owned
from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.archives import uploads
from apps.archives.models import Upload
from apps.archives.receiving import NotTaken

VERSION = "1.0.0"
BYTES = "application/offset+octet-stream"
ALGORITHMS: dict[str, Callable[[], uploads.Digest]] = {
    "sha1": lambda: hashlib.sha1(usedforsecurity=False), "sha256": hashlib.sha256, "md5": lambda: hashlib.md5(usedforsecurity=False),
}  # fmt: skip
PIECE = 256 * 1024
Handler = Callable[..., HttpResponse]


def refused(status: int, sentence: str) -> HttpResponse:
    return JsonResponse({"error": sentence}, status=status)


def protocol(**handlers: Handler) -> Handler:
    """A view of this protocol: version, method (also overridden), account, and the one way out for refusals."""

    @wraps(protocol)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = _answer(request, handlers, *args, **kwargs)
        answer["Tus-Resumable"] = VERSION
        answer["Cache-Control"] = "no-store"
        return answer

    return view


def _answer(request: HttpRequest, handlers: dict[str, Handler], *args: Any, **kwargs: Any) -> HttpResponse:
    method = request.method or ""
    if method == "POST":  # only there: a GET that became a DELETE would have passed the check of the token
        method = request.headers.get("X-HTTP-Method-Override", method).upper()
    owner = request.user
    if not isinstance(owner, User):
        return refused(403, "Please sign in again; what has arrived is kept.")
    if method == "OPTIONS":
        return _options()
    if method not in handlers:
        answer = refused(405, "This is the address of an upload.")
        answer["Allow"] = ", ".join([*handlers, "OPTIONS"])
        return answer
    if method != "GET" and request.headers.get("Tus-Resumable") != VERSION:
        answer = refused(412, f"This site speaks tus {VERSION}.")
        answer["Tus-Version"] = VERSION
        return answer
    try:
        return handlers[method](request, owner, *args, **kwargs)
    except NotTaken as refusal:
        return refused(refusal.status, str(refusal))
    except uploads.Conflict:
        return refused(409, "These bytes do not fit where the upload stands. Ask for its offset and go on from there.")
    except Http404:
        return refused(404, "This upload is not here. It may have ended or expired.")


def _options() -> HttpResponse:
    answer = HttpResponse(status=204)
    answer["Tus-Version"] = VERSION
    answer["Tus-Extension"] = "creation,termination,checksum,expiration"
    answer["Tus-Max-Size"] = str(settings.UPLOAD_LIMIT)
    answer["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    return answer


def _number(request: HttpRequest, name: str) -> int | None:
    value = request.headers.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None


def _metadata(request: HttpRequest) -> dict[str, str]:
    """`Upload-Metadata`: key, blank, value in base64, apart by commas. Raises ValueError."""
    found = {}
    for pair in filter(None, request.headers.get("Upload-Metadata", "").split(",")):
        key, _, value = pair.strip().partition(" ")
        found[key] = base64.b64decode(value, validate=True).decode()
    return found


def _create(request: HttpRequest, owner: User) -> HttpResponse:
    length = _number(request, "Upload-Length")
    try:
        about = _metadata(request)
        group, files = (UUID(about["group"]) if "group" in about else None), int(about.get("files", "1"))
        places = int(about.get("places", "1"))
    except (ValueError, binascii.Error):
        return refused(400, "The metadata of this upload cannot be read.")
    if length is None or not 0 < files <= uploads.MAX_WAITING or not 0 < places <= uploads.MAX_WAITING:
        return refused(400, "An upload begins with its length in bytes.")
    row = uploads.begin(
        owner_id=owner.pk, length=length, name=about.get("filename", "upload")[:255] or "upload",
        mark=about.get("mark", "")[:500], group=group, files=files, places=places,
    )  # fmt: skip
    answer = HttpResponse(status=201)
    answer["Location"] = request.build_absolute_uri(reverse("upload-file", args=[row.pk]))
    return _standing(answer, row)


def _standing(answer: HttpResponse, row: Upload) -> HttpResponse:
    """Where an upload stands: its deadline, or where what it became can be watched."""
    row.refresh_from_db()
    if row.archive_id:
        answer["Archive-Location"] = reverse("archive", args=[row.archive_id])
    else:
        answer["Upload-Expires"] = _date(row.expires_at)
    return answer


def _date(moment: datetime) -> str:
    return http_date(moment.timestamp())


def _waiting(request: HttpRequest, owner: User) -> HttpResponse:
    """Not of the protocol: what this account has begun, so that a page can go on with it from any browser."""
    rows = [
        {
            "url": reverse("upload-file", args=[w.id]), "group": str(w.group), "name": w.name, "mark": w.mark,
            "files": w.files, "arrived": w.arrived, "length": w.length,
        }
        for w in uploads.waiting(open_vault(owner.pk))
    ]  # fmt: skip
    return JsonResponse({"uploads": rows})


def _offset(request: HttpRequest, owner: User, upload_id: UUID) -> HttpResponse:
    row = owned(Upload, owner, upload_id)
    answer = HttpResponse(status=200)
    answer["Upload-Offset"], answer["Upload-Length"] = str(uploads.arrived(row)), str(row.length)
    return _standing(answer, row)


def _append(request: HttpRequest, owner: User, upload_id: UUID) -> HttpResponse:
    row = owned(Upload, owner, upload_id)
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != BYTES:
        return refused(415, f"Bytes come as {BYTES}.")
    offset = _number(request, "Upload-Offset")
    if offset is None:
        return refused(400, "Which byte these begin at is not said.")
    if offset != uploads.arrived(row):
        raise uploads.Conflict
    if (_number(request, "Content-Length") or 0) > row.length - offset:
        return refused(413, "These are more bytes than were announced.")
    try:
        digest = _digest(request.headers.get("Upload-Checksum"))
    except (ValueError, KeyError, binascii.Error):
        return refused(400, f"Checksums may be {', '.join(ALGORITHMS)}, in base64.")
    try:
        with closing(_pieces(request)) as pieces:
            offset = uploads.append(upload=row, offset=offset, pieces=pieces, digest=digest)
    except uploads.Spoiled:
        return refused(460, "These bytes changed on the way. Please send them again.")
    answer = HttpResponse(status=204)
    answer["Upload-Offset"] = str(offset)
    return _standing(answer, row)


def _digest(header: str | None) -> tuple[uploads.Digest, bytes] | None:
    if header is None:
        return None
    name, _, value = header.strip().partition(" ")
    return ALGORITHMS[name](), base64.b64decode(value, validate=True)


def _pieces(request: HttpRequest) -> Generator[bytes]:
    """The body as far as it comes: what arrived before a connection broke counts."""
    try:
        while piece := request.read(PIECE):
            yield piece
    except (UnreadablePostError, OSError):
        return


def _end(request: HttpRequest, owner: User, upload_id: UUID) -> HttpResponse:
    uploads.end(upload=owned(Upload, owner, upload_id))
    return HttpResponse(status=204)


every = protocol(POST=_create, GET=_waiting)
one = protocol(HEAD=_offset, PATCH=_append, DELETE=_end)
