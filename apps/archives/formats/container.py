"""Opening what was uploaded: zip, tar, folder or bare file, as members that are streams and never become paths.

The rules for zips are in the reference of the decision `docs/decisions/0007`: methods 0 and 8 only, no overlapping
members, counts and sizes capped before anything is opened, inflated bytes counted against what was declared.
"""

from __future__ import annotations

import gzip
import os
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from apps.archives.formats import text
from apps.archives.formats.members import CUT_TAR, METHODS, NO_END, BareFile, Named, TarMember, Unread, ZipMember
from apps.archives.formats.types import Bomb, Member, Refused

MAX_MEMBERS = 300_000
MAX_DIRECTORY = 96 * 2**20
MAX_MEMBER = 20 * 2**30
MAX_RATIO = 200
RATIO_FROM = 10 * 2**20
UTF8 = 1 << 11  # a zip's mark of names in UTF-8
BOMB = "This file unpacks to far more than any chat export would, as in a zip bomb. It was not read."
ONE_FILE = "This .gz holds one single file, not an archive. Please unpack it and upload what is inside."
#: Names that are never read.
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
UNUSUAL = (
    "This file is packed into its zip in an unusual way, as Windows does with very large ones. "
    "Please unpack the zip and upload the file itself, not zipped."
)
LOCKED = "This zip is protected by a password. Please unpack it and upload the files inside."
#: How the names of files end that may hold messages, or say who their owner is. The page is told, too.
TEXTUAL = (
    ".json",
    ".html",
    ".htm",
    ".csv",
    ".txt",
    ".xml",
    ".js",
    ".jsonl",
    ".ndjson",
    ".db",
    ".sqlite",
    ".db-wal",
    ".sqlite-wal",
    ".md",
)
#: Names, without case, of what holds no messages in the exports that have such files, however large they are: posts, searches,
#: places, what was clicked. Nothing that readers ask for may match. The page reads them as expressions of its own language.
ASIDE = (
    r"^(?!.*(?:^|/)(?:messages|inbox|archived_threads|filtered_threads|message_requests|e2ee_cutover)/).*(?:^|/)your_(?:facebook_activity|activity_across_facebook|instagram_activity)/[^/]+/",
    r"^(?!.*(?:^|/)messages/).*(?:^|/)(?:ads_information|ads_and_(?:businesses|topics)|apps_and_websites_off_of_(?:facebook|instagram)|logged_information"
    r"|security_and_login_information|comments_and_reactions|likes_and_reactions|off-facebook_activity)/(?!(?:.*/)?\d{4}-\d\d-\d\d\.json$).+\.(?:json|html)$",
    r"(?:^|/)(?:analytics|modeling|reporting|tns)/events-[^/]*\.json$",
    r"(?:^|/)data/(?!account|manifest|profile|direct[-_]?message)[a-z-]+(?:-part\d+)?\.js$",
    r"(?:^|/)takeout/(?:.+/)?(?:records|timeline edits|semantic location history/.+|myactivity|my activity|watch-history|search-history|browserhistory|history)\.(?:json|html)$",
)
_ASIDE = re.compile("|".join(ASIDE), re.I)
#: What a browser puts behind the name of a file that is there already, where it knows no suffix.
_NUMBERED = re.compile(r"(\.[a-z][a-z-]{1,9}) ?\(\d{1,3}\)$", re.I)
#: How the names of archives end that are opened.
PACKED = (".zip", ".tar", ".tgz", ".gz")
#: Those, and others that are none the less.
ARCHIVES = (*PACKED, ".7z", ".rar", ".bz2", ".xz", ".zst")
#: How the others begin.
_OTHERS = (b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
#: What a page needs to know to leave at home what nobody here would read.
RULES = {
    "textual": TEXTUAL,
    "aside": ASIDE,
    "packed": ARCHIVES,
    "junk": JUNK,
    "locked": LOCKED,
    "nothing": "There are no messages in it, only photos, videos, other archives, or posts and searches. If there is an archive inside, "
    "please unpack it and upload what is in there; if not, please order the export again and choose “messages”.",
    "unread": "Nothing was sent. Please unpack the zip and choose its folder: then only the messages go up.",
}


def _directory_facts(path: Path) -> tuple[int, int]:
    """(entries, bytes of the directory) as the end record says, before anything is built from them."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 65_557))
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) - at < 22:
            raise Refused("This zip is cut off or damaged. Please download the export again and upload the new file.")
        entries, length = struct.unpack("<HI", tail[at + 10 : at + 16])
        wide = tail.rfind(b"PK\x06\x07", 0, at)
        if wide >= 0 and (entries == 0xFFFF or length == 0xFFFFFFFF):
            place = struct.unpack("<Q", tail[wide + 8 : wide + 16])[0]
            if place + 56 > size:
                raise Refused("This zip is damaged. Please download the export again.")
            file.seek(place)
            entries, length = struct.unpack("<32xQQ8x", file.read(56))
    return entries, length


def _check(infos: list[zipfile.ZipInfo], size: int) -> None:
    end = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        if info.header_offset < end or info.header_offset + info.compress_size > size:
            raise Bomb("The parts of this zip lie on top of each other, as in a zip bomb. It was not read.")
        end = info.header_offset + 30 + info.compress_size
    for info in infos:
        if info.flag_bits & 1:
            raise Refused(LOCKED)
        if info.file_size > MAX_MEMBER:
            raise Bomb("A file in this zip claims to be larger than any chat export. It was not read.")
        inflated = info.compress_type in METHODS  # what is packed otherwise is never opened
        if inflated and info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise Bomb(BOMB)


def _zip(name: str, path: Path) -> list[Member]:
    entries, length = _directory_facts(path)
    if entries > MAX_MEMBERS or length > MAX_DIRECTORY:
        raise Bomb(f"This zip holds more than {MAX_MEMBERS:,} files. Please export messages without media.")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError, IndexError) as error:
        raise Refused("This zip is cut off or damaged. Please download the export again and upload the new file.") from error
    infos = [i for i in archive.infolist() if i.filename and not i.filename.endswith("/")]
    _check(infos, path.stat().st_size)
    if not infos:
        raise Refused("This zip is empty. Please download the export again.")
    regular = [i for i in infos if (i.external_attr >> 28) in (0, 8)]  # no links, devices, pipes
    found = [ZipMember(text.path(_called(i)), i, archive, name) for i in regular]
    readable = [m for m in found if m.info.compress_type in METHODS]
    # photos and films are not opened, however they are packed; of what may hold messages, each that cannot be is told
    odd = [m for m in found if m.info.compress_type not in METHODS and (textual(m.name) or not readable)]
    if odd and not any(textual(m.name) for m in readable):
        raise Refused(UNUSUAL)
    told = {m.name for m in odd}
    return [*(m for m in found if m.name not in told), *(Unread(m.name, name, UNUSUAL, 1) for m in odd)]


def _called(info: zipfile.ZipInfo) -> str:
    """A member's name. Finder, and others, write UTF-8 without saying so: what does not say it is read as code page 437."""
    if info.flag_bits & UTF8 or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:  # hardly anything else is UTF-8 by chance
        return info.filename


class _Inflated(gzip.GzipFile):
    """A compressed tar that gives up when it grows like a bomb."""

    allowed = 0

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if self.tell() > self.allowed:
            raise Bomb(BOMB)
        return piece


def _tar(name: str, path: Path, *, packed: bool) -> list[Member]:
    """Its files, and an `Unread` where it ends before it should between two of them."""
    source: Any = path.open("rb")
    if packed:
        source = _Inflated(fileobj=source)
        source.allowed = RATIO_FROM + MAX_RATIO * path.stat().st_size
    members: list[Member] = []
    try:
        archive = tarfile.open(fileobj=source, mode="r:")  # noqa: SIM115 - members read from it later
        for count, info in enumerate(archive):
            if count >= MAX_MEMBERS:
                raise Bomb(f"This archive holds more than {MAX_MEMBERS:,} files. Please export messages without media.")
            if info.isreg() and not info.issparse():
                members.append(TarMember(text.path(info.name), info, archive, name))
        missing = "" if packed else _missing(source, archive.offset)  # of what is packed, its own end is looked for
    except (tarfile.TarError, EOFError, OSError, zlib.error, ValueError) as error:
        raise Refused(ONE_FILE if packed and not members and _is_one_file(path) else CUT_TAR) from error
    if not members:
        raise Refused("This archive is empty. Please download the export again.")
    return [*members, Unread(text.path(name), name, missing, 1)] if missing else members


def _missing(tar: IO[bytes], at: int) -> str:
    """What to say where no zeros stand behind the last file. `tarfile` also ends, and says nothing, where a header is cut or damaged."""
    size = tar.seek(0, os.SEEK_END)
    tar.seek(at)
    if tar.read(tarfile.BLOCKSIZE) == bytes(tarfile.BLOCKSIZE):
        return ""
    return NO_END if size == at else CUT_TAR


def _is_one_file(path: Path) -> bool:
    """Whether a compressed file is whole at its beginning and no tar."""
    try:
        with gzip.open(path) as stream:
            return stream.read(512)[257:262] != b"ustar"
    except (OSError, EOFError, zlib.error):
        return False


def _walk(folder: Path) -> Iterator[Member]:
    for root, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if path.is_file() and not path.is_symlink():
                below = path.relative_to(folder.parent).as_posix()
                yield BareFile(text.composed(below), path, text.composed(folder.name))


def open_all(paths: list[tuple[str, Path]]) -> list[Member]:
    """The members of everything that was uploaded: (name, path) pairs; of several, one that cannot be opened is `Unread`.

    Raises `Refused`.
    """
    members: list[Member] = []
    unread: list[Unread] = []
    for number, (given, path) in enumerate(paths, 1):
        name = text.composed(given)
        if path.is_dir():
            members += _walk(path)
            continue
        try:
            inside = _opened(name, path)
        except Bomb:
            raise
        except Refused as error:
            if len(paths) == 1:
                raise
            unread.append(Unread(f"upload {number}/{text.path(name)}", name, str(error), number))
            continue
        for m in inside:
            if isinstance(m, Unread):
                unread.append(replace(m, name=f"upload {number}/{m.name}", number=number) if len(paths) > 1 else m)
            else:
                members.append(Named(m, f"upload {number}/{m.name}") if len(paths) > 1 else m)
    wanted = [m for m in members if not _junk(m.name)]
    if not wanted:
        raise Refused(none_of(unread) or "There is nothing in it to read.")
    return [*wanted, *unread]


def none_of(unread: list[Unread]) -> str:
    """Why none of several could be opened, each by its number and equal reasons once."""
    numbers: dict[str, list[str]] = {}
    for one in unread:
        some = numbers.setdefault(one.why, [])
        if str(one.number) not in some:
            some.append(str(one.number))
    return " ".join(f"File {', '.join(some)}: {why}" for why, some in numbers.items())


def _opened(name: str, path: Path) -> list[Member]:
    try:
        with path.open("rb") as file:
            head = file.read(4_096)
    except OSError as error:
        raise Refused("This file cannot be opened. Please choose another file.") from error
    if not head:
        raise Refused("This file is empty. Please download the export again.")
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zip(name, path)
    if head[:2] == b"\x1f\x8b" or head[257:262] == b"ustar":  # before anything that may lie at the end of one
        return _tar(name, path, packed=head[:2] == b"\x1f\x8b")
    if not textual(name) and plain not in (b"{", b"[") and zipfile.is_zipfile(path):
        return _zip(name, path)
    if head.startswith(_OTHERS):
        raise Refused(
            "This file is packed as .7z, .rar, .bz2, .xz or .zst. Please unpack it and upload the files, or a .zip."
        )
    if not name.lower().endswith(PACKED):
        return [BareFile(_NUMBERED.sub(r"\1", text.path(name)), path, name)]
    kind = name.lower().rpartition(".")[2]
    if plain == b"<":
        raise Refused(f"This is a web page, not a {kind}: the download asked for a login. Please download it again.")
    if plain in (b"{", b"["):  # only its name is wrong
        return [BareFile(text.path(name) + ".json", path, name)]
    if name.lower().endswith(".tar"):
        return _tar(name, path, packed=False)  # an old one without a mark, or none
    raise Refused(f"This file is not a {kind}. Please download the export again.")


def _junk(name: str) -> bool:
    parts = name.split("/")
    return "__MACOSX" in parts or parts[-1] in JUNK or parts[-1].startswith("._")


def textual(name: str) -> bool:
    """Whether a member may hold messages at all."""
    return name.lower().endswith(TEXTUAL)


def aside(name: str) -> bool:
    """Whether a member is of those that stay at home: of an export that has them, and no messages."""
    return _ASIDE.search(name) is not None
