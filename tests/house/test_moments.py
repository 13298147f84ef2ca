"""Pages while a worker works: at whatever moment the work ends, a page shows the work or what came of it, never neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import services as archives
from apps.archives import tasks
from apps.archives.models import Archive, Person
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.personas import selectors, services
from apps.personas.models import Version
from tests.conftest import dialogue, messenger

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def archive(owner: User) -> Archive:
    row = archives.receive_bytes(owner_id=owner.pk, name="m.json", content=messenger(dialogue(40), ["Bea Quill", "Ann Roe"]))
    tasks.ingest(job_id=str(Job.objects.get(subject=row.pk).pk))
    row.refresh_from_db()
    assert row.kept == 40
    return row


def pages(client: Client, path: str, begin: Callable[[], Any], end: Callable[[], Any]) -> Iterator[str]:
    """The page as it looks when the work ends before its first query, its second, and so on; at last, when it does not end."""
    number = 0
    while True:
        begin()
        asked, ended = 0, False

        def meanwhile(execute: Any, *rest: Any, number: int = number) -> Any:
            nonlocal asked, ended
            asked += 1
            if asked == number + 1 and not ended:
                ended = True
                end()
            return execute(*rest)

        with connection.execute_wrapper(meanwhile):
            yield client.get(path).content.decode()
        if not ended:
            return
        number += 1


def states(row: Any, **before: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Set a row to what it was before, and back to what it is."""
    after = {name: getattr(row, name) for name in before}
    here = type(row)._default_manager.filter(pk=row.pk)
    return (lambda: here.update(**before)), (lambda: here.update(**after))


def both(*steps: Callable[[], Any]) -> Callable[[], None]:
    def run() -> None:
        for step in steps:
            step()

    return run


def test_an_archive_is_being_read_or_was_read(archive: Archive, mine: Client) -> None:
    job = Job.objects.get(subject=archive.pk)
    unread, read = states(archive, receipt=None, kept=0, platforms="", read_at=None)
    works, done = states(job, state=Job.State.RUNNING)
    found = [
        ("Reading it" in page, "40 kept" in page)
        for page in pages(mine, f"/archives/{archive.pk}", both(unread, works), both(read, done))
    ]
    assert found[0] == (False, True)
    assert found[-1] == (True, False)
    assert all(any(one) for one in found)
    home = list(pages(mine, "/home/", both(unread, works), both(read, done)))
    assert all("being read" in page or "40 messages" in page for page in home)
    assert "being read" in home[-1]
    assert not any("could not be read" in page for page in home)


def test_a_persona_is_learning_or_has_learnt(archive: Archive, mine: Client, owner: User, vault: Vault) -> None:
    me = Person.objects.get(is_me=True)
    persona = services.make(owner_id=owner.pk, person=me, name="Ann", basis="self")
    version = Version(
        owner_id=owner.pk, persona=persona, number=1, preset="quick", config={"base": "builtin"},
        wrapped_key=vault.new_wrapped(), facts={},
    )  # fmt: skip
    with vault.create("weights") as (item, writer):
        writer.write(b"w")
    version.weights = item
    version.save()
    jobs.create(owner_id=owner.pk, kind=selectors.TRAIN, subject=version.pk)
    job = Job.objects.get(subject=version.pk)
    job.state = Job.State.DONE
    unready, ready = states(version, weights=None)
    works, done = states(job, state=Job.State.RUNNING)
    found = list(pages(mine, f"/personas/{persona.pk}", both(unready, works), both(ready, done)))
    learning, talks = "<h2>Learning</h2>", "<h2>Talk</h2>"
    assert talks in found[0]
    assert learning in found[-1]
    assert talks not in found[-1]
    assert all(learning in page or talks in page for page in found)
    home = list(pages(mine, "/home/", both(unready, works), both(ready, done)))
    assert all("learning" in page or "version 1, AI imitation" in page for page in home)
    assert not any("not trained yet" in page for page in home)
