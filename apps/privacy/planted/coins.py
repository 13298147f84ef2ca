"""Wallet addresses with true checksums and BIP-39 phrases."""

import hashlib
from random import Random

from mnemonic import Mnemonic

from apps.privacy.planted.chance import pick

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
BECH32_MIX = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
LANES = 0xFFFFFFFFFFFFFFFF
VERSIONS = {"1": "00", "3": "05", "L": "30", "D": "1e", "T": "41", "xpub": "0488b21e", "zpub": "04b24746", "WIF": "80"}


def base58check(payload: bytes) -> str:
    check = hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    rest, text = int.from_bytes(payload + check, "big"), ""
    while rest:
        rest, digit = divmod(rest, 58)
        text = BASE58[digit] + text
    zeros = len(payload) - len(payload.lstrip(b"\0"))
    return "1" * zeros + text


def polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, mix in enumerate(BECH32_MIX):
            check ^= mix if top >> place & 1 else 0
    return check


def fives(program: bytes) -> list[int]:
    """The bytes in groups of five bits, padded at the end."""
    bits = "".join(f"{byte:08b}" for byte in program)
    return [int(bits[at : at + 5].ljust(5, "0"), 2) for at in range(0, len(bits), 5)]


def bech32(prefix: str, version: int, program: bytes) -> str:
    """A segwit address; version 1 and later take the bech32m constant."""
    data = [version, *fives(program)]
    high = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]
    rest = polymod(high + data + [0] * 6) ^ (0x2BC830A3 if version else 1)
    check = [rest >> 5 * (5 - place) & 31 for place in range(6)]
    return prefix + "1" + "".join(BECH32[value] for value in data + check)


def turn(lane: int, by: int) -> int:
    by %= 64
    return (lane << by | lane >> (64 - by)) & LANES


def keccak_round(state: list[list[int]]) -> list[list[int]]:
    """Theta, rho, pi and chi of Keccak-f[1600]."""
    sums = [row[0] ^ row[1] ^ row[2] ^ row[3] ^ row[4] for row in state]
    state = [[lane ^ sums[x - 1] ^ turn(sums[(x + 1) % 5], 1) for lane in row] for x, row in enumerate(state)]
    x, y, carried = 1, 0, state[1][0]
    for step in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        carried, state[x][y] = state[x][y], turn(carried, (step + 1) * (step + 2) // 2)
    return [[state[x][y] ^ (~state[(x + 1) % 5][y] & state[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]


def keccak(data: bytes, pad: int = 1) -> bytes:
    """Keccak-256 of less than one block; hashlib has only the later SHA-3, whose padding is 6."""
    block = bytearray(data + bytes([pad]) + bytes(200 - len(data) - 1))
    block[135] |= 0x80
    state = [[int.from_bytes(block[8 * (x + 5 * y) :][:8], "little") for y in range(5)] for x in range(5)]
    shift = 1
    for _ in range(24):
        state = keccak_round(state)
        for place in range(7):
            shift = ((shift << 1) ^ ((shift >> 7) * 0x71)) % 256
            state[0][0] ^= 1 << ((1 << place) - 1) if shift & 2 else 0
    return b"".join(state[x][0].to_bytes(8, "little") for x in range(4))


def ethereum(body: str) -> str:
    """Forty hex digits with the capitals of EIP-55."""
    marks = keccak(body.encode()).hex()
    return "0x" + "".join(char.upper() if mark > "7" else char for char, mark in zip(body, marks, strict=False))


def ether(rng: Random) -> str:
    body = rng.randbytes(20).hex()
    return ethereum(body) if rng.random() < 0.7 else "0x" + body


def base58_kind(rng: Random, kind: str) -> str:
    size = {"xpub": 74, "zpub": 74, "WIF": 32}.get(kind, 20)
    body = rng.randbytes(size)
    if size == 74:  # depth, parent, child number, chain code and a compressed public key
        body = bytes([3]) + body[:40] + bytes([2]) + body[42:]
    return base58check(bytes.fromhex(VERSIONS[kind]) + body + (b"\1" if kind == "WIF" else b""))


def wallet(rng: Random, language: str) -> str:
    kind = pick(rng, {"1": 4, "3": 3, "bc": 5, "tr": 3, "0x": 6, "xpub": 2, "zpub": 1, "L": 1, "ltc": 1, "D": 1, "T": 1})
    if kind == "0x":
        return ether(rng)
    if kind in ("bc", "ltc"):
        text = bech32(kind, 0, rng.randbytes(rng.choice((20, 20, 32))))
        return text.upper() if rng.random() < 0.1 else text
    return bech32("bc", 1, rng.randbytes(32)) if kind == "tr" else base58_kind(rng, kind)


def seed(rng: Random, language: str) -> str:
    """Twelve or twenty-four words, as a line or as the list a wallet shows."""
    words = Mnemonic("english").to_mnemonic(rng.randbytes(rng.choice((16, 16, 32)))).split()
    style = pick(rng, {" ": 60, ", ": 10, "\n": 8, "list": 12, "Title": 5, ",": 5})
    if style == "list":
        gap, dot = rng.choice((" ", "\n")), rng.choice((". ", ") ", "."))
        return gap.join(f"{place}{dot}{word}" for place, word in enumerate(words, 1))
    return " ".join(words).title() if style == "Title" else style.join(words)
