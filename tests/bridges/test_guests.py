"""Guests with a link: the page, its end, and a talk that leaves nothing behind."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.test import Client, override_settings
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.bridges import selectors, services, writing
from apps.bridges.models import Door
from apps.chat import stream
from apps.chat.models import Turn
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import engines
from apps.personas.models import Persona
from apps.privacy import services as privacy
from tests.bridges.cast import persona_of, taught, voice
from tests.flows.stack import eventually

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
LINK = Door.Kind.LINK


@pytest.fixture
def persona(owner: User) -> Persona:
    return voice(owner)


@pytest.fixture
def token(persona: Persona) -> str:
    return services.make(persona=persona, kind=LINK, title="for Mia", days=7)


class Guest:
    """A browser without an account."""

    def __init__(self, web: str, token: str) -> None:
        self.http, self.address = requests.Session(), f"{web}/guest/{token}"
        self.page = self.http.get(self.address, timeout=20)
        found = re.search(r'name="csrf" content="([^"]+)"', self.page.text)
        self.csrf = found[1] if found else ""
        self.lines: list[dict[str, Any]] = []

    def post(self, body: Any, **more: Any) -> requests.Response:
        head = {"X-CSRFToken": self.csrf, "Referer": self.address}
        return self.http.post(f"{self.address}/say", json=body, headers=head, timeout=60, **more)

    def say(self, text: str) -> list[dict[str, str]]:
        self.lines.append({"mine": True, "text": text})
        answer = self.post({"lines": self.lines})
        assert answer.status_code == 200, answer.text
        assert answer.headers["AI-Disclosure"] == "mode=ai-originated"
        found = [json.loads(line[6:]) for line in answer.text.split("\n\n") if line]
        self.lines.append({"mine": False, "text": "".join(e.get("text", "") for e in found)})
        return found


def kept() -> set[bytes]:
    """What lies in Redis of requests and replies."""
    return {*stream.client().keys("reply:*"), *stream.client().keys("door:asked*")}


def test_a_guest_talks_and_nothing_is_kept(web: str, worker: None, token: str, persona: Persona) -> None:
    guest = Guest(web, token)
    before = kept()  # other tests leave replies of talks, which expire
    called = selectors.called(open_vault(persona.owner_id), persona)
    assert guest.page.status_code == 200
    assert f"AI imitation of {called}" in guest.page.text
    assert "Ann" not in guest.page.text
    assert "noindex" in guest.page.text
    assert guest.page.headers["Cache-Control"] == "no-store"
    for text in ("hey, my name is Quillfeather", "shall we get tea?"):
        events = guest.say(text)
        assert events[-1] == {"end": "stop"} or events[-1] == {"end": "length"}
        assert "".join(e.get("text", "") for e in events)
    assert "AI" in "".join(e.get("text", "") for e in guest.say("are you a real person?"))
    assert not Turn.objects.exists()
    assert not Job.objects.exists()
    assert Door.objects.get().uses == 3
    eventually(lambda: kept() <= before, 5, "nothing to be left")


def test_what_was_said_before_is_read(web: str, worker: None, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    class Listener:
        def reply(self, spec: Any, others: Any, turns: Any, sampling: Any, stop: Any, **_: Any) -> Any:
            from apps.personas.guard import Said

            seen.append((list(others), [[b.text for b in t.bubbles] for t in turns]))
            yield from (Said("bubble"), Said("text", "one "), Said("bubble"), Said("text", "two "))

    monkeypatch.setattr(engines, "door", lambda: Listener())
    guest = Guest(web, token)
    guest.say("hey")
    guest.say("and now?")
    assert seen == [(["Sam"], [["hey"]]), (["Sam"], [["hey"], ["one", "two"], ["and now?"]])]


def test_wrong_ended_and_expired_links(persona: Persona, token: str, owner: User, stranger: User) -> None:
    clients = [Client(), Client(), Client()]
    clients[1].force_login(stranger)
    clients[2].force_login(owner)
    key = services.make(persona=persona, kind=Door.Kind.KEY, title="", days=None)
    body: dict[str, Any] = {"data": '{"lines": [{"mine": true, "text": "hey"}]}', "content_type": "application/json"}

    def all_say(address: str, page: int, said: int) -> None:
        for client in clients:
            assert client.get(f"/guest/{address}").status_code == page
            assert client.post(f"/guest/{address}/say", **body).status_code == said
            assert client.get(f"/guest/{address}/say").status_code == 405
            assert client.post(f"/guest/{address}").status_code == 405

    for wrong in ("x", token[:-1], token + "a", key, str(persona.pk)):
        all_say(wrong, 404, 404)
    assert clients[0].get(f"/guest/{token}").status_code == 200
    assert Client(enforce_csrf_checks=True).post(f"/guest/{token}/say", **body).status_code == 403
    Door.objects.filter(kind=LINK).update(until=timezone.now() - timedelta(seconds=1))
    all_say(token, 410, 404)
    services.end(door=Door.objects.get(kind=LINK))
    all_say(token, 404, 404)


def test_a_link_needs_green_and_consent(web: str, owner: User, token: str, persona: Persona) -> None:
    guest = Guest(web, token)
    taught(persona, {"leaks": {"verdict": "amber"}})
    with pytest.raises(Expected, match="green"):
        services.make(persona=persona, kind=LINK, title="", days=7)
    assert services.make(persona=persona, kind=Door.Kind.KEY, title="", days=None), "a key is for the owner's programs"
    assert Guest(web, token).page.status_code == 403
    assert guest.post({"lines": [{"mine": True, "text": "hey"}]}).status_code == 403
    taught(persona)
    assert Guest(web, token).page.status_code == 200
    privacy.withdraw(owner_id=owner.pk, subject=persona.pk)
    assert Guest(web, token).page.status_code == 403
    assert guest.post({"lines": [{"mine": True, "text": "hey"}]}).status_code == 403
    other = persona_of(owner, "Bea Quill", basis="none")
    taught(other)
    with pytest.raises(Expected, match="has not agreed"):
        services.make(persona=other, kind=LINK, title="", days=7)


def test_odd_bodies_and_limits(web: str, token: str) -> None:
    guest = Guest(web, token)
    for odd in (
        {},
        [],
        {"lines": []},
        {"lines": [{"mine": "yes", "text": "x"}]},
        {"lines": [{"mine": True, "text": "x" * 9_000}]},
    ):
        assert guest.post(odd).status_code == 400
    head = {"X-CSRFToken": guest.csrf, "Referer": guest.address}
    form = guest.http.post(f"{guest.address}/say", files={"lines": b"x"}, headers=head, timeout=20)
    assert form.status_code == 415
    with override_settings(GUEST_MESSAGES_PER_MINUTE=0):
        limited = guest.post({"lines": [{"mine": True, "text": "hey"}]})
    assert limited.status_code == 429


def test_an_ended_link_ends_the_answer_and_its_address_is_in_no_log(
    web: str, worker: None, token: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from apps.personas.guard import Said

    class Broken:
        def reply(self, *_: Any, **__: Any) -> Any:
            yield from (Said("bubble"), Said("text", "well "))
            services.end(door=Door.objects.get())
            for _n in range(200):
                import time

                time.sleep(0.02)
                yield Said("text", "on ")

    monkeypatch.setattr(engines, "door", lambda: Broken())
    caplog.set_level(logging.DEBUG)
    guest = Guest(web, token)
    assert guest.say("hey")[-1] == {"error": writing.SHUT}
    assert guest.post({"lines": [{"mine": True, "text": "hey"}]}).status_code == 404
    records = [r for r in caplog.records if not r.name.startswith(("urllib3", "httpx"))]
    assert not [r for r in records if r.levelno >= logging.ERROR and token in r.getMessage()]
