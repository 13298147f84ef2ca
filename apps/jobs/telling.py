"""How a page tells what a service refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest

from apps.jobs.causes import Expected


@contextmanager
def refusals(request: HttpRequest) -> Iterator[None]:
    """The sentence of an `Expected` stands on the next page; what is left of the block does not happen."""
    try:
        yield
    except Expected as error:
        messages.error(request, str(error))
