"""Invented conversations with a scene: times of a learnt rhythm in every form, a topic that models read, a day to begin with."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts import registry
from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.chat import keeping, scene, script, selectors, services, writing
from apps.chat.models import Conversation, Turn
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import clock, engines
from apps.personas.language import ME_SPEAKER
from apps.personas.memory import packed
from apps.personas.models import Version
from tests.bridges.cast import taught
from tests.chat.test_branches import lines
from tests.chat.test_talk import talk, writer
from tests.personas.test_memory import talk as passage

__all__ = ["talk"]
pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
DAY = "2019-03-05T18:30"
START = clock.read(DAY) or 0.0
RHYTHM = {"between": [20.0 + n for n in range(9)], "delays": [200.0 + n for n in range(9)]}


@pytest.fixture
def version(talk: Conversation) -> Version:
    return taught(talk.persona, {"rhythm": RHYTHM, "leaks": {"verdict": "green"}})


def begun(talk: Conversation, opening: str = "so", **chosen: Any) -> Conversation:
    others = [services.Seat("Bea", "Bea"), services.Seat("Cy", "Cy")]
    setting = scene.Setting(**chosen)
    return services.begin_studio(
        persona=talk.persona, others=others, opening=opening, opener=others[1], title="t", scene=setting
    )


def written(room: Conversation, count: int = 4) -> Turn:
    """The next turns by the real model."""
    services.invent(conversation=room, client_id=uuid4(), count=count, sampling={"seed": 5, "max_tokens": 12})
    return answered(room)


def answered(room: Conversation) -> Turn:
    turn = Turn.objects.get(conversation=room, state=Turn.State.WAITING)
    lease, _ = writer(turn)
    writing.write(lease)
    turn.refresh_from_db()
    return turn


def stamps(room: Conversation, vault: Vault) -> list[float | None]:
    bodies = [selectors.body(vault, room, turn) for turn in selectors.shown(room)]
    return [at for body in bodies for line in body["lines"] for at in script.times(line)]


def test_every_line_has_a_time_of_the_rhythm_from_the_chosen_day_on(
    talk: Conversation, vault: Vault, version: Version
) -> None:
    room = begun(talk, day=DAY, times=True)
    written(room)
    services.say(conversation=room, client_id=uuid4(), text="no way\n\nreally?", sampling={"max_tokens": 8}, seat=0)
    answered(room)
    found = stamps(room, vault)
    assert found[0] == START, "the first line stands at the chosen time"
    known = [at for at in found if at is not None]
    assert len(known) == len(found) > 6
    gaps = [b - a for a, b in pairwise(known)]
    assert all(gap >= 1 for gap in gaps)
    assert any(gap >= 100 for gap in gaps), "answers take as long as learnt"
    mine = next(t for t in selectors.shown(room) if not t.by_persona)
    said = selectors.body(vault, room, mine)["lines"][0]["at"]
    assert 1 <= said[1] - said[0] <= 60, "messages in a row come as learnt"
    keeping.stage(conversation=room, chosen=scene.Setting(day="2019-03-09T08:00", times=True))
    written(room, 1)
    assert clock.told(stamps(room, vault)[-1] or 0).startswith("2019-03-09 08:0"), "a later day is jumped to"


def test_times_stand_on_the_page_and_in_every_file(
    talk: Conversation, vault: Vault, version: Version, owner: User, client: Client
) -> None:
    room = begun(talk, day=DAY, times=True)
    written(room, 2)
    client.force_login(owner)
    views = selectors.views(vault, room)
    assert views[0]["lines"][0]["at"] == [START]
    text, page, data = (
        client.get(f"/talk/{room.pk}/download?as={how}").content.decode() for how in ("text", "html", "json")
    )
    assert "(2019-03-05 18:30) Cy (written by hand): so\n" in text, "their owner put it into this mouth"
    assert '<time datetime="2019-03-05T18:30:00">2019-03-05 18:30</time><p dir="auto">so</p>' in page
    turns = json.loads(data)["turns"]
    assert turns[0]["at"] == ["2019-03-05T18:30:00"]
    assert all(len(turn["at"]) == len(turn["bubbles"]) for turn in turns)
    away = client.get(f"/talk/{room.pk}/download?as=text&names=away").content.decode()
    assert away.count("(2019-03-05 ") == text.count("(2019-03-05 ")
    kept = json.loads(dict(_export(owner))[f"talks/{room.pk}.json"])
    assert kept["seats"]["scene"]["start"] == START
    assert kept["turns"][0]["lines"][0]["at"] == [START]


def _export(owner: User) -> list[tuple[str, Any]]:
    chat = next(h for h in registry.holdings() if h.name == "chat")
    return [(name, body) for name, body in chat.export(owner.pk) if isinstance(body, bytes)]


def test_without_the_switch_no_line_has_a_time(
    talk: Conversation, vault: Vault, version: Version, owner: User, client: Client
) -> None:
    room = begun(talk, day=DAY)
    written(room, 2)
    assert set(stamps(room, vault)) == {None}
    client.force_login(owner)
    assert "2019" not in client.get(f"/talk/{room.pk}/download?as=text").content.decode()
    assert "at" not in selectors.views(vault, room)[0]["lines"][0]


def test_cutting_keeps_times_beside_their_words(talk: Conversation, vault: Vault, version: Version) -> None:
    room = begun(talk, day=DAY, times=True)
    whole = written(room, 3)
    before = stamps(room, vault)
    services.cut(conversation=room, turn_id=whole.pk, client_id=uuid4(), lines=2)
    assert stamps(room, vault) == before[: len(stamps(room, vault))]
    assert script.tidy({"lines": [{"speaker": "", "bubbles": ["a", " ", "b"], "at": [1.0, 2.0, 3.0]}]})["lines"] == [
        {"speaker": "", "bubbles": ["a", "b"], "at": [1.0, 3.0]}
    ]


class Heard:
    """An engine that notes what it is given to read."""

    def __init__(self) -> None:
        self.read: list[tuple[list[Any], list[Any], dict[str, Any]]] = []

    def converse(self, spec: Any, people: Any, said: Any, count: int, sampling: Any, stop: Any, **more: Any) -> Any:
        self.read.append((list(people), list(said), more))
        return iter(())


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    made = Heard()
    monkeypatch.setattr(engines, "door", lambda: made)
    return made


def remembers(version: Version, vault: Vault, *talks: Any) -> None:
    with vault.create("memory") as (item, out):
        out.write(packed(talks))
    version.memory = item
    version.save()


def test_the_topic_is_read_as_something_said_earlier(
    talk: Conversation, vault: Vault, version: Version, heard: Heard
) -> None:
    about, other = passage("the ferry to Lisbon was late", "we slept on deck"), passage("the kettle is on", "good")
    remembers(version, vault, other, about)
    written(begun(talk, topic="that ferry"))
    people, said, _ = heard.read[-1]
    assert people == ["Bea", "Cy", ME_SPEAKER]
    assert [t.text for t in said] == ["the ferry to Lisbon was late", "we slept on deck", "so"]
    written(begun(talk))
    assert [t.text for t in heard.read[-1][1]] == ["so"], "without a topic nothing stands before it"
    written(begun(talk, topic="zebras"))
    assert [(t.speaker, t.text) for t in heard.read[-1][1]] == [("Bea", "zebras"), ("Cy", "so")], (
        "nothing known: a line says it"
    )


def test_a_day_brings_back_what_was_said_around_it(talk: Conversation, vault: Vault, version: Version, heard: Heard) -> None:
    remembers(
        version,
        vault,
        *(
            dated(text, at)
            for text, at in (("ferry in May", 8e8), ("ferry in March", START + 9e4), ("ferry in June", 1.7e9))
        ),
    )
    for chosen in ({"topic": "ferry", "day": DAY}, {"day": DAY}):
        written(begun(talk, opening="", **chosen))
        said = [t.text for t in heard.read[-1][1]]
        assert said[-2:] == ["ferry in March", "yes"], "the nearest to that day stands nearest to the talk"


def dated(text: str, at: float) -> Any:
    from dataclasses import replace

    made = passage(text, "yes")
    return replace(made, turns=tuple(replace(t, bubbles=tuple(replace(b, at=at) for b in t.bubbles)) for t in made.turns))


def test_real_names_of_a_topic_stay_with_their_owner(talk: Conversation, vault: Vault) -> None:
    room = begun(talk, topic="Bea Quill and me")
    kept = scene.of(selectors.seats(vault, room))
    assert kept.typed == "Bea Quill and me"
    assert b"Bea Quill" not in bytes(room.seats)


@pytest.mark.parametrize("day", ["soon", "0001-01-01T00:00", "9999-12-31T23:59", "2019-02-30T10:00"])
def test_a_day_that_is_none_is_refused_in_a_sentence(talk: Conversation, owner: User, client: Client, day: str) -> None:
    with pytest.raises(Expected, match="between 1900 and 2200"):
        begun(talk, day=day)
    client.force_login(owner)
    before = Conversation.objects.count()
    taught(talk.persona)
    page = client.post(f"/talk/new/{talk.persona_id}", {"kind": "studio", "day": day}, follow=True).content.decode()
    assert "That day cannot be read" in page
    assert Conversation.objects.count() == before


def test_the_form_sets_the_scene(talk: Conversation, owner: User, vault: Vault, client: Client) -> None:
    client.force_login(owner)
    taught(talk.persona)
    client.post(f"/talk/new/{talk.persona_id}", {"kind": "studio", "topic": " the  ferry ", "day": DAY, "times": "on"})
    room = Conversation.objects.latest("created_at")
    assert scene.of(selectors.seats(vault, room)) == scene.Scene("the ferry", "the ferry", START, True, True)
    page = client.get(f"/talk/{room.pk}").content.decode()
    assert f'value="{DAY}"' in page
    assert "about the ferry" in page
    client.post(f"/talk/{room.pk}/change", {"do": "stage", "topic": "rain"})
    assert scene.of(selectors.seats(vault, Conversation.objects.get(pk=room.pk))) == scene.Scene("rain", "rain")


def test_times_without_a_day_begin_now(talk: Conversation, vault: Vault) -> None:
    found = scene.of(selectors.seats(vault, begun(talk, times=True)))
    assert found.start is not None
    assert found.day is None, "nothing is looked for around today"
    assert lines(begun(talk), vault) == []
    assert Job.objects.count() == 0
