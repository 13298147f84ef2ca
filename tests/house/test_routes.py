"""Every route and every socket, as anonymous, owner and stranger; a new one without a row here fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.archives import services as archives
from apps.archives import tasks, uploads
from apps.archives.models import Archive, Conversation, Forgotten, Person
from apps.bridges.models import Door
from apps.chat import services as chat
from apps.chat.consumers import TalkConsumer
from apps.chat.models import Turn
from apps.jobs.consumers import JobConsumer
from apps.jobs.models import Job
from apps.personas import corrections
from apps.personas import services as personas
from apps.personas.models import GameLink, Version
from apps.privacy import services as privacy
from apps.privacy.models import Consent
from apps.privacy.standing import Asked
from chatclone_site.routing import websocket_urlpatterns
from tests.conftest import PASSWORD, dialogue, messenger

pytestmark = pytest.mark.django_db(transaction=True)

#: Open to everybody.
OPEN = {"front", "manifest", "livez", "readyz", "erased", "erasure-key", "api-document"}
#: They carry a token: the same for whoever has it, 404 for every other; `tests/accounts/test_receipts.py` walks the rest.
ERASED = {"erasure", "receipt"}
#: For whoever is signed in; they name nothing of anybody's.
SIGNED_IN = {
    "home",
    "talks",
    "talk-compare",
    "account",
    "account-export",
    "account-erase",
    "account-lock",
    "account-lock-change",
    "account-lock-off",
    "account-lock-now",
    "unlock",
    "upload",
    "sample",
    "statistics",
    "people",
    "corpus",
    "persona-new",
    "review",
    "review-decide",
    "review-apply",
    "review-count",
    "review-strangers",
    "review-strangers-take",
    "review-burn",
    "review-period",
}
#: They name a row: the owner's, or 404.
OWNED: dict[str, Callable[[dict[str, UUID]], UUID]] = {
    "job": lambda o: o["job"], "job-stop": lambda o: o["job"],
    "job-pause": lambda o: o["training"], "job-resume": lambda o: o["training"], "job-cancel": lambda o: o["training"],
    "review-undo": lambda o: o["decision"],
    "upload-discard": lambda o: o["upload"], "uploads-finish": lambda o: o["group"],
    "archive": lambda o: o["archive"], "archive-select": lambda o: o["archive"], "archive-me": lambda o: o["archive"],
    "archive-delete": lambda o: o["archive"], "archived-conversation": lambda o: o["conversation"],
    "review-sensitive": lambda o: o["conversation"], "review-leave": lambda o: o["conversation"], "review-compare": lambda o: o["conversation"],
    "conversation-dates": lambda o: o["conversation"],
    "persona": lambda o: o["persona"], "persona-train": lambda o: o["persona"], "persona-tone": lambda o: o["persona"], "persona-delete": lambda o: o["persona"],
    "person-leave": lambda o: o["person"], "person-relation": lambda o: o["person"], "person-forget": lambda o: o["person"], "forgotten-undo": lambda o: o["forgotten"],
    "version-again": lambda o: o["version"], "version-remedy": lambda o: o["version"], "version-delete": lambda o: o["version"],
    "version-words": lambda o: o["version"],
    "version-note": lambda o: o["version"], "version-current": lambda o: o["version"], "correction-remove": lambda o: o["correction"],
    "version-go-on": lambda o: o["version"], "version-sharpen": lambda o: o["version"],
    "person-join": lambda o: o["person"], "person-split": lambda o: o["person"], "person-two": lambda o: o["person"],
    "persona-times": lambda o: o["person"],
    "persona-ask": lambda o: o["persona"], "persona-memorial": lambda o: o["persona"],
    "persona-merged": lambda o: o["persona"], "persona-gguf": lambda o: o["persona"],
    "persona-download": lambda o: o["persona"], "persona-bring": lambda o: o["persona"],
    "game": lambda o: o["persona"], "game-invite": lambda o: o["persona"], "game-revoke": lambda o: o["game_link"],
    "talk-change": lambda o: o["talk"], "talk-download": lambda o: o["talk"],
    "doors": lambda o: o["persona"], "door-room": lambda o: o["persona"], "door-key": lambda o: o["persona"], "door-link": lambda o: o["persona"], "door-end": lambda o: o["door"],
    "talk-why": lambda o: o["turn"], "talk-correct": lambda o: o["turn"],
    "talk-replies": lambda o: o["persona"], "talk-keyboard": lambda o: o["persona"], "talk-keyboard-manifest": lambda o: o["persona"],
    "talk-offer": lambda o: o["persona"],
    "talk-new": lambda o: o["persona"], "talk": lambda o: o["talk"], "talk-delete": lambda o: o["talk"],
}  # fmt: skip
#: They want a body of JSON: what the owner gets who sends none.
ASKED = {"talk-offer": (400,)}
#: Whoever has the link, signed in or not; everybody else a 404.
LINKED = {"consent", "game-guest", "guest", "guest-say"}
#: Spoken by programs: 403 without an account, never a page to sign in; their own suite walks the rest.
SPOKEN = {"uploads", "upload-file"}
#: Spoken by programs with a key of their own; a session is none. `tests/bridges/test_api.py` walks the rest.
KEYED = {"api-models", "api-model", "api-chat", "api-completions", "api-reply"}
#: There is nothing, whoever asks; 404 as programs read it.
NOWHERE = {"api-nothing"}
SOCKETS: dict[Any, str] = {JobConsumer: "job", TalkConsumer: "talk"}


def names(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield pattern.name or "", prefix + str(pattern.pattern)


def test_every_route_has_a_row() -> None:
    known = OPEN | SIGNED_IN | LINKED | ERASED | SPOKEN | KEYED | NOWHERE | set(OWNED)
    found = {name for name, path in names(get_resolver().url_patterns) if not path.startswith("accounts/")}
    assert found == known, f"without a row in the matrix: {found - known}; gone: {known - found}"


def test_every_socket_has_a_row() -> None:
    assert {p.callback.consumer_class for p in websocket_urlpatterns} == set(SOCKETS)


@pytest.fixture
def things(owner: User) -> dict[str, UUID]:
    """One of everything, the owner's."""
    archive = archives.receive_bytes(
        owner_id=owner.pk, name="m.json", content=messenger(dialogue(8), ["Bea Quill", "Ann Roe"])
    )
    job = Job.objects.get(subject=archive.pk)
    tasks.ingest(job_id=str(job.pk))
    person = Person.objects.get(is_me=True)
    persona = personas.make(owner_id=owner.pk, person=person, name="Ann", basis="self")
    talk = chat.begin(persona=persona, speaker=chat.Seat("Bea", "Bea"), title="t")
    conversation = Conversation.objects.get()
    forgotten = Forgotten.objects.create(owner=owner, group=uuid4(), platform="facebook", fingerprint=b"x" * 32)
    version = Version.objects.create(
        owner=owner, persona=persona, number=1, preset="quick", config={"base": "builtin"}, wrapped_key=open_vault(owner.pk).new_wrapped()
    )  # fmt: skip
    door = Door.objects.create(
        owner=owner, persona=persona, kind="key", title=b"", token=b"t" * 32, wrapped_key=open_vault(owner.pk).new_wrapped()
    )
    upload = uploads.begin(owner_id=owner.pk, length=9, name="half.zip")
    training = Job.objects.create(
        owner=owner, kind="personas.train", subject=version.pk, wrapped_key=open_vault(owner.pk).new_wrapped()
    )
    return {
        "training": training.pk,
        "decision": privacy.decide(vault=open_vault(owner.pk), kind="secret", value="moss", action="take").pk,
        "door": door.pk,
        "upload": upload.pk,
        "forgotten": forgotten.pk,
        "version": version.pk,
        "correction": corrections.keep(persona=persona, others=["Bea"], before=[], said=["no"], text="yes").pk,
        "game_link": GameLink.objects.create(
            owner=owner, version=version, token=uuid4().bytes * 2, until=timezone.now(), exchanges=[]
        ).pk,
        "group": upload.group,
        "archive": archive.pk,
        "job": job.pk,
        "person": person.pk,
        "persona": persona.pk,
        "talk": talk.pk,
        "turn": Turn.objects.create(
            owner=owner, conversation=talk, number=1, by_persona=True, state="done", client_id=uuid4()
        ).pk,
        "conversation": conversation.pk,
    }


def call(client: Client, name: str, pk: UUID | str) -> list[tuple[int, bytes]]:
    address = reverse(name, args=[pk])
    return [(a.status_code, b"" if a.status_code == 302 else a.content) for a in (client.get(address), client.post(address))]


def without_tokens(answers: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    import re

    return [(code, re.sub(rb'(content|nonce|value)="[^"]{10,}"', b"", body)) for code, body in answers]


@pytest.mark.parametrize("name", sorted(OWNED))
def test_owned_routes(name: str, things: dict[str, UUID], owner: User, stranger: User) -> None:
    pk = OWNED[name](things)
    anonymous = Client()
    assert {code for code, _ in call(anonymous, name, pk)} <= {302, 405}
    assert without_tokens(call(anonymous, name, pk)) == without_tokens(call(anonymous, name, uuid4()))
    other = Client()
    other.force_login(stranger)
    answers = call(other, name, pk)
    assert {code for code, _ in answers} <= {404, 405}, "a stranger must see what a missing id shows"
    assert without_tokens(answers) == without_tokens(call(other, name, uuid4()))
    mine = Client()
    mine.force_login(owner)
    assert {code for code, _ in call(mine, name, pk)} & {200, 302, *ASKED.get(name, ())}


@pytest.mark.parametrize("name", sorted(SIGNED_IN))
def test_signed_in_routes(name: str, owner: User) -> None:
    address = reverse(name, args=["facebook"] if name == "sample" else [])
    for answer in (Client().get(address), Client().post(address)):
        assert answer.status_code in (302, 405)
        assert answer.status_code == 405 or "/accounts/login/" in answer["Location"]
    mine = Client()
    mine.force_login(owner)
    assert {mine.get(address).status_code, mine.post(address, {}).status_code} & {200, 302, 400}


def test_linked_routes(things: dict[str, UUID], owner: User, stranger: User) -> None:
    asked = Asked(asked_by="Ann", person="Bea", platforms=["telegram"], messages=4)
    token = privacy.ask(vault=open_vault(owner.pk), subject=things["persona"], about=asked, days=9)
    holder, other, mine = Client(), Client(), Client()
    other.force_login(stranger)
    mine.force_login(owner)
    for client in (holder, other, mine):
        for wrong in ("x", token[:-1], token + "a", str(things["persona"])):
            assert {code for code, _ in call(client, "consent", wrong)} == {404}, "an address that was not given out"
        assert client.get(reverse("consent", args=[token])).status_code == 200
    assert holder.post(reverse("consent", args=[token]), {"word": "revoke"}).status_code == 409, "nothing was given yet"
    assert holder.post(reverse("consent", args=[token]), {"word": "agree"}).status_code == 302
    Consent.objects.exclude(token=None).update(until=timezone.now() - timedelta(seconds=1))
    for client in (holder, other, mine):
        assert {code for code, _ in call(client, "consent", token)} == {410}, "an expired link shows that it is over"
    assert Client(enforce_csrf_checks=True).post(reverse("consent", args=[token])).status_code == 403


@pytest.mark.parametrize("name", sorted(SPOKEN))
def test_spoken_routes(name: str, things: dict[str, UUID], stranger: User) -> None:
    given = [things["upload"]] if name == "upload-file" else []
    for method in ("get", "post", "head", "patch", "delete", "options"):
        answer = getattr(Client(), method)(reverse(name, args=given), headers={"Tus-Resumable": "1.0.0"})
        assert answer.status_code == 403, method
    other = Client()
    other.force_login(stranger)
    for pk in [given, [uuid4()]] if given else []:
        for method in ("head", "delete"):
            assert getattr(other, method)(reverse(name, args=pk), headers={"Tus-Resumable": "1.0.0"}).status_code == 404


@pytest.mark.parametrize("name", sorted(KEYED))
def test_keyed_routes(name: str, things: dict[str, UUID], owner: User, stranger: User) -> None:
    address = reverse(name, args=[f"persona-{things['persona']}"] if name == "api-model" else [])
    method = "get" if name in ("api-models", "api-model") else "post"
    mine, other = Client(), Client()
    mine.force_login(owner)
    other.force_login(stranger)
    body = {} if method == "get" else {"data": "{}", "content_type": "application/json"}
    for client in (Client(), mine, other):
        for key in ("", "Bearer ", "Bearer x", f"Bearer {things['door']}", "Basic eDp4"):
            answer = getattr(client, method)(address, headers={"Authorization": key} if key else {}, **body)
            assert answer.status_code == 401
            assert answer["WWW-Authenticate"] == "Bearer"
            assert answer.json()["error"]["code"] == "invalid_api_key"
            assert not answer.cookies


@pytest.mark.parametrize("name", sorted(OPEN))
def test_open_routes(name: str, db: None) -> None:
    assert Client().get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", sorted(NOWHERE))
def test_nowhere(name: str, owner: User) -> None:
    mine = Client()
    mine.force_login(owner)
    addresses = [reverse(name, args=[elsewhere]) for elsewhere in ("a/b", "")]  # "/v1/" itself, too
    for client in (Client(), mine):
        for answer in (ask(address) for ask in (client.get, client.post) for address in addresses):
            assert answer.status_code == 404
            assert answer.json()["error"]["code"] == "unknown_url"
            assert not answer.cookies


@pytest.mark.parametrize("name", sorted(ERASED))
def test_erased_routes(name: str, owner: User, stranger: User) -> None:
    mine = Client()
    mine.force_login(owner)
    link = mine.post(reverse("account-erase"), {"password": PASSWORD, "word": "erase"})["Location"].rsplit("/", 1)[-1]
    other = Client()
    other.force_login(stranger)
    for client in (Client(), other):
        assert client.get(reverse(name, args=[link])).status_code == 200
        assert client.post(reverse(name, args=[link])).status_code == 405
        for wrong in (link[:-1], link.swapcase(), str(owner.pk), "x"):
            assert client.get(reverse(name, args=[wrong])).status_code == 404


@pytest.mark.parametrize("consumer", list(SOCKETS))
def test_sockets(consumer: Any, things: dict[str, UUID], owner: User, stranger: User) -> None:
    field = "job_id" if consumer is JobConsumer else "conversation_id"

    sessions = {None: SessionStore()}
    for user in (owner, stranger):
        browser = Client()
        browser.force_login(user)
        sessions[user] = browser.session

    async def first(user: User | None, pk: UUID) -> dict[str, Any]:
        scope = {
            "type": "websocket",
            "path": "/x",
            "session": sessions[user],
            "url_route": {"kwargs": {field: pk}},
            "query_string": b"",
        }
        socket = ApplicationCommunicator(consumer.as_asgi(), scope)
        await socket.send_input({"type": "websocket.connect"})
        assert (await socket.receive_output(timeout=5))["type"] == "websocket.accept"
        answer: dict[str, Any] = await socket.receive_output(timeout=5)
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait(timeout=5)
        return answer

    ask = async_to_sync(first)
    pk = things[SOCKETS[consumer]]
    missing = ask(stranger, uuid4())
    assert missing["type"] == "websocket.close"
    assert missing["code"] == 4404
    assert ask(stranger, pk) == missing
    assert ask(None, pk) == missing
    assert ask(owner, pk)["type"] == "websocket.send"


def test_unsafe_requests_need_a_token(owner: User, things: dict[str, UUID]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    for name, pick in OWNED.items():
        assert strict.post(reverse(name, args=[pick(things)])).status_code in (403, 405), name


def test_every_answer_carries_the_policy(owner: User) -> None:
    mine = Client()
    mine.force_login(owner)
    for address in ("/", "/home/", "/nowhere", "/accounts/email/"):
        answer = mine.get(address)
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["Cache-Control"]
    assert open_vault(owner.pk)
    assert not Archive.objects.exists()
