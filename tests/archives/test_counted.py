"""What is read is kept or counted: nothing vanishes without a word in the receipt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apps.archives.formats import container, layout, registry, streams
from apps.archives.formats.types import Message, Record, Skipped

CHAT = {"name": "Bea", "type": "personal_chat", "id": 1, "messages": [{"id": 1, "type": "message", "date": "2024-01-01T10:00:00", "from": "Bea", "from_id": "user1", "text": "hi"}]}  # fmt: skip
SAID = {"body": "hi", "timestamp": "2024-01-01 10:00:00"}
WORDS = {"type": "message", "user": "U1", "text": "hi", "ts": "1700000000.1"}
ITEM = {"chatItem": {"chatId": "1", "authorId": "2", "dateSent": "1", "standardMessage": {"text": {"body": "hi"}}}}
OF = {"chats": {"list": [CHAT, {"name": "Cleo", "type": "personal_chat", "id": 2}, None, [[1]], {"name": "Dana", "messages": 5}, {"name": "Fay", "messages": []}]}}  # fmt: skip


def read(folder: Path, files: dict[str, str]) -> list[Record]:
    for name, content in files.items():
        (folder / "export" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "export" / name).write_text(content)
    return list(registry.read(container.open_all([("export", folder / "export")])))


def skipped(found: list[Record]) -> list[tuple[str, int]]:
    return [(r.reason, r.count) for r in found if isinstance(r, Skipped)]


@pytest.mark.parametrize(
    ("files", "reasons"),
    [
        (
            {"matches.json": [{"match": [{}], "chats": [SAID, 7, None]}, {"match": [{}]}, 5, {"match": [], "chats": {"a": 1}}]},
            [("not a message", 2), ("not a conversation", 1), ("not a conversation", 1), ("a like or match without words", 1)],
        ),
        (
            {"data.json": {"Usage": {"app_opens": {}}, "Messages": [{"match_id": "Match 1", "messages": [{"message": "hi", "sent_date": "x"}, 4]}]}},
            [("not a message", 1)],
        ),
        ({"result.json": OF}, [("not a conversation", 1)] * 4),
        (
            {"general/2024-01-01.json": [WORDS], "general/2024-01-02.json": [{"ts": 1}, 3], "users.json": []},
            [("not a message", 1), ("not messages", 1)],
        ),
    ],
    ids=["hinge", "tinder", "telegram", "slack"],
)  # fmt: skip
def test_what_is_no_message_is_counted(files: dict[str, Any], reasons: list[tuple[str, int]], tmp_path: Path) -> None:
    found = read(tmp_path, {name: json.dumps(content) for name, content in files.items()})
    assert any(isinstance(r, Message) and r.text == "hi" for r in found)
    assert skipped(found) == reasons


@pytest.mark.parametrize("indent", [None, 1])
def test_chats_without_messages_are_counted_in_large_files_too(
    indent: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "WHOLE", 10)
    monkeypatch.setattr(layout, "BATCH", 100)
    found = read(tmp_path, {"result.json": json.dumps(OF, indent=indent)})
    assert skipped(found) == [("not a conversation", 1)] * 4


def test_frames_of_signal_that_are_no_frames(tmp_path: Path) -> None:
    lines = [json.dumps(ITEM), "7", "[1]", "{", '"x"']
    assert skipped(read(tmp_path, {"main.jsonl": "\n".join(lines)})) == [("not valid JSON", 1), ("not a message", 3)]
    rows = [json.dumps({"sender": "Bea", "body": "hi", "date": "2024-01-01 10:00:00"}), "[1]"]
    other = read(tmp_path / "b", {"Bea/data.json": "\n".join(rows)})
    assert skipped(other) == [("not a message", 1)]


def test_documents_that_are_no_list(tmp_path: Path) -> None:
    package = {"messages/c110000000000000001/messages.json": '{"ID": 1, "Contents": "hi", "Timestamp": ""}'}
    found = read(tmp_path, package)
    assert ("not a conversation", 1) in skipped(found)
