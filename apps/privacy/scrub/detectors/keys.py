"""API keys and private keys by the providers' published token formats (prefix, alphabet, length), in patterns of our own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub.types import Finding, View

#: A word that must be there, and the pattern: most texts hold none of the words.
_RULES = [
    ("AKIA", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("ASIA", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("gh", r"\bgh[pousr]_[A-Za-z0-9]{36,251}\b"),
    ("github_pat_", r"\bgithub_pat_\w{22,255}\b"),
    ("glpat-", r"\bglpat-[\w-]{20,}"),
    ("xox", r"\bxox[abeoprs](?:\.xox[bp])?-[\w-]{10,250}"),
    ("xapp-", r"\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+\b"),
    ("hooks.slack.com", r"hooks\.slack\.com/services/[\w/+-]{20,}"),
    ("_live_", r"\b(?:sk|rk|pk|whsec)_live_[A-Za-z0-9]{10,247}\b"),
    ("_test_", r"\b(?:sk|rk|pk|whsec)_test_[A-Za-z0-9]{10,247}\b"),
    ("sk-", r"\bsk-(?:ant-|proj-|svcacct-|or-v1-)?[\w-]{20,250}"),
    ("AIza", r"\bAIza[\w-]{35}"),
    ("ya29.", r"\bya29\.[\w-]{20,}"),
    ("GOCSPX-", r"\bGOCSPX-[\w-]{28}"),
    ("SG.", r"\bSG\.[\w-]{16,32}\.[\w-]{16,64}"),
    ("SK", r"\bSK[0-9a-f]{32}\b"),
    ("key-", r"\bkey-[0-9a-f]{32}\b"),
    (":AA", r"\b\d{8,10}:AA[\w-]{32,35}"),
    ("npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("pypi-", r"\bpypi-[\w-]{50,}"),
    ("hf_", r"\bhf_[A-Za-z0-9]{30,40}\b"),
    ("dop_v1_", r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    ("shp", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    ("EAA", r"\bEAA[A-Za-z0-9]{60,250}\b"),
    ("r8_", r"\br8_[A-Za-z0-9]{37}\b"),
    ("gsk_", r"\bgsk_[A-Za-z0-9]{40,}\b"),
    ("dapi", r"\bdapi[a-f0-9]{32}\b"),
    ("lin_api_", r"\blin_api_[A-Za-z0-9]{32,}\b"),
    ("eyJ", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    ("PRIVATE KEY", r"-----BEGIN [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,20000}?(?:-----END [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----|\Z)"),
    ("AGE-SECRET-KEY-", r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b"),
]  # fmt: skip
_COMPILED = [(word, re.compile(pattern)) for word, pattern in _RULES]
_NAMED = re.compile(
    r"\b(?:api|access|secret|auth|client|bearer)[ _-]?(?:key|token|secret)?\b[^\w\n]{1,4}(?:is|=|:)?[\s\"'`]{0,3}([A-Za-z0-9+/_.-]{20,200}={0,2})",
    re.I,
)


def gate(plain: str) -> bool:
    return (len(plain) >= 20 and max(map(len, plain.split()), default=0) >= 16) or "PRIVATE KEY" in plain


def find(view: View) -> Iterator[Finding]:
    for word, pattern in _COMPILED:
        if word in view.plain:
            for match in pattern.finditer(view.plain):
                yield Finding(match.start(), match.end(), "key", 90)
    for match in _NAMED.finditer(view.plain):
        value = match[1]
        if any(c.isdigit() for c in value) and any(c.isalpha() for c in value):
            yield Finding(match.start(1), match.end(1), "key", 85)
