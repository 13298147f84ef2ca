"""Columns on the wire: the same messages come out, and what no reader says is refused."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from apps.archives.formats import child, container, late, notices, registry, wire
from apps.archives.formats.types import End, Message, Messages, Skipped
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World

COLUMNS = Messages(
    "facebook", "thread:a", "A", False, True, "message_1.json", ["", "Ana", "Bo"], [1, 2, 1, 0],
    [1.0, 2.0, None, 3.0], ["text", "text", "media", "system"], ["hi", "ho", "", ""],
)  # fmt: skip


def through(*found: object) -> list[object]:
    pipe = io.BytesIO()
    writer = wire.Writer(pipe)
    for each in found:
        writer.add(each)
    writer.end(End())
    pipe.seek(0)
    return list(wire.read(pipe))


def test_columns_become_the_messages_they_were() -> None:
    one = Message("facebook", "thread:a", "A", False, "Ana", "Ana", 1.0, True, "text", "hi", "message_1.json")
    said = through(Skipped("a", "b"), COLUMNS, one)
    assert said[0] == Skipped("a", "b")
    assert said[1:5] == list(COLUMNS.each())
    assert said[1] == one == said[5]
    assert said[4].sender == "" and said[3].sent_at is None
    assert said[6:] == [End()]


def test_long_columns_go_in_batches_and_keep_their_order() -> None:
    count = 3 * wire.BATCH + 7
    many = Messages(
        "facebook", "k", "T", False, True, "w", ["Ana", "Bo"], [n % 2 for n in range(count)],
        [float(n) for n in range(count)], ["text"] * count, [str(n) for n in range(count)],
    )  # fmt: skip
    assert through(many)[:-1] == list(many.each())
    assert [len(part.who) for part in many.parts(wire.BATCH)] == [wire.BATCH] * 3 + [7]


@pytest.mark.parametrize(
    "wrong",
    [{"who": [1, 2, 1, 3]}, {"who": [1, 2, 1, -1]}, {"who": [1]}, {"texts": ["hi"]}, {"kinds": ["text", "text", "media", "spam"]}],
)  # fmt: skip
def test_columns_that_do_not_fit_are_refused(wrong: dict[str, object]) -> None:
    rows = msgspec.to_builtins(COLUMNS)
    for name, value in wrong.items():
        rows[1 + Messages.__struct_fields__.index(name)] = value
    data = msgspec.msgpack.encode([rows])
    with pytest.raises(wire.Cut):
        list(wire.read(io.BytesIO(len(data).to_bytes(4, "big") + data)))


def test_a_pipe_that_ends_early_is_no_end() -> None:
    pipe = io.BytesIO()
    wire.Writer(pipe).end(End())
    whole = pipe.getvalue()
    for size in range(len(whole)):
        with pytest.raises(wire.Cut):
            list(wire.read(io.BytesIO(whole[:size])))


def test_the_child_says_what_the_reader_reads(tmp_path: Path) -> None:
    path = tmp_path / "facebook.zip"
    GENERATORS["facebook"].write(World(messages=3_000, seed=4, chats=5, groups=2), path)
    out = io.BytesIO()
    child.run([(path.name, path)], out)
    out.seek(0)
    said = list(wire.read(out))
    read = list(registry.read(container.open_all([(path.name, path)])))
    assert said == [*read, End()]
    assert {type(each) for each in read} >= {Message}
    assert any(type(each) is Messages for each in registry.found(container.open_all([(path.name, path)])))


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        ("Ana", "Ana waved at you!"), ("Ana", "You pinned a message"), ("B", "B left the group."), ("Ö", "Ö named the group X."),
        ("Ana", "REACTED ❤ to your message "), ("Ana", "liked a message"), ("Ana", "The video chat ended."), ("Ana", notices.UNSENT),
        ("Ana", "Bo Li wasn't notified about this message because they're in quiet mode."), ("Ana", "Messages and calls are secured with end-to-end encryption."),
    ],
)  # fmt: skip
def test_no_sentence_of_a_program_passes_the_quick_look(sender: str, words: str) -> None:
    assert words == notices.UNSENT or notices.of_meta(words, sender)
    width, openings = notices.openings_of_meta([sender, "Carol"])
    assert words[:width] in openings or notices.QUIET in words


def written(folder: Path, files: list[list[tuple[int | None, str]]]) -> list[str]:
    """The texts of one thread with these files, `message_1.json` first, as they are read."""
    (folder / "messages" / "inbox" / "bo_1").mkdir(parents=True)
    for number, rows in enumerate(files, 1):
        messages = [{"sender_name": "Ana", "content": words} | ({"timestamp_ms": at} if at else {}) for at, words in rows]
        told = json.dumps({"participants": [{"name": "Ana"}, {"name": "Bo"}], "messages": messages})
        (folder / "messages" / "inbox" / "bo_1" / f"message_{number}.json").write_text(told)
    found = registry.read(container.open_all([("m", folder / "messages")]))
    return [m.text for m in found if isinstance(m, Message)]


def test_times_order_the_messages_of_a_file(tmp_path: Path) -> None:
    assert written(tmp_path, [[(9, "d"), (5, "b"), (7, "c"), (None, "a")]]) == ["a", "b", "c", "d"]
    assert written(tmp_path / "2", [[(7, "g"), (6, "f"), (7, "e")]]) == ["f", "g", "e"]  # of one moment: as they stand


def test_times_order_the_files_of_a_thread(tmp_path: Path) -> None:
    """Files numbered the wrong way round, one out of order, two messages of one moment, one without a time."""
    files: list[list[tuple[int | None, str]]] = [
        [(5, "e"), (7, "g"), (6, "f")], [(9, "i"), (9, "h"), (8, "x")], [(2, "b"), (None, "a")],
    ]  # fmt: skip
    assert written(tmp_path, files) == ["a", "b", "e", "f", "g", "x", "h", "i"]


def test_a_nul_in_one_text_does_not_touch_the_others(tmp_path: Path) -> None:
    """Words are mended once: what reads like spoilt letters after that was meant so."""
    spoilt = "Ã©".encode().decode("latin-1")
    assert written(tmp_path, [[(1, "x\0y"), (2, spoilt), (3, "ok")]]) == ["xy", "Ã©", "ok"]


def test_a_reader_starts_without_what_most_archives_do_not_need() -> None:
    """Every upload starts a process: libraries for pages and databases, and long expressions, wait for whoever asks."""
    heavy = ["lxml", "apsw", "hashlib", "django", "torch"]
    asked = f"import sys, apps.archives.formats.child; print([m for m in {heavy} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
    pattern = late.late("(a+)b", re.IGNORECASE)
    assert pattern.fullmatch("AAB") and not pattern.fullmatch("b")
    assert pattern.sub("x", "ab aab") == "x x"
