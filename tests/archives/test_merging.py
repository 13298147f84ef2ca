"""What people really upload: older and newer exports of every platform, parts, copies, folders; nothing twice and nothing lost."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from collections import Counter
from json import dumps, loads
from pathlib import Path

import pytest
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import conversations, ingest, scrubbing, selectors, services, tasks
from apps.archives.generators.registry import GENERATORS, answers
from apps.archives.generators.story import World
from apps.archives.models import Archive, Conversation
from apps.jobs.models import Job
from apps.privacy import selectors as privacy
from tests.archives.test_every_platform import CUTTABLE, unpacked

pytestmark = pytest.mark.django_db(transaction=True)
OLDER, NEWER = (World(messages=count, seed=4, chats=3, groups=1) for count in (60, 140))


@pytest.fixture(autouse=True)
def _no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    """How well each upload would be scrubbed takes longer than all else here and says nothing about what is merged."""
    monkeypatch.setattr(ingest, "SHADOWED", 0)


def written(name: str, world: World, folder: Path, *, noise: bool = False, **parts: int) -> list[tuple[str, bytes]]:
    """The files of an export, as they would be chosen."""
    folder.mkdir(parents=True, exist_ok=True)
    GENERATORS[name].write(world, folder / f"export{GENERATORS[name].suffix}", noise=noise, **parts)
    files = sorted(inner for path in folder.iterdir() if path.is_file() for inner in unpacked(path))
    return [(path.name, path.read_bytes()) for path in files]


def upload(owner: User, files: list[tuple[str, bytes]], vault: Vault) -> dict[str, int]:
    """Read files in one go; the receipt, which must add up."""
    sealed = []
    for name, data in files:
        with vault.create("upload") as (item, writer):
            writer.write(data)
        sealed.append((name, item))
    with transaction.atomic():
        archive = services._whole(vault, sealed)
    job = Job.objects.latest("created_at")
    tasks.ingest(job_id=str(job.pk))
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.cause
    receipt = selectors.receipt(vault, Archive.objects.get(pk=archive.pk)) or {}
    assert receipt["read"] == receipt["kept"] + receipt["left"], receipt
    return receipt


def said(vault: Vault) -> Counter[tuple[str, ...]]:
    """The words of every conversation in their order, as they were written."""
    found: Counter[tuple[str, ...]] = Counter()
    for row in Conversation.objects.filter(owner_id=vault.owner_id):
        entries = privacy.ledger(vault, row.pk)
        records = [r for r in conversations.records_of(vault, row) if r.kind == "text"]
        if records:
            found[tuple(scrubbing.original(r, [e for e in entries if e.record == r.id]).text for r in records)] += 1
    return found


def expected(name: str, world: World) -> Counter[tuple[str, ...]]:
    chats: dict[int, list[str]] = {}
    for row in answers(name, world):
        if row["kind"] == "text":
            chats.setdefault(row["chat_number"], []).append(row["text"])
    return Counter(tuple(texts) for texts in chats.values())


def lines(chats: Counter[tuple[str, ...]]) -> int:
    return sum(map(len, chats.elements()))


#: Lists without times, names or ids have nothing by which a longer one could be known again.
MERGING = [name for name in GENERATORS if name != "dialogues"]


@pytest.mark.parametrize("name", MERGING)
def test_an_older_and_a_newer_export_are_one_account(name: str, owner: User, vault: Vault, tmp_path: Path) -> None:
    older, newer = (written(name, world, tmp_path / f"{world.messages}") for world in (OLDER, NEWER))
    upload(owner, older, vault)
    receipt = upload(owner, newer, vault)
    assert said(vault) == expected(name, NEWER)
    assert receipt["new"] == lines(expected(name, NEWER)) - lines(expected(name, OLDER))
    again = upload(owner, older, vault)
    assert again["new"] == 0
    assert said(vault) == expected(name, NEWER)


@pytest.mark.parametrize("name", MERGING)
def test_the_newer_one_may_come_first_or_both_at_once(name: str, owner: User, vault: Vault, tmp_path: Path) -> None:
    """With photos, calls, notices and whatever else real exports hold between the words."""
    older, newer = (written(name, world, tmp_path / f"{world.messages}", noise=True) for world in (OLDER, NEWER))
    upload(owner, newer, vault)
    whole = expected(name, NEWER)
    assert said(vault) == whole
    assert upload(owner, older, vault)["new"] == 0
    assert upload(owner, [*older, *newer], vault)["new"] == 0
    assert said(vault) == whole


#: The same account as pages and as JSON.
PLAIN = [World(messages=count, seed=4, chats=3, groups=1, plain=True) for count in (60, 140)]
FORMS = [("facebook-html", "facebook"), ("instagram-html", "instagram"), ("telegram-html", "telegram")]


@pytest.mark.parametrize("noise", [False, True], ids=["plain", "noise"])
@pytest.mark.parametrize("turned", [False, True], ids=["pages first", "JSON first"])
@pytest.mark.parametrize(("pages", "json"), FORMS)
def test_pages_and_json_of_different_days_are_one_account(
    pages: str, json: str, turned: bool, noise: bool, owner: User, vault: Vault, tmp_path: Path
) -> None:
    forms = (json, pages) if turned else (pages, json)
    first, second = (written(name, world, tmp_path / name, noise=noise) for name, world in zip(forms, PLAIN, strict=True))
    upload(owner, first, vault)
    receipt = upload(owner, second, vault)
    whole = expected(forms[1], PLAIN[1])
    assert {tuple(sorted(texts)) for texts in said(vault)} == {tuple(sorted(texts)) for texts in whole}
    assert receipt["new"] == lines(whole) - lines(expected(forms[0], PLAIN[0]))
    if not turned and all(row["tz_known"] for row in answers(json, PLAIN[1])):
        held = [r for row in Conversation.objects.all() for r in selectors.records(vault, row)]
        assert all(r.exact for r in held if r.kind == "text"), "the moments of pages are those of the JSON now"
    assert upload(owner, first, vault)["new"] == 0
    assert upload(owner, second, vault)["new"] == 0
    assert lines(said(vault)) == lines(whole)


@pytest.mark.parametrize("later", [True, False], ids=["later half", "earlier half"])
@pytest.mark.parametrize(("pages", "json"), FORMS[:2])
def test_pages_that_reach_further_than_the_json_lose_nothing(
    pages: str, json: str, later: bool, owner: User, vault: Vault, tmp_path: Path
) -> None:
    """Of one upload: Messenger offers one year unless more is asked for, and either may be of a day long ago."""
    whole = written(pages, PLAIN[1], tmp_path / pages)
    cut = sorted(row["at"] for row in answers(json, PLAIN[1]))[70]
    half = io.BytesIO()
    ((_, exported),) = written(json, PLAIN[1], tmp_path / json)
    with zipfile.ZipFile(io.BytesIO(exported)) as source, zipfile.ZipFile(half, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if re.search(r"/message_\d+\.json$", name):
                thread = loads(data)
                thread["messages"] = [m for m in thread["messages"] if (m["timestamp_ms"] >= cut * 1000) is later]
                data = dumps(thread).encode()
            target.writestr(name, data)
    upload(owner, [*whole, ("half.zip", half.getvalue())], vault)
    assert {tuple(sorted(texts)) for texts in said(vault)} == {tuple(sorted(t)) for t in expected(pages, PLAIN[1])}


@pytest.mark.parametrize(("pages", "json"), FORMS)
def test_pages_and_json_of_one_day_are_one_account(pages: str, json: str, owner: User, vault: Vault, tmp_path: Path) -> None:
    """In files of their own, dropped together."""
    forms = [written(name, PLAIN[1], tmp_path / name) for name in (pages, json)]
    named = [(f"{number}-{name}", data) for number, files in enumerate(forms) for name, data in files]
    receipt = upload(owner, named, vault)
    whole = expected(json, PLAIN[1])
    assert lines(said(vault)) == receipt["new"] == lines(whole)
    assert {tuple(sorted(texts)) for texts in said(vault)} == {tuple(sorted(texts)) for texts in whole}
    assert upload(owner, named, vault)["new"] == 0


def test_the_same_lists_again_add_nothing(owner: User, vault: Vault, tmp_path: Path) -> None:
    files = written("dialogues", OLDER, tmp_path)
    first = upload(owner, files, vault)
    assert first["new"] == lines(expected("dialogues", OLDER))
    assert upload(owner, files, vault)["new"] == 0


#: Parts of their own; others are one zip of several files, or have all messages in the first part.
PARTED = [name for name in CUTTABLE if name not in ("twitter", "telegram-html", "hangouts")]


@pytest.mark.parametrize("name", PARTED)
def test_parts_come_in_any_order_and_days_apart(name: str, owner: User, vault: Vault, tmp_path: Path) -> None:
    parts = written(name, NEWER, tmp_path, parts=2)
    assert len(parts) == 2
    for part in reversed(parts):
        upload(owner, [part], vault)
    assert said(vault) == expected(name, NEWER)
    assert upload(owner, parts, vault)["new"] == 0


def members(zipped: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist() if not info.is_dir()]


def zipped(files: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: list[tuple[str, bytes]], mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


ZIPPED = [name for name, g in GENERATORS.items() if g.suffix == ".zip" and name not in ("whatsapp-ios", "dialogues")]


@pytest.mark.parametrize("name", ZIPPED)
def test_a_zip_is_the_same_as_its_folder_a_tar_and_a_zip_of_a_mac(
    name: str, owner: User, vault: Vault, tmp_path: Path
) -> None:
    """Unpacked and dropped as a folder, packed again as a tar, in a folder around it, with what a Mac adds."""
    ((file, data),) = written(name, OLDER, tmp_path)
    inside = members(data)
    upload(owner, [(file, data)], vault)
    whole = expected(name, OLDER)
    assert said(vault) == whole
    stem = file.removesuffix(".zip")
    wrapped = [(f"{stem}/{place}", content) for place, content in inside]
    mac = [
        *((f"__MACOSX/{stem}/._{place.rpartition('/')[2]}", b"\x00\x05\x16\x07" + bytes(80)) for place, _ in inside),
        (f"{stem}/.DS_Store", b"\x00\x00\x00\x01Bud1"),
    ]
    same = {
        "folder": wrapped,
        "tgz": [(f"{stem}.tgz", tarred(wrapped, "w:gz"))],
        "tar": [(f"{stem}.tar", tarred(inside, "w:"))],
        "mac": [(f"{stem} 2.zip", zipped([*wrapped, *mac]))],
        "beside": [(file, data), *wrapped],
    }
    for way, files in same.items():
        receipt = upload(owner, files, vault)
        assert receipt["new"] == 0, way
        assert receipt["known"] >= lines(whole), way
    assert said(vault) == whole


def test_both_forms_of_signals_chats_may_come_in_halves(owner: User, vault: Vault, tmp_path: Path) -> None:
    ((_, data),) = written("signal-export", OLDER, tmp_path)
    forms = [zipped([(n, c) for n, c in members(data) if n.endswith(end)]) for end in ("data.json", "chat.md")]
    upload(owner, [(f"{number}.zip", half) for number, half in enumerate(forms)], vault)
    assert said(vault) == expected("signal-export", OLDER)


def test_linkedin_sends_the_messages_first_and_all_of_it_a_day_later(owner: User, vault: Vault, tmp_path: Path) -> None:
    """The Basic download holds the messages, the Complete one the profile too, by which the owner is known."""
    basic = [
        (n, c) for n, c in members(written("linkedin", OLDER, tmp_path / "a")[0][1]) if n.lower().endswith("messages.csv")
    ]
    upload(owner, [("Basic_LinkedInDataExport_01-02-2024.zip", zipped(basic))], vault)
    receipt = upload(
        owner, [("Complete_LinkedInDataExport_01-03-2024.zip", written("linkedin", NEWER, tmp_path / "b")[0][1])], vault
    )
    assert said(vault) == expected("linkedin", NEWER)
    assert receipt["new"] == lines(expected("linkedin", NEWER)) - lines(expected("linkedin", OLDER))
    me = selectors.roster(vault).me
    assert me is not None
    assert me.name == OLDER.owner.name


@pytest.mark.parametrize("name", ["googlechat", "slack"])
def test_what_a_program_notes_makes_no_group_of_two(name: str, owner: User, vault: Vault, tmp_path: Path) -> None:
    """What was deleted and who called may name nobody, or the program."""
    world = World(messages=400, seed=4242, chats=6, groups=2)
    upload(owner, written(name, world, tmp_path, noise=True), vault)
    told = {row["chat_number"]: row["is_group"] for row in answers(name, world)}
    found = Counter(Conversation.objects.values_list("is_group", flat=True))
    assert found == Counter(told.values())
