"""When every seat of the reply worker is taken: who waits is told how many are before them, and users take turns.

A real Celery worker with threads over a real Redis, the real task; only the words come from a slow engine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from celery.contrib.testing.worker import start_worker
from django.contrib.sessions.backends.base import SessionBase
from django.db import connections
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.archives.models import Person
from apps.chat import selectors, services
from apps.chat.consumers import TalkConsumer
from apps.chat.models import Conversation, Turn
from apps.jobs import kinds
from apps.jobs.models import Job
from apps.personas import engines
from apps.personas import services as personas
from apps.personas.models import Version
from chatclone_site.celery import app
from tests.chat.slow import Slow
from tests.flows.stack import eventually

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
SEATS, EACH = 3, 2


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Slow:
    settings.PERSONA_ENGINE = "tests.chat.slow"
    monkeypatch.setattr(engines, "_open", {})
    kind = kinds.get(services.REPLY)
    monkeypatch.setitem(kinds._KINDS, services.REPLY, replace(kind, per_owner=EACH))
    engine = engines.door()
    assert isinstance(engine, Slow)
    return engine


@pytest.fixture
def worker(slow: Slow) -> Iterator[None]:
    with start_worker(app, pool="threads", concurrency=SEATS, queues=["reply"], perform_ping_check=False, loglevel="ERROR"):
        yield
    connections.close_all()


def talks(name: str, count: int) -> list[Conversation]:
    """Conversations of a new user with a persona that can talk."""
    owner = User.objects.create_user(f"{name}@example.org", "x")
    vault = open_vault(owner.pk)
    person = Person(id=uuid4(), owner=owner, wrapped_key=vault.new_wrapped(), is_me=True)
    person.name = vault.seal(person, "name", "Ann Roe")
    person.save(force_insert=True)
    persona = personas.make(owner_id=owner.pk, person=person, name="Ann", basis="self")
    with vault.create("weights") as (item, writer):
        writer.write(b"none")
    Version.objects.create(
        owner=owner, persona=persona, number=1, preset="quick", config={"base": "builtin"}, weights=item, wrapped_key=vault.new_wrapped()
    )  # fmt: skip
    seat = services.Seat("Bea", "Bea")
    return [services.begin(persona=persona, speaker=seat, title="t") for _ in range(count)]


def say(talk: Conversation) -> Turn:
    services.say(conversation=talk, client_id=uuid4(), text="hello", sampling={})
    return Turn.objects.get(conversation=talk, by_persona=True)


def before(talk: Conversation) -> int:
    """What the page of a talk shows."""
    return int(selectors.views(open_vault(talk.owner_id), talk)[-1]["before"])


def all_done() -> bool:
    return not Job.objects.filter(kind=services.REPLY, state__in=Job.ACTIVE).exists()


def test_a_crowd_of_one_leaves_a_seat_to_another(slow: Slow, worker: None) -> None:
    """One user with eight talks has two seats of three; somebody who comes then is answered at once."""
    crowd, (single,) = talks("many", 8), talks("one", 1)
    for talk in crowd:
        say(talk)
    eventually(lambda: any(len(live) == EACH for live in slow.together), 20, "two of them to be written at once")
    begun = len(slow.order)
    say(single)
    eventually(lambda: str(single.pk) in slow.order, 20, "the single one to begin")
    assert slow.order.index(str(single.pk)) <= begun + 1, "a seat was free for it"
    eventually(all_done, 20, "everybody to be answered")
    mine = {str(talk.pk) for talk in crowd}
    assert max(len(live & mine) for live in slow.together) == EACH
    assert max(len(live) for live in slow.together) <= SEATS
    assert len(slow.order) == 9
    assert set(Turn.objects.filter(by_persona=True).values_list("state", flat=True)) == {"done"}


def test_users_take_turns_and_see_their_place(slow: Slow, worker: None) -> None:
    """Four users for three seats, the first with six talks: the page counts down, and nobody's second comes before a first."""
    crowd = talks("many", 6)
    others = [talks(name, 2) for name in ("b", "c", "d")]
    for talk in [*crowd, *(t for pair in others for t in pair)]:
        say(talk)
    last = others[-1][1]
    seen: list[int] = []

    def looked() -> bool:
        seen.append(before(last))
        return all_done()

    eventually(looked, 30, "everybody to be answered")
    places = [n for n, previous in zip(seen, [0, *seen], strict=False) if n != previous]
    assert max(places) >= 3, places
    assert places[-1] == 0
    falling = places[places.index(max(places)) :]
    rises = [b - a for a, b in pairwise(falling) if b > a]  # who was just served stands behind who was not
    assert sum(rises) <= 2, places
    owner = {str(t.pk): t.owner_id for t in Conversation.objects.all()}
    began = [owner[talk] for talk in slow.order]
    firsts = [began.index(pair[0].owner_id) for pair in others]
    assert max(firsts) <= SEATS + 2, "the first of each comes before the crowd's third"


async def test_the_page_hears_its_place(slow: Slow) -> None:
    first, second = (await sync_to_async(talks)("one", 1))[0], (await sync_to_async(talks)("two", 1))[0]
    await sync_to_async(say)(first)
    await sync_to_async(say)(second)
    user = await User.objects.aget(pk=second.owner_id)
    scope = {
        "type": "websocket",
        "path": "/",
        "headers": [],
        "user": user,
        "session": await sync_to_async(session)(user),
        "url_route": {"kwargs": {"conversation_id": second.pk}},
    }
    line = ApplicationCommunicator(TalkConsumer.as_asgi(), scope)
    await line.send_input({"type": "websocket.connect"})
    assert (await line.receive_output(5))["type"] == "websocket.accept"
    assert await told(line) == 0, "on its way to a free worker, for all we know"
    assert await told(line) == 1, "nobody took it"
    await Job.objects.filter(owner_id=first.owner_id, kind=services.REPLY).aupdate(state=Job.State.DONE)
    assert await told(line) == 0
    await line.send_input({"type": "websocket.disconnect", "code": 1000})
    await line.wait(5)


def session(user: User) -> SessionBase:
    client = Client()
    client.force_login(user)
    return client.session


async def told(line: ApplicationCommunicator) -> int:
    """How many are before the last turn, by the next frame."""
    return int(json.loads((await line.receive_output(5))["text"])["turns"][-1]["before"])
