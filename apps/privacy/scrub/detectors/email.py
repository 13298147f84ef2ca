"""E-mail addresses (RFC 5321 in the shape people write; letters of any script in the domain), and those that are said:
"bob (at) example dot org", "bob.smith at example.org", "bob.smith @ example.org".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub import surrogates
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wording import ORDINARY, frequency, is_word, ordinary

_ADDRESS = re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24}(?![\w-])")
_LOCAL = re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@")
_DOT = r"(?:dot|punkt|punto|ponto|point|точка|kropka|te[cč]ka|punct)"
#: The sign by the names that it has and nothing else.
_SIGN = r"(?:arroba|chiocciol(?:a|etta)|arobase|соба(?:ка|ку|чка|чку)|klammeraffe|apenstaartje|ma[lł]pa|zavin[aá][cč])"
#: Behind a word: what stands before it is no password.
SIGN_BEHIND = re.compile(rf"\s{_SIGN}\s", re.I)
#: What nobody writes by chance: a sign or a dot in brackets, a dot as a word, a sign as a word of its own before a domain.
_BRACKETED = re.compile(rf"[(\[{{<]\s?(?:at|@|ät|a|\.|{_DOT}|{_SIGN})\s?[)\]}}>]", re.I)
_DOTTED = re.compile(rf"\s{_DOT}\s", re.I)
#: How such words begin, in small letters: most texts have none of them.
_SPOKEN = re.compile(r"\s(?:dot|pun|pon|poi|точ|kro|te[cč]|arr|chi|aro|соб|kla|ape|ma[lł]|zav)")
_SIGNED = re.compile(rf"\w\s{_SIGN}\s[\w.-]{{2,60}}\.[a-z]{{2}}", re.I)
_TOP = r"(?:com|org|net|edu|gov|info|io|me|dev|app|co\.uk|co|eu|de|at|ch|fr|es|it|pt|br|com\.br|ru|uk|us|nl|be|pl|se|no|fi|dk|cz|in|ua|tr|jp|ca|mx|ar|ру|ком|нет|орг|рф|уа)"
_BETWEEN = rf"(?:\s?[(\[{{<]?\s?(?:\.|{_DOT})\s?[)\]}}>]?\s?)"
#: "at this point in time", "at some point it": no dot, and no domain.
_NO_POINT = r"(?![\w-]{2,40}\spoint\s(?:in|it|at|me)(?!\w))"
#: "bob (at) example dot org": the sign or the dot must be written in a way that nobody uses by chance.
_SPELLED = re.compile(
    rf"(?<![\w.+-])[\w+-]{{1,40}}(?:(?:\.|\s?[(\[{{<]?\s?{_DOT}\s?[)\]}}>]?\s?)[\w+-]{{1,30}}){{0,3}}"
    rf"(?:\s?[(\[{{<]\s?(?:at|@|ät|{_SIGN}|a)\s?[)\]}}>]\s?(?:[\w-]{{2,40}}{_BETWEEN}){{1,3}}"
    rf"|\s(?:at|ät)\s{_NO_POINT}(?:[\w-]{{2,40}}(?:\s?[(\[{{<]?\s?(?:\.|{_DOT})\s?[)\]}}>]\s?|\s{_DOT}\s)){{1,3}}"
    rf"|\s{_SIGN}\s(?:[\w-]{{2,40}}(?:\.|\s?[(\[{{<]\s?(?:\.|{_DOT})\s?[)\]}}>]\s?|\s{_DOT}\s)){{1,3}})"
    rf"{_TOP}(?![\w-])",
    re.I,
)
#: A sign as a word, which is one of the most frequent ones as well, and what stands behind a domain with its dots.
_AT = re.compile(r" (?:at|AT|At|ät|ÄT|Ät) ")
_AT_DOMAIN = re.compile(r" [aä]t [^\W_][\w-]{0,61}\.[^\W\d_]{2}")
_DOMAIN = re.compile(rf"((?:[^\W_](?:[\w-]{{0,61}}[^\W_])?\.){{1,4}}{_TOP})(?![\w-]|[./:@]\w|/)", re.I)
_BEFORE_SIGN = re.compile(r"(?<![\w.+%'’/@#-])[^\W_][\w.%+-]{0,63}(?<![.%+-])\Z")
#: Whose domains are nearly always those of somebody's mail.
_PROVIDER = re.compile(
    r"(?:g(?:oogle)?mail|hotmail|outlook|ymail|yahoo|icloud|aol|gmx|live|msn|proton(?:mail)?|tutanota|fastmail|zoho|yandex|rambler)\.[a-z.]{2,6}"
    r"|(?:web|freenet|t-online|posteo|arcor|mail|bluewin|tiscali|libero|virgilio|alice|orange|wanadoo|laposte|free|sfr|uol|bol|sapo|me|mac|hey|pm|ya|bk|list|inbox|ukr|wp|o2|onet|interia|seznam|centrum|email|ziggo|telia)"
    r"\.(?:de|com|ch|it|fr|com\.br|pt|me|ru|net|ua|pl|cz|nl)",
    re.I,
)
_MAIL = (
    r"(?<!\w)(?:e-?mails?|mail(?:e|t|to|adresse|s)?|e-?mail-?adresse|courriel|correo|posta|e-?posta\w{0,4}|e-?post|poczt[aąy]|почт[аыуе]|(?:е|и)?-?ме[йи]л\w{0,2}|мыл[оу]|write (?:me|to)|reach me|contact|schreib\w{0,2})"
    r"(?!\w)"
)
#: Mail is spoken of; it, and then its address and nothing else.
_SPEAKS = re.compile(_MAIL, re.I)
_GIVES = re.compile(rf"{_MAIL}\s?(?::|=|-|—|is|ist|es|est|è|é|это)\s?\Z", re.I)
#: So far from an address mail is spoken of, before and behind it.
_BEFORE, _BEHIND = 40, 24
#: What looks like a name of somebody's and is one of a file or a page.
_FILE = re.compile(
    r".*\.(?:com|org|net|io|py|[jt]sx?|json|html?|css|md|txt|conf|cfg|ini|log|xml|ya?ml|sh|exe|zip|deb|pdf|jpe?g|png|gif|rb|php|cpp|rs)",
    re.I,
)

#: What stands between the parts of a made name, how short a part is that tells nothing, and a last name behind an initial.
_PARTS, _SHORT = re.compile(r"[\W\d_]+"), 3
_INITIAL = re.compile(r"[^\W\d_]\.[^\W\d_]{3,}\d*")


def gate(view: View) -> bool:
    plain = view.plain
    if "@" in plain:
        return True
    if len(plain) <= 12:
        return False
    low = view.lower
    said = (" at " in low or " ät " in low) and _AT_DOMAIN.search(low) is not None
    return said or _BRACKETED.search(plain) is not None or _SPOKEN.search(low) is not None


def _spelled(view: View) -> bool:
    """Whether a sign or a dot stands there as people spell them."""
    if _BRACKETED.search(view.plain):
        return True
    spoken = _SPOKEN.search(view.lower)
    return spoken is not None and any(pattern.search(view.plain) for pattern in (_DOTTED, _SIGNED))


def find(view: View) -> Iterator[Finding]:
    for start, end in _addresses(view.plain):
        yield Finding(start, end, "email", 60)
    if _spelled(view):
        for match in _SPELLED.finditer(view.plain):
            yield Finding(match.start(), match.end(), "email", 61)
    for before, behind in _signs(view.plain) if "." in view.plain else ():
        domain = _DOMAIN.match(view.plain, behind)
        local = domain and _BEFORE_SIGN.search(view.plain, max(0, before - 64), before)
        if domain and local and _is_meant(view.plain, local, domain):
            yield Finding(local.start(), domain.end(), "email", 60)


def _signs(plain: str) -> Iterator[tuple[int, int]]:
    """Where a sign ends what stands before it and begins what stands behind: as a word, or with a blank beside it."""
    at = plain.find("@", 1)
    while at >= 0:
        before, behind = plain[at - 1] in _BLANKS, plain[at + 1 : at + 2] in _BLANKS
        if before or behind:
            yield at - before, at + 1 + behind
        at = plain.find("@", at + 1)
    yield from (match.span() for match in _AT.finditer(plain))


_BLANKS = (" ", "\t", "\xa0")


def _is_meant(plain: str, local: re.Match[str], domain: re.Match[str]) -> bool:
    """Whether somebody's address stands there, and not where something is: "look at github.com", "bob at example.org said"."""
    word, start = local[0].lower(), local.start()
    if not any(map(str.isalpha, word)):
        return False
    if ordinary(word) and not _is_called(word):
        return frequency(word) < ORDINARY and _GIVES.search(plain, max(0, start - _BEFORE), start) is not None
    if _PROVIDER.fullmatch(domain[1]) or _is_made(word):
        return True
    end = domain.end()
    if plain[domain.start() - 2] == "@" and (plain[local.end()] == "@" or _is_called(word)):
        return True  # nobody is mentioned with a blank behind the sign, but things happen "@ somewhere"
    before = _SPEAKS.search(plain, max(0, start - _BEFORE), start)
    return before is not None or _SPEAKS.search(plain, end, end + _BEHIND) is not None


def _is_made(word: str) -> bool:
    """Whether it has what no word has, and names no file, version or program: "jane.doe", "jane_85", but not "check-in"."""
    if _FILE.fullmatch(word) or not word[0].isalpha():
        return False
    letters = word.rstrip("0123456789")
    if letters.isalpha():
        return letters != word and (not ordinary(letters) or _is_called(letters))
    parts = [part for part in _PARTS.split(word) if part.isalpha()]
    if any(map(_is_called, parts)) or _INITIAL.fullmatch(word):
        return True
    return "-" not in word and any(len(part) >= _SHORT and not ordinary(part) for part in parts)


def _is_called(word: str) -> bool:
    """Whether somebody somewhere is called so, and it is no word."""
    return surrogates.is_name(word) and not is_word(word)


def _addresses(plain: str) -> Iterator[tuple[int, int]]:
    """Where `_ADDRESS` matches: only what stands around a sign can be one, and most signs stand before a name."""
    free, at = 0, plain.find("@")  # no address begins before `free`
    while at >= 0:
        before = plain[at - 1 : at]
        if before.isalnum() or (before and before in "_%+-."):
            begins = _LOCAL.search(plain, max(free, at - 64), at + 1)
            whole = begins and _ADDRESS.match(plain, begins.start())
            if whole:
                yield whole.span()
                at = whole.end() - 1
        free = at + 1
        at = plain.find("@", free)
