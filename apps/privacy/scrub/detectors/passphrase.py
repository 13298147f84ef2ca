"""How far a password goes behind its name: a word, what stands in quotes, or several words up to the end of what is said."""

from __future__ import annotations

import re
from collections.abc import Callable

from apps.privacy.scrub.wording import ORDINARY, frequency, said_elsewhere

_CLOSES = {'"': '"', "“": "”", "„": "“”", "«": "»", "‘": "’", "'": "'", "`": "`"}
_WORD = re.compile(r"\S+")
#: Where a sentence, or a list of several things, goes on.
_STOPS = re.compile(r"[.,;!?…)](?=\s|$)|\n|:(?=\s)")
_GROUP = re.compile(r"\d{3,}")
LONGEST, MOST = 80, 6
#: With one of these something is said about the password, not the password itself.
SAID = frozenset(
    """
    i me we us he she him they them it im ive id u ur is are was were be do does did has have had will would can could should must need needs wrong incorrect invalid required expired
    sent send ask asked asking see check look think know knows remember remembers forgot forget try tried give gave got gets told tell says wait need pls please thanks
    ich du er sie wir ihr mir dir mich dich nicht kein ist war hat habe weiß frag schau und oder aber
    je tu il elle nous vous ne pas est sont suis as ai yo él ella nosotros es son está no io lui lei noi è sono ha ho eu ele ela nós são foi
    я ты он она мы вы они не нет мне тебе его её был была есть знаю помню спроси и или
    in on at under behind next inside im am auf unter hinter neben sul sulla sullo nel nella nello al alla dal dalla sotto sopra dietro dentro en sobre bajo detrás no na nos nas em sob atrás
    sur dans sous derrière на в во под за над рядом возле
    niet heb weet geen nie wiem mam jest nevím nemám není jsem nu știu stiu inte jag har değil degil bilmiyorum yok не є знаю маю
    op onder achter naast pod nad obok przy za u ve vedle lângă langa lângă bakom bredvid hos біля поруч під
    altijd gewoon zawsze jak zwykle vždy jako mereu alltid vanligt завжди як
    and or but user username login name email mail
    always usual coming soon wie immer ganz einfach üblich como siempre come sempre comme toujours как всегда обычно
    """.split()  # noqa: SIM905
)
#: A phrase of three words may begin so.
_WHOSE = frozenset("my our the der die das mein meine unser mon notre les una los las mio mia meu minha мой моя".split())  # noqa: SIM905


def kind(phrase: str) -> str:
    """ "secret", which goes in its message only, for up to three everyday words: "happy birthday" stays in all the others."""
    words = [word.strip(".,!?-") for word in phrase.lower().replace("’", "'").split()]
    few = len(words) < 4 and not any(map(str.isdigit, phrase))
    alone = len(words) == 1 and said_elsewhere(words[0])  # of English words many are met there too
    return "secret" if few and (alone or all(map(_everyday, words))) else "password"


def _everyday(word: str) -> bool:
    return frequency(word) >= ORDINARY


def quoted(plain: str, start: int) -> tuple[int, int] | None:
    """Several words in the quotes that open right before `start`."""
    closing = _CLOSES.get(plain[start - 1 : start])
    if closing is None:
        return None
    line = plain[start : start + LONGEST].partition("\n")[0]
    ends = [at for sign in closing if (at := line.find(sign)) > 2 and not line[at + 1 : at + 2].isalnum()]
    if not ends or " " not in line[: min(ends)]:
        return None
    about = sum(word.lower() in SAID for word in line[: min(ends)].split())
    return (start, start + min(ends)) if about < 2 else None


def of_words(
    plain: str, start: int, given: bool, mixed: Callable[[str], bool], ordinary: Callable[[str], bool]
) -> tuple[int, int] | None:
    """Several words from `start` on. `given`: a colon stands before them, so that the first may be an ordinary one."""
    stop = _STOPS.search(plain, start, start + LONGEST)
    if stop is None and len(plain) > start + LONGEST:
        return None
    line = plain[start : stop.start() if stop else start + LONGEST]
    if stop is not None and stop[0] == ":" and line.isalpha():
        return None  # one word, and what it names
    words = [(m.start(), m.end(), m[0]) for m in _WORD.finditer(line)][: MOST + 1]
    if len(words) < 2 or line[len(line.rstrip()) :] == "\n":
        return None
    if mixed(words[0][2]) or _GROUP.fullmatch(words[0][2]):
        more = next((n for n, (_, _, w) in enumerate(words) if not (mixed(w) or _GROUP.fullmatch(w))), len(words))
        return (start, start + words[more - 1][1]) if more > 1 else None
    low = [word.lower() for _, _, word in words]
    enough = 3 if low[0] in _WHOSE or len(low[0]) < 3 else 4  # "my blue dragon", "up we go"
    first = (given and len(words) >= enough) or (not ordinary(low[0]) and len(low[0]) > 2)
    if (
        len(words) > MOST
        or not first
        or not low[0].isalpha()
        or any(w in SAID for w in low)
        or any(map(ordinary, low[1:]))
        or (stop is not None and stop[0] == ":")
    ):
        return None
    return start, start + words[-1][1]
