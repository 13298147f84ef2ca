"""How people are known beside their names: told by readers, kept sealed, and used to find one person on two platforms."""

from __future__ import annotations

import io
import json
import zipfile
from itertools import permutations
from pathlib import Path

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import addresses, forgetting, matching, people, rescrubbing, selectors, services, tasks
from apps.archives.addresses import Way
from apps.archives.formats import container, registry, streams
from apps.archives.formats.types import Address
from apps.archives.likeness import Known, suggestions
from apps.archives.models import Conversation, Person, TwoPeople
from apps.jobs.models import Job
from apps.privacy import selectors as ledgers
from apps.privacy import services as deciding
from tests.conftest import dialogue, messenger

_T = 1_700_000_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("phone", "+49 170 123 45 67"), ("phone", "0170/1234567")),
        (("phone", "+1 (202) 555-0171"), ("phone", "2025550171")),
        (("phone", "(202) 555-0171"), ("phone", "+12025550171")),
        (("email", "Ana.Kovac+lists@gmail.com"), ("email", "anakovac@googlemail.com")),
        (("email", "ANA@Example.org"), ("email", "ana@example.org")),
        (("handle", "@Ana_K"), ("handle", "ana_k/")),
        (("nickname", "Ani  K"), ("nickname", "ani k")),
    ],
)
def test_one_address_in_two_spellings(one: Way, other: Way) -> None:
    assert addresses.normal(one) == addresses.normal(other) != ""


@pytest.mark.parametrize("way", [("phone", "12345"), ("handle", "@an"), ("handle", "123456789"), ("email", "nobody"), ("nickname", " ")])  # fmt: skip
def test_what_tells_nobody_apart(way: Way) -> None:
    assert addresses.normal(way) == ""
    assert addresses.told([way]) == []


def test_dots_tell_addresses_apart_elsewhere() -> None:
    assert addresses.normal(("email", "ana.k@example.org")) != addresses.normal(("email", "anak@example.org"))


def test_what_a_name_is_by_itself() -> None:
    assert list(addresses.within("ana@example.org")) == [("email", "ana@example.org")]
    assert list(addresses.within("+49 170 1234567")) == [("phone", "+49 170 1234567")]
    for plain in ("1700000000012345678", "Ana 2", "ana", "12345", "user1700000001"):
        assert list(addresses.within(plain)) == [], plain


@pytest.mark.parametrize(
    ("name", "looked_for"),
    [
        ("number1", False),
        ("Area 51", False),
        ("summer_2023", False),
        ("moon fox 92", False),
        ("ana_k92", True),
        ("anna.lee", False),
        ("an92", False),
        ("1234567", False),
        ("moss-7-fern", True),
    ],
)
def test_a_user_name_that_may_be_a_name_is_not_looked_for(name: str, looked_for: bool) -> None:
    assert addresses.telling(("handle", name)) == looked_for
    assert not addresses.telling(("nickname", name))


NAMES = [("nickname", "Mausi"), ("nickname", "Annie K"), ("nickname", "Катюша"), ("shown", "Annie"), ("shown", "Ana Kovac")]
STATUSES = [
    ("shown", "AFK until Monday"), ("shown", "Back on Monday"), ("shown", "devops"), ("shown", "DevOps"), ("shown", "Mausi"), ("shown", "Marketing"), ("nickname", "the boss"), ("nickname", "Boss"),
    ("nickname", "Mum"), ("nickname", "x"), ("nickname", "Ana 2"), ("nickname", "annie"), ("nickname", "One Two Three Four"), ("handle", "Annie"), ("email", "Annie"),
]  # fmt: skip


@pytest.mark.parametrize("way", NAMES)
def test_what_somebody_is_called_is_replaced(way: Way) -> None:
    assert addresses.called(way)


@pytest.mark.parametrize("way", STATUSES)
def test_statuses_roles_and_words_are_no_names(way: Way) -> None:
    assert not addresses.called(way)


def test_of_equal_ones_always_the_same_is_kept() -> None:
    ways: list[Way] = [("phone", "0170 1234567"), ("phone", "+49 170 1234567"), ("handle", "AnaK92"), ("handle", "@anak92")]
    assert {tuple(addresses.told(some)) for some in permutations(ways)} == {
        (("handle", "@anak92"), ("phone", "+49 170 1234567"))
    }


def person(key: int, name: str, platform: str, *ways: Way) -> Known[int]:
    return Known(key, name, frozenset([platform]), ways)


#: Two who are one, what is said, and whether they may be on one platform too.
SAME = [
    (person(0, "A. K.", "a", ("email", "ana@example.org")), person(1, "Kovač", "b", ("email", "Ana@example.org")), "both have the e-mail address ana@example.org", True),
    (person(0, "Mum", "a", ("phone", "+49 170 1234567")), person(1, "0170 1234567", "b"), "both have the number +49 170 1234567", True),
    (person(0, "Ana", "a", ("handle", "ana_k92")), person(1, "Kova", "b", ("handle", "@Ana_k92")), "both have the user name ana_k92", False),
    (person(0, "Ana Kovač", "a"), person(1, "Kovac, Ana", "b"), "the same name", False),
    (person(0, "Ana Kovač", "a", ("nickname", "Mausi")), person(1, "mausi", "b"), "one is also called Mausi", False),
    (person(0, "Robert Miller", "a"), person(1, "Bob Miller", "b"), "a short form of the same name", False),
    (person(0, "Дмитрий Орлов", "a"), person(1, "Дима Орлов", "b"), "a short form of the same name", False),
    (person(0, "Ben", "a"), person(1, "Ben Ito", "b"), "the same first name, which nobody else has", False),
    (person(0, "Bob", "a"), person(1, "Robert Miller", "b"), "a short form of the first name, which fits nobody else", False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "why", "on_one"), SAME)
def test_two_who_may_be_one(one: Known[int], other: Known[int], why: str, on_one: bool) -> None:
    (found,) = suggestions([one, other])
    assert ({found.one, found.other}, found.why) == ({0, 1}, why)
    beside = Known(1, other.name, one.platforms, other.ways)
    assert bool(suggestions([one, beside])) == on_one
    assert suggestions([one, other], {frozenset((0, 1))}) == []


def test_who_is_not_suggested() -> None:
    assert not suggestions([person(0, "Robert Miller", "a"), person(1, "Robert Moss", "b")])
    assert not suggestions([person(0, "Bob", "a"), person(1, "Robert Miller", "b"), person(2, "Robert Moss", "b")])
    twice = [person(1, "mausi", "b"), person(2, "Mausi", "b")]
    assert not suggestions([person(0, "Ana Kovač", "a", ("nickname", "Mausi")), *twice])
    ways: tuple[Way, ...] = (("email", "x@example.org"), ("phone", "+49 170 1234567"))
    switchboard = [person(n, f"Person{chr(97 + n)} Name{chr(97 + n)}", "a", ("phone", "+49 30 1234567")) for n in range(9)]
    assert not suggestions(switchboard), "so many share a switchboard"
    bens = [person(n, f"Ben Name{chr(97 + n)}", "a") for n in range(20)]
    assert not suggestions([*bens, person(99, "Ben", "b")])
    nobody = [person(n, name, p, *ways) for n, (name, p) in enumerate([("Deleted Account", "a"), ("LinkedIn Member", "b")])]
    assert suggestions(nobody) == []


# what readers tell


def told(tmp_path: Path, files: dict[str, bytes]) -> set[tuple[str, str, str, str]]:
    for name, content in files.items():
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    found = registry.read(container.open_all([("export", tmp_path)]))
    return {(a.platform, a.sender_id, a.kind, a.value) for a in found if isinstance(a, Address)}


def telegram_account(contacts: list[dict[str, object]]) -> bytes:
    says = [{"id": n, "type": "message", "date_unixtime": str(_T + n), "from": name, "from_id": f"user{who}", "text": f"line {n}"} for n, (name, who) in enumerate([("Ana Kovac", 7), ("Me Roe", 1)] * 2)]  # fmt: skip
    account = {
        "personal_information": {"user_id": 1, "first_name": "Me", "last_name": "Roe", "phone_number": "+49 30 9999999", "username": "@me_roe"},
        "contacts": {"about": "", "list": contacts},
        "chats": {"about": "", "list": [{"name": "Ana Kovac", "type": "personal_chat", "id": 7, "messages": says}]},
    }  # fmt: skip
    return json.dumps(account).encode()


@pytest.mark.parametrize("streamed", [False, True])
def test_telegram(tmp_path: Path, streamed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if streamed:
        monkeypatch.setattr(streams, "WHOLE", 10)
    mine = {("telegram", "user1", "phone", "+49 30 9999999"), ("telegram", "user1", "handle", "@me_roe")}
    contact: dict[str, object] = {"first_name": "Ana", "last_name": "Kovac", "phone_number": "+49 170 1234567"}
    number = {("telegram", "user7", "phone", "+49 170 1234567")}
    assert (
        told(tmp_path, {"result.json": telegram_account([contact, {"user_id": 0, "first_name": "Nobody"}])}) == mine | number
    )
    assert (
        told(tmp_path, {"result.json": telegram_account([{**contact, "first_name": "Annie", "user_id": 7}])})
        == mine | number
    )
    assert told(tmp_path, {"result.json": telegram_account([{**contact, "first_name": "Else"}])}) == mine


def test_slack(tmp_path: Path) -> None:
    users = [{"id": "U1", "name": "akovac", "real_name": "Ana Kovač", "profile": {"email": "ana@example.org", "phone": "+49 170 1234567", "display_name": "Mausi"}}]  # fmt: skip
    day = [{"type": "message", "user": "U1", "ts": f"{_T}.000100", "text": "hello"}]
    assert told(tmp_path, {"users.json": json.dumps(users).encode(), "general/2023-11-14.json": json.dumps(day).encode()}) == {
        ("slack", "U1", kind, value)
        for kind, value in [("email", "ana@example.org"), ("phone", "+49 170 1234567"), ("handle", "akovac"), ("shown", "Mausi")]
    }  # fmt: skip


def test_discord(tmp_path: Path) -> None:
    def export(server: str, nickname: str) -> bytes:
        says = [{"id": str(10**17 + n), "type": "Default", "timestamp": f"2024-01-01T10:00:0{n}+00:00", "content": "hi", "author": {"id": "42", "name": "ana_k92", "nickname": name}} for n, name in enumerate(["Ana", nickname])]  # fmt: skip
        channel = {"id": server, "type": "GuildTextChat", "name": server}
        return json.dumps({"guild": {"id": "1"}, "channel": channel, "exportedAt": "x", "messages": says}).encode()

    assert told(tmp_path, {"a.json": export("one", "Mausi"), "b.json": export("two", "Ana")}) == {
        ("discord", "42", "handle", "ana_k92"), ("discord", "42", "shown", "Ana"),
    }  # fmt: skip
    package = {
        "account/user.json": b'{"id": "9", "username": "me_roe", "email": "me@example.org", "phone": null}',
        "messages/c123456789012345678/messages.json": b'[{"ID": 1, "Timestamp": "2024-01-01 10:00:00", "Contents": "hi"}]',
    }
    got = told(tmp_path / "package", package)
    assert got == {("discord", "9", "handle", "me_roe"), ("discord", "9", "email", "me@example.org")}


def test_discord_names_of_before_2023_were_shared(tmp_path: Path) -> None:
    def says(n: int, author: object) -> dict[str, object]:
        return {"id": str(10**17 + n), "type": "Default", "timestamp": f"2022-01-01T10:00:0{n}+00:00", "content": "hi", "author": author}  # fmt: skip

    authors = [{"id": "42", "name": "Area 51", "discriminator": "1234"}, {"id": "43", "name": "ana_k92", "discriminator": "0000"}, None, "x", {}]  # fmt: skip
    export = {"guild": {"id": "1"}, "channel": {"id": "7", "type": "DirectTextChat", "name": "x"}, "exportedAt": "x", "messages": [says(n, a) for n, a in enumerate(authors)]}  # fmt: skip
    assert told(tmp_path, {"a.json": json.dumps(export).encode()}) == {("discord", "43", "handle", "ana_k92")}


def test_signal(tmp_path: Path) -> None:
    frames = [
        {"version": 1},
        {"recipient": {"id": "1", "self": {}}},
        {"recipient": {"id": "2", "contact": {"e164": "491701234567", "username": "ana.92", "profileGivenName": "Ana", "systemGivenName": "Mum", "nickname": {"given": "Mausi"}}}},
        {"chat": {"id": "5", "recipientId": "2"}},
        {"chatItem": {"chatId": "5", "authorId": "2", "dateSent": str(_T * 1000), "incoming": {}, "standardMessage": {"text": {"body": "hello"}}}},
    ]  # fmt: skip
    assert told(tmp_path, {"main.jsonl": "\n".join(map(json.dumps, frames)).encode()}) == {
        ("signal", "e164:491701234567", kind, value)
        for kind, value in [("phone", "+491701234567"), ("handle", "ana.92"), ("nickname", "Mausi"), ("nickname", "Ana")]
    }


def test_skype(tmp_path: Path) -> None:
    def chat(who: str) -> dict[str, object]:
        said = {"id": who, "displayName": "Ana", "originalarrivaltime": "2020-01-01T10:00:00Z", "messagetype": "RichText", "content": "hi", "from": who}  # fmt: skip
        return {"id": who, "displayName": "Ana", "MessageList": [said]}

    ids = ["8:live:ana_k92", "4:+491701234567", "8:live:.cid.0123456789abcdef", "8:ana.k"]
    export = {"userId": "8:me.roe", "exportDate": "x", "conversations": [chat(i) for i in ids]}
    assert told(tmp_path, {"messages.json": json.dumps(export).encode()}) == {
        ("skype", ids[0], "handle", "ana_k92"), ("skype", ids[1], "phone", "+491701234567"),
        ("skype", ids[3], "handle", "ana.k"), ("skype", "8:me.roe", "handle", "me.roe"),
    }  # fmt: skip


def test_sms(tmp_path: Path) -> None:
    rows = "".join(f'<sms address="{a}" date="{_T}000" type="1" body="hi" contact_name="Mum" />' for a in ("01701234567", "+49 170 1234567"))  # fmt: skip
    assert told(tmp_path, {"sms.xml": f'<?xml version="1.0"?><smses count="2">{rows}</smses>'.encode()}) == {
        ("sms", "701234567", "phone", "+491701234567")
    }


def test_linkedin(tmp_path: Path) -> None:
    url = "https://www.linkedin.com/in/ana-kovac-1"
    messages = f"CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER\n1,,Ana Kovač,{url},Me Roe,https://www.linkedin.com/in/meroe,2024-01-01 10:00:00 UTC,,hello,INBOX\n"
    connections = f'Notes:\n"Not everybody shows an address"\n\nFirst Name,Last Name,URL,Email Address,Company\nAna,Kovač,{url},ana@example.org,Moss\nCy,Dent,https://www.linkedin.com/in/cy,,Moss\n'
    assert told(tmp_path, {"messages.csv": messages.encode(), "Connections.csv": connections.encode()}) == {
        ("linkedin", url, "email", "ana@example.org"),
        ("linkedin", url, "handle", "ana-kovac-1"),
        ("linkedin", "https://www.linkedin.com/in/meroe", "handle", "meroe"),
    }


def test_hangouts_and_x_and_instagram(tmp_path: Path) -> None:
    talk = {"conversation": {"id": {"id": "c"}, "participant_data": [{"id": {"gaia_id": "7"}, "fallback_name": "Ana", "phone_number": {"e164": "+491701234567"}}]}, "conversation_id": {"id": "c"}}  # fmt: skip
    event = {"sender_id": {"gaia_id": "7"}, "timestamp": str(_T * 10**6), "event_type": "REGULAR_CHAT_MESSAGE", "chat_message": {"message_content": {"segment": [{"type": "TEXT", "text": "hi"}]}}}  # fmt: skip
    hangouts = json.dumps({"conversations": [{"conversation": talk, "events": [event]}]}).encode()
    assert told(tmp_path / "g", {"Hangouts.json": hangouts}) == {("hangouts", "7", "phone", "+491701234567")}
    said = {"messageCreate": {"senderId": "7", "recipientId": "1", "text": "hi", "createdAt": "2024-01-01T10:00:00.000Z"}}
    x = {
        "data/direct-messages.js": b"window.YTD.direct_messages.part0 = " + json.dumps([{"dmConversation": {"conversationId": "1-7", "messages": [said]}}]).encode(),
        "data/account.js": b'window.YTD.account.part0 = [{"account": {"email": "me@example.org", "username": "me_roe", "accountId": "1"}}]',
    }  # fmt: skip
    assert told(tmp_path / "x", x) == {("twitter", "1", "handle", "me_roe"), ("twitter", "1", "email", "me@example.org")}
    thread = messenger(dialogue(4, other="Ana 🌸"), ["Ana 🌸", "Me Roe"], title="Ana 🌸")
    instagram = {"your_instagram_activity/messages/inbox/ana.k92_1234567/message_1.json": thread}
    assert told(tmp_path / "i", instagram) == {("instagram", "Ana 🌸", "handle", "ana.k92")}


# on the site


def lines(platform: str, sender: str, *says: str, **known: str) -> bytes:
    rows = [{"platform": platform, "conversation": "c", "sender": who, "sent_at": _T + n, "text": said, "is_owner": who == "Me Roe", **(known if who == sender else {})} for n, (who, said) in enumerate((who, said) for said in says for who in (sender, "Me Roe"))]  # fmt: skip
    return "\n".join(json.dumps(row) for row in rows).encode()


def read(owner: User, name: str, content: bytes) -> None:
    services.receive_bytes(owner_id=owner.pk, name=name, content=content)
    tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))


@pytest.fixture
def two(owner: User) -> None:
    read(owner, "a.jsonl", lines("a", "A. K.", "hello there", email="ana@example.org", nickname="Mausi"))
    read(owner, "b.jsonl", lines("b", "Kovač", "and here", email="Ana@Example.org", handle="ana_k92"))


def asked(vault: Vault) -> list[str]:
    return [why for *_, why in matching.suggestions(vault, selectors.roster(vault))]


WHY = "both have the e-mail address ana@example.org"


@pytest.mark.django_db(transaction=True)
def test_two_accounts_with_one_address_are_suggested_joined_and_split_for_good(two: None, vault: Vault) -> None:
    assert [why.casefold() for why in asked(vault)] == [WHY]
    ((one, other, _),) = matching.suggestions(vault, selectors.roster(vault))
    services.join_people(person=Person.objects.get(pk=one.id), into=Person.objects.get(pk=other.id))
    assert asked(vault) == []
    services.split_person(person=Person.objects.get(pk=one.id))
    assert asked(vault) == [], "who was split is not suggested again"
    services.join_people(person=Person.objects.get(pk=one.id), into=Person.objects.get(pk=other.id))
    assert not TwoPeople.objects.exists(), "joined after all: that they are two was taken back"


@pytest.mark.django_db(transaction=True)
def test_they_are_two_says_the_owner_and_nobody_else(
    two: None, owner: User, stranger: User, vault: Vault, client: Client
) -> None:
    one, other = (p for p in selectors.roster(vault).people.values() if not p.is_me)
    path = f"/archives/people/{one.id}/two"
    client.force_login(stranger)
    assert client.post(path, {"into": str(other.id)}).status_code == 404
    client.force_login(owner)
    assert "They are two" in client.get("/archives/people").content.decode()
    client.post(path, {"into": "nonsense"})
    assert len(asked(vault)) == 1
    page = client.post(path, {"into": str(other.id)}, follow=True).content.decode()
    assert "not suggested again" in page
    assert "Perhaps one person" not in page
    client.post(path, {"into": str(other.id)})
    assert TwoPeople.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_addresses_are_sealed_and_belong_to_whom_they_were_told_of(two: None, owner: User, vault: Vault) -> None:
    ((one, other, _),) = matching.suggestions(vault, selectors.roster(vault))
    services.join_people(person=Person.objects.get(pk=one.id), into=Person.objects.get(pk=other.id))
    read(owner, "a.jsonl", lines("a", "A. K.", "hello there", "more", phone="+49 170 1234567"))
    rows = {str(vault.unseal(p, "name", p.name)): (p, people.ways_of(vault, p)) for p in Person.objects.all()}
    assert rows["A. K."][1] == [("email", "ana@example.org"), ("phone", "+49 170 1234567"), ("nickname", "Mausi")]
    assert ("handle", "ana_k92") in rows["Kovač"][1]
    assert all(b"example" not in bytes(p.addresses or b"") for p, _ in rows.values())


def said(vault: Vault) -> list[str]:
    rows = Conversation.objects.order_by("platform", "created_at")
    return [r.text for row in rows for r in selectors.records(vault, row)]


def forget(vault: Vault, name: str) -> None:
    person = next(p for p in Person.objects.all() if vault.unseal(p, "name", p.name) == name)
    tasks.forget(job_id=str(forgetting.start(person=person).pk))


def of_two_chats(*more: dict[str, object]) -> bytes:
    """One with somebody, one in which she is spoken of."""
    rows: list[dict[str, object]] = [
        {"conversation": "c1", "sender": "Elizabeth Quill", "text": "hi there"},
        {"conversation": "c1", "sender": "Me Roe", "text": "hello", "is_owner": True},
        {
            "conversation": "c2",
            "sender": "Me Roe",
            "text": "did you see Zibbie or moonfox92 or zibbie.moon@example.org?",
            "is_owner": True,
        },
        {"conversation": "c2", "sender": "Cy Dent", "text": "only Zibbie", "email": "home@example.org"},
        *more,
    ]
    return "\n".join(json.dumps({"sent_at": _T + n, **row}) for n, row in enumerate(rows)).encode()


KNOWN: dict[str, object] = {"conversation": "c1", "sender": "Elizabeth Quill", "text": "so long", "nickname": "Zibbie", "handle": "moonfox92", "email": "zibbie.moon@example.org"}  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_forgetting_somebody_takes_all_ways_along_in_which_they_are_known(owner: User, vault: Vault) -> None:
    shared = {"conversation": "c1", "sender": "Elizabeth Quill", "text": "bye", "email": "home@example.org"}
    mine = {"conversation": "c2", "sender": "Me Roe", "text": "write to home@example.org", "is_owner": True}
    read(owner, "a.jsonl", of_two_chats(KNOWN, shared, mine))
    assert not [t for t in said(vault) if "Zibbie" in t or "moonfox" in t]
    forget(vault, "Elizabeth Quill")
    told = [e.value for row in Conversation.objects.all() for e in ledgers.ledger(vault, row.pk)]
    assert not [value for value in told if "ibbie" in value or "moonfox" in value], "burnt: nobody can put them back"
    assert "home@example.org" in told, "what somebody who stays is known by too is still theirs"
    assert not [p for p in ledgers.names(vault) if p.real == "Zibbie"]
    assert "moonfox92" not in people.user_names(vault)
    assert not [t for t in said(vault) if "Zibbie" in t or "moonfox" in t]


@pytest.mark.django_db(transaction=True)
def test_what_a_later_upload_tells_of_somebody_forgotten_goes_and_is_not_kept(owner: User, vault: Vault) -> None:
    read(owner, "a.jsonl", "\n".join(of_two_chats().decode().split("\n")[:2]).encode())
    forget(vault, "Elizabeth Quill")
    read(owner, "b.jsonl", of_two_chats(KNOWN))
    texts = said(vault)
    assert len([t for t in texts if t.startswith("did you see")]) == 1
    assert not [t for t in texts if "Zibbie" in t or "moonfox" in t]
    told = [e.value for row in Conversation.objects.all() for e in ledgers.ledger(vault, row.pk)]
    assert not [value for value in told if "ibbie" in value or "moonfox" in value]
    assert not [p for p in ledgers.names(vault) if p.real == "Zibbie"]


@pytest.mark.django_db(transaction=True)
def test_a_decision_that_is_undone_leaves_nicknames_replaced(owner: User, vault: Vault) -> None:
    read(owner, "a.jsonl", of_two_chats(KNOWN))
    before = said(vault)
    rescrubbing.undo_decision(deciding.decide(vault=vault, kind="name", value="Zibbie", action="take"))
    tasks.rescrub(job_id=str(rescrubbing.start_rescrub(owner_id=owner.pk).pk))
    assert not [t for t in said(vault) if "Zibbie" in t]
    assert said(vault) == before, "by the same name as before"


@pytest.mark.django_db(transaction=True)
def test_statuses_and_phrases_stay_in_texts(owner: User, vault: Vault) -> None:
    words = ["nothing until Monday", "red until then", "ask devops", "meet at area 51", "player 1 is ready"]
    users = [{"id": "U1", "name": "player1", "real_name": "Ana Kovac", "profile": {"display_name": "AFK until Monday"}}, {"id": "U2", "name": "area51", "real_name": "Bo Dent", "profile": {"display_name": "devops"}}]  # fmt: skip
    day = [
        {"type": "message", "user": f"U{n % 2 + 1}", "ts": f"{_T + n}.000100", "text": text} for n, text in enumerate(words)
    ]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("users.json", json.dumps(users))
        archive.writestr("general/2023-11-14.json", json.dumps(day))
    read(owner, "slack.zip", out.getvalue())
    assert said(vault) == words


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("junk", ["abc", [1], [["phone", 5]], [["x", "y"]], {"a": 1}, [["email", "a@example.org"], None]])
def test_junk_of_an_export_that_was_brought_along_is_passed_over(junk: object, owner: User, vault: Vault) -> None:
    read(owner, "a.jsonl", of_two_chats())
    for person in Person.objects.all():
        Person.objects.filter(pk=person.pk).update(addresses=vault.seal(person, "addresses", junk))
    read(owner, "b.jsonl", of_two_chats(KNOWN))
    assert "moonfox92" in people.user_names(vault)
    matching.suggestions(vault, selectors.roster(vault))


def test_so_many_addresses_are_remembered_and_no_more(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MOST_KNOWN", 10)
    roster = people.Roster(vault)
    for n in range(2_000):
        roster.know(Address("a", "one", "nickname", f"name {n}"))
        roster.know(Address("a", f"other {n}", "email", f"{n}@example.org"))
        roster.know(Address("a", "one", "email", "x" * 1_000))
    assert len(roster._ways) == 10
    assert max(map(len, roster._ways.values())) == 4 * addresses.MOST


@pytest.mark.django_db(transaction=True)
def test_user_names_and_nicknames_are_scrubbed_wherever_they_stand(owner: User, vault: Vault) -> None:
    said = "find me as ana_k92 there", "Mausi is what Ana calls her", "the ana bakery 92"
    read(owner, "a.jsonl", lines("a", "Me Too", *said))  # nothing is known of her yet
    read(owner, "b.jsonl", lines("b", "Kovač", "ana_K92 again", "this is Mausi here", handle="ana_k92", nickname="Mausi"))
    texts = [r.text for row in Conversation.objects.order_by("platform") for r in selectors.records(vault, row)]
    assert not [t for t in texts if "ana_k92" in t.casefold() or "Mausi" in t], texts
    assert texts.count("the ana bakery 92") == 2, "words of a user name are no user name"
    assert sum("[handle]" in t or "handle" in t for t in texts) >= 3


def test_a_file_of_many_addresses_is_bounded() -> None:
    ways: list[Way] = [("nickname", f"name {n}") for n in range(100)] + [("phone", "+49 170 1234567"), ("email", "x" * 200)]
    kept = addresses.told(ways)
    assert len(kept) == addresses.MOST
    assert ("phone", "+49 170 1234567") in kept
