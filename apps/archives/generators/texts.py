"""The pool of invented texts: short chat lines, and among them legal ones that break careless readers."""

from __future__ import annotations

import random

SIZE = 4093
NASTY_SHARE = 0.14

OPENERS = (
    "Did you see",
    "I can't find",
    "Please bring",
    "We should paint",
    "Who moved",
    "I dreamt of",
    "Let's sell",
    "Nobody likes",
    "Guess who fixed",
    "I'm so tired of",
    "Don't forget",
    "Somebody left",
    "They finally sent",
    "I'd rather keep",
    "My aunt wants",
    "You promised me",
    "haha",
    "ok but",
    "Tomorrow I pick up",
    "Where is",
)
THINGS = (
    "the green ladder",
    "my umbrella",
    "that soup recipe",
    "the broken kettle",
    "your bicycle pump",
    "a very small lamp",
    "the tickets",
    "the allotment key",
    "grandpa's accordion",
    "the noisy fridge",
    "our tent",
    "the tide table",
    "six jars of plum jam",
    "the neighbour's parrot",
    "the crossword",
    "a second-hand canoe",
    "the cheese scones",
    "that yellow scarf",
    "the train app",
    "the mossy gnome",
)
ENDINGS = (
    "",
    " again",
    " before lunch",
    " on the stairs",
    ", no rush",
    "?",
    "!!",
    " :)",
    "... maybe",
    " in the rain",
    " when you're back",
    " at half past six",
    " – seriously",
    " 😅",
    ", I think",
)

# {a} and {b} stand for two plain lines.
NASTY: dict[str, tuple[str, ...]] = {
    "newline": ("{a}\n{b}", "{a}\n- one\n- two\n{b}", "1. {a}\n2. {b}"),
    "blankline": ("{a}\n\n{b}", "{a}\n\n\n{b}"),
    "emoji": ("{a} 👨‍👩‍👧‍👦", "👩🏽‍🚀❤️‍🔥 {a}", "{a} 🏳️‍🌈 {b}", "🇳🇴🇸🇰 {a} 1️⃣"),
    "combining": ("{a} Z̸̛͓a̴̡͝l̷̨̛g̵̢̛o̶", "cafe\u0301 {a}", "น้ำ {a}"),
    "rtl": ("שלום {a}", "{a} مرحبا بالعالم", "صباح الخير ({a})"),
    "cyrillic": ("Завтра в семь, {a}", "{a} — ладно, договорились", "їжак і {a}"),
    "cjk": ("明日は雨です {a}", "{a} 好的，没问题", "{a} 내일 봐요"),
    "separator": ("{a}\u2028{b}", "{a}\u2029{b}", "{a}\u0085{b}"),
    "control": ("{a}\x0b{b}", "{a}\x1c{b}", "{a} \x0c {b}"),
    "csv": ('"{a}", {b}', '{a},"{b}",;', "{a}, {b}, 'quoted', \"\" and ,,"),
    "entity": ("{a} &amp; <b>{b}</b>", "&lt;3 {a} &#39;", "<p>{a}</p> <br> {b}", "AT&T &nbsp; {a}"),
    "angle": ("{a} < {b}", "{a} <3", "<somebody> {a}", "5 > 4 and {a} & more"),
    "colon": ("Note: {a}: {b}", "{a}: yes", "re: {a}", "12:30: {a}"),
    "header": (
        "[1.2.2019, 00:00:00] John: {a}",
        "{a}\n[1.2.2019, 00:00:00] John: {b}",
        "{a}\n2016-04-29 10:30:00 {b}",
        "{a}\n2/11/19: Arrival\n{b}",
        "{a}\n2/11/19, 14:48 Alice: {b}",
        "From: Alice\nTo: Bob\n{a}",
    ),
    "backslash": ("C:\\temp\\new\\x41 {a}", "{a} \\u0041 \\\\ {b}", "{a} \\n {b} \\"),
    "braces": ('{{"a": [1, null, "{a}"]}}', "{a} }} ] {b}", "${{{a}}} %s %(b)d"),
    "spaces": ("{a}  {b}", "{a}\t{b}", "{a}\u00a0\u202f{b}"),
    "quote": ("> {a}\n{b}", "{a}\n> {b}"),
    "marks": ("Ã© {a} â€™", "{a} Ã±", "naïve {a} ÿ €"),
    "link": ("{a} https://example.org/page?a=1&b=2#top", "https://example.org/x_(y) {a}"),
    "names": ("Noémi: {a}", "{a} added {b} left the list removed", "You said {a}"),
}
SEVERAL_LINES = frozenset({"newline", "blankline", "header", "quote"})
LONG = 3


def _plain(rng: random.Random) -> list[str]:
    lines = [f"{o} {t}{e}" for o in OPENERS for t in THINGS for e in ENDINGS]
    rng.shuffle(lines)
    return lines


def _nasty(rng: random.Random, plain: list[str], avoid: frozenset[str], count: int) -> list[str]:
    shapes = [shape for tag, shapes in NASTY.items() if tag not in avoid for shape in shapes]
    made = [shapes[i % len(shapes)].format(a=rng.choice(plain), b=rng.choice(plain)) for i in range(count)]
    if "long" not in avoid:
        joint = " " if "newline" in avoid else "\n"
        made += [joint.join(rng.sample(plain, 60 * 5**i)) for i in range(LONG)]
    return made


def pool(seed: int, avoid: frozenset[str], plain_only: bool) -> list[str]:
    """SIZE different texts (a prime number, so that any step walks through all of them)."""
    rng = random.Random(f"texts {seed}")
    plain = _plain(rng)
    nasty = [] if plain_only else _nasty(rng, plain, avoid, int(SIZE * NASTY_SHARE))
    found = list(dict.fromkeys([*nasty, *plain]))[:SIZE]
    rng.shuffle(found)
    return found
