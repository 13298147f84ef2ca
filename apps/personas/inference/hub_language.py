"""The language of models from the hub: their own chat template, no new tokens, nobody's text parsed as special tokens."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from apps.personas.language import FIGURES, PLACEHOLDERS, Bubble, Encoded, Me, Speaker, Turn, in_figures

_SLOT = re.compile("\ue000(\\d+)\ue001")


class HubLanguage:
    """The persona is the assistant, everybody else the user; bubbles are lines; in groups others' lines begin with a name.

    The template is rendered with empty slots, and the words are encoded apart with special tokens switched off.
    """

    scale = 1
    looks_back = 64
    introduces = False  # whether the first line tells who takes part

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        end = tokenizer.eos_token_id
        self.pad: int = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else end or 0
        self.ends: set[int] = {i for i in (end, *self._turn_ends()) if i is not None}

    @property
    def hash(self) -> str:
        """What a persona is bound to: vocabulary and template."""
        whole = f"{sorted(self.tokenizer.get_vocab().items())}\n{self.tokenizer.chat_template}"
        return hashlib.sha256(whole.encode()).hexdigest()

    def _turn_ends(self) -> list[int]:
        """The special tokens that the template writes right after what the assistant says."""
        if not self.tokenizer.chat_template:
            return []
        after = self._render(1, ["user", "assistant"]).split("\ue0001\ue001")[-1]
        ids = self.tokenizer.encode(after, add_special_tokens=False)
        return [i for i in ids[:1] if i in set(self.tokenizer.all_special_ids)]

    def _render(self, last: int, roles: Sequence[str], *, prompt: bool = False) -> str:
        messages = [{"role": role, "content": f"\ue000{n}\ue001"} for n, role in enumerate(roles)]
        if self.tokenizer.chat_template:
            return str(self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt))
        heads = {"user": "User: ", "assistant": "Me: "}
        lines = [f"{heads[role]}\ue000{n}\ue001{self.tokenizer.eos_token or ''}\n" for n, role in enumerate(roles)]
        return "".join(lines) + (heads["assistant"].rstrip() if prompt else "")

    def encode_text(self, text: str) -> list[int]:
        """Ids of somebody's words: special tokens in them are ordinary letters."""
        text = _SLOT.sub("", text)
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        return ids

    def _bubble(self, bubble: Bubble, weight: float, out: Encoded) -> None:
        at = 0
        for mark in bubble.marks:
            self._words(bubble.text[at : mark.start], weight, out)
            plain(out, self.encode_text(f"[{mark.kind}]"), 0.0)
            at = mark.end
        if at < len(bubble.text):
            self._words(bubble.text[at:], weight, out)

    def _words(self, text: str, weight: float, out: Encoded) -> None:
        """Somebody's words; figures among them are read and not learnt."""
        text = _SLOT.sub("", text)
        ids = self.encode_text(text)
        if not weight or out.figures or not FIGURES.search(text):
            plain(out, ids, weight)
            return
        for token, hidden in zip(ids, in_figures(text, self._places(text, ids)), strict=True):
            plain(out, [token], 0.0 if hidden else weight)

    def _places(self, text: str, ids: Sequence[int]) -> list[tuple[int, int]]:
        """Where each token stands in a text; all tokens of one character stand where it does. Where that cannot be told, they
        stand everywhere."""
        if self.tokenizer.is_fast:
            coded = self.tokenizer(
                text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True
            )  # fmt: skip
            return [(start, max(end, start + 1)) for start, end in coded["offset_mapping"]]
        read = [self.tokenizer.decode(list(ids[:n]), clean_up_tokenization_spaces=False) for n in range(len(ids) + 1)]
        if read[-1] != text:
            return [(0, len(text))] * len(ids)
        whole = [len(r.rstrip("\ufffd")) for r in read]  # without the beginning of a character
        return [(before, max(len(after), before + 1)) for before, after in zip(whole, read[1:], strict=False)]

    def encode(
        self, others: Sequence[str], turns: Sequence[Turn], *, own: float, theirs: float, heads: float, figures: bool = False
    ) -> Encoded:
        """A dialogue through the template; the end after an own turn is learnt with it."""
        return self._encode(others, turns, own, theirs, prompt=False, figures=figures)

    def prompt(self, others: Sequence[str], turns: Sequence[Turn], speaker: Speaker | None) -> list[int]:
        """The dialogue so far and the template's invitation to the assistant."""
        return self._encode(others, turns, 0.0, 0.0, prompt=True).ids

    def prompt_at(self, others: Sequence[str], turns: Sequence[Turn], at: float) -> list[int]:
        """The same where the next line has a time; this form tells none."""
        return self.prompt(others, turns, None)

    def written(self, text: str) -> str:
        """The time in seconds that a model has put before the last line of what it is writing; empty where this form has none."""
        return ""

    def _encode(
        self, others: Sequence[str], turns: Sequence[Turn], own: float, theirs: float, *, prompt: bool, figures: bool = False
    ) -> Encoded:
        out = Encoded(figures=figures)
        if not turns and not prompt:
            return out
        grouped = _alternating(turns)
        rendered = self._render(len(grouped), [role for role, _ in grouped], prompt=prompt)
        ended = 0.0
        for number, piece in enumerate(_SLOT.split(rendered)):
            if number % 2 == 0:
                ids = self.tokenizer.encode(piece, add_special_tokens=False) if piece else []
                plain(out, ids[:1], ended)
                plain(out, ids[1:], 0.0)
                continue
            role, parts = grouped[int(piece)]
            if self.introduces and piece == "0" and others:
                plain(out, self.encode_text(f"({', '.join(others)})\n"), 0.0)
            weight = own if role == "assistant" else theirs
            self._say(parts, weight, out, named=len(others) > 1 and role == "user")
            ended = weight if role == "assistant" and parts[-1].learn else 0.0
        return out

    def _say(self, turns: Sequence[Turn], weight: float, out: Encoded, *, named: bool) -> None:
        first = True
        for turn in turns:
            counts = weight if turn.learn else 0.0
            for bubble in turn.bubbles:
                if not first:
                    plain(out, self.encode_text("\n"), counts)
                if named:
                    plain(out, self.encode_text(f"{turn.speaker}: "), 0.0)
                self._bubble(bubble, counts, out)
                first = False

    def token(self, number: int) -> str:
        """A token as the tokenizer writes it."""
        return str(self.tokenizer.convert_ids_to_tokens(number) or "")

    def shown(self, text: str) -> str:
        """What of a text that is being written may be shown already."""
        return text

    def over(self, text: str) -> bool:
        """Whether a text that is being written has left its turn."""
        return False

    def decode(self, ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def banned(self) -> list[list[int]]:
        """Placeholders as sequences that must not be said."""
        return [self.encode_text(f"[{kind}]") for kind in PLACEHOLDERS]


def plain(out: Encoded, ids: Sequence[int], weight: float) -> None:
    """Like `Encoded.add`, but these ids are another model's: none of ours is special here."""
    out.ids += ids
    out.weights += [weight] * len(ids)


def _alternating(turns: Sequence[Turn]) -> list[tuple[str, list[Turn]]]:
    """Templates want user and assistant in turn, the user first: neighbours of one side are joined."""
    grouped: list[tuple[str, list[Turn]]] = []
    for turn in turns:
        role = "assistant" if isinstance(turn.speaker, Me) else "user"
        if grouped and grouped[-1][0] == role:
            grouped[-1][1].append(turn)
        else:
            grouped.append((role, [turn]))
    if not grouped or grouped[0][0] == "assistant":
        grouped.insert(0, ("user", [Turn("", (Bubble("…"),))]))
    return grouped
