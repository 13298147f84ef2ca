"""API keys and private keys by the providers' published token formats (prefix, alphabet, length), in patterns of our own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from math import log2

import re2

from apps.privacy.scrub.types import Finding, View

#: A word that must be there, and the pattern: most texts hold none of the words. Where it has a group, that is the key.
_RULES = [
    ("AKIA", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("ASIA", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("ABIA", r"\bABIA[A-Z2-7]{16}\b"),
    ("ACCA", r"\bACCA[A-Z2-7]{16}\b"),
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
    ("_v1_", r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    ("shp", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    ("EAA", r"\bEAA[A-Za-z0-9]{60,250}\b"),
    ("r8_", r"\br8_[A-Za-z0-9]{37}\b"),
    ("gsk_", r"\bgsk_[A-Za-z0-9]{40,}\b"),
    ("dapi", r"\bdapi[a-f0-9]{32}\b"),
    ("lin_api_", r"\blin_api_[A-Za-z0-9]{32,}\b"),
    ("eyJ", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    ("AGE-SECRET-KEY-", r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b"),
]  # fmt: skip
_RULES += [
    ("pul-", r"\bpul-[a-f0-9]{40}\b"), ("-us", r"\b[0-9a-f]{32}-us\d{1,2}\b"), ("pscale_", r"\bpscale_(?:tkn|pw|oauth)_[\w.-]{30,}"), ("hvs.", r"\bhv[sbr]\.[\w-]{24,}"), ("hvb.", r"\bhv[sbr]\.[\w-]{24,}"), ("hvr.", r"\bhvr\.[\w-]{24,}"), ("PMAK-", r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b"),
    ("sq0", r"\bsq0[a-z]{3}-[\w-]{22,43}"), ("EAAA", r"\bEAAA[\w-]{60}"), ("NRAK-", r"\bNRAK-[A-Z0-9]{27}\b"), ("glsa_", r"\bglsa_\w{32}_[0-9a-fA-F]{8}\b"), ("glc_", r"\bglc_[\w+/]{32,400}={0,2}"),
    ("rubygems_", r"\brubygems_[a-f0-9]{48}\b"), ("dckr_pat_", r"\bdckr_pat_[\w-]{27}"), ("ATATT3", r"\bATATT3[\w=-]{180,}"), ("ATBB", r"\bATBB[\w]{24,}"), ("secret_", r"\bsecret_[A-Za-z0-9]{43}\b"), ("ntn_", r"\bntn_[A-Za-z0-9]{40,50}\b"),
    ("xkeysib-", r"\bxkeysib-[a-f0-9]{64}-\w{16}\b"), ("mailgun", r"\bkey-[0-9a-f]{32}\b"), ("AC", r"\bAC[0-9a-f]{32}\b"), ("sbp_", r"\bsbp_[a-f0-9]{40}\b"), ("vercel_", r"\bvercel_[A-Za-z0-9]{24}\b"), ("shippo_", r"\bshippo_(?:live|test)_[a-f0-9]{40}\b"),
    ("v1.0-", r"\bv1\.0-[a-f0-9]{24}-[a-f0-9]{146}\b"), ("tvly-", r"\btvly-[\w-]{20,}"), ("pplx-", r"\bpplx-[A-Za-z0-9]{40,}\b"), ("xai-", r"\bxai-[A-Za-z0-9]{60,}\b"), ("fo1_", r"\bfo1_[\w-]{43}"), ("FlyV1", r"\bFlyV1 fm\d\w?_[\w+/=,-]{100,}"),
    ("figd_", r"\bfigd_[\w-]{38,}"), ("pat", r"\bpat[A-Za-z0-9]{14}\.[a-f0-9]{64}\b"), ("GR1348941", r"\bGR1348941[\w-]{20}"), ("amzn.mws", r"\bamzn\.mws\.[0-9a-f-]{36}\b"), ("phc_", r"\bph[cx]_[A-Za-z0-9]{40,}\b"), ("phx_", r"\bph[cx]_[A-Za-z0-9]{40,}\b"),
]  # fmt: skip
_RULES += [
    ("sk_", r"\bsk_[0-9a-f]{48}\b"), ("access_token$", r"\baccess_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}\b"), ("oauth:", r"\boauth:[a-z0-9]{30}\b"), ("sntryu_", r"\bsntryu_[a-f0-9]{64}\b"),
    (":fx", r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:fx\b"), ("Key=", r"Key=([A-Za-z0-9+/]{40,100}={0,2})"), ("tskey-", r"\btskey-[a-z]{3,10}-[\w-]{20,}"), ("8Q~", r"\b[\w.~-]{3}8Q~[\w.~-]{31,34}"),
]  # fmt: skip
#: By RE2, whose time is linear whatever stands there.
_COMPILED = [(word, re2.compile(pattern)) for word, pattern in _RULES]
_BEGINS = re2.compile(r"-----BEGIN [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----")
_ENDS = re2.compile(r"-----END [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----")
LONGEST_KEY = 20_000
#: Halves of characters, which RE2 does not read.
_HALVES = re.compile("[\ud800-\udfff]")
_NAMED = re.compile(
    r"\b(?:api|access|secret|auth|client|bearer)[ _-]?(?:key|token|secret)?\b[^\w\n]{1,4}(?:is|=|:)?[\s\"'`]{0,3}([A-Za-z0-9+/_.-]{20,200}={0,2})",
    re.I,
)

#: What a hash looks like as well, where a key is spoken of right before it.
_HEX = re.compile(
    r"\b(?:key|token|secret|schlüssel|ключ|токен|clave|chiave|chave|cl[eé])\b[\"']?(?:\s+(?:is|ist|es|est|è|é)\b|\s?[:=—-])?\s{0,2}[\"'`]?((?:0x)?[0-9a-f]{32,128})(?!\w)",
    re.I,
)


#: A long word of three kinds of letters that no language makes; paths, versions and plain hashes of commits are none.
_RANDOM = re.compile(r"(?<![\w/.@:=-])(?=[\w.-]*\d)(?=[\w.-]*[a-z])(?=[\w.-]*[A-Z])[\w.-]{24,200}={0,2}(?![\w/@])")
#: The same in the letters of base64, where a stroke or a plus sign stands in it: as long as a digest, and no path.
_BASE64 = re.compile(
    r"(?<![\w/.@:=+-])(?=[\w/]*\+|[\w+]*/)(?=[A-Za-z0-9+/]{40})[A-Za-z0-9+/]{40,400}={0,2}(?![\w/+@]|\.[a-z])"
)


def _entropy(text: str) -> float:
    return -sum(n * log2(n) for n in (text.count(c) / len(text) for c in set(text)))


def _no_words(text: str) -> bool:
    """Whether it changes between kinds of letters as often as chance would."""
    turns = sum(
        a.isdigit() != b.isdigit() or (a.isalpha() and b.isalpha() and a.isupper() != b.isupper()) for a, b in pairwise(text)
    )
    return turns >= len(text) / 4


def _armoured(plain: str) -> Iterator[Finding]:
    """Private keys from their first line to their last, or to the end of what there is of them."""
    done = 0
    for begun in _BEGINS.finditer(plain):
        if begun.start() >= done:
            ended = _ENDS.search(plain[begun.end() : begun.end() + LONGEST_KEY])
            done = begun.end() + ended.end() if ended else min(len(plain), begun.end() + LONGEST_KEY)
            yield Finding(begun.start(), done, "key", 90)


def gate(view: View) -> bool:
    return view.longest >= 16 or "PRIVATE KEY" in view.plain


def find(view: View) -> Iterator[Finding]:
    named = [pattern for word, pattern in _COMPILED if word in view.plain]
    armoured = "PRIVATE KEY" in view.plain
    plain = _HALVES.sub("?", view.plain) if named or armoured else ""
    for pattern in named:
        for match in pattern.finditer(plain):
            start, end = match.span(pattern.groups)
            yield Finding(start, end, "key", 90)
    yield from _armoured(plain) if armoured else ()
    for match in _NAMED.finditer(view.plain):
        value = match[1]
        if any(c.isdigit() for c in value) and any(c.isalpha() for c in value):
            yield Finding(match.start(1), match.end(1), "key", 85)
    for match in _HEX.finditer(view.plain) if view.longest >= 32 else ():
        yield Finding(match.start(1), match.end(1), "key", 85)
    for match in _RANDOM.finditer(view.plain):
        if _entropy(match[0]) > 3.6 and _no_words(match[0]):
            yield Finding(match.start(), match.end(), "key", 66)
    for match in _BASE64.finditer(view.plain) if view.longest >= 40 else ():
        if _entropy(match[0]) > 4.2 and _no_words(match[0]) and any(map(str.isdigit, match[0])):
            yield Finding(match.start(), match.end(), "key", 66)
