"""A database of messages that is larger than memory, read where it lies, its write-ahead log over it.

Python's own sqlite3 opens files by their path only, and what was uploaded has none: `apsw` lets us serve the pages
(decision 0044).
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, repeat
from typing import Any

import apsw

from apps.archives.formats.members import Sought

#: Bytes that SQLite may take, and those of them that hold pages.
HEAP, CACHE = 128 * 2**20, 16 * 2**20
_NEAR = 2**24
_ROLLBACK = b"\x01\x01"  # not in WAL mode: the log is over it already
_NUMBERS = count()
_ENCODINGS = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}


class Pages:
    """The bytes of a database with some pages from its log: `overlaid` says where in the log each stands."""

    def __init__(self, file: Sought, log: Sought | None, overlaid: Mapping[int, int], page: int, length: int) -> None:
        """`page`: bytes of one, `length`: how many there are; both count only with a log."""
        self._file, self._log, self._overlaid, self._page = file, log, overlaid, page
        self.size = page * length if overlaid else file.size

    def at(self, place: int, amount: int) -> bytes:
        found = self._page_at(place, amount) if self._overlaid else self._file.at(place, amount)
        if place <= 18 and place + len(found) >= 20:
            found = found[: 18 - place] + _ROLLBACK + found[20 - place :]
        return found

    def _page_at(self, place: int, amount: int) -> bytes:
        """Never more than one page is asked for."""
        number, within = divmod(place, self._page)
        begins = self._overlaid.get(number + 1)
        if begins is not None and self._log is not None:
            return self._log.at(begins + within, min(amount, self._page - within))
        return self._file.at(place, amount).ljust(min(amount, max(0, self.size - place)), b"\0")


class _Files(apsw.VFS):
    """Gives SQLite one file, to be read only, and no other."""

    def __init__(self, name: str, pages: Pages) -> None:
        self._pages = pages
        super().__init__(name, "")

    def xFullPathname(self, name: str) -> str:
        return name

    def xAccess(self, pathname: str, flags: int) -> bool:
        return False

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> Any:
        if not flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
            raise apsw.CantOpenError
        flags[1] = apsw.SQLITE_OPEN_READONLY
        return _File(self._pages)


class _File:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def xRead(self, amount: int, offset: int) -> bytes:
        return self._pages.at(offset, amount)

    def xFileSize(self) -> int:
        return self._pages.size

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_IMMUTABLE

    def xSectorSize(self) -> int:
        return 4_096

    def xFileControl(self, op: int, pointer: int) -> bool:
        return False

    def xCheckReservedLock(self) -> bool:
        return False

    def xLock(self, level: int) -> None:
        pass

    def xUnlock(self, level: int) -> None:
        pass

    def xClose(self) -> None:
        pass


class Joined:
    """Which chat each message is in, in four bytes for each of the numbers that databases give."""

    def __init__(self, pairs: Iterable[Sequence[Any]]) -> None:
        self._near, self._far = array("i"), dict[Any, Any]()
        for message, chat in pairs:
            if type(message) is type(chat) is int and 0 <= message < _NEAR and 0 <= chat < 2**31:
                if message >= len(self._near):
                    self._near.extend(repeat(-1, message - len(self._near) + 1))
                self._near[message] = chat
            else:
                self._far[message] = chat

    def get(self, message: int, default: int) -> int:
        if 0 <= message < len(self._near) and self._near[message] >= 0:
            return self._near[message]
        found: int = self._far.get(message, default)
        return found


class OnDisk:
    """What `imessage_database.InMemory` is for a small one. Raises `sqlite3.Error` for whatever is wrong in it."""

    ordered = False
    joined = Joined

    def __init__(self, pages: Pages) -> None:
        name = f"pages-{next(_NUMBERS)}"
        self._files = _Files(name, pages)
        apsw.hard_heap_limit(HEAP)
        try:
            self._database = apsw.Connection(name, flags=apsw.SQLITE_OPEN_READONLY, vfs=name)
        except (apsw.Error, UnicodeError):
            raise sqlite3.DatabaseError from None
        self._decoded = "utf-8"
        for pragma in (
            "temp_store = MEMORY",
            "trusted_schema = OFF",
            "cell_size_check = ON",
            f"cache_size = -{CACHE >> 10}",
        ):
            list(self.execute(f"PRAGMA {pragma}"))
        self._decoded = _ENCODINGS.get(next(self.execute("PRAGMA encoding"))[0], "utf-8")

    def execute(self, query: str) -> Iterator[Sequence[Any]]:
        try:
            yield from self._database.execute(query)
        except apsw.NoMemError:
            raise MemoryError from None
        except (apsw.Error, UnicodeError):
            raise sqlite3.DatabaseError from None

    def rows(self, columns: Sequence[str], words: Sequence[str], rest: str) -> Iterator[Sequence[Any]]:
        """Rows of columns; those of `words` hold text, of which bytes that are none become U+FFFD."""
        at = [n for n, column in enumerate(columns) if column.rpartition(" ")[2] in words]
        chosen = [_bytes_of(c) if n in at and " " not in c else c for n, c in enumerate(columns)]
        for row in self.execute(f"SELECT {', '.join(chosen)} FROM {rest}"):  # noqa: S608 - our own names
            found = list(row)
            for n in at:
                found[n] = found[n].decode(self._decoded, "replace") if isinstance(found[n], bytes) else found[n]
            yield found

    def close(self) -> None:
        self._database.close(True)
        self._files.unregister()


def _bytes_of(column: str) -> str:
    return f"CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) WHEN 'blob' THEN NULL ELSE {column} END"
