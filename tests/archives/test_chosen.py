"""Files that were chosen without their folders: no two conversations become one, and none comes twice, in whatever order they come."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import ingest, sandbox
from apps.archives.formats.slack import NO_CHANNEL
from apps.archives.models import Conversation
from tests.archives.test_merging import said, upload
from tests.archives.test_renamed import as_before
from tests.conftest import zipped

pytestmark = pytest.mark.django_db(transaction=True)
Files = list[tuple[str, bytes]]
#: Who says it, and what.
Talk = list[tuple[str, str]]
BEA: Talk = [("Ann", "hello Bea"), ("Bea", "yo Ann"), ("Ann", "the lake is frozen"), ("Bea", "skates then")]
CY: Talk = [("Ann", "hello Cy"), ("Cy", "hi there"), ("Ann", "is the shop open"), ("Cy", "until six")]
ALL: Talk = [("Bea", "who brings bread"), ("Ann", "me"), ("Cy", "and I bring cheese"), ("Bea", "lovely")]
#: Another group of the same people.
TEA: Talk = [("Bea", "green or black"), ("Ann", "green"), ("Cy", "black"), ("Bea", "both then")]


@pytest.fixture(autouse=True)
def _no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "SHADOWED", 0)


def google(talk: Talk, space: str = "", hour: int = 10) -> bytes:
    """Without `space` its messages tell no id of their conversation."""
    rows: list[dict[str, Any]] = [
        {
            "creator": {"name": who, "email": f"{who.lower()}@example.com", "user_type": "Human"},
            "created_date": f"Tuesday, March 3, 2020 at {hour}:{10 + n}:12 AM UTC",
            "text": text,
            "topic_id": f"t{n}",
            "message_id": f"{space}/t{n}/t{n}" if space else f"m{n}",
        }
        for n, (who, text) in enumerate(talk)
    ]
    return json.dumps({"messages": rows}).encode()


def signal(talk: Talk, hour: int = 10) -> bytes:
    called = {"Ann": "Me"}
    lines = [f"[2024-01-02 {hour}:{10 + n}:00] {called.get(who, who)}: {text}" for n, (who, text) in enumerate(talk)]
    return "\n".join([*lines, ""]).encode()


def signal_lines(talk: Talk, hour: int = 10) -> bytes:
    rows = [
        {"date": f"2024-01-02 {hour}:{10 + n}:00", "sender": "Me" if who == "Ann" else who, "body": text, "quote": ""}
        for n, (who, text) in enumerate(talk)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def slack(talk: Talk, hour: int = 10) -> bytes:
    rows = [
        {"type": "message", "user": who, "text": text, "ts": f"{1_681_413_000 + 3_600 * hour + n}.{hour:06}"}
        for n, (who, text) in enumerate(talk)
    ]
    return json.dumps(rows).encode()


def words(*talks: Talk) -> list[tuple[str, ...]]:
    return sorted(tuple(text for _, text in talk) for talk in talks)


FOUR = [BEA, CY, ALL, TEA]
CHOSEN: dict[str, Files] = {
    "googlechat": [("messages.json", google(talk, f"AAAA{n}bcdEFG", 7 + n)) for n, talk in enumerate(FOUR)],
    "googlechat without ids": [("messages.json", google(talk)) for talk in FOUR],
    "signal": [("chat.md", signal(talk, 10 + n)) for n, talk in enumerate(FOUR)],
    "signal at one time": [("chat.md", signal(talk)) for talk in FOUR],
    "signal in lines": [("data.json", signal_lines(talk, 10 + n)) for n, talk in enumerate(FOUR)],
    "slack": [("2023-04-13.json", slack(talk, n)) for n, talk in enumerate(FOUR)],
    "slack at one time": [("2023-04-13.json", slack(talk)) for talk in FOUR],
}


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2)])
def test_conversations_stay_apart(name: str, order: tuple[int, ...], owner: User, vault: Vault) -> None:
    files = CHOSEN[name]
    whole = words(*FOUR)
    turned = [files[n] for n in order]
    for file in turned:
        upload(owner, [file], vault)
    assert sorted(said(vault).elements()) == whole
    assert upload(owner, files, vault)["new"] == 0, "all at once"
    assert upload(owner, turned[::-1], vault)["new"] == 0
    assert sorted(said(vault).elements()) == whole


@pytest.mark.parametrize("name", CHOSEN)
def test_all_at_once_and_then_each(name: str, owner: User, vault: Vault) -> None:
    files = CHOSEN[name]
    upload(owner, files, vault)
    assert sorted(said(vault).elements()) == words(*FOUR)
    assert [upload(owner, [file], vault)["new"] for file in files] == [0] * len(files)


@pytest.mark.parametrize("name", ["googlechat", "googlechat without ids", "signal", "signal in lines"])
@pytest.mark.parametrize("at", [0, 2])
def test_a_newer_file_of_one_conversation_is_the_same(name: str, at: int, owner: User, vault: Vault) -> None:
    """When the older one was made, not everybody had written yet."""
    makers: dict[str, Callable[[Talk], bytes]] = {
        "googlechat": lambda talk: google(talk, "AAAAbcdEFGh"),
        "googlechat without ids": google,
        "signal": signal,
        "signal in lines": signal_lines,
    }
    called = CHOSEN[name][0][0]
    for count in (
        2 if "signal" in name and at == 0 else 1,
        len(FOUR[at]),
    ):  # what its owner alone says may be said to several
        upload(owner, [(called, makers[name](FOUR[at][:count]))], vault)
    assert sorted(said(vault).elements()) == words(FOUR[at])


@pytest.mark.parametrize("talk", [BEA, ALL])
@pytest.mark.parametrize("folder_first", [True, False])
def test_the_same_in_its_folder(talk: Talk, folder_first: bool, owner: User, vault: Vault) -> None:
    place = "Google Chat/Groups/Space AAAAbcdEFGh" if talk is ALL else "Google Chat/Groups/DM AAAAbcdEFGh"
    content = google(talk, "AAAAbcdEFGh")
    files: Files = [(f"{place}/messages.json", content), ("messages.json", content)]
    for file in files if folder_first else files[::-1]:
        upload(owner, [file], vault)
    name = "Club" if talk is ALL else "Bea"
    files = [(f"signal-chats/{name}/chat.md", signal(talk)), ("chat.md", signal(talk))]
    for file in files if folder_first else files[::-1]:
        upload(owner, [file], vault)
    assert sorted(said(vault).elements()) == words(talk, talk)


GREETING = ("Ann", "Happy new year!")
TO_BEA: Talk = [GREETING, ("Bea", "same to you"), ("Ann", "see you, Bea")]
TO_CY: Talk = [GREETING, ("Cy", "thanks"), ("Ann", "see you, Cy")]
TO_BOTH: Talk = [GREETING, ("Bea", "to you all"), ("Cy", "yes")]


@pytest.mark.parametrize("maker", [signal, signal_lines])
@pytest.mark.parametrize("folders", [True, False])
@pytest.mark.parametrize("greeted", [1, 2])
def test_chats_that_begin_with_one_greeting_stay_apart(
    maker: Callable[[Talk], bytes], folders: bool, greeted: int, owner: User, vault: Vault
) -> None:
    """It was sent to several in one second, and some of them had not answered yet."""
    called = "chat.md" if maker is signal else "data.json"
    for _ in range(2):
        upload(owner, [(called, maker([GREETING]))] * greeted, vault)
    chats = [("Bea", TO_BEA), ("Cy", TO_CY), ("We", TO_BOTH)]
    files: Files = [(f"chats/{name}/{called}" if folders else called, maker(talk)) for name, talk in chats]
    for file in files:
        upload(owner, [("x.zip", zipped({file[0]: file[1]})) if folders else file], vault)
    greetings = [[GREETING]] * greeted
    assert sorted(said(vault).elements()) == words(TO_BEA, TO_CY, TO_BOTH, *greetings)
    assert upload(owner, files, vault)["new"] == 0
    assert sorted(said(vault).elements()) == words(TO_BEA, TO_CY, TO_BOTH, *greetings)


def test_what_they_are_called(owner: User, vault: Vault) -> None:
    upload(owner, [("chat.md", signal(BEA)), ("chat.md", signal(ALL, 11))], vault)
    upload(owner, [("messages.json", google(ALL, "AAAAbcdEFGh"))], vault)
    titles = {(row.platform, str(vault.unseal(row, "title", row.title)), row.is_group) for row in Conversation.objects.all()}
    assert titles == {("signal", "Bea", False), ("signal", "Bea, Cy", True), ("googlechat", "Bea, Ann, Cy", True)}


def test_a_day_without_its_channel_says_so(owner: User, vault: Vault) -> None:
    upload(owner, [("2023-04-13.json", slack(ALL))], vault)
    row = Conversation.objects.get()
    assert (vault.unseal(row, "stats", row.stats) or {})["notes"] == [NO_CHANNEL]


DAY, OTHER_DAY = (
    slack([("Ann", f"{of} {n}") if n % 2 else ("Bea", f"{of} {n}") for n in range(6)], hour)
    for of, hour in (("one", 0), ("two", 24))
)
LISTS = {
    "users.json": b'[{"id": "Ann", "name": "ann"}, {"id": "USLACKBOT", "name": "slackbot"}, {"name": "nobody"}]',
    "channels.json": b'[{"id": "C1", "name": "general"}, {"id": "C2", "name": "trips"}]',
}
TRIPS = slack([("Ann", f"trips {n}") for n in range(6)], 1)
WHOLE: Files = [
    (
        "slack.zip",
        zipped(
            LISTS | {"general/2023-04-13.json": DAY, "general/2023-04-14.json": OTHER_DAY, "trips/2023-04-13.json": TRIPS}
        ),
    )
]
DAYS: Files = [("2023-04-13.json", DAY), ("2023-04-14.json", OTHER_DAY)]
GENERAL, OF_TRIPS = tuple(f"{of} {n}" for of in ("one", "two") for n in range(6)), tuple(f"trips {n}" for n in range(6))


def titles(vault: Vault) -> set[str]:
    return {str(vault.unseal(row, "title", row.title)) for row in Conversation.objects.all()}


@pytest.mark.parametrize(
    "uploads", [[DAYS[:1], WHOLE], [WHOLE, DAYS[:1], DAYS[1:]], [WHOLE + DAYS], [DAYS + WHOLE], [DAYS[1:], WHOLE, DAYS]]
)
def test_a_day_and_its_channel_are_one(uploads: list[Files], owner: User, vault: Vault) -> None:
    for files in uploads:
        upload(owner, files, vault)
    for files in uploads:
        assert upload(owner, files, vault)["new"] == 0
    assert sorted(said(vault).elements()) == [GENERAL, OF_TRIPS]
    assert titles(vault) == {"general", "trips"}


FOLDER: Files = [("general.zip", zipped({"general/2023-04-13.json": DAY, "general/2023-04-14.json": OTHER_DAY}))]


@pytest.mark.parametrize("uploads", [[FOLDER, WHOLE], [WHOLE, FOLDER], [FOLDER, DAYS, WHOLE], [WHOLE + FOLDER]])
def test_a_channel_that_came_without_the_lists(uploads: list[Files], owner: User, vault: Vault) -> None:
    """Its folder tells its name, the list its id."""
    for files in [*uploads, *uploads]:
        upload(owner, files, vault)
    assert sorted(said(vault).elements()) == [GENERAL, OF_TRIPS]


OTHER_PLACE: Files = [
    (
        "general.zip",
        zipped(
            {
                "general/2023-04-13.json": slack(
                    [("Dee", f"other {n}") for n in range(6)] + [("USLACKBOT", "a reminder"), ("", "a bot")], 2
                )
            }
        ),
    )
]


ORGANISED: Files = [
    (
        "slack.zip",
        zipped(
            {"org_users.json": LISTS["users.json"], "team/channels.json": LISTS["channels.json"]}
            | {
                "team/general/2023-04-13.json": DAY,
                "team/general/2023-04-14.json": OTHER_DAY,
                "team/trips/2023-04-13.json": TRIPS,
            }
        ),
    )
]


@pytest.mark.parametrize(
    "uploads",
    [[WHOLE, OTHER_PLACE], [OTHER_PLACE, WHOLE], [WHOLE + OTHER_PLACE], [OTHER_PLACE + WHOLE], [ORGANISED + OTHER_PLACE]],
)
def test_channels_of_one_name_of_two_workspaces_stay_two(uploads: list[Files], owner: User, vault: Vault) -> None:
    for files in [*uploads, *uploads]:
        upload(owner, files, vault)
    assert sorted(said(vault).elements()) == sorted([GENERAL, OF_TRIPS, tuple(f"other {n}" for n in range(6))])


def test_two_days_and_then_their_channel(owner: User, vault: Vault) -> None:
    """One of them becomes the channel; nothing of the other comes again."""
    for files in (DAYS[:1], DAYS[1:], WHOLE, WHOLE, DAYS):
        upload(owner, files, vault)
    assert sorted(said(vault).elements()) == sorted([GENERAL[:6], GENERAL[6:], OF_TRIPS])


def test_a_newer_export_of_a_channel_that_was_a_day(owner: User, vault: Vault) -> None:
    upload(owner, DAYS[:1], vault)
    upload(owner, WHOLE, vault)
    newer = json.dumps([{"type": "message", "user": "Bea", "text": "new", "ts": "1681600000.000300"}]).encode()
    upload(
        owner, [("s.zip", zipped(LISTS | {"general/2023-04-14.json": OTHER_DAY, "general/2023-04-15.json": newer}))], vault
    )
    assert sorted(said(vault).elements()) == [(*GENERAL, "new"), OF_TRIPS]


@pytest.mark.parametrize("count", [1, 2])
def test_a_short_day_of_another_channel_stays_apart(count: int, owner: User, vault: Vault) -> None:
    """What was brought from elsewhere has whole seconds, and may have been said in several channels."""
    rows = [
        {"type": "message", "user": "Ann", "text": f"flyer {n}", "ts": f"{1_681_413_000 + n}.000000"} for n in range(count)
    ]
    day = json.dumps(rows).encode()
    upload(owner, [("slack.zip", zipped(LISTS | {"general/2023-04-13.json": day}))], vault)
    assert upload(owner, [("2023-04-13.json", day)], vault)["new"] == count


def upload_as_before(key: str, owner: User, files: Files, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an earlier version kept it. Readers run in a process of their own, so what comes out of it is changed."""
    read = sandbox.read
    with monkeypatch.context() as then:
        then.setattr(sandbox, "read", lambda *given: as_before(read(*given), key))
        upload(owner, files, vault)
    row = Conversation.objects.get()
    assert (vault.unseal(row, "stats", row.stats) or {})["key"] == key


#: Only one writes in it, so that nothing but a key tells what it is.
OF_BEA: Talk = [("Bea", f"bea {n}") for n in range(4)]


@pytest.mark.parametrize(
    ("name", "first", "before"),
    [
        ("googlechat", CHOSEN["googlechat"][0][1], "id:upload 3"),
        ("googlechat", CHOSEN["googlechat"][0][1], "id:"),
        ("signal", signal(OF_BEA), "folder:chat"),
        ("signal in lines", signal_lines(OF_BEA), "folder:upload 2"),
    ],
)
def test_what_an_earlier_version_kept_is_known_again(
    name: str, first: bytes, before: str, owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a name that said nothing; what else it may stand for stays apart from it."""
    files: Files = [(CHOSEN[name][0][0], first)]
    upload_as_before(before, owner, files, vault, monkeypatch)
    assert upload(owner, files, vault)["new"] == 0
    upload(owner, CHOSEN[name][1:], vault)
    assert sorted(said(vault).elements()) == words(BEA if name == "googlechat" else OF_BEA, *FOUR[1:])


# WhatsApp: a group whose name nothing tells


FIVE: Talk = [(who, f"club {n}") for n, who in enumerate(["Ann", "Bea", "Cy", "Dan", "Eve"])]
TRIP: Talk = [(who, f"trip {n}") for n, who in enumerate(["Ann", "Bea", "Cy", "Dan", "Zoe"])]
#: The same five as in the first.
FOOD: Talk = [(who, f"food {n}") for n, who in enumerate(["Ann", "Bea", "Cy", "Dan", "Eve"])]


def whatsapp(talk: Talk, day: int, name: str = "") -> bytes:
    notice = [f"[{day}.06.18, 20:00:00] {name}: \u200eMessages and calls are end-to-end encrypted."] if name else []
    said = [f"[{day}.06.18, 21:{20 + n}:15] {who}: {text}" for n, (who, text) in enumerate(talk)]
    return "\n".join([*notice, *said, ""]).encode()


@pytest.mark.parametrize("names", [("", "", ""), ("Club", "Trip", "Food")])
@pytest.mark.parametrize("at_once", [True, False])
def test_groups_of_nearly_the_same_people(names: tuple[str, ...], at_once: bool, owner: User, vault: Vault) -> None:
    talks = [FIVE, TRIP, FOOD]
    files = [("_chat.txt", whatsapp(talk, 13 + n, names[n])) for n, talk in enumerate(talks)]
    for some in [files] if at_once else [[file] for file in files]:
        upload(owner, some, vault)
    assert sorted(said(vault).elements()) == words(*talks)
    assert upload(owner, files[::-1], vault)["new"] == 0
    assert titles(vault) == ({*names} if any(names) else {"Ann, Bea, Cy, Dan"})
    assert all(row.is_group for row in Conversation.objects.all())


@pytest.mark.parametrize("at_once", [True, False])
def test_two_groups_of_one_name(at_once: bool, owner: User, vault: Vault) -> None:
    """One's own family and the in-laws."""
    mine: Talk = [(who, f"ours {n}") for n, who in enumerate(["Ann", "Mum", "Dad", "Bro"])]
    inlaws: Talk = [(who, f"theirs {n}") for n, who in enumerate(["Ann", "Inge", "Kurt", "Ole"])]
    files = [("_chat.txt", whatsapp(mine, 13, "Family")), ("_chat.txt", whatsapp(inlaws, 13, "Family"))]
    for some in [files] if at_once else [[file] for file in files]:
        upload(owner, some, vault)
    assert sorted(said(vault).elements()) == words(mine, inlaws)
    assert [upload(owner, [file], vault)["new"] for file in files] == [0, 0]
    assert upload(owner, [("WhatsApp Chat - Family.zip", zipped({"_chat.txt": files[1][1]}))], vault)["new"] == 0
    assert titles(vault) == {"Family"}


@pytest.mark.parametrize("name", ["", "Club"])
def test_a_newer_export_of_such_a_group(name: str, owner: User, vault: Vault) -> None:
    for talk in (FIVE[:3], FIVE, FIVE):
        receipt = upload(owner, [("_chat.txt", whatsapp(talk, 13, name))], vault)
    assert receipt["new"] == 0
    assert sorted(said(vault).elements()) == words(FIVE)


@pytest.mark.parametrize("name", ["", "Club"])
def test_a_group_that_was_kept_by_its_first_four_people(
    name: str, owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only one of them used words, so that nothing but a key tells what it is."""
    talk: Talk = [("Ann", f"club {n}") for n in range(4)]
    files: Files = [
        ("_chat.txt", whatsapp([*talk, *((who, "\u200eimage omitted") for who in ("Bea", "Cy", "Dan", "Eve"))], 13, name))
    ]
    upload_as_before("chat:Club" if name else "chat:Ann, Bea, Cy, Dan", owner, files, vault, monkeypatch)
    assert upload(owner, files, vault)["new"] == 0
    upload(owner, [("_chat.txt", whatsapp(TRIP, 14, name))], vault)
    assert sorted(said(vault).elements()) == words(talk, TRIP)


def test_an_iphones_chat_without_its_zip_is_the_same(owner: User, vault: Vault) -> None:
    """It names the chat in its first line."""
    content = whatsapp(BEA, 13, "Bea")
    upload(owner, [("_chat.txt", content)], vault)
    assert upload(owner, [("WhatsApp Chat - Bea.txt", content)], vault)["new"] == 0
    row = Conversation.objects.get()
    assert (vault.unseal(row, "title", row.title), row.is_group) == ("Bea", False)


# lists of dialogues


def forum(*dialogues: list[str]) -> bytes:
    return "".join(json.dumps({"dialogue": lines}) + "\n" for lines in dialogues).encode()


MINE, OTHERS = forum(["c", "b", "a"], ["e", "d"]), forum(["z", "y"], ["x", "w"])


@pytest.mark.parametrize("at_once", [True, False])
def test_dialogues_come_once_however_they_are_wrapped(at_once: bool, owner: User, vault: Vault) -> None:
    files: Files = [
        ("x.zip", zipped({"forum.jsonl": MINE})),
        ("forum.zip", zipped({"forum/forum.jsonl": MINE})),
        ("more.zip", zipped({"dumps/2024/forum.jsonl": MINE, "dumps/2023/forum.jsonl": OTHERS})),
        ("forum (1).jsonl", MINE),
    ]
    for some in [files] if at_once else [[file] for file in files]:
        upload(owner, some, vault)
    assert sorted(said(vault).elements()) == [("a", "b", "c", "d", "e"), ("y", "z", "w", "x")]


TRAIN, TEST = (forum(["hello", "hi"], [f"{of} {n}" for n in "4321"]) for of in ("train", "test"))
TRAIN_SAID, TEST_SAID = (("hi", "hello", *(f"{of} {n}" for n in "1234")) for of in ("train", "test"))


@pytest.mark.parametrize("at_once", [True, False])
def test_dialogues_that_only_begin_alike_stay_apart(at_once: bool, owner: User, vault: Vault) -> None:
    files: Files = [(f"{of}.zip", zipped({f"{of}/forum.jsonl": data})) for of, data in (("train", TRAIN), ("test", TEST))]
    for some in [files] if at_once else [[file] for file in files]:
        upload(owner, some, vault)
    assert sorted(said(vault).elements()) == sorted([TRAIN_SAID, TEST_SAID])
    assert [upload(owner, [file], vault)["new"] for file in files] == [0, 0]
    newer = forum(["next", "one"])
    assert upload(owner, [("forum.jsonl", TEST + newer)], vault)["new"] == 2
    assert upload(owner, [("forum.jsonl", TRAIN + newer)], vault)["new"] == 2
    assert sorted(said(vault).elements()) == sorted([(*TRAIN_SAID, "one", "next"), (*TEST_SAID, "one", "next")])


def test_a_shorter_list_is_not_what_joins_two_others(owner: User, vault: Vault) -> None:
    files: Files = [("forum.jsonl", data) for data in (forum(["hello", "hi"]), TRAIN, TEST)]
    upload(owner, files, vault)
    assert sorted(said(vault).elements()) == sorted([TRAIN_SAID, TEST_SAID])


@pytest.mark.parametrize("count", [2, 9_000])
def test_lists_in_lines(count: int, owner: User, vault: Vault) -> None:
    """Each is read, or said not to be: a reader of one list ends with it."""
    rows = [{"dialogue": ["b", "a"]}] * count
    lines = [json.dumps(rows), json.dumps([{"dialogue": ["d", "c"]}])]
    receipt: dict[str, Any] = upload(owner, [("forum.jsonl", "\n".join(lines).encode())], vault)
    told = [skipped for file in receipt["files"] for skipped in file["skipped"]]
    assert (receipt["new"], len(told)) == ((6, 0) if count == 2 else (2 * count, 1))


@pytest.mark.parametrize("before", ["file:forum.jsonl", "file:dumps/forum.jsonl"])
def test_dialogues_that_were_kept_by_their_path(
    before: str, owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: Files = [("x.zip", zipped({"dumps/forum.jsonl": MINE}))]
    upload_as_before(before, owner, files, vault, monkeypatch)
    assert upload(owner, files, vault)["new"] == 0
    assert sorted(said(vault).elements()) == [("a", "b", "c", "d", "e")]
