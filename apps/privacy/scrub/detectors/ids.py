"""National numbers by python-stdnum: those that cannot be anything else alone, all others only beside a word that names them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from apps.privacy.scrub import cues
from apps.privacy.scrub.types import Finding, View

#: Their form and check digits leave no doubt.
_ALONE = {
    "it.codicefiscale": r"[A-Za-z]{6}\d{2}[A-Za-z]\d{2}[A-Za-z]\d{3}[A-Za-z]",
    "es.dni": r"\d{8}[ -]?[A-Za-z]",
    "es.nie": r"[XYZxyz][ -]?\d{7}[ -]?[A-Za-z]",
    "fr.nir": r"[12][ .]?\d{2}[ .]?(?:0[1-9]|1[0-2])[ .]?(?:\d{2}|2[ABab])[ .]?\d{3}[ .]?\d{3}[ .-]?\d{2}",
    "br.cpf": r"\d{3}\.\d{3}\.\d{3}-\d{2}",
    "mx.curp": r"[A-Za-z]{4}\d{6}[HMhm][A-Za-z]{5}[A-Za-z0-9]\d",
    "fi.hetu": r"\d{6}[-+A]\d{3}[0-9A-Ya-y]",
    "us.ssn": r"\d{3}-\d{2}-\d{4}",
    "in_.pan": r"[A-Z]{5}\d{4}[A-Z]",
    "cl.rut": r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]",
    "pt.cc": r"\d{8}[ -]?\d[ ]?[A-Z]{2}\d",
    "ch.ssn": r"756\.\d{4}\.\d{4}\.\d{2}",
}
#: Digits that pass a check by chance once in ten to a hundred: only with a cue.
_CUED = (
    "us.ssn", "us.itin", "gb.nhs", "gb.utr", "de.idnr", "de.stnr", "es.nif", "fr.nir", "fr.nif", "br.cpf", "pl.pesel", "nl.bsn", "ru.inn", "pt.nif",
    "in_.aadhaar", "se.personnummer", "dk.cpr", "no.fodselsnummer", "at.vnr", "be.nn", "cz.rc", "tr.tckimlik", "kr.rrn", "cn.ric", "au.tfn",
    "ca.sin", "ar.dni", "ar.cuit", "cl.rut", "za.idnr", "bg.egn", "ro.cnp", "gr.amka", "hr.oib", "lt.asmens", "ee.ik", "si.emso", "ie.pps", "il.idnr", "ua.rntrc",
)  # fmt: skip
_STRICT = {name: re.compile(rf"(?<![\w.-]){shape}(?![\w-]|\.\d)") for name, shape in _ALONE.items()}
_NINO = re.compile(
    r"(?<!\w)[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z][ -]?(?:\d{2}[ -]?){3}[A-Da-d](?!\w)"
)
_SNILS = re.compile(r"(?<!\d)\d{3}[- ]?\d{3}[- ]?\d{3}[- ]?\d{2}(?!\d)")
_ANY = re.compile(r"(?<![\w.])[A-Za-z]{0,3}\d(?:[ .\-/]{0,2}\d){5,17}(?:[ -]?[A-Za-z]{1,3}(?![A-Za-z]))?(?![\w])")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_GERMAN_SV = re.compile(r"(?<!\w)\d{2}[ ]?[0-3]\d[01]\d{3}[ ]?[A-Za-z][ ]?\d{3}(?!\w)")
#: Right behind the name of an identity card: two or three letters and six digits (Poland, Romania), or nine digits (Czechia, Ukraine).
_CARD = re.compile(rf"(?<!\w)(?:{cues.ID_CARDS})(?!\w)[^\d\n]{{0,20}}?(?<!\w)([A-Z]{{2,3}} ?\d{{6}}|\d{{9}})(?!\w)", re.I)
_GERMAN_ID = re.compile(r"(?<!\w)[CFGHJKLMNPRTVWXYZ0-9]{9,10}(?!\w)")


@cache
def _module(name: str) -> Any:
    return import_module(f"stdnum.{name}")


def valid(name: str, text: str) -> bool:
    """Whether python-stdnum takes it; its modules raise many things on odd input."""
    try:
        return bool(_module(name).is_valid(text))
    except Exception:  # a number that breaks a validator is none of its numbers
        return False


def _snils(text: str) -> bool:
    digits = [int(c) for c in text if c.isdigit()]
    total = sum((9 - n) * d for n, d in enumerate(digits[:9])) % 101 % 100
    return total == digits[9] * 10 + digits[10]


def gate(view: View) -> bool:
    return view.digits >= 6


def find(view: View) -> Iterator[Finding]:
    plain = view.plain
    for name, pattern in _STRICT.items():
        for match in pattern.finditer(plain):
            if valid(name, match[0]):
                yield Finding(match.start(), match.end(), "id", 74)
    for match in _NINO.finditer(plain):
        if match[0][:2].upper() not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"):
            yield Finding(match.start(), match.end(), "id", 74)
    if "id" in view.named:
        yield from beside(plain)


def beside(plain: str) -> Iterator[Finding]:
    """Numbers that may be national ones, where the word is there."""
    for match in _SNILS.finditer(plain):
        if _snils(match[0]):
            yield Finding(match.start(), match.end(), "id", 76)
    for match in _GERMAN_SV.finditer(plain):
        yield Finding(match.start(), match.end(), "id", 76)
    for match in _CARD.finditer(plain):
        yield Finding(match.start(1), match.end(1), "id", 75)
    for match in _GERMAN_ID.finditer(plain):
        if (
            any(c.isdigit() for c in match[0])
            and any(c.isalpha() for c in match[0])
            and cues.near("id", plain, match.start())
        ):
            yield Finding(match.start(), match.end(), "id", 71)
    for match in _ANY.finditer(plain):
        text = match[0].strip()
        figures = text.rstrip(_LETTERS)  # "… 517 ein": a word behind it is none of it
        for one in (text, figures.rstrip(" -")) if figures != text else (text,):
            if any(valid(name, one) for name in _CUED):
                yield Finding(match.start(), match.start() + len(one), "id", 76)
                break
