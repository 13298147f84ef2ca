"""Exports that end too early: a refusal with a sentence, or what is whole and a word about what is missing.

`make long` tries every byte of every platform's export, in each of its files and in the archive around them.
"""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from apps.archives.formats import container, page
from apps.archives.formats.types import Message, Owner, Record, Refused, Skipped
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World
from tests.archives.test_every_platform import read, unpacked
from tests.fuzz.seeds import small_pages

#: Where nothing tells that lines are missing at the end. Signal's `data.json` is lines of JSON.
LINES = (".txt", ".csv", ".jsonl", ".md", "signal-chats/Zoë Brändtkvist/data.json")
PACKED = {"zip": "zip", "tgz": "gztar", "tar": "tar"}


def tiny(name: str, folder: Path) -> Path:
    """The smallest export of a platform: its folder where it comes as an archive, else its file."""
    path = folder / f"export{GENERATORS[name].suffix}"
    GENERATORS[name].write(World(messages=3, seed=2, chats=1, groups=0), path, noise=False)
    if path.suffix == ".db":
        small_pages(path)
    if path.suffix not in (".zip", ".tar"):
        return path
    (inner,) = unpacked(path)
    shutil.unpack_archive(inner, folder / "export")
    return folder / "export"


def textual(upload: Path) -> list[Path]:
    files = [p for p in upload.rglob("*") if p.is_file()] if upload.is_dir() else [upload]
    return sorted(p for p in files if container.textual(p.name))


def messages(records: list[Record]) -> list[Message]:
    return [r for r in records if isinstance(r, Message)]


def told(records: list[Record]) -> Counter[tuple[str, str]]:
    return Counter((r.where, r.reason) for r in records if isinstance(r, Skipped))


def people(records: list[Record]) -> set[str]:
    """Everybody who is named, as sender or as owner; nobody in announcements."""
    senders = {name for m in messages(records) if m.kind != "system" for name in (m.sender, m.sender_id)}
    return senders | {name for r in records if isinstance(r, Owner) for name in (r.name, r.sender_id)}


def cut(path: Path, upload: Path, sizes: Iterable[int]) -> None:
    """Beginnings of `path`, which lies in `upload` or is it."""
    data, whole = path.read_bytes(), read(upload)
    words = Counter(m.text for m in messages(whole))
    for size in sizes:
        path.write_bytes(data[:size])
        try:
            found = read(upload)
        except Refused as refused:
            assert re.search(r"[.!]$", str(refused)), size
            continue
        got = messages(found)
        changed = Counter(m.text for m in got) - words
        assert changed.total() <= 1, (size, changed)  # the words of the last line may be cut
        missing = words - Counter(m.text for m in got)
        assert not missing or path.as_posix().endswith(LINES) or told(found) - told(whole), (size, missing)
        assert people(found) <= people(whole) | {"Me"}, size  # no name is cut; "Me" is who wrote all of it
    path.write_bytes(data)


def beginnings(path: Path, step: int = 1) -> range:
    return range(0, path.stat().st_size, step)


@pytest.mark.parametrize("name", list(GENERATORS))
def test_files_that_end_too_early(name: str, tmp_path: Path) -> None:
    """Unpacked, so that the reader itself meets each end."""
    upload = tiny(name, tmp_path)
    files = textual(upload)
    step = 1 + sum(p.stat().st_size for p in files) // 200
    for path in files:
        cut(path, upload, beginnings(path, step))


@pytest.mark.long
@pytest.mark.parametrize("name", list(GENERATORS))
def test_a_file_that_ends_at_any_byte(name: str, tmp_path: Path) -> None:
    upload = tiny(name, tmp_path)
    for path in textual(upload):
        cut(path, upload, beginnings(path))


def archive(name: str, folder: Path, packed: str) -> Path:
    upload = tiny(name, folder)
    if upload.is_file():
        (folder / "alone").mkdir()
        upload = upload.rename(folder / "alone" / upload.name).parent
    for file in upload.rglob("*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))  # Skype's tar dates its files at 1970, which no zip can
    path = Path(shutil.make_archive(str(folder / "packed"), PACKED[packed], upload))
    if packed == "tar":
        with tarfile.open(path) as made:
            made.getmembers()
        os.truncate(path, made.offset + 1_024)  # without what fills it up to ten kilobytes
    return path


@pytest.mark.parametrize("name", list(GENERATORS))
def test_archives_that_end_too_early(name: str, tmp_path: Path) -> None:
    for packed in PACKED:
        (tmp_path / packed).mkdir()
        path = archive(name, tmp_path / packed, packed)
        cut(path, path, beginnings(path, 1 + path.stat().st_size // 15))


@pytest.mark.parametrize("name", list(GENERATORS))
def test_an_export_with_photos_and_calls_that_ends_too_early(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"export{GENERATORS[name].suffix}"
    GENERATORS[name].write(World(messages=20, seed=2, chats=1, groups=0), path, noise=True)
    cut(path, path, beginnings(path, 1 + path.stat().st_size // 40))


@pytest.mark.long
@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("name", list(GENERATORS))
def test_an_archive_that_ends_at_any_byte(name: str, packed: str, tmp_path: Path) -> None:
    path = archive(name, tmp_path, packed)
    cut(path, path, beginnings(path))


@pytest.mark.parametrize(
    ("name", "file", "end"),
    [
        ("facebook-htm", "messages.htm", "<p>"),
        ("facebook-htm", "messages.htm", "<htm"),
        ("facebook-htm", "messages.htm", 'class="user">Zoë Br'),
        ("telegram-html", "messages.html", "Noémi Far"),
        ("imessage-html", "+15552000001.html", ">+15552"),
        ("imessage-txt", "+15552000001.txt", "+15552"),
        ("linkedin", "messages.csv", "https://www.linkedin.com/in/noe"),
        ("twitter", "direct-messages.js", "window."),
        ("twitter", "direct-messages.js", "part0"),
    ],
)
def test_what_was_cut_is_told_and_names_nobody(name: str, file: str, end: str, tmp_path: Path) -> None:
    upload = tiny(name, tmp_path)
    (path,) = upload.rglob(file)
    ends = [found.end() for found in re.finditer(re.escape(end.encode()), path.read_bytes())]
    assert ends
    cut(path, upload, ends)


def test_a_tar_that_ends_between_two_files_tells_so(tmp_path: Path) -> None:
    path = archive("slack", tmp_path, "tar")
    with tarfile.open(path) as whole:
        last = max(member.offset for member in whole)
    whole_bytes = path.read_bytes()
    for end in (b"", whole_bytes[last:][:100], b"not a header".ljust(1_024)):
        path.write_bytes(whole_bytes[:last] + end)
        assert ("packed.tar", container.CUT_TAR if end else container.NO_END) in told(read(path))
    beside = tmp_path / "beside.json"
    GENERATORS["tinder"].write(World(messages=3, seed=2, chats=1, groups=0), beside, noise=False)
    assert ("upload 2/packed.tar", container.CUT_TAR) in told(read(beside, path))


def test_what_has_no_end_but_all_else_is_said_to_be_so(tmp_path: Path) -> None:
    """Whether something stood behind it nobody knows: neither is it damaged, nor does it end in the middle."""
    path = archive("slack", tmp_path, "tar")
    whole = messages(read(path))
    with tarfile.open(path) as tar:
        last = max(tar.getmembers(), key=lambda member: member.offset)
    path.write_bytes(path.read_bytes()[: last.offset_data + -(-last.size // 512) * 512])
    found = read(path)
    assert messages(found) == whole
    assert [reason for _, reason in told(found) if "archive" in reason] == [container.NO_END]
    folder = tmp_path / "htm"
    folder.mkdir()
    upload = tiny("facebook-htm", folder)
    (old,) = upload.rglob("messages.htm")
    old.write_bytes(old.read_bytes().replace(b"</body>", b"").replace(b"</html>", b""))
    assert (old.relative_to(upload.parent).as_posix(), page.UNCLOSED) in told(read(upload))


def test_a_database_without_the_end_of_its_last_page_has_no_rows_of_zeros(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    GENERATORS["imessage-db"].write(World(messages=20, seed=2, chats=1, groups=0), path, noise=True)
    whole = path.read_bytes()
    path.write_bytes(whole[:-3_000])
    found = read(path)
    assert ("chat.db", "the file ends in the middle") in told(found)
    assert messages(found)
    assert all(m.sent_at for m in messages(found))
