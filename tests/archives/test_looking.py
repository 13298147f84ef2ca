"""The review closer: accepting and other kinds, live counts, before and after, and names that the archive does not know."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import comparing, counting, findings, naming, selectors, services, strangers, tasks
from apps.archives.models import Archive, Conversation
from apps.jobs.models import Job
from apps.privacy import selectors as privacy
from apps.privacy import services as deciding
from apps.privacy.models import Decision, NameMap
from tests.conftest import messenger

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = ["Bea Quill", "Ann Roe"]
LINES = [
    "the wifi password is Sunflower99",
    "sunflower99 does not work, Bea",
    "I talked to Margaret about moving to Edinburgh",
    "Margaret is in Edinburgh now, at the fern-weg",
    "did Margaret call from edinburgh? my card is 4111 1111 1111 1111",
    "we should visit Margaret in Edinburgh, FERNWEG 4",
]
TALK = [(PEOPLE[(n + 1) % 2], 1_700_000_000 + 60 * n, text) for n, text in enumerate(LINES)]


def upload(owner: User, talk: list[tuple[str, int, str]], title: str = "Bea Quill") -> None:
    made = services.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(talk, [title, "Ann Roe"], title)
    )
    tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))


@pytest.fixture
def talk(owner: User) -> Conversation:
    upload(owner, TALK)
    return Conversation.objects.get()


def texts(vault: Vault) -> list[str]:
    return [r.text for c in Conversation.objects.order_by("created_at") for r in selectors.records(vault, c)]


def worked(kind: str) -> Job:
    job = Job.objects.filter(kind=kind).latest("created_at")
    (tasks.rescrub if kind == services.RESCRUB else tasks.strangers)(job_id=str(job.pk))
    job.refresh_from_db()
    return job


def apply(mine: Client) -> None:
    mine.post("/archives/review/apply")
    assert worked(services.RESCRUB).state == "done"


def test_what_was_accepted_sinks_and_changes_nothing(talk: Conversation, vault: Vault, mine: Client) -> None:
    groups = findings.groups(vault)
    names = [g for g in groups if g.kind == "name"]
    assert [g.kind for g in groups if g not in names] == ["password", "card"]
    assert f"0 of {len(groups)} looked at" in mine.get("/archives/review").content.decode()
    mine.post("/archives/review/decide", {"kind": "password", "value": "Sunflower99", "action": "seen"})
    groups = findings.groups(vault)
    assert (groups[0].kind, groups[-1].kind, groups[-1].seen) == ("card", "password", True)
    page = mine.get("/archives/review").content.decode()
    assert f"1 of {len(groups)} looked at" in page
    assert "to apply" not in page, "accepting changes no text"
    before = texts(vault)
    jobs = Job.objects.count()
    mine.post(f"/archives/review/{Decision.objects.get().pk}/undo")
    assert (texts(vault), Job.objects.count()) == (before, jobs)
    assert findings.groups(vault)[0].kind == "password"


def test_what_was_accepted_goes_from_all_conversations(owner: User, vault: Vault, mine: Client) -> None:
    """What may be a word elsewhere goes from the conversation that told it only, until its owner says that it is a secret."""
    at = 1_700_000_000
    upload(owner, [("Bea Quill", at, "the wifi password is hunter2"), ("Ann Roe", at + 60, "hunter2 works")])
    upload(owner, [("Cy Dunn", at, "is it Hunter2, at hers?"), ("Ann Roe", at + 60, "> hunter2, yes")], "Cy Dunn")
    before = texts(vault)
    assert before == ["the wifi password is [password]", "[password] works", "is it Hunter2, at hers?", "> hunter2, yes"]
    mine.post("/archives/review/decide", {"kind": "password", "value": "hunter2", "action": "seen"})
    assert not Decision.objects.get().applied and texts(vault) == before
    apply(mine)
    assert texts(vault)[:2] == before[:2]
    assert texts(vault)[2:] == ["is it [secret], at hers?", "> [secret], yes"]
    upload(owner, [("Dee Moss", at, "no, hunter2")], "Dee Moss")
    assert texts(vault)[4:] == ["no, [secret]"]
    mine.post(f"/archives/review/{Decision.objects.get().pk}/undo")
    assert worked(services.RESCRUB).state == "done"
    assert texts(vault) == [*before, "no, hunter2"]


AT = 1_700_000_000
ACCEPTED = [
    ("the wifi password is Rosen 7", "password", ["Rosen 7", "rosen7", "ROSEN-7"], ["roses, 7 of them"]),
    ("my password is $weet7", "password", ["$weet7", "it's weet7"], ["sweet 7"]),
    ("I was born on 12.3.1994", "birthdate", ["12.3.1994", "on 12/3/1994", "12-3-1994", "12 3 1994"], ["1.2.1994", "12.3.2094", "it costs 1.231.994 euro"]),
    ("I was born on 12/03/1994", "birthdate", ["12.03.1994", "12-03-1994", "12 03 1994"], ["12.03.94"]),
    ("I was born on 12031994", "birthdate", ["12031994", "on 12.03.1994", "12/03/1994", "12-03-1994, 12 03 1994"], ["1.203.1994"]),
    ("the verification code is 48291377", "code", ["48291377", "4829 1377"], ["482913770"]),
    ("the verification code is AB12-CD34", "code", ["AB12-CD34", "ab12cd34"], ["AB 12"]),
    ("recovery code s6hak-holbk", "secret", ["s6hak-holbk", "S6HAK HOLBK", "s6hakholbk"], ["holbk"]),
    ("the wifi password is $k4rtoffl", "password", ["k4rtoffl", "K4RT OFFL"], ["kartoffl"]),
    ("see https://anna:k4rt-offl@ftp.example.org", "url", ["k4rtoffl", "K4RT OFFL"], ["kartoffl"]),
    ("my router is 192.168.0.12", "ip", ["192.168.0.12"], ["19216 people", "192,168"]),
    ("my router is 10.0.0.138", "ip", ["10.0.0.138"], ["1000138 people", "100 138"]),
    ("my insta: luz.delsol", "handle", ["luz.delsol", "LUZ.DELSOL"], ["la luz del sol"]),
    ("my insta: annamoss", "handle", ["annamoss"], ["m. annamos"]),
    ("my insta: sunny_girl_xo", "handle", ["sunny_girl_xo", "SUNNY-GIRL-XO"], ["sunny girl"]),
    ("my insta: the_boss", "handle", ["the_boss"], ["ask the boss"]),
    ("api https://anna:Sommer9@ftp.example.org", "url", ["Sommer9", "sommer9 it is"], ["Sommer 2009"]),
]  # fmt: skip


@pytest.mark.parametrize(("told", "kind", "gone", "left"), ACCEPTED, ids=[t for t, *_ in ACCEPTED])
def test_what_was_accepted_goes_in_every_spelling_and_comes_back(
    told: str, kind: str, gone: list[str], left: list[str], owner: User, vault: Vault, mine: Client
) -> None:
    upload(owner, [("Bea Quill", AT, told), ("Ann Roe", AT + 60, "ok")])
    others = [*gone, *left]
    upload(owner, [("Cy Dunn", AT + 90 * n, text) for n, text in enumerate(others)], "Cy Dunn")
    before = texts(vault)
    value = next(g.value for g in findings.groups(vault) if g.kind == kind)
    mine.post("/archives/review/decide", {"kind": kind, "value": value, "action": "seen"})
    apply(mine)
    after = texts(vault)[2:]
    assert [text for text, place in zip(gone, after, strict=False) if text == place] == []
    assert after[len(gone) :] == left
    assert len([g for g in findings.groups(vault) if g.kind != "name"]) == (2 if kind == "url" else 1), "one line each"
    apply(mine)
    assert texts(vault)[2:] == after
    mine.post(f"/archives/review/{Decision.objects.get().pk}/undo")
    assert worked(services.RESCRUB).state == "done"
    assert texts(vault) == before
    apply(mine)
    assert texts(vault) == before


@pytest.mark.parametrize("password", ["k4rtoffl", "48291300"])
def test_a_link_and_what_it_carries_are_taken_back_one_after_the_other(
    password: str, owner: User, vault: Vault, mine: Client
) -> None:
    link = f"https://anna:{password}@ftp.example.org"
    upload(owner, [("Bea Quill", AT, f"see {link}"), ("Ann Roe", AT + 60, "ok")])
    upload(owner, [("Cy Dunn", AT, f"{password} it is")], "Cy Dunn")
    before = texts(vault)
    for kind, value in (("url", link), ("secret", password)):
        mine.post("/archives/review/decide", {"kind": kind, "value": value, "action": "seen"})
        apply(mine)
    for row, _, _ in reversed(privacy.decisions(vault)):
        mine.post(f"/archives/review/{row.pk}/undo")
        assert worked(services.RESCRUB).state == "done"
    assert texts(vault) == before


def test_a_birth_date_without_signs_goes_in_all_its_forms_where_it_was_told(owner: User, vault: Vault) -> None:
    later = ["she wrote 12.03.1994 there", "or 12/03/1994", "not 1.203.1994"]
    told = ["I was born on 12031994", *(f"line {n} of talk" for n in range(20)), *later]
    upload(owner, [("Bea Quill", AT + 60 * n, text) for n, text in enumerate(told)])
    assert texts(vault)[-3:] == ["she wrote [birthdate] there", "or [birthdate]", later[2]]


def test_what_always_went_comes_back(owner: User, vault: Vault, mine: Client) -> None:
    upload(owner, [("Bea Quill", AT, "it is AB12-CD34 then"), ("Ann Roe", AT + 60, "ab12cd34")])
    before = texts(vault)
    mine.post("/archives/review/decide", {"kind": "secret", "value": "AB12-CD34", "action": "take"})
    apply(mine)
    assert texts(vault) == ["it is [secret] then", "[secret]"]
    mine.post(f"/archives/review/{Decision.objects.get().pk}/undo")
    assert worked(services.RESCRUB).state == "done"
    assert texts(vault) == before


def test_a_secret_whose_chat_was_deleted_stays_gone_when_another_is_taken_back(
    owner: User, vault: Vault, mine: Client
) -> None:
    upload(owner, [("Bea Quill", AT, "recovery code s6hakholbk"), ("Ann Roe", AT + 60, "the wifi password is hunter2")])
    upload(owner, [("Cy Dunn", AT, "s6hakholbk and hunter2")], "Cy Dunn")
    mine.post("/archives/review/decide", {"kind": "password", "value": "hunter2", "action": "seen"})
    apply(mine)
    services.delete(archive=Archive.objects.order_by("created_at")[0])
    mine.post(f"/archives/review/{Decision.objects.get().pk}/undo")
    assert worked(services.RESCRUB).state == "done"
    assert texts(vault) == ["[secret] and hunter2"]


def test_what_an_accepted_link_carries_stays_gone_when_its_chat_is_deleted(owner: User, vault: Vault, mine: Client) -> None:
    link = "https://anna:Sommer9@ftp.example.org"
    upload(owner, [("Bea Quill", AT, f"see {link}"), ("Ann Roe", AT + 60, "ok")])
    upload(owner, [("Cy Dunn", AT, "Sommer9 it is")], "Cy Dunn")
    mine.post("/archives/review/decide", {"kind": "url", "value": link, "action": "seen"})
    apply(mine)
    services.delete(archive=Archive.objects.order_by("created_at")[0])
    apply(mine)
    assert texts(vault) == ["[secret] it is"]


def test_the_line_of_a_word_says_that_it_stays(owner: User, vault: Vault, mine: Client) -> None:
    upload(owner, [("Bea Quill", AT, "the wifi password is sunshine"), ("Ann Roe", AT + 60, "what sunshine today")])
    upload(owner, [("Cy Dunn", AT, "user/sunshine, or wifi:sunshine")], "Cy Dunn")
    assert "Stays where else" not in mine.get("/archives/review").content.decode()
    mine.post("/archives/review/decide", {"kind": "password", "value": "sunshine", "action": "seen"})
    page = mine.get("/archives/review").content.decode()
    button = re.search(r'name="kind" value="(\w+)"><input type="hidden" name="back"[^>]*><small>Stays', page)
    assert button
    mine.post("/archives/review/decide", {"kind": button[1], "value": "sunshine", "action": "take"})
    apply(mine)
    assert texts(vault)[1:] == ["what [secret] today", "user/[secret], or wifi:[secret]"]
    assert "Stays where else" not in mine.get("/archives/review").content.decode()


def test_accepting_what_was_kept_has_to_be_applied(talk: Conversation, vault: Vault, mine: Client) -> None:
    deciding.decide(vault=vault, kind="card", value="4111 1111 1111 1111", action="keep")
    apply(mine)
    row = deciding.decide(vault=vault, kind="card", value="4111-1111-1111-1111", action="seen")
    assert not row.applied
    apply(mine)
    assert "[card]" in texts(vault)[4]


def test_another_kind_counts_for_every_spelling_and_can_be_undone(talk: Conversation, vault: Vault, mine: Client) -> None:
    before = texts(vault)
    mine.post("/archives/review/decide", {"kind": "key", "value": "Sunflower99", "action": "kind"})
    apply(mine)
    assert texts(vault)[0] == "the wifi password is [key]"
    assert texts(vault)[1].startswith("[key] does not work")
    group = next(g for g in findings.groups(vault) if g.kind == "key")
    assert group.decision is not None
    mine.post(f"/archives/review/{group.decision.pk}/undo")
    assert worked(services.RESCRUB).state == "done"
    assert texts(vault) == before


def test_a_number_marked_as_a_word_kind(talk: Conversation, vault: Vault, mine: Client) -> None:
    """The two kinds compare values in different ways; the decision holds in both."""
    mine.post("/archives/review/decide", {"kind": "password", "value": "4111 1111 1111 1111", "action": "kind"})
    apply(mine)
    assert "[password]" in texts(vault)[4]


def test_kinds_without_a_placeholder_are_refused(talk: Conversation, mine: Client) -> None:
    for kind in ("name", "place", "organisation", "x", ""):
        mine.post("/archives/review/decide", {"kind": kind, "value": "Sunflower99", "action": "kind"})
    assert not Decision.objects.exists()


def test_a_decision_comes_back_where_it_was_made(talk: Conversation, mine: Client) -> None:
    fields = {"kind": "card", "value": "4111 1111 1111 1111", "action": "seen"}
    for back, where in (
        ("/archives/review?kind=card", "/archives/review?kind=card"),
        ("//evil.example", "/archives/review"),
    ):
        assert mine.post("/archives/review/decide", {**fields, "back": back})["Location"] == where
        assert mine.post(f"/archives/review/{Decision.objects.get().pk}/undo", {"back": back})["Location"] == where


def says(client: Client, word: str) -> str:
    found: str = client.post("/archives/review/count", {"value": word}).json()["says"]
    return found


def test_words_are_counted_as_they_were_written(owner: User, talk: Conversation, mine: Client, stranger: User) -> None:
    assert says(mine, "fernweg") == "stands 2 times in 1 conversation"
    assert says(mine, "Fern Weg") == "stands 2 times in 1 conversation"
    assert says(mine, "sunflower99") == "stands 2 times in 1 conversation", "what was taken out is counted"
    assert says(mine, "bea") == "stands once in 1 conversation"
    assert says(mine, "4111111111111111") == "stands once in 1 conversation"
    assert says(mine, "weg") == "stands once in 1 conversation", "a word that a sign joins to another one"
    assert says(mine, "ernweg") == "stands nowhere", "a word, not a part of one"
    assert says(mine, " .") == ""
    upload(owner, [("Ann Roe", 1_700_900_000, "Fernweg again")], "Cy Dent")
    assert says(mine, "fernweg") == "stands 3 times in 2 conversations", "what is remembered is not stale"
    other = Client()
    other.force_login(stranger)
    assert says(other, "fernweg") == "stands nowhere"
    assert other.get("/archives/review/count").status_code == 405


def test_burnt_words_are_not_counted(owner: User, talk: Conversation, mine: Client) -> None:
    assert says(mine, "sunflower99") == "stands 2 times in 1 conversation"
    deciding.burn(owner_id=owner.pk)
    assert says(mine, "sunflower99") == "stands nowhere"


def test_counting_ends_in_time(talk: Conversation, vault: Vault) -> None:
    found = counting.counts(vault, ["fernweg"], patience=-1)["fernweg"]
    assert str(found) == "not met so far"
    assert str(counting.counts(vault, ["fernweg"])["fernweg"]) == "stands 2 times in 1 conversation", (
        "half a count is not kept"
    )


def test_lists_show_counts_and_are_undone(talk: Conversation, vault: Vault, mine: Client) -> None:
    mine.post("/archives/review/decide", {"kind": "secret", "value": "fernweg", "action": "take"})
    mine.post("/archives/review/decide", {"kind": "secret", "value": "SUNFLOWER99", "action": "keep"})
    page = mine.get("/archives/review").content.decode()
    taken = page.partition("<h2>Always taken out</h2>")[2].partition("</section>")[0]
    kept = page.partition("<h2>Never taken out</h2>")[2].partition("</section>")[0]
    assert "fernweg" in taken
    assert "stands 2 times in 1 conversation" in taken
    assert "SUNFLOWER99" in kept
    assert "fernweg" not in kept
    apply(mine)
    assert texts(vault)[0] == "the wifi password is Sunflower99"
    assert texts(vault)[3].endswith("at the [secret]")
    for row in Decision.objects.all():
        mine.post(f"/archives/review/{row.pk}/undo")
    assert privacy.decisions(vault) == []
    apply(mine)
    assert not Decision.objects.exists(), "nothing of them is left when conversations were scrubbed without them"
    assert "unflower99" not in texts(vault)[0]
    assert not texts(vault)[3].endswith("at the [secret]")


def test_before_and_after(talk: Conversation, vault: Vault, mine: Client, stranger: User) -> None:
    pairs = comparing.pairs(vault, talk, selectors.roster(vault))
    assert ["".join(t for t, _ in p.before) for p in pairs] == LINES
    assert ["".join(t for t, _ in p.after) for p in pairs] == texts(vault)
    assert [t for p in pairs for t, differs in p.before if differs] == [
        "Sunflower99",
        "sunflower99",
        "Bea",
        "4111 1111 1111 1111",
    ]
    called = {p.name: p.called for p in pairs}
    assert set(called) == set(PEOPLE)
    assert not set(called.values()) & {"Ann Roe", "Bea Quill", "Ann", "Bea"}
    address = f"/archives/review/compare/{talk.pk}"
    page = mine.get(address).content.decode()
    assert '<span class="veiled">••••</span><mark class="bare">Sunflower99</mark>' in page
    assert "<mark>[password]</mark>" in page
    assert address in mine.get(f"/archives/conversations/{talk.pk}").content.decode()
    assert address in mine.get("/archives/review").content.decode()
    other = Client()
    other.force_login(stranger)
    assert other.get(address).status_code == 404


def test_before_is_unknown_once_burnt(owner: User, talk: Conversation, vault: Vault, mine: Client) -> None:
    deciding.burn(owner_id=owner.pk)
    page = mine.get(f"/archives/review/compare/{talk.pk}").content.decode()
    assert "nobody can tell any more" in page
    assert "Sunflower99" not in page


def test_only_the_newest_are_compared(talk: Conversation, vault: Vault) -> None:
    pairs = comparing.pairs(vault, talk, selectors.roster(vault), limit=2)
    assert ["".join(t for t, _ in p.before) for p in pairs] == LINES[-2:]


def look(mine: Client) -> None:
    mine.post("/archives/review/strangers")
    assert worked(services.STRANGERS).state == "done"


def test_a_finder_that_is_not_there_is_said(talk: Conversation, mine: Client, settings: Any) -> None:
    settings.NAME_FINDER, settings.MODELS_DIR = "gliner:none", Path("/nowhere")
    mine.post("/archives/review/strangers")
    job = worked(services.STRANGERS)
    assert job.state == "failed"
    assert "set NAME_FINDER=crf." in mine.get("/archives/review").content.decode()


def test_unknown_names_are_found_chosen_replaced_and_undone(
    owner: User, talk: Conversation, vault: Vault, mine: Client
) -> None:
    assert "Look for them" in mine.get("/archives/review").content.decode()
    before = texts(vault)
    look(mine)
    found = {s.value: s for s in strangers.open_ones(vault) or []}
    margaret = found["Margaret"]  # the model may be unsure of one of the four
    assert (margaret.kind, margaret.count >= 3, margaret.conversations) == ("name", True, 1)
    assert (found["Edinburgh"].kind, found["Edinburgh"].count >= 2) == ("place", True)
    stands = {p.stand for p in privacy.names(vault)}
    assert not stands & set(found), "surrogates are nobody's name"
    assert b"Margaret" not in bytes(NameMap.objects.get().suggested or b"")
    assert texts(vault) == before, "nothing is replaced by itself"
    page = mine.get("/archives/review").content.decode()
    assert 'value="Margaret"' in page
    mine.post("/archives/review/strangers/take", {"value": ["Margaret", "Edinburgh", "never suggested"]})
    assert {(k, v) for _, k, v in privacy.decisions(vault)} == {("name", "Margaret"), ("place", "Edinburgh")}
    assert "Margaret" not in {s.value for s in strangers.open_ones(vault) or []}
    apply(mine)
    after = texts(vault)
    assert not [t for t in after if re.search("margaret|edinburgh", t, re.I)]
    real = naming.of(vault)
    assert [real.shown(t) for t in after[2:4]] == LINES[2:4]
    place = next(p for p in privacy.names(vault) if p.part == "place")
    assert after[4].startswith("did ")
    assert f"from {place.stand.lower()}?" in after[4]
    assert {e.value for e in privacy.ledgers(vault) if e.kind == "place"} == {"Edinburgh", "edinburgh"}
    for row in Decision.objects.all():
        mine.post(f"/archives/review/{row.pk}/undo")
    assert worked(services.RESCRUB).state == "done"
    assert texts(vault) == before
    assert {p.stand for p in privacy.names(vault)} == stands


def test_a_chosen_name_holds_for_what_comes_later(owner: User, talk: Conversation, vault: Vault, mine: Client) -> None:
    look(mine)
    mine.post("/archives/review/strangers/take", {"value": ["Edinburgh"]})
    apply(mine)
    stand = next(p.stand for p in privacy.names(vault) if p.part == "place")
    upload(owner, [("Ann Roe", 1_700_900_000, "back in EDINBURGH")], "Cy Dent")
    assert f"back in {stand.upper()}" in texts(vault)


def test_undoing_leaves_the_names_of_the_archives_people(
    owner: User, talk: Conversation, vault: Vault, mine: Client
) -> None:
    row = deciding.decide(vault=vault, kind="name", value="Bea Margaret", action="take")
    apply(mine)
    assert not [t for t in texts(vault) if "Margaret" in t]
    mine.post(f"/archives/review/{row.pk}/undo")
    assert worked(services.RESCRUB).state == "done"
    assert "Margaret" in texts(vault)[2]
    assert "Bea" not in texts(vault)[1]


def test_looking_waits_for_nobody_and_disturbs_nobody(owner: User, talk: Conversation, mine: Client) -> None:
    other = Job.objects.get(kind=services.INGEST)
    Job.objects.filter(pk=other.pk).update(state=Job.State.RUNNING)
    mine.post("/archives/review/strangers")
    job = worked(services.STRANGERS)
    assert job.state == "failed"
    assert "read or scrubbed just now" in job.cause
    assert NameMap.objects.get().suggested is None
    assert "read or scrubbed just now" in mine.get("/archives/review").content.decode()


def test_guesses_are_forgotten_with_their_texts(owner: User, talk: Conversation, vault: Vault, mine: Client) -> None:
    look(mine)
    deciding.burn(owner_id=owner.pk)
    assert strangers.open_ones(vault) is None
    look(mine)
    assert strangers.open_ones(vault)
    talk.refresh_from_db()  # burning has written it
    services.delete_conversation(talk)
    assert not NameMap.objects.exclude(suggested=None).exists()


def test_nothing_chosen_is_said(talk: Conversation, mine: Client) -> None:
    page = mine.post("/archives/review/strangers/take", {}, follow=True).content.decode()
    assert "Please tick" in page
    assert not Decision.objects.exists()
