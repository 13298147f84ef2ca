"""Reading conversations with personas."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from apps.accounts.vault import Vault
from apps.archives import naming
from apps.chat import disclosure, script, visiting, written
from apps.chat.models import Conversation, Turn
from apps.chat.tree import Tree
from apps.jobs import selectors as jobs
from apps.personas import selectors as personas
from apps.personas.models import Version


def seats(vault: Vault, conversation: Conversation) -> dict[str, Any]:
    """Who sits where."""
    return dict(vault.unseal(conversation, "seats", conversation.seats) or {})


def speaker(vault: Vault, conversation: Conversation) -> str:
    """As whom the user speaks, by their real name."""
    found = seats(vault, conversation)
    return str(found.get("people", {}).get(found.get("me", ""), found.get("me", "")))


def others(vault: Vault, conversation: Conversation) -> list[str]:
    """Who takes part besides the persona, by their real names, in the order of the seats."""
    found = seats(vault, conversation)
    return [str(found.get("people", {}).get(one, one)) for one in found.get("others", [])]


def visitors(vault: Vault, conversation: Conversation) -> list[visiting.Visitor]:
    """Personas of other users in an invented conversation, and whether they may speak now."""
    return visiting.visitors(seats(vault, conversation), vault.owner_id)


def title(vault: Vault, conversation: Conversation) -> str:
    """What the conversation is called."""
    return str(vault.unseal(conversation, "title", conversation.title))


def draft(vault: Vault, conversation: Conversation) -> str:
    """What was being typed, as it was typed."""
    return str(vault.unseal(conversation, "draft", conversation.draft) or "")


def answering(conversation: Conversation) -> Version | None:
    """The version that answers: the chosen one while it can talk, otherwise the one that was sharpened for whom the user speaks
    as, otherwise the current one."""
    chosen = conversation.version
    if chosen is not None and chosen.ready:
        return chosen
    current = personas.current(conversation.persona)
    return (None if conversation.plain else sharpened(conversation, current)) or current


def sharpened(conversation: Conversation, current: Version | None) -> Version | None:
    """The version for whom the user speaks as, whether or not it is to answer."""
    if current is None or conversation.speaker_id is None:
        return None
    return personas.sharpened(current, conversation.speaker_id)


# the tree


def rows(conversation: Conversation) -> dict[UUID, Turn]:
    """Every turn, also those that are not shown, the oldest first."""
    return {row.pk: row for row in Turn.objects.filter(conversation=conversation).order_by("created_at", "number")}


def tree(turns: dict[UUID, Turn]) -> Tree[UUID]:
    """Where every turn hangs."""
    return Tree((row.pk, row.parent_id) for row in turns.values())


def head(conversation: Conversation) -> UUID | None:
    """The last turn shown, as it stands in the database now."""
    return Conversation.objects.values_list("head", flat=True).get(pk=conversation.pk)


def shown(conversation: Conversation) -> list[Turn]:
    """The turns that stand, in order."""
    return _until(rows(conversation), head(conversation))


def before(turn: Turn) -> list[Turn]:
    """The turns that lead to this one, in order."""
    return until(turn.conversation, turn.parent_id)


def until(conversation: Conversation, last: UUID | None) -> list[Turn]:
    """The turns that lead to `last`, and that one."""
    return _until(rows(conversation), last)


def _until(turns: dict[UUID, Turn], last: UUID | None) -> list[Turn]:
    return [turns[pk] for pk in tree(turns).path(last)]


def body(vault: Vault, conversation: Conversation, turn: Turn) -> script.Body:
    """What was said in a turn, so far."""
    found: script.Body | None = vault.unseal(conversation, f"turn-{turn.pk}", turn.body)
    return found or script.empty()


def asks_for_truth(vault: Vault, conversation: Conversation, turn: Turn) -> str:
    """The language in which what `turn` answers asks whether this is a machine, or ""; only what was written by hand asks.

    In an invented conversation that is the line of a seat that its owner took; the opening, which may stand before it, was
    invented as well.
    """
    asked = turn.parent
    if asked is None or asked.by_persona:
        return ""
    typed = body(vault, conversation, asked)["lines"][-1:]
    return disclosure.asks("\n".join(bubble for line in typed for bubble in line["bubbles"])) or ""


def sealed_body(vault: Vault, conversation: Conversation, turn: Turn, said: script.Body) -> bytes:
    """What `body` opens."""
    return vault.seal(conversation, f"turn-{turn.pk}", said)


# as pages get them


def views(vault: Vault, conversation: Conversation) -> list[dict[str, Any]]:
    """The turns that stand, each with the ids of all that stand in its place, and what follows the last one elsewhere."""
    turns = rows(conversation)
    grown = tree(turns)
    path = grown.path(head(conversation))
    seen, made = _Seen(vault, conversation), []
    for pk in path:
        choices = [one for one in grown.siblings(pk) if one == pk or _says_something(turns[one])]
        made.append({**seen.view(turns[pk]), "choices": [str(one) for one in choices]})
    if made:
        made[-1]["after"] = [str(one) for one in grown.children.get(path[-1], []) if _says_something(turns[one])]
    return made


def _says_something(turn: Turn) -> bool:
    """An attempt that broke before its first word is no alternative to anything."""
    return not turn.by_persona or turn.pieces > 0 or turn.state in (*Turn.LIVE, Turn.State.DONE)


def view(vault: Vault, conversation: Conversation, turn: Turn) -> dict[str, Any]:
    """A turn as its owner's page gets it: their words as they typed them, names back in all others; `n` is the log entry that it includes."""
    return _Seen(vault, conversation).view(turn)


class _Seen:
    """A conversation before its owner's eyes: who sits in it and whose names come back are asked once for all its turns."""

    def __init__(self, vault: Vault, conversation: Conversation) -> None:
        self._vault, self._conversation = vault, conversation
        self._taken, self._shown = seats(vault, conversation), _shown(vault, conversation)

    def view(self, turn: Turn) -> dict[str, Any]:
        """As `view` says."""
        told = turn.state in (Turn.State.INTERRUPTED, Turn.State.WAITING)
        job = jobs.latest(turn.owner_id, "chat.reply", turn.pk) if told else None
        return {
            "cause": job.cause if job else "", "before": jobs.before(job),
            "id": str(turn.pk), "number": turn.number, "persona": turn.by_persona, "state": turn.state, "n": turn.pieces,
            "lines": self._lines(turn), "generated": turn.by_persona,
            "clientId": str(turn.client_id), "parent": str(turn.parent_id or ""), "version": turn.request.get("version"),
            "held": turn.request.get("held", 0),
        }  # fmt: skip

    def _lines(self, turn: Turn) -> list[dict[str, Any]]:
        known = self._taken.get("people", {})
        mapped = script.mapped(body(self._vault, self._conversation, turn), self._shown, known, own=True)
        return _typed_first(self._taken, turn, mapped["lines"])


def _typed_first(taken: dict[str, Any], turn: Turn, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Marks the opening line, which its owner wrote: it stands first in the first turn, whoever goes on."""
    if not taken.get("opening") or turn.parent_id is not None or not lines:
        return lines
    return [{**lines[0], "own": True}, *lines[1:]]


def back(vault: Vault, conversation: Conversation) -> Callable[[list[list[str]]], list[list[str]]]:
    """Gives names back in the pieces of a running turn. Pieces end where words end: the guard never parts one."""
    known, shown_as = seats(vault, conversation).get("people", {}), _shown(vault, conversation)

    def give(ops: list[list[str]]) -> list[list[str]]:
        return [[kind, (known.get(value) or shown_as(value)) if kind == "turn" else shown_as(value)] for kind, value in ops]

    return give


def _shown(vault: Vault, conversation: Conversation) -> Callable[[str], str]:
    """Names back in their places; the opening line of an invented conversation is the owner's own."""
    taken, given_back = seats(vault, conversation), naming.of(vault).shown
    opening, typed = taken.get("opening"), taken.get("typed")
    return lambda text: typed if typed and text == opening else given_back(text)


def paper(vault: Vault, conversation: Conversation, day: str, *, real: bool) -> written.Talk:
    """What is shown now as something to write down; without `real` names under those that the model knows."""
    taken = seats(vault, conversation)
    known = taken.get("people", {}) if real else {}
    table = naming.of(vault)
    named = _shown(vault, conversation) if real else str
    persona = personas.name(vault, conversation.persona)
    persona = persona if real else table.hidden(persona)
    lines = [
        written.Said(
            line["speaker"] or persona, line["bubbles"], turn.by_persona and not line.get("own"), script.times(line)
        )
        for turn in shown(conversation)
        for line in _typed_first(
            taken, turn, script.mapped(body(vault, conversation, turn), named, known, own=real)["lines"]
        )
    ]
    called = title(vault, conversation)
    invented = conversation.kind == Conversation.Kind.STUDIO
    return written.Talk(called if real else table.hidden(called), persona, invented, day, lines)


# the list


def listing(vault: Vault, *, archived: bool = False, most: int | None = None, **filters: Any) -> list[dict[str, Any]]:
    """Conversations that are kept, pinned ones first, then the most recent; at most so many."""
    rows = Conversation.objects.filter(owner_id=vault.owner_id, temporary=False, archived=archived, **filters)
    return [_entry(vault, c) for c in rows.select_related("persona").order_by("-pinned", "-touched_at")[:most]]


def _entry(vault: Vault, row: Conversation) -> dict[str, Any]:
    return {
        "id": row.pk, "title": title(vault, row), "kind": row.kind, "at": row.touched_at, "pinned": row.pinned,
        "archived": row.archived, "persona": personas.name(vault, row.persona),
    }  # fmt: skip


FOUND, AROUND = 50, 60


def search(vault: Vault, words: str) -> list[dict[str, Any]]:
    """Conversations in whose title, or in one of whose lines, all `words` stand, each with the place; nothing is indexed."""
    wanted = _folded(words).split()
    if not wanted:
        return []
    found: list[dict[str, Any]] = []
    rows = Conversation.objects.filter(owner_id=vault.owner_id, temporary=False).select_related("persona")
    for row in rows.order_by("-touched_at"):
        texts = [title(vault, row), *_said(vault, row)]
        hit = next((text for text in texts if all(w in _folded(text) for w in wanted)), None)
        if hit is not None:
            found.append({**_entry(vault, row), "excerpt": "" if hit is texts[0] else _excerpt(hit, wanted[0])})
        if len(found) == FOUND:
            break
    return found


def _said(vault: Vault, row: Conversation) -> Iterable[str]:
    shown_as = _shown(vault, row)
    for turn in Turn.objects.filter(conversation=row).order_by("-number"):
        for line in script.mapped(body(vault, row, turn), shown_as, {}, own=True)["lines"]:
            yield "\n".join(line["bubbles"])


def _folded(text: str) -> str:
    """Without case, and composed: "é" is also written as two characters."""
    return unicodedata.normalize("NFKC", text).casefold()


def _excerpt(text: str, word: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    at = text.casefold().find(word)
    start, end = max(0, at - AROUND), at + len(word) + AROUND
    return ("…" if start else "") + text[start:end].strip() + ("…" if end < len(text) else "")
