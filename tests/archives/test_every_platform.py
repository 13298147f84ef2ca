"""Every platform both ways: what the generators write, the readers read back exactly. They share no code."""

from __future__ import annotations

import random
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.archives.formats import container, layout, registry, streams
from apps.archives.formats.types import Message, Owner, Record
from apps.archives.generators.registry import GENERATORS, answers
from apps.archives.generators.story import World

Person = tuple[str, str]  # name, id
#: Which are written as several downloads where the account is large.
CUTTABLE = ["facebook", "instagram", "facebook-html", "hangouts", "googlechat", "twitter", "telegram-html"]

#: Archives of several files, which somebody may have unpacked and packed again in halves.
PACKED = [name for name, generator in GENERATORS.items() if generator.suffix in (".zip", ".tar")]


def unpacked(path: Path) -> list[Path]:
    """Several chats of an iPhone are several zips, uploaded side by side; a zip of zips is refused."""
    if path.suffix != ".zip" or not zipfile.is_zipfile(path):
        return [path]
    with zipfile.ZipFile(path) as outer:
        if not all(n.endswith(".zip") for n in outer.namelist()):
            return [path]
        outer.extractall(path.with_suffix(""))
    return list(path.with_suffix("").iterdir())


def read(*paths: Path) -> list[Record]:
    paths = tuple(inner for p in paths for inner in unpacked(p))
    return list(registry.read(container.open_all([(p.name, p) for p in sorted(paths)])))


def chats(records: list[Record]) -> list[tuple[bool, list[Message]]]:
    found: dict[str, list[Message]] = {}
    for record in records:
        if isinstance(record, Message) and record.kind == "text":
            found.setdefault(record.conversation, []).append(record)
    return [(group[0].is_group, sorted(group, key=lambda m: m.sent_at or 0.0)) for group in found.values()]


def once(records: list[Record]) -> list[Record]:
    """Without what is said twice, of which the ingest keeps one."""
    kept = {(r.conversation, r.sender_id, r.sent_at, r.text): r for r in records if isinstance(r, Message)}
    return [*kept.values(), *(r for r in records if not isinstance(r, Message))]


def same(name: str, records: list[Record], world: World) -> None:
    """Text, time, sender, order and groups, conversation by conversation."""
    generator = GENERATORS[name]
    expected: dict[int, list[dict[str, Any]]] = {}
    for row in answers(name, world):
        if row["kind"] == "text":
            expected.setdefault(row["chat_number"], []).append(row)
    if name.startswith("linkedin"):  # it writes some rows twice
        records = once(records)
    got = chats(records)
    people: dict[Person, set[str]] = {}
    words = sorted(m.text for _, group in got for m in group)
    assert words == sorted(row["text"] for rows in expected.values() for row in rows)
    if name == "dialogues":
        return
    ours = {tuple(m.text for m in group): (is_group, group) for is_group, group in got}
    for rows in expected.values():
        key = tuple(row["text"] for row in rows)
        assert key in ours, f"a chat of {len(rows)} messages is cut, merged or out of order"
        is_group, group = ours[key]
        if not generator.own_only:
            assert is_group == rows[0]["is_group"], rows[0]["chat"]
        zone_free = name == "telegram-html"  # the printed offset cannot be trusted, so the wall clock is kept
        if zone_free:
            shifts = {round((m.sent_at or 0) - row["at"]) for m, row in zip(group, rows, strict=True)}
            assert len(shifts) == 1
        else:
            assert [m.sent_at for m in group] == [pytest.approx(row["at"], abs=generator.resolution / 2) for row in rows]
            assert {m.tz_known for m in group} == {generator.tz_known}
        for message, row in zip(group, rows, strict=True):
            people.setdefault((row["sender"], row["sender_id"]), set()).add(message.sender_id)
            if generator.names and not (row["is_owner"] and generator.owner_written is not None):
                assert message.sender in (row["sender"], row["sender_id"])  # a number that is in no address book
    read_as = [sender for found in people.values() for sender in found]
    assert len(read_as) == len(people), f"one person became several: {people}"
    assert len(set(read_as)) == len(people), f"several people became one: {people}"
    same_owner(name, records, people, [row for rows in expected.values() for row in rows if row["is_owner"]])
    if generator.titles:
        titles = Counter(group[0].title for _, group in got)
        wanted = Counter(rows[0]["chat"] for rows in expected.values())
        assert sum((titles & wanted).values()) >= len(wanted) - 1, (titles, wanted)


def same_owner(name: str, records: list[Record], people: dict[Person, set[str]], written: list[dict[str, Any]]) -> None:
    """Who is found as "me" is who the world is about, wherever the export can tell; nobody else is ever named."""
    found = {o.sender_id for o in records if isinstance(o, Owner)}
    if written:
        assert found <= people[written[0]["sender"], written[0]["sender_id"]]
    assert found or not written or not GENERATORS[name].owner_known


@pytest.mark.parametrize("noise", [False, True], ids=["plain", "noise"])
@pytest.mark.parametrize("name", list(GENERATORS))
def test_what_was_written_is_read(name: str, noise: bool, tmp_path: Path) -> None:
    world = World(messages=400, seed=3, chats=4, groups=1)
    path = tmp_path / f"export{GENERATORS[name].suffix}"
    GENERATORS[name].write(world, path, noise=noise)
    same(name, read(path), world)


@pytest.mark.parametrize("batch", [300, 5_000])
@pytest.mark.parametrize(
    "name", ["telegram", "telegram-control", "telegram-chat", "hangouts", "hangouts-old", "discord-dce", "skype"]
)
def test_large_files_are_read_piece_by_piece(name: str, batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(messages=300, seed=batch % 11, chats=3, groups=1)
    path = tmp_path / f"export{GENERATORS[name].suffix}"
    GENERATORS[name].write(world, path, noise=True)
    monkeypatch.setattr(streams, "WHOLE", 100)
    monkeypatch.setattr(layout, "BATCH", batch)
    same(name, read(path), world)


@pytest.mark.parametrize("name", CUTTABLE)
def test_parts_are_one_export(name: str, tmp_path: Path) -> None:
    world = World(messages=400, seed=5, chats=3, groups=1)
    GENERATORS[name].write(world, tmp_path / f"export{GENERATORS[name].suffix}", parts=2, noise=False)
    same(name, read(*tmp_path.iterdir()), world)


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    messages=st.integers(1, 120),
    people=st.integers(1, 5),
    groups=st.integers(0, 2),
    parts=st.integers(1, 3),
)
@pytest.mark.parametrize("name", list(GENERATORS))
def test_any_world_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    seed: int,
    messages: int,
    people: int,
    groups: int,
    parts: int,
) -> None:
    world = World(messages=max(messages, 8 * (people + groups)), seed=seed, chats=people, groups=groups)
    folder = tmp_path_factory.mktemp("world")
    parts = min(parts, people + groups) if name in CUTTABLE else 1
    GENERATORS[name].write(world, folder / f"export{GENERATORS[name].suffix}", parts=parts, noise=seed % 2 == 0)
    same(name, read(*folder.iterdir()), world)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), chats=st.integers(1, 4), groups=st.integers(0, 2), count=st.integers(2, 3))
@pytest.mark.parametrize("name", PACKED)
def test_halves_that_were_packed_by_hand_are_one_export(
    tmp_path_factory: pytest.TempPathFactory, name: str, seed: int, chats: int, groups: int, count: int
) -> None:
    """Every file may lie in any of two or three uploads, far from those that tell who its people are."""
    world = World(messages=30 * (chats + groups), seed=seed, chats=chats, groups=groups)
    folder = tmp_path_factory.mktemp("halves")
    whole = folder / f"export{GENERATORS[name].suffix}"
    GENERATORS[name].write(world, whole, noise=seed % 2 == 0)
    packed = [half for path in unpacked(whole) for half in repacked(path, count, random.Random(seed))]
    same(name, as_one(name, read(*packed)), world)


def as_one(name: str, records: list[Record]) -> list[Record]:
    """As the ingest takes the halves of a conversation: a group in one is a group, and of two forms of a message one is kept."""
    groups = {r.conversation for r in records if isinstance(r, Message) and r.is_group}
    joined = [
        msgspec.structs.replace(r, is_group=r.conversation in groups) if isinstance(r, Message) else r for r in records
    ]
    return once(joined) if name == "signal-export" else joined


def repacked(path: Path, count: int, dice: random.Random) -> list[Path]:
    """The files of an archive in up to `count` zips of its name, in folders of their own."""
    files = {m.name: m for m in container.open_all([(path.name, path)])}
    where = {name: dice.randrange(count) for name in files}
    made = []
    for number in sorted(set(where.values())):
        made.append(path.parent / f"half {number}" / path.with_suffix(".zip").name)
        made[-1].parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(made[-1], "w") as half:
            for name in (name for name, place in where.items() if place == number):
                with files[name].open() as stream:
                    half.writestr(name, stream.read())
    return made


def test_a_space_has_its_name_though_that_lies_in_another_half(tmp_path: Path) -> None:
    world = World(messages=40, seed=3, chats=1, groups=1)
    GENERATORS["googlechat"].write(world, tmp_path / "takeout.zip", noise=False)
    with zipfile.ZipFile(tmp_path / "takeout.zip") as whole:
        for half in ("a.zip", "b.zip"):
            with zipfile.ZipFile(tmp_path / half, "w") as target:
                for name in whole.namelist():
                    if name.endswith("messages.json") == (half == "a.zip"):
                        target.writestr(name, whole.read(name))
    found = read(tmp_path / "a.zip", tmp_path / "b.zip")
    assert {m.title for m in found if isinstance(m, Message)} == {row["chat"] for row in answers("googlechat", world)}
