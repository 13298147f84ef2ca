"""Training and generation against their named peers, in one run, on the same weights and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from apps.archives import sample
from apps.archives.formats import container, registry
from apps.archives.formats.types import Message
from apps.personas import dataset
from apps.personas.dataset import Chat, Dialogue, Line
from apps.personas.language import ME_SPEAKER, Bubble

Work = Callable[[int, str | None], dict[str, float]]


def material(path: str | None = None) -> list[Dialogue]:
    """The dialogues of the sample archive, seen by its owner; or of an export, seen by whoever writes most."""
    if path is not None:
        return _export(Path(path))
    chats: list[Chat] = []
    for name in [*sample.FRIENDS, sample.GROUP]:
        lines = [
            Line(ME_SPEAKER if m.sender == sample.OWNER else m.sender, float(m.at), Bubble(m.text))
            for m in sample.lines() if m.chat == name
        ]  # fmt: skip
        chats.append(Chat(name, name == sample.GROUP, lines))
    return dataset.parts(chats).train


def _export(path: Path) -> list[Dialogue]:
    by_chat: dict[str, list[Message]] = {}
    for record in registry.read(container.open_all([(path.name, path)])):
        if isinstance(record, Message) and record.kind == "text":
            by_chat.setdefault(record.conversation, []).append(record)
    busiest, _ = Counter(m.sender for ms in by_chat.values() for m in ms).most_common(1)[0]
    chats = [
        Chat(
            key,
            ms[0].is_group,
            [Line(ME_SPEAKER if m.sender == busiest else m.sender, m.sent_at, Bubble(m.text)) for m in ms],
        )
        for key, ms in by_chat.items()
    ]
    return dataset.parts(chats).train
