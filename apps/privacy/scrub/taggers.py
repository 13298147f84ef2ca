"""A model in crfsuite's file, opened by each thread for itself: a tagger remembers the last thing it was given. Pure."""

from __future__ import annotations

import threading

import pycrfsuite


class Taggers:
    """Taggers of one model, given as the bytes of its file."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._own = raw, threading.local()

    def here(self) -> pycrfsuite.Tagger:
        """This thread's."""
        if not hasattr(self._own, "tagger"):
            self._own.tagger = pycrfsuite.Tagger()
            self._own.tagger.open_inmemory(self._raw)
        return self._own.tagger
