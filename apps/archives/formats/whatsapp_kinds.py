"""What a WhatsApp message is: words, or one of the lines that WhatsApp writes into chats by itself."""

from __future__ import annotations

import re

from apps.archives.formats import text
from apps.archives.formats import whatsapp_phrases as phrases
from apps.archives.formats.types import Kind

_MENTION = re.compile("@\u2068([^\u2069]*)\u2069")
_DIGITS = re.compile(r"@\d{8,15}\b")


class Kinds:
    """For one chat. `people` are those of the chat, its title, "You".

    `words` answers quickly where it can; `of` says the same, and all the rest.
    """

    def __init__(self, title: str, people: frozenset[str], *, ios: bool) -> None:
        self._title, self._people, self._ios = title, people, ios
        self.words = phrases.ordinary(people)

    def of(self, body: str, sender: str) -> tuple[Kind, str]:
        """The kind of a message and its words."""
        plain = text.bare(body).strip()
        marked = body.lstrip(" ")[:1] == "\u200e"
        if not plain or plain == ".":
            return "media", ""
        if phrases.is_deleted(plain):
            return "deleted", ""
        if phrases.is_call(plain, surely=marked):
            return "call", ""
        if phrases.is_media(plain):
            return "media", ""
        if phrases.is_poll(plain):
            return "media", ""
        if self._is_notice(plain, sender, marked=marked) or (marked and sender == self._title and self._ios):
            return "system", ""
        if marked and self._ios and ("\n" not in plain or phrases.speaks_of_ai(plain)) and not _caption(plain):
            return "system", ""
        before, mark, tail = body.rpartition("\u200e")
        if mark and before.strip() and phrases.is_media(text.bare(tail).strip()):
            body = before  # an iPhone's caption stands before what it is the caption of
        words = phrases.without_attachment(_clean(body))
        words = phrases.EDITED.sub("", words) if ">" in words else words
        return ("text", words) if words.strip() else ("media", "")

    def _is_notice(self, plain: str, sender: str, *, marked: bool) -> bool:
        """Whether WhatsApp wrote it under somebody's name: an iPhone marks such lines, or names the chat or whom it is about.

        Android names nobody: there "Tom left" after a name is what somebody says about Tom.
        """
        if not phrases.is_notice(plain, self._people):
            return False
        if marked or sender == self._title or phrases.is_sentence(plain):
            return True
        return self._ios and (sender in plain or plain.startswith(("You ", "Du ")))


def _caption(plain: str) -> bool:
    return phrases.without_attachment(plain) != plain


def _clean(body: str) -> str:
    if "@" in body:
        body = _DIGITS.sub("@number", _MENTION.sub(r"@\1", body))
    return body.replace("\u200e", "").strip()
