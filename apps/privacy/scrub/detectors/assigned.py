"""Secrets in lines of programs and on command lines: DB_PASSWORD=x, my_secret = "x", curl -u name:x, mysql -px."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub.types import Finding, View

_VALUE = r"\s{0,3}(?::|=|:=|=>)\s{0,3}(?:\"([^\"\n]{4,200})\"|'([^'\n]{4,200})'|((?:[^\s\"'`,;&]|&(?!\w+=)){4,200}))"
#: A name of several words, one of which says what it is: that alone ("password: x") is what `named` knows.
_PASSWORD = re.compile(
    rf"(?<![\w.])(?!by[_-])(?:[A-Za-z]\w{{0,40}}[_-])(?:password|passwd|passphrase|passwort|pass|pwd|pw)(?:_\w{{1,12}})?[\"']?{_VALUE}"
    rf"|(?<![\w.])(?-i:[a-z]{{2,20}}(?:Password|Passwd|Passphrase|Pass|Pwd))[\"']?{_VALUE}",
    re.I,
)
_KEY = re.compile(
    rf"(?<![\w.])(?:(?:\w{{0,40}}[_-])?(?:secret|secret[_-]key|token|api_?key|apikey|private[_-]key|access[_-]key)|(?-i:[A-Za-z]{{2,20}}(?:Secret|Token|(?:Api|Secret|Private|Access|Auth)Key)))[\"']?{_VALUE}",
    re.I,
)
#: "-u name:x" belongs to the programs that fetch, "-px" to those of a database.
_USER = re.compile(r"\b(?:curl|wget|http|https)\b[^\n]{0,160}?\s(?:-u|--user)[ =][\"']?[^\s:\"']{1,64}:([^\s\"']{3,80})")
_P = re.compile(r"\b(?:mysql|mysqldump|mysqladmin|mariadb|sshpass)\b[^\n]{0,100}?\s-p ?[\"']?((?!-)[^\s\"']{4,80})")
#: What a program puts in: a name, a call, a blank to fill in.
_PUT_IN = re.compile(
    r"[$%<{*(\[]|(?:true|false|null|none|nil|undefined|string|str|varchar|env|input|self|this|process|os|request|req|config|params|options|settings|user|data)(?![^\W_])|\*+|x+$|\.+$|\w+\(|\w+\.\w+|your|my_?(?:pass|secret|token|key)|change_?me",
    re.I,
)
_WORDS = ("pass", "pwd", "pw", "secret", "token", "key")


def gate(view: View) -> bool:
    if not ("=" in view.plain or ":" in view.plain or " -" in view.plain):
        return False
    low = view.lower
    return any(word in low for word in _WORDS) or " -u" in low or " --user" in low or " -p" in low


def find(view: View) -> Iterator[Finding]:
    plain = view.plain
    for pattern, kind in ((_PASSWORD, "password"), (_KEY, "key")):
        for match in pattern.finditer(plain):
            group = match.lastindex or 0
            if _secret(match[group], kind):
                yield Finding(match.start(group), match.end(group), kind, 87)
    for pattern in (_USER, _P) if " -" in plain else ():
        for match in pattern.finditer(plain):
            if not _PUT_IN.match(match[1]):
                yield Finding(match.start(1), match.end(1), "password", 87)


def _secret(value: str, kind: str) -> bool:
    """Keys have digits and are long; a password may be any word."""
    if _PUT_IN.match(value) or "(" in value[: 40 if kind == "password" else 0]:
        return False
    return kind == "password" or (len(value) >= 8 and any(map(str.isdigit, value)) and any(map(str.isalpha, value)))
