"""The one way to a row: through its owner. A stranger's id and a missing id are the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.urls import reverse

from apps.accounts import locking
from apps.accounts.models import OwnedModel, User

Row = TypeVar("Row", bound=OwnedModel)


def user(request: HttpRequest) -> User:
    """The signed-in user of a request that `login_required` let through."""
    found = request.user
    if isinstance(found, AnonymousUser) or not isinstance(found, User):
        raise Http404
    return found


def owned(model: type[Row], owner: User, pk: UUID | str, **more: Any) -> Row:
    """The owner's row, or 404."""
    try:
        row = model._default_manager.filter(owner=owner, pk=pk, **more).first()
    except ValidationError:  # not an id at all
        row = None
    if row is None:
        raise Http404
    return row


def counted(text: str) -> int:
    """A number out of a query; 0 where that is none, or one that no row can have."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


#: A socket whose account is locked is closed with this code; the page then goes to the one that unlocks it.
LOCKED = 4423


def shut(scope: Mapping[str, Any], owner: User) -> bool:
    """Whether a socket's session may not open this account (any more)."""
    return locking.standing(owner.pk, scope.get("session")) == "locked"


def address(route: str, *args: object) -> str:
    """The whole address of a page, as it is given to somebody outside."""
    return str(settings.SITE_URL).rstrip("/") + reverse(route, args=args)
