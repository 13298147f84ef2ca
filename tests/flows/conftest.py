"""One running site for flows that need none of their own: starting it takes longer than most of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.stack import Site, database_url, running


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with running(database_url()) as found:
        yield found
