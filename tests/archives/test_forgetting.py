"""Leaving somebody out, and taken back; forgetting somebody, and nothing of them anywhere, also after the next upload."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client

from apps.accounts import portable
from apps.accounts.models import OwnedModel, SealedObject, User
from apps.accounts.vault import Vault
from apps.archives import (
    dialogues,
    exclusive,
    forgetting,
    forgotten_words,
    gone,
    ingest,
    naming,
    people,
    selectors,
    services,
    tasks,
)
from apps.archives.models import MOST_WORDS, Archive, Conversation, Forgotten, Handle, Person
from apps.archives.statistics import Said
from apps.chat import keeping
from apps.chat import selectors as talks
from apps.chat import services as chat
from apps.chat.models import Turn
from apps.jobs.causes import Expected
from apps.jobs.models import Event, Job
from apps.personas import dataset, resident
from apps.personas import selectors as personas
from apps.personas import services as making
from apps.personas.models import Persona
from apps.privacy import selectors as ledgers
from apps.privacy import services as privacy
from apps.privacy.scrub.names import Pair
from tests.conftest import messenger, telegram

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
START = 1_700_000_000
PAIR = [
    ("Elizabeth Quill", "the password is Zanzibar77marker"), ("Maximilian Roe", "thanks Elizabeth, i wrote it down"),
    ("Elizabeth Quill", "zqmarker and tea?"), ("Maximilian Roe", "yes lizzie, call me at +49 30 901820"),
]  # fmt: skip
GROUP = [
    ("Maximilian Roe", "who brings the soup?"), ("Elizabeth Quill", "zqmarker brings it"), ("Cy Dent", "no, I do, Elizabeth Quill!"),
    ("Maximilian Roe", "good, Cy"), ("Cy Dent", "and ELIZABETH's bread"), ("Maximilian Roe", "write to quill.elizabeth@example.org"),
]  # fmt: skip
MARKS = ("zqmarker", "zanzibar77", "elizabeth", "lizzie", "quill")


def content(talk: list[tuple[str, str]], title: str, more: int = 0) -> bytes:
    lines = [(who, START + 60 * n, text) for n, (who, text) in enumerate(talk)]
    extra = [("Maximilian Roe", START + 90_000 + n, f"see Elizabeth number {n}") for n in range(more)]
    return messenger([*lines, *extra], sorted({who for who, _ in talk}), title)


def upload(owner: User, data: bytes, name: str = "message_1.json") -> Archive:
    made = services.receive_bytes(owner_id=owner.pk, name=name, content=data)
    tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))
    made.refresh_from_db()
    return made


def both(owner: User, more: int = 0) -> Archive:
    upload(owner, content(GROUP, "Soup with Elizabeth", more))
    return upload(owner, content(PAIR, "Elizabeth Quill", more), "chat with Elizabeth Quill.json")


def called(vault: Vault, name: str) -> Person:
    return next(p for p in Person.objects.all() if vault.unseal(p, "name", p.name) == name)


@pytest.fixture
def corpus(owner: User, vault: Vault) -> None:
    both(owner)
    services.choose_me(owner_id=owner.pk, person=called(vault, "Maximilian Roe"))


def forget(vault: Vault, name: str = "Elizabeth Quill") -> Job:
    job = forgetting.start(person=called(vault, name))
    tasks.forget(job_id=str(job.pk))
    job.refresh_from_db()
    return job


def everything(vault: Vault) -> str:
    """All sealed columns and files of an account, opened."""
    pieces = [str(vault.read(item), "latin-1") for item in SealedObject.objects.filter(owner_id=vault.owner_id)]
    for model in (m for m in apps.get_models() if issubclass(m, OwnedModel)):
        rows = model._default_manager.filter(owner_id=vault.owner_id)
        pieces += [json.dumps(portable.dump(vault, row), ensure_ascii=False, default=str) for row in rows]
    events = Event.objects.filter(job__owner_id=vault.owner_id).select_related("job")
    pieces += [json.dumps(vault.unseal(e.job, f"event-{e.number}", e.body)) for e in events]
    return "\n".join(pieces).lower()


def texts(vault: Vault) -> list[str]:
    return [r.text for c in Conversation.objects.order_by("created_at") for r in selectors.records(vault, c)]


def test_nothing_of_somebody_forgotten_is_anywhere(corpus: None, owner: User, vault: Vault, client: Client) -> None:
    before = texts(vault)
    assert all(mark in everything(vault) for mark in MARKS), "the search must be able to find them"
    me, bea = called(vault, "Maximilian Roe"), called(vault, "Elizabeth Quill")
    persona = making.make(owner_id=owner.pk, person=me, name="Max and Elizabeth", basis="self")
    theirs = making.make(owner_id=owner.pk, person=bea, name="Liz", basis="none")
    stand = naming.of(vault).called(bea.pk)
    talk = chat.begin(persona=persona, speaker=chat.Seat("Elizabeth Quill", stand), title="Elizabeth Quill with Max")
    chat.say(conversation=talk, client_id=uuid4(), text="did Elizabeth Quill call?", sampling={})
    keeping.draft(conversation=talk, text="and Elizabeth")
    privacy.decide(vault=vault, kind="name", value="Elizabeth", action="take")
    job = forget(vault)
    assert job.state == Job.State.DONE, job.cause
    found = everything(vault) + str([talks.body(vault, talk, turn) for turn in Turn.objects.all()]).lower()
    assert [mark for mark in MARKS if mark in found] == []
    assert not Persona.objects.filter(pk=theirs.pk).exists()
    assert talks.seats(vault, talks.Conversation.objects.get())["people"] == {stand: stand}
    assert talks.title(vault, talks.Conversation.objects.get(pk=talk.pk)) == f"{stand} with Max"
    kept = texts(vault)
    assert len(kept) == 7
    assert set(kept) < set(before), "what others wrote stays as it was, with surrogates"
    roster = selectors.roster(vault)
    assert sorted((p.name, p.messages) for p in roster.ordered()) == [("Cy Dent", 2), ("Maximilian Roe", 5)]
    report, _ = selectors.report(vault, roster)
    assert report.messages.total() == sum(row.messages for row in Conversation.objects.all()) == 7
    values = [e.value for row in Conversation.objects.all() for e in ledgers.ledger(vault, row.pk)]
    assert sorted(values) == ["+49 30 901820", "Cy"], "what is not about them can still be put back"
    client.force_login(owner)
    page = client.get("/archives/people").content.decode()
    assert "Somebody on Messenger, forgotten on" in page
    assert not [mark for mark in MARKS if mark in page.lower()]


def test_where_they_never_wrote_their_name_can_not_be_put_back_either(corpus: None, owner: User, vault: Vault) -> None:
    upload(owner, content([("Cy Dent", "did Elizabeth call?"), ("Maximilian Roe", "Lizzie? no, Maximilian")], "Cy Dent"))
    row = next(c for c in Conversation.objects.all() if vault.unseal(c, "title", c.title) == "Cy Dent")
    before = [r.text for r in selectors.records(vault, row)]
    assert [e.value for e in ledgers.ledger(vault, row.pk)] == ["Elizabeth", "Lizzie", "Maximilian"]
    forget(vault)
    version = row.version
    row.refresh_from_db()
    assert row.version == version, "the text is the same"
    assert [r.text for r in selectors.records(vault, row)] == before
    assert [e.value for e in ledgers.ledger(vault, row.pk)] == ["Maximilian"]


def test_an_upload_of_nobody_else_says_why_it_is_empty(owner: User, vault: Vault) -> None:
    data = content([("Elizabeth Quill", "hello?"), ("Elizabeth Quill", "are you there?")], "Elizabeth Quill")
    upload(owner, data)
    forget(vault)
    receipt: Any = selectors.receipt(vault, upload(owner, data))
    assert "people you had forgotten" in receipt["empty"]


def test_a_conversation_that_becomes_empty_goes(owner: User, vault: Vault) -> None:
    upload(owner, content([("Elizabeth Quill", "hello?"), ("Elizabeth Quill", "are you there?")], "Elizabeth Quill"))
    forget(vault)
    assert not Conversation.objects.exists()
    assert not ledgers.names(vault)


def test_a_later_upload_does_not_bring_them_back_until_it_is_undone(corpus: None, owner: User, vault: Vault) -> None:
    before = texts(vault)
    forget(vault)
    forgotten = texts(vault)
    archive = both(owner, more=1)
    found = everything(vault)
    assert [mark for mark in MARKS if mark in found] == []
    assert len(texts(vault)) == len(forgotten) + 2
    assert not any("elizabeth" in text.lower() for text in texts(vault)), "new messages of others name them by a surrogate"
    receipt: Any = selectors.receipt(vault, archive)
    assert receipt["read"] == receipt["kept"] + receipt["left"]
    assert {s["reason"]: s["count"] for s in receipt["files"][0]["skipped"]}[ingest.FORGOTTEN] == 2
    [(row, platforms)] = forgetting.listing(vault)
    assert platforms == ["facebook"]
    forgetting.undo(row=row)
    both(owner)
    assert sum("zqmarker" in text for text in texts(vault)) == 2
    assert len(texts(vault)) == len(before) + 2
    assert called(vault, "Elizabeth Quill")


OTHERS = [
    ("Maximilian Roe", "hi cy, Elizabeth Quill called"), ("Cy Dent", "did elizabeth say when? ELIZABETH's late"),
    ("Maximilian Roe", "elizabeths mum"), ("Cy Dent", "Quill? no, lizzie"), ("Ann Dent", "who"),
]  # fmt: skip


def test_where_only_others_write_they_get_surrogates_too(corpus: None, owner: User, vault: Vault) -> None:
    forget(vault)
    before = texts(vault)
    upload(owner, content(OTHERS, "Tea with Elizabeth"), "with Elizabeth.json")
    found = everything(vault)
    assert [mark for mark in MARKS if mark in found] == []
    said = [text for text in texts(vault) if text not in before]
    assert [len(text.split()) for text in said] == [5, 6, 2, 3, 1]
    assert said[1].startswith("did ")


@pytest.mark.parametrize("place", ["_pass_one", "_stored"])
def test_the_names_of_files_go_also_where_the_upload_fails(
    corpus: None, owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    forget(vault)

    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(ingest, place, fails)
    with contextlib.suppress(RuntimeError):
        upload(owner, content([("Cy Dent", "tea?"), ("Ann Dent", "yes")], "Tea"), "chat with Elizabeth Quill.json")
    found = everything(vault)
    assert [mark for mark in MARKS if mark in found] == []


def test_one_word_is_enough(corpus: None, owner: User, vault: Vault) -> None:
    forget(vault)
    for number, text in enumerate(("so elizabeth came", "Elizabeths car", "and liz too", "the Quill house")):
        upload(owner, content([("Maximilian Roe", text), ("Cy Dent", "ok")], f"Talk {number}"))
        assert text not in texts(vault)


def test_words_that_are_ordinary_stay_words(owner: User, vault: Vault) -> None:
    upload(owner, content([("Will Quill", "hello"), ("Cy Dent", "hi Will")], "Will Quill"))
    forget(vault, "Will Quill")
    plain = "that will do, if they will"
    upload(owner, content([("Maximilian Roe", plain), ("Cy Dent", "ask Quill")], "Tea"))
    assert plain in texts(vault)
    assert "ask Quill" not in texts(vault)


def test_who_is_called_like_them_keeps_the_ledger(corpus: None, owner: User, vault: Vault) -> None:
    forget(vault)
    upload(owner, content([("Elizabeth Dent", "hi"), ("Cy Dent", "hi Elizabeth, seen Quill?")], "Tea"))
    assert called(vault, "Elizabeth Dent")
    values = {entry.value for entry in ledgers.ledgers(vault)}
    assert "Elizabeth" in values
    assert "Quill" not in values
    assert not any("Quill" in text for text in texts(vault))


def test_forgotten_before_words_were_kept(corpus: None, owner: User, vault: Vault) -> None:
    forget(vault)
    Forgotten.objects.update(words=None)
    upload(owner, content(OTHERS[:2], "Tea"))
    assert not any("elizabeth" in text.lower() for text in texts(vault)), "the whole name tells the rest"


def test_each_word_is_looked_up_once(corpus: None, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(vault)
    roster, looked = people.Roster(vault), list[str]()
    real = vault.fingerprint
    monkeypatch.setattr(vault, "fingerprint", lambda label, text: looked.append(text) or real(label, text))  # type: ignore[func-returns-value]
    for _ in range(3):
        roster.hear("tea with Elizabeth and tea")
    assert looked == ["tea", "elizabeth"], (
        "words in small letters are none, and what is found is not looked up in other spellings"
    )
    assert roster.passing_words == {"Elizabeth"}
    Forgotten.objects.all().delete()
    people.Roster(vault).hear("Elizabeth")
    assert len(looked) == 2, "nothing is looked up where nobody is forgotten"


def test_the_words_by_which_others_speak_of_somebody() -> None:
    pairs = [Pair("Анна", "Дарья", "first"), Pair("William", "Egon", "first"), Pair("Liam", "Otis", "first")]
    words = gone.of(pairs, ["Анна", "William"], ["Liam"]).spoken
    assert words[:2] == ["william", "анна"]
    assert {"анну", "анной", "аню", "ане", "billy", "billys", "will", "bill", "willaim", "~wiliam"} <= set(words)
    assert "liam" not in words, "somebody else"
    assert len(words) < MOST_WORDS


def test_a_word_is_looked_up_as_it_may_be_meant() -> None:
    assert list(forgotten_words.keys("Elisabeth")) == ["elisabeth", "~elisabet"]
    assert list(forgotten_words.keys("ELIZAAABETH")) == ["elizaaabeth", "~elisabet"]
    assert list(forgotten_words.keys("Will")) == ["will", "~wil"]
    assert list(forgotten_words.keys("Tomorrow")) == ["tomorrow"]
    assert [list(forgotten_words.keys(word)) for word in ("will", "tomorrow", "frasco", "está", "mike")] == [[]] * 5


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("Мария Иванова", ["Маша пришла", "видел Машу", "с Машей", "про Марию", "у Ивановой дома"]), ("Наталья Орлова", ["видел Наташу", "Наташе скажи"]),
        ("Michael Stone", ["Mike called", "Michaels car"]), ("Elizabeth Quill", ["Elisabeth called", "Lizzy came", "Elizabeht?", "ELIZAAABETH", "#ElizabethQuill", "elizabethquill"]),
        ("Aleksandra Kowalska", ["Aleksandrę znam", "z Kowalską"]), ("José García", ["Pepe vino", "Josecito", "Garcia dijo"]), ("Jürgen Müller", ["Müllers Auto", "Juergen kam"]),
    ],
)  # fmt: skip
def test_whom_others_name_short_or_in_a_case_gets_a_surrogate_too(
    owner: User, vault: Vault, who: str, said: list[str]
) -> None:
    upload(owner, content([(who, "hello"), ("Cy Dent", "hi")], who))
    forget(vault, who)
    upload(owner, content([("Maximilian Roe", text) for text in said] + [("Cy Dent", "ok")], "Tea"))
    assert not {*said} & {*texts(vault)}
    assert not [*ledgers.ledgers(vault)], "for ever"


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("Francisco Pérez", ["un chico guapo", "el frasco está vacío", "Me curro mucho"]), ("Frank Weiss", ["Weiss nicht genau", "das weiss ich"]),
        ("Mia Berg", ["Berg und Tal", "auf dem Berg liegt Schnee"]), ("Sophie Baker", ["the baker is closed"]), ("Мария Иванова", ["я машу рукой"]),
    ],
)  # fmt: skip
def test_words_like_the_name_of_somebody_forgotten_stay(owner: User, vault: Vault, who: str, said: list[str]) -> None:
    upload(owner, content([(who, "hallo"), ("Cy Dent", "hallo")], who))
    forget(vault, who)
    title = "Sommer auf dem Berg"
    upload(owner, content([("Maximilian Roe", text) for text in said] + [("Cy Dent", "ok"), ("Bea Roe", "ok")], title))
    assert {*said} <= {*texts(vault)}
    assert title in [vault.unseal(c, "title", c.title) for c in Conversation.objects.all()]


def test_secrets_of_others_that_hold_the_name_of_somebody_forgotten_stay_known(owner: User, vault: Vault) -> None:
    upload(owner, content([("Rose Hope", "hello"), ("Cy Dent", "hi")], "Rose Hope"))
    forget(vault, "Rose Hope")
    said = [
        "did Rose call?",
        "the wifi password is Rose1999!",
        "I live at 12 Rose Lane, London",
        "my pin is 4821",
        "mail rose.hope@example.org",
    ]
    upload(owner, content([("Maximilian Roe", text) for text in said] + [("Cy Dent", "ok")], "Tea"))
    assert sorted(e.value for e in ledgers.ledgers(vault)) == ["12 Rose Lane, London", "4821", "Rose1999"]
    assert resident.guard(vault).clean("hm Rose1999 works") == "hm [password] works"
    upload(owner, content([("Maximilian Roe", "Rose1999 again"), ("Cy Dent", "ok")], "Tea two"))
    assert "[password] again" in texts(vault)


def test_a_name_that_somebody_else_has_stays(owner: User, vault: Vault) -> None:
    upload(owner, content(GROUP, "Soup"))
    upload(owner, content([("Elizabeth Dent", "hi"), ("Maximilian Roe", "hi Elizabeth")], "Elizabeth Dent"))
    forget(vault)
    real = {p.real.lower() for p in ledgers.names(vault)}
    assert "elizabeth" in real
    assert "quill" not in real
    values = {e.value for row in Conversation.objects.all() for e in ledgers.ledger(vault, row.pk)}
    assert "Elizabeth" in values
    assert "Quill" not in values


def test_joined_people_are_forgotten_together(owner: User, vault: Vault) -> None:
    upload(owner, content(PAIR, "Elizabeth Quill"))
    data = telegram(
        [("Liz Q", START, "zqmarker again"), ("Maximilian Roe", START + 9, "ok")],
        {"Liz Q": 2, "Maximilian Roe": 1},
        "Maximilian Roe",
    )
    upload(owner, data, "result.json")
    services.join_people(person=called(vault, "Liz Q"), into=called(vault, "Elizabeth Quill"))
    forget(vault)
    assert "zqmarker" not in everything(vault)
    assert Forgotten.objects.count() == 2
    upload(owner, data, "result.json")
    assert "zqmarker" not in everything(vault)
    [(row, platforms)] = forgetting.listing(vault)
    assert platforms == ["facebook", "telegram"]
    forgetting.undo(row=row)
    assert not Forgotten.objects.exists()


def test_it_is_safe_to_run_twice(corpus: None, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    person = called(vault, "Elizabeth Quill")
    job = forgetting.start(person=person)
    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "_hide", kill)
        with pytest.raises(Killed):
            tasks.forget(job_id=str(job.pk))
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
    tasks.forget(job_id=str(job.pk))
    found = everything(vault)
    assert [mark for mark in MARKS if mark in found] == []


def test_not_while_something_is_read_and_never_yourself(corpus: None, owner: User, vault: Vault) -> None:
    with pytest.raises(Expected, match="This is you"):
        forgetting.start(person=called(vault, "Maximilian Roe"))
    person = called(vault, "Elizabeth Quill")
    job = forgetting.start(person=person)
    reading = Job.objects.filter(kind=exclusive.INGEST).latest("created_at")
    Job.objects.filter(pk=reading.pk).update(state=Job.State.RUNNING)
    with pytest.raises(Expected, match="being read"):
        forgetting.start(person=person)
    tasks.forget(job_id=str(job.pk))
    job.refresh_from_db()
    assert (job.state, Handle.objects.filter(person=person).count()) == (Job.State.FAILED, 1)
    assert "Please forget when that has ended" in job.cause
    Job.objects.filter(pk=reading.pk).update(state=Job.State.DONE)
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    with pytest.raises(Expected, match="Somebody is being forgotten"):
        services.delete(archive=Archive.objects.all()[0])


def test_the_page_asks_twice(corpus: None, owner: User, vault: Vault, client: Client) -> None:
    client.force_login(owner)
    person = called(vault, "Elizabeth Quill")
    making.make(owner_id=owner.pk, person=person, name="Lizzie's voice", basis="none")
    page = client.get(f"/archives/people/{person.pk}/forget").content.decode()
    assert "3 messages of theirs go from" in page
    assert "Lizzie&#x27;s voice" in page
    client.post(f"/archives/people/{person.pk}/forget", {"word": "yes"})
    assert not Job.objects.filter(kind=services.FORGET).exists()
    client.post(f"/archives/people/{person.pk}/forget", {"word": "Forget"})
    assert Job.objects.get(kind=services.FORGET).subject == person.pk
    assert "Forgetting" in client.get("/archives/people").content.decode()


def learnt(vault: Vault, name: str) -> list[list[str]]:
    made = dataset.parts(found for _, found, _ in personas.chats(vault, called(vault, name)))
    return [[b.text for t in d.turns for b in t.bubbles] for d in made.train]


def test_leaving_somebody_out_is_reversible_and_cuts_sessions(
    corpus: None, owner: User, vault: Vault, client: Client
) -> None:
    client.force_login(owner)
    person = called(vault, "Elizabeth Quill")
    was, state = learnt(vault, "Maximilian Roe"), selectors.state(owner.pk)
    assert sorted(len(d) for d in was) == [4, 6]
    client.post(f"/archives/people/{person.pk}/leave")
    assert selectors.state(owner.pk) != state
    now = learnt(vault, "Maximilian Roe")
    assert sorted(len(d) for d in now) == [1, 1, 1, 4], "nobody's reply stands beside a question that was left out"
    roster = selectors.roster(vault)
    said = [one for talk in selectors.spoken(vault, roster) for one in talk]
    assert {one.name for one in said} == {"Maximilian Roe", "Cy Dent"}
    rows = [
        row
        for talk in selectors.spoken(vault, roster)
        for row in dialogues.rows(talk, called(vault, "Maximilian Roe").pk.hex, "pairs", names=True)
    ]
    assert [json.loads(row)["from"] for row in rows] == ["Cy Dent", "Cy Dent"]
    report, _ = selectors.report(vault, roster)
    assert "Elizabeth Quill" not in report.names.values()
    assert "Learn from them again" in client.get("/archives/people").content.decode()
    client.post(f"/archives/people/{person.pk}/leave", {"back": "yes"})
    assert learnt(vault, "Maximilian Roe") == was
    assert selectors.state(owner.pk) == state


def test_whoever_is_imitated_cannot_be_left_out(corpus: None, owner: User, vault: Vault) -> None:
    cy, bea = called(vault, "Cy Dent"), called(vault, "Elizabeth Quill")
    making.make(owner_id=owner.pk, person=cy, name="Cy", basis="none")
    with pytest.raises(Expected, match="A persona imitates this person"):
        services.leave_person_out(person=cy, left_out=True)
    services.leave_person_out(person=bea, left_out=True)
    bea.refresh_from_db()
    with pytest.raises(Expected, match="A persona imitates this person"):
        services.join_people(person=bea, into=cy)
    with pytest.raises(Expected, match="left this person out"):
        making.make(owner_id=owner.pk, person=bea, name="Bea", basis="none")
    services.join_people(person=bea, into=called(vault, "Maximilian Roe"))
    assert called(vault, "Maximilian Roe").left_out


def test_a_cut_ends_a_dialogue() -> None:
    said = [Said("a", 1.0, "x"), Said("b", 2.0, "y", cut=True), Said("b", 3.0, "z")]
    assert [[t.text for t in turns] for turns in dialogues.sessions(said)] == [["x"], ["y\nz"]]


def test_who_is_gone() -> None:
    pairs = [Pair("Ana", "Iris", "first"), Pair("Anna", "Clara", "first"), Pair("Kovač", "Horvat", "last")]
    who = gone.of(pairs, ["Ana Kovač"], ["Anna Roe"])
    assert who.told("name", "Anaaa", "Irisss")
    assert who.told("name", "Kovač's", "Horvat's")
    assert not who.told("name", "Anna", "Clara")
    assert who.told("email", "ana@example.org", "[email]")
    assert not who.told("password", "Sunflower99", "[password]")
    assert who.inside({"x": ["Ana Kovač and Anna", 3]}) == {"x": ["Iris Horvat and Anna", 3]}
    assert not gone.NOBODY.told("name", "Ana", "Iris")
