"""The last net while a persona talks: what was once taken out of the archive is not said, however it is spelled. Pure.

Words are held back only while they may be the beginning of something stored; everything else streams on. Checked are the
plain spelling, grouped and spaced ones, capitals, digits written as words, and numbers that go on in the next bubble; and
what has the form of a secret, known or not: the model may have made it up, and it may still be somebody's. A real name of the
archive's people becomes its surrogate. It cannot stop a paraphrase.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from apps.personas import passwords
from apps.personas.ordinary import Ordinary, Reading
from apps.personas.spoken import address_begun, counts
from apps.personas.verbatim import Verbatim
from apps.privacy.scrub import engine
from apps.privacy.scrub.detectors import assigned, card, email, geo, iban, ip, keys, mac, named, phone, seed, url, wallet
from apps.privacy.scrub.figures import Figured, worded
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.names import Names
from apps.privacy.scrub.types import Detector, Finding, View

#: Never said, whether it stood in the archive or not …
FORBIDDEN: tuple[Detector, ...] = (assigned, email, keys, named, seed, url)
#: … and these, which nothing without a digit can be: most words are said without asking them …
NUMBERED: tuple[Detector, ...] = (card, geo, iban, ip, mac, phone, wallet)
#: … but for what these find besides: a link that carries nothing.
ALLOWED = frozenset({"link"})
#: Stands between bubbles of one turn in the text that is looked at.
BREAK = "\x1e"
WINDOW, OVERLAP = 400, 24
#: Behind these options of a program stands a password; the program is named before them.
_OPTIONS, _COMMAND = (" -u", " -p", " --user"), 160
#: A number of so many digits waits for the next word: it may become a card, stored or not.
CARD_BEGINS, CARD_ENDS = 4, 19
#: No stored number has fewer.
STORED_ENDS = 4
_BLANKLESS = re.compile(r"\S+")
#: An account's number that has been begun: country and check digits, then groups of digits or capitals (ISO 13616).
_ACCOUNT_TAIL = re.compile(rf"(?<![^\W_])[A-Za-z]{{2}}\d{{2}}(?:[ .\-\u00a0{BREAK}]?[A-Z0-9])*[ .\-\u00a0{BREAK}]*$")
ACCOUNT_ENDS = 34
#: So many words of a phrase (BIP-39) are said before it waits for its end; they must fit into `OVERLAP`.
PHRASE_SAID = 2
#: A run without blanks that may be part of a link, an address or a number with dots: its signs end no sentence.
_JOINED = re.compile(r"[@:/=\d]|\w\.\w")
#: After these a word is over before the blank comes; a full stop may go on ("ann.", "www.").
_OVER = frozenset(",!?。，！？")
#: What may stand between the parts of a number: signs, letters of the compass, the marks of keycaps.
_NUMERIC_TAIL = re.compile(rf"\+?\d(?:[\d\s.,;\-/()°'\x22\u2010-\u2015\u2032\u2033NSEW_*|•·∙…\ufe0f\u20e3{BREAK}]*)$")
#: A private key in armour (RFC 7468) waits for its last line.
_ARMOUR, _ARMOUR_ENDS = "-----BEGIN ", re.compile(r"-----END [A-Z ]+-----")


class Said(NamedTuple):
    """One thing that happens while a model writes: a turn, a bubble, text."""

    kind: str
    value: str = ""


class Guard:
    """What one account's ledgers hold, for one worker."""

    def __init__(self, known: Known, names: Names | None = None, ordinary: Ordinary | None = None) -> None:
        self._known, self._names = known, names or Names([])
        self._named = names is not None
        self._ordinary = ordinary or Ordinary(known)
        self.stopped = self.names = self.copies = self._given = 0

    @property
    def held(self) -> int:
        """How often something was not said: secrets, and words that would have completed a copy."""
        return self.stopped + self.copies

    def veto(self, copies: Verbatim | None) -> Callable[[str], bool] | None:
        """Says no to a word that completes a copy; counted. None where nothing is kept to compare with."""
        if copies is None:
            return None

        def no(text: str) -> bool:
            found = copies.ends_in_copy(text)
            self.copies += found
            return found

        return no

    def told(self, copies: Verbatim | None) -> dict[str, Any]:
        """`veto` as an engine is given it; nothing where nothing is kept."""
        forbidden = self.veto(copies)
        return {"veto": forbidden} if forbidden else {}

    def watch(self, ops: Iterable[Any]) -> Iterator[Said]:
        """The same operations, with what must not be said replaced by its kind in brackets; bubbles keep what they bring along."""
        text, given, listed = "", 0, 0
        brought: deque[str] = deque()
        for op in ops:
            if op.kind == "turn":
                yield from _with(brought, self._out(text, given, len(text)))
                text, given = "", 0
                yield Said("turn", op.value)
                continue
            if op.kind == "bubble":
                brought.append(op.value)
                text += BREAK
            else:
                text += op.value.replace(BREAK, " ")  # a model of bytes may write the sign itself
            safe, reading, listed = self._safe(text, given, listed)
            if safe > given:
                if self._harmless(text, given, safe, reading):
                    yield Said("text", text[given:safe])  # as nearly always
                    given = safe
                elif (safe := passwords.begun(text, given, safe)) > given:
                    yield from _with(brought, self._out(text, given, safe, reading))
                    given = self._given
            if given > 4 * WINDOW:
                text, given = text[given - WINDOW :], WINDOW
        yield from _with(brought, self._out(text, given, len(text)))

    def _harmless(self, text: str, given: int, safe: int, reading: Reading) -> bool:
        """Whether nothing can stand in `text[given:safe]`: ordinary words of one bubble that nothing leads to."""
        if reading > Reading.PHRASE or text.find(BREAK, given, safe) >= 0:
            return False
        if self._named and not self._names.nobody_in(text[given:safe]):
            return False
        return not self._ordinary.led(text[max(0, given - OVERLAP) : safe])

    def refuses(self, begun: str, rest: str, copies: Verbatim | None) -> bool:
        """Whether a text may not be gone on with so: what it holds that was not begun is counted, as where it is replaced."""
        whole = begun + rest
        found = [f for f in self.find(whole) if f.end > len(begun)]
        copied = copies is not None and copies.copied(whole)
        self.names += sum(bool(f.instead) for f in found)
        self.stopped += sum(not f.instead for f in found)
        self.copies += copied and copies is not None and not copies.copied(begun)  # that one somebody typed
        return bool(found) or copied

    def clean(self, text: str) -> str:
        """A whole text at once, for what is not streamed."""
        text = text.replace(BREAK, " ")
        return "".join(said.value for said in self._out(text, 0, len(text)) if said.kind == "text")

    def _safe(self, text: str, given: int, listed: int) -> tuple[int, Reading, int]:
        """How far the text may be given out: up to where something stored may have begun, and never inside a word; and how it reads.

        `listed`: words in a row that may be those of a phrase, never fewer than there are; given back as they are now.
        """
        end = len(text)
        if not text[-1:].isspace():  # a break is a blank too
            begun = max(text.rfind(" "), text.rfind("\n"), text.rfind(BREAK)) + 1
            if text[-1:] not in _OVER or _JOINED.search(text, begun):
                end = begun
        if end <= given:
            return given, Reading.NOTHING, listed  # still in the middle of a word
        read = self._ordinary.reading(text[given:end])
        what, last = read.what, end
        if what is Reading.NOTHING and read.opened is None:
            return end, what, 0
        if what is Reading.EVERYTHING:
            last = self._closed(text, given, end)
            last = self._before_what_is_stored(text, given, last)
        elif read.opened is not None:
            last = given + _word_at(text[given:end], read.opened)
        running = read.listed + (listed if read.whole else 0)
        if running > PHRASE_SAID or what is Reading.EVERYTHING:
            last = self._before_a_phrase(text, last)
        return (last, what, running) if last > given else (given, what, listed)

    def _before_what_is_stored(self, text: str, given: int, end: int) -> int:
        """Up to where no word has begun something stored that goes on, with its digits as figures or as words."""
        view = View(text[given:end].replace(BREAK, " "))  # as it will be looked at: "4º" is "4o"
        near = view.plain
        opened = self._known.words.open_from(near)
        figured = Figured(near)
        if figured.text != near and (there := self._known.words.open_from(figured.text)) < len(figured.text):
            opened = min(opened, figured.back(there, there)[0])
        return given + view.original(opened, opened)[0]

    def _before_a_phrase(self, text: str, end: int) -> int:
        """Up to the third of the words that may become the phrase of a wallet; two say nothing."""
        first = max(0, end - seed.REACH)
        starts = seed.begun(text[first:end])
        return first + starts[PHRASE_SAID] if PHRASE_SAID < len(starts) <= max(seed.LENGTHS) else end

    def _closed(self, text: str, given: int, end: int) -> int:
        """Up to where no number, account or key in armour has been begun that may go on."""
        first = max(given, len(text) - WINDOW)
        view = View(text[first:end])  # without signs that nobody sees
        near = view.plain
        figured = Figured(near) if counts(near[-24:]) else None
        tail = _NUMERIC_TAIL.search(figured.text) if figured else None
        if figured and tail and self._may_go_on(re.sub(r"\D", "", tail[0]), abroad=tail[0][0] == "+"):
            end = first + view.original(*figured.back(tail.start(), tail.start()))[0]
        if (account := _ACCOUNT_TAIL.search(near)) is not None and sum(map(str.isalnum, account[0])) < ACCOUNT_ENDS:
            end = min(end, first + view.original(account.start(), account.start())[0])
        end = min(end, address_begun(text, end))  # its first word may have been said already
        if (armour := text.find(_ARMOUR, given)) >= 0 and not _ARMOUR_ENDS.search(text, armour):
            end = min(end, armour)
        return end

    def _may_go_on(self, digits: str, *, abroad: bool) -> bool:
        """Whether a number that has just been begun may become a card, a phone's with its country, or one that is stored."""
        return (1 if abroad else CARD_BEGINS) <= len(digits) <= CARD_ENDS or self._known.numbers.begins(digits)

    def _out(self, text: str, given: int, until: int, reading: Reading = Reading.EVERYTHING) -> Iterator[Said]:
        """Give out `text[given:until]`, whole findings replaced; what one reaches beyond goes with it."""
        first, at = max(0, given - OVERLAP), given  # what may be the beginning of something was not given out yet
        if text.find(" -", first, until) >= 0 and any(option in text[first:until] for option in _OPTIONS):
            first = max(0, given - _COMMAND, text.rfind("\n", 0, given) + 1)
        for f in self._near(text, first, until, reading):
            start, end = first + f.start, first + f.end
            if end <= given or start >= until:
                continue
            yield from _plain(text[at : max(at, start)])
            yield Said("text", f.instead or engine.stand_in(f.kind))
            yield from _plain(BREAK * text[max(at, start) : end].count(BREAK))
            self.stopped += not f.instead
            self.names += bool(f.instead)
            at = max(at, end)
        yield from _plain(text[at:until])
        self._given = max(at, until)

    def _near(self, text: str, first: int, until: int, reading: Reading) -> Sequence[Finding]:
        """What stands in `text[first:]` and may begin before `until`; ordinary words are only asked for what is stored."""
        if reading is Reading.EVERYTHING or self._ordinary.led(text[first:until]):
            return self.find(text[first:])
        if reading < Reading.STORED and not self._named:
            return ()
        near = text[first:until].replace(BREAK, " ")
        stored = list(self._known.words.find(near)) if reading is Reading.STORED else []
        return _whole(stored, list(self._names.within(near)))

    def find(self, text: str) -> list[Finding]:
        """Where something stored, or of a forbidden form, stands in a text."""
        plain = text.replace(BREAK, " ")
        view = View(plain)
        asked = (*FORBIDDEN, *NUMBERED) if view.digits else FORBIDDEN
        forms = [f for detector in asked if detector.gate(view) for f in detector.find(view) if f.kind not in ALLOWED]
        stored = list(map(view.back, self._known.find(view)))
        if view.digits >= STORED_ENDS or worded(plain):
            stored += map(view.back, self._said_otherwise(view.plain))
        return _whole(stored, [view.back(f) for f in (*forms, *self._names.find(view))])

    def _said_otherwise(self, plain: str) -> Iterator[Finding]:
        """What is stored, with digits as words, and with any signs between the parts of a number."""
        figured = Figured(plain)
        spelled = self._known.words.find(figured.text) if figured.text != plain else ()
        for f in (*self._known.numbers.parted(figured.text), *spelled):
            yield Finding(*figured.back(f.start, f.end), f.kind, f.rank)


def _whole(stored: list[Finding], others: list[Finding]) -> list[Finding]:
    """Findings without overlaps: of what is stored nothing stays because a form or a name was found in a part of it."""
    found = [*stored, *others]
    if not stored or not others:
        return engine.resolve(found)
    known = frozenset(stored)
    clusters: list[list[Finding]] = []
    end = -1
    for f in sorted(found):
        if f.start >= end:
            clusters.append([])
        clusters[-1].append(f)
        end = max(end, f.end)
    return [
        one
        for cluster in clusters
        for one in (_joined(cluster) if any(f in known for f in cluster) else engine.resolve(cluster))
    ]


def _joined(cluster: list[Finding]) -> list[Finding]:
    """Findings that overlap as one of all they cover, of the kind that stands for secrets alone."""
    kind = max((f for f in cluster if not f.instead), key=lambda f: (f.rank, f.end - f.start)).kind
    return [Finding(cluster[0].start, max(f.end for f in cluster), kind)]


def _with(brought: deque[str], out: Iterable[Said]) -> Iterator[Said]:
    """The same, each bubble with what it brings along."""
    for said in out:
        yield Said("bubble", brought.popleft()) if said.kind == "bubble" else said


def _plain(text: str) -> Iterator[Said]:
    """Text with its breaks as bubbles."""
    if text and BREAK not in text:
        yield Said("text", text)
        return
    for number, piece in enumerate(text.split(BREAK)):
        if number:
            yield Said("bubble")
        if piece:
            yield Said("text", piece)


def _word_at(text: str, number: int) -> int:
    """Where a word of a text begins."""
    return next(islice(_BLANKLESS.finditer(text), number, None)).start()
