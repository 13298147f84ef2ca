"""Memory: how often the right passage is among the first five, by words and with an encoder, and how often a topic comes up."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors.numpy import save

from apps.personas.dataset import Dialogue
from apps.personas.evaluation import people
from apps.personas.inference.encoding import Encoder
from apps.personas.inference.local import LocalEngine
from apps.personas.inference.sampling import Sampling
from apps.personas.language import ME_SPEAKER, Bubble, Speaker, Turn
from apps.personas.memory import FIRST, Memory, packed, words
from apps.personas.wire import Weights

#: A line of an archive, and a question about it in other words.
SAID_OTHERWISE = (
    ("we missed the last ferry and slept on the deck", "what happened with the boat that night?"),
    ("my tooth hurts so much i am at the dentist", "did a doctor look at your mouth?"),
    ("the kids broke the window with a football", "who smashed the glass?"),
    ("i quit my job on monday", "when did you resign from work?"),
    ("grandma baked a plum cake for his birthday", "which dessert was there at the party?"),
    ("the car would not start this morning", "was the vehicle dead again?"),
    ("we adopted a small grey cat", "do you have a pet?"),
    ("it rained all week on our holiday", "how was the weather on vacation?"),
    ("i failed my driving test twice", "how often did you not pass the exam?"),
    ("her flight from madrid was cancelled", "why could she not come by plane?"),
    ("they painted the kitchen yellow", "what colour are the walls where you cook?"),
    ("he proposed to her on the bridge", "where did he ask her to marry him?"),
)
PEOPLE, TOPICS, TURNS, ASKED, SEED = 5, 20, 6, 200, 5


def measured(data: str | None, folder: str) -> dict[str, Any]:
    """`folder` is MEMORY_ENCODER; without one what needs it is None, and without `data` (people as JSON Lines) only SAID_OTHERWISE is asked."""
    encoder = Encoder(folder) if folder else None
    every = people.everyone(Path(data)) if data else {}
    chosen = sorted(every, key=lambda person: -people.own(every[person]))[:PEOPLE]
    known = [people.parted(every[person]).train for person in chosen]
    rng = random.Random(SEED)
    told = [
        Dialogue(("Sam",), (Turn("Sam", (Bubble(line),)), Turn(ME_SPEAKER, (Bubble("okay"),)))) for line, _ in SAID_OTHERWISE
    ]
    memory = Memory(packed([*told, *(known[0] if known else [])], encoder))
    asked = [(question, {*words(line)}) for line, question in SAID_OTHERWISE]
    figures: dict[str, Any] = {
        "recall5_otherwise_words": recall(memory, asked), "recall5_otherwise_both": encoder and recall(memory, asked, encoder),
    }  # fmt: skip
    if known:
        halves = [half(dialogue, rng) for dialogue in rng.sample(known[0], min(ASKED, len(known[0])))]
        figures |= {"recall5_words": recall(memory, halves), "recall5_both": encoder and recall(memory, halves, encoder)}
        figures |= topics([Memory(packed(one)) for one in known], rng)
    return figures


def recall(memory: Memory, asked: Sequence[tuple[str, set[str]]], encoder: Encoder | None = None) -> float:
    """The share of questions for which one of the first five passages holds all the words that belong to it."""
    found = sum(
        any(wanted <= {w for t in p.turns for w in words(t.text)} for p in memory.find(question, FIRST, encoder=encoder))
        for question, wanted in asked
    )
    return found / max(1, len(asked))


def half(dialogue: Dialogue, rng: random.Random) -> tuple[str, set[str]]:
    """Three words of a passage as somebody half remembers it, and all words of the turn they are from."""
    turn = max(dialogue.turns[:4], key=lambda t: len(words(t.text)))
    whole = sorted({*words(turn.text)})
    return " ".join(rng.sample(whole, min(3, len(whole)))), {*whole}


def topics(memories: Sequence[Memory], rng: random.Random) -> dict[str, float]:
    """Invented conversations of the built-in base about three words of a passage, with them as topic and without."""
    engine, spec = LocalEngine(None, 1), Weights("base", "builtin", False, lambda: save({}))
    came: Counter[str] = Counter()
    count = 0
    for memory in memories:
        for topic in drawn(memory, rng):
            count += 1
            before = [turn for passage in memory.recalled(" ".join(topic))[::-1] for turn in passage.turns]
            for name, said in (("topic_without", []), ("topic_with", before)):
                seats: list[Speaker] = ["Sam", ME_SPEAKER]
                sampling = Sampling(seed=count, max_tokens=40).clamped()
                ops = engine.converse(spec, seats, said, TURNS, sampling, lambda: False)
                text = words("".join(op.value if op.kind == "text" else " " for op in ops))
                came[name] += any(word.startswith(one[:5]) for word in text for one in topic)
    return {name: came[name] / max(1, count) for name in ("topic_without", "topic_with")}


def drawn(memory: Memory, rng: random.Random) -> list[list[str]]:
    """Three words each, of five letters and more, that stand together in a passage and in 4 to 60 passages in all."""
    stand = Counter(w for p in memory.numbered(range(len(memory))) for w in {w for t in p.turns for w in words(t.text)})
    usual = {w for w, n in stand.items() if 4 <= n <= 60 and len(w) >= 5 and w.isalpha()}
    found: list[list[str]] = []
    for passage in memory.numbered(rng.choices(range(len(memory)), k=50 * TOPICS)):
        own = sorted({w for t in passage.turns for w in words(t.text)} & usual)
        if len(own) >= 3 and len(found) < TOPICS:
            found.append(rng.sample(own, 3))
    return found
