"""Real names never reach transcripts, training or saved turns, and come back for their owner."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import naming, rewriting, scrubbing, selectors, services, tasks
from apps.archives.models import Archive, Conversation, Person
from apps.chat import keeping, script
from apps.chat import selectors as talks
from apps.chat import services as chat
from apps.chat.models import Turn
from apps.jobs.models import Job
from apps.personas import resident
from apps.personas import selectors as personas
from apps.personas import services as making
from apps.personas.language import ME_SPEAKER
from apps.privacy import selectors as ledgers
from apps.privacy import services as privacy
from apps.privacy.models import Decision, NameMap
from tests.conftest import messenger

pytestmark = pytest.mark.django_db(transaction=True)
TALK = [
    ("Elizabeth Quill", 1_700_000_000, "hey maximilian, is Lizzie's bike here?"),
    ("Maximilian Roe", 1_700_000_060, "no, ask elizabeht or #ElizabethQuill"),
    ("Elizabeth Quill", 1_700_000_120, "MAXIMILIAN!!! my card is 4111 1111 1111 1111"),
    ("Maximilian Roe", 1_700_000_180, "ok quill, tell Maximilian's mum"),
]  # fmt: skip
REAL = re.compile("maximilian|elizabe|lizzie|quill|(?<![a-z])roe(?![a-z])", re.I)  # somebody may be called Monroe instead


def upload(owner: User, talk: list[tuple[str, int, str]], people: list[str], title: str = "Elizabeth Quill") -> Archive:
    made = services.receive_bytes(owner_id=owner.pk, name="message_1.json", content=messenger(talk, people, title))
    tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))
    return made


def real_in(text: str) -> list[str]:
    return REAL.findall(text)


@pytest.fixture
def archive(owner: User) -> Archive:
    return upload(owner, TALK, ["Elizabeth Quill", "Maximilian Roe"])


def streamed(client: Client, url: str) -> str:
    got = client.get(url)
    assert isinstance(got, StreamingHttpResponse)
    return b"".join(got).decode()


def texts(vault: Vault) -> list[str]:
    return [r.text for c in Conversation.objects.order_by("created_at") for r in selectors.records(vault, c)]


def test_transcripts_hold_surrogates_and_the_ledger_what_stood_there(archive: Archive, vault: Vault) -> None:
    said = texts(vault)
    assert len(said) == 4
    assert not real_in("\n".join(said))
    assert "[card]" in said[2]
    row = Conversation.objects.get()
    entries = ledgers.ledger(vault, row.pk)
    before = {
        r.id: scrubbing.original(r, [e for e in entries if e.record == r.id]).text for r in selectors.records(vault, row)
    }
    assert list(before.values()) == [text for _, _, text in TALK]
    assert bytes(NameMap.objects.get().pairs).find(b"Elizabeth") == -1


def test_training_reads_surrogates_only(archive: Archive, owner: User, vault: Vault) -> None:
    me = Person.objects.exclude(handles=None).order_by("created_at").first()
    assert me is not None
    [(_, found, _)] = list(personas.chats(vault, me))
    words = " ".join(f"{'' if line.speaker is ME_SPEAKER else line.speaker} {line.bubble.text}" for line in found.lines)
    assert not real_in(words)
    assert {m.kind for line in found.lines for m in line.bubble.marks} == {"card"}, "surrogates are learnt as words"


def test_what_is_typed_is_hidden_and_what_is_read_is_not(archive: Archive, owner: User, vault: Vault) -> None:
    roster = selectors.roster(vault)
    person = next(p for p in roster.people.values() if p.name == "Maximilian Roe")
    other = next(p for p in roster.people.values() if p.name == "Elizabeth Quill")
    row = Person.objects.get(pk=person.id)
    persona = making.make(owner_id=owner.pk, person=row, name="Max", basis="self")
    client = Client()
    client.force_login(owner)
    assert client.post(reverse("talk-new", args=[persona.pk]), {"person": str(other.id)}).status_code == 302
    talk = talks.Conversation.objects.get()
    typed = "did Elizabeth, maximilian or QUILL call?\n\nand Lizzie, elizabeht, quilll?"
    keeping.draft(conversation=talk, text=typed)
    talk.refresh_from_db()
    assert talks.draft(vault, talk) == typed
    chat.say(conversation=talk, client_id=uuid4(), text=typed, sampling={})
    turn = Turn.objects.get(by_persona=False)
    read = str(script.turns([talks.body(vault, talk, turn)])) + str(talks.seats(vault, talk)["me"])
    assert not real_in(read), "what a model reads"
    shown = talks.view(vault, talk, turn)["lines"]
    assert shown == [{"speaker": "Elizabeth Quill", "bubbles": typed.split("\n\n")}], (
        "as it was typed, short forms and slips too"
    )
    assert b"lizzie" not in bytes(turn.body).lower()
    page = client.get(reverse("talk", args=[talk.pk])).content.decode()
    assert "you speak as Elizabeth Quill" in page
    stand = naming.of(vault).hidden("Maximilian")
    away, real = (
        client.get(f"/talk/{talk.pk}/download?as={how}").content.decode().lower() for how in ("json&names=away", "json")
    )
    assert not real_in(away), "a file to pass on"
    assert "elizabeth, maximilian or quill" in real
    assert "lizzie, elizabeht" in real
    page = client.post("/talk/", {"q": "Elizabeth maximilian"}).content.decode()
    assert "1 found" in page, "searched for as its owner reads it"
    pieces = talks.back(vault, talk)([["turn", naming.of(vault).called(other.id)], ["bubble", ""], ["text", f"{stand}, "]])
    assert pieces == [["turn", "Elizabeth Quill"], ["bubble", ""], ["text", "Maximilian, "]]


def test_an_opening_line_comes_back_as_it_was_typed(archive: Archive, owner: User, vault: Vault) -> None:
    row = next(p for p in Person.objects.all() if vault.unseal(p, "name", p.name) == "Maximilian Roe")
    persona = making.make(owner_id=owner.pk, person=row, name="Max", basis="self")
    opening = "Lizzie, are you there?"
    talk = chat.begin_studio(persona=persona, others=[chat.Seat("Cy", "Cy")], opening=opening, title="t")
    hidden = talks.seats(vault, talk)["opening"]
    assert "lizzie" not in hidden.lower()
    [[_, live]] = talks.back(vault, talk)([["text", hidden]])
    chat.say(conversation=talk, client_id=uuid4(), text="yes", sampling={}, seat=0)
    turn = Turn.objects.get(by_persona=False)
    assert live == talks.view(vault, talk, turn)["lines"][0]["bubbles"][0] == opening
    assert "lizzie" not in str(script.turns([talks.body(vault, talk, turn)])).lower()


def test_a_real_name_that_a_model_says_is_stopped(archive: Archive, vault: Vault) -> None:
    guard = resident.guard(vault)
    said = guard.clean("Maximilian told Elizabeth")
    assert not real_in(said)
    assert (guard.stopped, guard.names) == (0, 2)
    assert naming.of(vault).shown(said) == "Maximilian told Elizabeth"


def test_somebody_called_like_a_surrogate_changes_it_everywhere(archive: Archive, owner: User, vault: Vault) -> None:
    stand = naming.of(vault).stands["maximilian"]
    upload(
        owner,
        [(f"{stand} Other", 1_700_100_000, "hello there"), ("Maximilian Roe", 1_700_100_060, f"hi {stand}")],
        [f"{stand} Other", "Maximilian Roe"],
        f"{stand} Other",
    )
    now = naming.of(vault)
    assert now.stands["maximilian"] != stand
    assert not [t for t in texts(vault) if re.search(rf"\b{stand}", t, re.I)]
    assert texts(vault)[0].startswith(f"hey {now.stands['maximilian'].lower()},")


def test_people_who_come_later_leave_earlier_texts(owner: User, vault: Vault) -> None:
    upload(owner, [("Elizabeth Quill", 1_700_000_000, "have you seen Wilhelmina Brandt?")], ["Elizabeth Quill"])
    assert "Wilhelmina" in texts(vault)[0]
    upload(owner, [("Wilhelmina Brandt", 1_700_100_000, "hello")], ["Wilhelmina Brandt"], "Wilhelmina Brandt")
    assert "Wilhelmina" not in texts(vault)[0]
    assert "Brandt" not in texts(vault)[0]


def test_a_name_that_was_kept_stays(archive: Archive, owner: User, vault: Vault) -> None:
    privacy.decide(vault=vault, kind="name", value="Maximilian", action="keep")
    services.start_rescrub(owner_id=owner.pk)
    tasks.rescrub(job_id=str(Job.objects.get(kind=services.RESCRUB).pk))
    assert "MAXIMILIAN!!!" in texts(vault)[2]
    assert "quill" not in texts(vault)[3]
    assert naming.of(vault).hidden("tell maximilian") == "tell maximilian", "as the corpus has it"
    assert resident.guard(vault).clean("tell Maximilian") == "tell Maximilian"
    privacy.undecide(row=Decision.objects.get())
    assert naming.of(vault).hidden("tell maximilian") != "tell maximilian"


def test_burnt_names_stay_what_they_became(archive: Archive, owner: User, vault: Vault) -> None:
    before = texts(vault)
    privacy.burn(owner_id=owner.pk)
    rewriting.rescrub(vault, lambda *_: None, lambda: None)
    assert texts(vault) == before


def test_the_corpus_comes_with_names_or_without(archive: Archive, owner: User, vault: Vault) -> None:
    client = Client()
    client.force_login(owner)
    url = reverse("corpus") + "?shape=dialogues"
    named, bare = streamed(client, f"{url}&names=yes"), streamed(client, url)
    assert "hey maximilian" in named
    assert not real_in(bare)


def test_nothing_is_left_when_the_archive_goes(archive: Archive, owner: User) -> None:
    services.delete(archive=archive)
    assert not NameMap.objects.exists()


def test_who_is_often_talked_of_is_found_in_small_letters(owner: User, vault: Vault) -> None:
    """Rose is a word; where Rose is met forty times she is a person, also later and in the chat."""
    few = [("Rose Quill", 1_700_000_000, "hello"), ("Maximilian Roe", 1_700_000_060, "today rose again")]
    upload(owner, few, ["Rose Quill", "Maximilian Roe"], "Rose Quill")
    assert "today rose again" in texts(vault)
    many = [("Maximilian Roe", 1_700_100_000 + n, f"and then Rose went home on day {n}") for n in range(40)]
    upload(
        owner, [*many, ("Maximilian Roe", 1_700_200_000, "so rose said no")], ["Rose Quill", "Maximilian Roe"], "Rose Quill"
    )
    assert not [t for t in texts(vault) if "rose" in t.lower()]
    assert "rose" not in naming.of(vault).hidden("did rose call?")
    assert naming.of(vault).hidden("the rose in the garden") == "the rose in the garden"
