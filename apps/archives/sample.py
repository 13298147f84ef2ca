"""The invented archive for newcomers: six people who do not exist, two years, a voice one can recognise, planted secrets.

Pure and seeded: the same seed gives the same bytes. The shipped files are made by `manage.py make_sample` and a test
compares them. Nothing here was written by a real person.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OWNER = "Noa Lindqvist"
OWNER_ID = 510000001
FRIENDS = {
    "Tomasz Brandt": 510000002,
    "Ines Calloway": 510000003,
    "Yusuf Okafor": 510000004,
    "Priya Vantongeren": 510000005,
    "Mum": 510000006,
}
GROUP = "allotment & chaos"
SEED = 7
START = 1_688_200_000  # July 2023, in seconds; the sample covers two years from here
SPAN = 2 * 365 * 24 * 3600
FOLDER = Path(__file__).parent / "sample_data"
FILES = {"facebook": "sample-facebook.zip", "telegram": "sample-telegram.json"}

SLOTS = {
    "food": ["dumplings", "that lentil soup", "pancakes", "ramen", "the burnt lasagne", "falafel", "cinnamon buns", "leftover curry", "tomato toast", "a whole melon"],
    "place": ["the allotment", "the library", "the canal", "that tiny cinema", "the market", "the pool", "the station", "my balcony", "the ceramics studio", "the park"],
    "day": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tomorrow", "the weekend"],
    "time": ["half six", "seven", "noon", "around nine", "quarter past eight", "five-ish", "after work"],
    "plant": ["courgettes", "the basil", "my sad fern", "the tomatoes", "the beans", "the sunflowers", "the chillies", "the mint"],
    "show": ["the baking one", "that detective thing", "the penguin documentary", "the space one", "the slow tv train", "the island one"],
    "thing": ["my bike", "the kiln", "the laptop", "the boiler", "the umbrella", "the sourdough starter", "the wifi", "the old camera"],
    "band": ["the choir", "that cellist", "the brass band", "my cousin's band", "the accordion man"],
    "animal": ["the fox", "a hedgehog", "three very rude geese", "the neighbour's cat", "a robin", "an enormous slug"],
}  # fmt: skip

#: One exchange: "o" lines are the other's, "m" lines the owner's; alternatives are chosen at random, bursts stay bursts.
EXCHANGES: list[list[tuple[str, list[str]]]] = [
    [("o", ["hey, are you around on {day}?", "Free on {day}?", "What are you doing {day}?"]), ("m", ["ooh yes", "hmm maybe", "{day} is good honestly"]), ("m", ["what's the plan 🌿", "if there's {food} i'm in hehe", "only after {time} tho"]), ("o", ["Let's go to {place}", "I thought {place}, {time}?", "{food} at mine?"]), ("m", ["yesss", "deal", "okok see you there hehe", "perfect, {time} then"])],
    [("m", ["ok so", "right so", "update:"]), ("m", ["{plant} are thriving 🌿", "i killed {plant} again", "{animal} ate {plant}"]), ("o", ["Oh no", "haha of course", "Really? Send a photo"]), ("m", ["honestly i'm so proud", "i am not ok hehe", "rude tbh"])],
    [("o", ["How was work?", "how did {day} go", "You survived the meeting?"]), ("m", ["long", "fine-ish", "a whole saga tbh"]), ("m", ["{thing} broke again", "then i had {food} and felt better hehe", "i need {place} and silence"]), ("o", ["Poor you", "Sounds about right", "You deserve {food}"]), ("m", ["i really do 🌿", "exactly!!", "thank you for saying so hehe"])],
    [("o", ["did you watch {show}?", "Have you seen the new {show}?"]), ("m", ["noo don't tell me", "YES", "halfway, fell asleep hehe"]), ("m", ["the ending tho", "i cried at the penguin bit", "honestly the music"]), ("o", ["Right?!", "Same", "I can't believe it ended like that"]), ("m", ["i'm not over it", "we need to talk about it over {food}", "rewatch {day}?"])],
    [("m", ["have you eaten", "are you hungry", "question: {food}?"]), ("o", ["Always", "Not yet, why?", "I could eat"]), ("m", ["come over", "i made too much hehe", "{food} is happening at {time}"]), ("o", ["On my way", "Give me ten minutes", "Can I bring anything?"]), ("m", ["just you 🌿", "bread!!", "your good mood hehe"])],
    [("o", ["Can you help me with {thing}?", "{thing} is dead. Help?", "do you know anything about fixing {thing}"]), ("m", ["have you tried turning it off and on", "tbh no but i'll come", "is it making the noise again"]), ("o", ["Yes, the noise", "I tried everything", "It just blinks at me"]), ("m", ["ok so step one: tea", "i'll bring the small screwdriver 🌿", "it does that hehe, hit it gently"]), ("o", ["You are a hero", "It worked!!", "Thanks, I owe you {food}"]), ("m", ["hehe anytime", "told you", "payment accepted in {food}"])],
    [("m", ["you won't believe this", "guess who i met at {place}", "i just saw {animal}"]), ("o", ["Who?", "What?", "Tell me"]), ("m", ["{animal}!! at {place}!!", "{band}, all of them", "your old teacher hehe"]), ("o", ["No way", "That is so random", "Did you say hi?"]), ("m", ["obviously", "i panicked and waved hehe", "honestly best moment of the week"])],
    [("o", ["Good morning", "morning!", "Are you awake?"]), ("m", ["barely", "no", "coffee first hehe"]), ("o", ["It's {time} already", "The sun is out", "I'm going to {place}"]), ("m", ["wait for me 🌿", "ok that's a good reason", "save me some {food}"])],
    [("o", ["I'm a bit sad today", "bad day", "Not great here"]), ("m", ["oh no", "oh love", "hey"]), ("m", ["want to talk or want {food}", "i'm here tbh", "come sit at {place} with me 🌿"]), ("o", ["Both", "Thank you", "Maybe later"]), ("m", ["always", "i'll be here hehe", "ok, {time}, no pressure"])],
    [("m", ["should we go to {place} {day}", "thinking of {place} on {day}"]), ("o", ["Isn't it going to rain?", "Yes please", "Who else is coming?"]), ("m", ["rain is just {plant} weather hehe", "everyone!! and {food}", "honestly just us is nice"]), ("o", ["Fine, I'm in", "I'll bring {food}", "ok see you {time}"]), ("m", ["yesss", "best decision of {day} 🌿"])],
    [("o", ["What did you think of {band}?", "were you at the concert"]), ("m", ["ok so", "honestly?"]), ("m", ["i danced and i regret nothing", "the second half was magic", "my feet hurt hehe"]), ("o", ["Wish I had come", "They were so good", "You always say that"]), ("m", ["next time!!", "it's true every time 🌿", "i have a ticket for you on {day} hehe"])],
    [("o", ["Happy birthday!!", "happy birthday Noa"]), ("m", ["aaa thank you 🌿", "you remembered hehe"]), ("m", ["there's cake at {time}", "{place} later?"]), ("o", ["Of course", "Wouldn't miss it"])],
    [("m", ["do you have my umbrella", "did i leave {thing} at yours"]), ("o", ["Maybe? Let me look", "Yes, it's here", "What does it look like?"]), ("m", ["green, a bit tragic hehe", "keep it till {day}", "honestly no rush 🌿"])],
    [("o", ["I got the job!!", "They said yes!", "I passed!!"]), ("m", ["WHAT", "AAAA", "omg yesss"]), ("m", ["i'm so proud of you", "celebrating at {place}, {time}, no excuses", "{food} on me 🌿"]), ("o", ["You're the first I told", "Thank you!!", "I can't stop smiling"]), ("m", ["as it should be hehe", "honestly never doubted it"])],
    [("o", ["Don't forget {day}", "Remember {place} at {time}"]), ("m", ["i would never", "what's {day}", "it's in the calendar!!"]), ("o", ["You forgot last time", "Hmm"]), ("m", ["once!! hehe", "ok twice", "setting an alarm as we speak 🌿"])],
    [("m", ["tell me something good", "distract me pls", "i'm bored at {place}"]), ("o", ["I saw {animal} today", "{food} for dinner", "{show} is back on {day}"]), ("m", ["perfect, thank you hehe", "ok now i'm happy", "honestly that's all i needed 🌿"])],
]  # fmt: skip
MUM: list[list[tuple[str, list[str]]]] = [
    [("o", ["Hello darling, how are you?", "Are you eating properly?", "Did you call your grandmother?"]), ("m", ["hi mum", "yes mum hehe", "i'm good!"]), ("m", ["just back from {place}", "had {food}", "the garden is going mad 🌿"]), ("o", ["Good. Dress warmly.", "Send me a picture please.", "That makes me happy."]), ("m", ["will do, love you", "always do", "ok ok, kisses"])],
    [("o", ["How do I open the photo?", "The computer says something about {thing}.", "The television is doing it again."]), ("m", ["did you press the round button mum", "ok don't touch anything hehe", "i'll come on {day} and look"]), ("o", ["Which round button?", "I pressed it and it went away.", "Thank you darling."]), ("m", ["perfect, that's fixed then", "the other one hehe", "love you, call you at {time}"])],
]  # fmt: skip
SECRETS = [
    ("o", "my card for the tickets is 4539 5787 6362 1486, exp 09/27"), ("m", "here: cvv 731, don't tell mum hehe"),
    ("m", "send it to DE75 5121 0800 1245 1261 99 please"), ("o", "my new number is +44 7911 123456"),
    ("m", "write to noa.lindqvist@example.org"), ("o", "the wifi password is Nettle&Moss42"),
    ("m", "alarm pin is 4821"), ("o", "your verification code is 918273"), ("m", "server is at 203.0.113.77"),
    ("o", "use https://example.net/reset?token=9fK2mQ7xLp3vR8sT"), ("m", "pictures are on https://example.org/allotment"),
    ("o", "my token: ghp_" + "k3J9xQ2vB7nM4pL8sT1wZ6yR5cD0fG" + "hAeU2i"), ("m", "netflix password: Tomatoes!2024"),
    ("o", "ping 2001:db8::8a2e:370:7334 for me"), ("m", "the door code is 7305"),
]  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One invented message; `at` is in seconds since 1970."""

    chat: str
    sender: str
    at: int
    text: str


def _exchange(rng: random.Random, templates: list[list[tuple[str, list[str]]]]) -> Iterator[tuple[str, str]]:
    slots = {key: rng.choice(values) for key, values in SLOTS.items()}
    for side, choices in rng.choice(templates):
        text = rng.choice(choices).format(**slots)
        if side == "m" and rng.random() < 0.12:
            text += rng.choice([" hehe", " 🌿", " tbh", "!!"])
        yield side, text


def lines(seed: int = SEED) -> list[Line]:
    """All messages, oldest first: five private chats and one group."""
    rng = random.Random(seed)
    made: list[Line] = []
    chats = [(f, 125 if f != "Mum" else 70) for f in FRIENDS] + [(GROUP, 130)]
    for chat, count in chats:
        for moment in sorted(rng.randrange(SPAN) for _ in range(count)):
            at = START + moment
            others = rng.sample([f for f in FRIENDS if f != "Mum"], 2) if chat == GROUP else [chat]
            for side, text in _exchange(rng, MUM if chat == "Mum" else EXCHANGES):
                at += rng.choice([4, 7, 12, 25, 48, 90, 240])
                made.append(Line(chat, OWNER if side == "m" else rng.choice(others), at, text))
    friends = [f for f in FRIENDS if f != "Mum"]
    for side, text in SECRETS:
        chat = rng.choice(friends)
        made.append(Line(chat, OWNER if side == "m" else chat, START + rng.randrange(SPAN), text))
    return sorted(made, key=lambda line: (line.at, line.chat))


def _mangled(text: str) -> str:
    """As Meta writes it: UTF-8 bytes as Latin-1 code points."""
    return text.encode().decode("latin-1")


def facebook(made: list[Line]) -> bytes:
    """A Messenger export as a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        root = "your_facebook_activity/messages/inbox"
        for thread, chat in enumerate([*FRIENDS, GROUP], 1):
            people = [*[f for f in FRIENDS if f != "Mum"], OWNER] if chat == GROUP else [chat, OWNER]
            rows = [
                {"sender_name": _mangled(line.sender), "timestamp_ms": line.at * 1000, "content": _mangled(line.text)}
                for line in reversed(made) if line.chat == chat
            ]  # fmt: skip
            body = {"participants": [{"name": _mangled(p)} for p in people], "messages": rows, "title": _mangled(chat)}
            folder = "".join(c for c in chat.lower() if c.isalpha()) + f"_1000000000000{thread:02}"
            for number, at in enumerate(range(0, len(rows), 400), 1):
                part = {**body, "messages": rows[at : at + 400], "thread_path": f"inbox/{folder}"}
                _add(archive, f"{root}/{folder}/message_{number}.json", json.dumps(part, indent=1))
        profile = {"profile_v2": {"name": {"full_name": OWNER}}}
        _add(archive, "personal_information/profile_information/profile_information.json", json.dumps(profile))
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    info = zipfile.ZipInfo(name, (2025, 7, 1, 12, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, text)


def telegram(made: list[Line]) -> bytes:
    """A Telegram Desktop account export as result.json."""
    ids = {OWNER: OWNER_ID, **FRIENDS}
    chats: list[dict[str, Any]] = []
    number = 0
    for chat in [*FRIENDS, GROUP]:
        rows = []
        for line in (m for m in made if m.chat == chat):
            number += 1
            entity = [{"type": "plain", "text": line.text}]
            rows.append(
                {
                    "id": number, "type": "message", "date_unixtime": str(line.at), "from": line.sender,
                    "from_id": f"user{ids[line.sender]}", "text": line.text, "text_entities": entity,
                }
            )  # fmt: skip
        kind, pk = ("private_group", 610000001) if chat == GROUP else ("personal_chat", ids[chat])
        chats.append({"name": chat, "type": kind, "id": pk, "messages": rows})
    first, last = OWNER.split()
    account = {"user_id": OWNER_ID, "first_name": first, "last_name": last}
    data = {"about": "", "personal_information": account, "chats": {"about": "", "list": chats}}
    return json.dumps(data, ensure_ascii=False, indent=0).encode()


def made(kind: str, seed: int = SEED) -> bytes:
    """The bytes of the sample in one of the formats of `FILES`."""
    return {"facebook": facebook, "telegram": telegram}[kind](lines(seed))


def shipped(kind: str) -> tuple[str, bytes]:
    """(file name, bytes) of the sample that ships; an unknown kind gives the Messenger one."""
    name = FILES.get(kind, FILES["facebook"])
    return name, (FOLDER / name).read_bytes()
