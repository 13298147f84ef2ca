"""The recurrent families as stock-shaped models: what saves, trains, streams and audits the others does so with these.

Char GRU and char LSTM (Cho et al. 2014; Hochreiter and Schmidhuber 1997): embedding, one layer, a head.
Pairs: a bidirectional LSTM reads what is answered, an LSTM writes the reply with attention on it (Luong et al. 2015).
Samples lie in packed rows; one begins where the position is 0, as attention models are told, and padding is all zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import GenerationMixin, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPast, CausalLMOutputWithPast

from apps.personas.inference.scan import Cell, State
from apps.personas.language import PAD_ID, TURN_ID

GRU, LSTM, PAIRS = "gru", "lstm", "pairs"
#: Their classes want a cache of keys and values where ours give a state.
BodyOutput: Any = BaseModelOutputWithPast
Output: Any = CausalLMOutputWithPast


class RecurrentConfig(PreTrainedConfig):  # type: ignore[no-untyped-call]
    """`cell` is one of the three above; `truncation` the steps after which the gradient is cut."""

    model_type = "chatclone-recurrent"
    cell: str = GRU
    vocab_size: int = 256
    embedding: int = 256
    hidden_size: int = 1_024
    num_hidden_layers: int = 1
    truncation: int = 100
    max_position_embeddings: int = 4_096
    pad_token_id: int | None = PAD_ID
    tie_word_embeddings: bool = False


@dataclass
class Memory:
    """What a recurrent model keeps between words: the state of each layer, and for pairs what it attends to."""

    states: list[State]
    source: Tensor | None = None  # [rows, source, width]
    there: Tensor | None = None  # [rows, source]: what of it belongs to the sample that goes on

    def get_seq_length(self, *_: Any) -> int:
        """A state has no length."""
        return 0


class RecurrentBase(PreTrainedModel):  # type: ignore[no-untyped-call]
    config_class = RecurrentConfig
    base_model_prefix = "model"

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        elif isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
        elif isinstance(module, Cell):
            module.reset_parameters()


def _begins(ids: Tensor, positions: Tensor | None) -> Tensor:
    """Where samples begin, [rows, length]."""
    begins = torch.zeros_like(ids, dtype=torch.bool) if positions is None else positions == 0
    begins = begins.clone()
    begins[:, 0] = True
    return begins


class CharModel(RecurrentBase):
    """Embedding and recurrent layers."""

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__(config)
        gates, width = 3 if config.cell == GRU else 4, config.hidden_size
        self.embed = nn.Embedding(config.vocab_size, config.embedding)
        self.layers = nn.ModuleList(
            Cell(width if n else config.embedding, width, gates) for n in range(config.num_hidden_layers)
        )
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(
        self, input_ids: Tensor, position_ids: Tensor | None = None, past_key_values: Memory | None = None, **_: Any
    ) -> Any:
        """Hidden states [rows, length, width]."""
        hidden, states = self.embed(input_ids), list[State]()
        begins = torch.zeros_like(input_ids, dtype=torch.bool) if past_key_values else _begins(input_ids, position_ids)
        for number, layer in enumerate(self.layers):
            before = past_key_values.states[number] if past_key_values else None
            hidden, after = layer(hidden, begins, before, span=self.config.truncation)
            states.append(after)
        return BodyOutput(last_hidden_state=hidden, past_key_values=Memory(states))


class PairModel(RecurrentBase):
    """Reads up to the last turn of a sample in both directions, and writes that turn."""

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__(config)
        width = config.hidden_size
        self.embed = nn.Embedding(config.vocab_size, config.embedding)
        self.onward, self.back = (Cell(config.embedding, width // 2, 4) for _ in range(2))
        self.bridge = nn.Linear(width, 2 * width)
        self.cell = Cell(config.embedding, width, 4)
        self.mix = nn.Linear(2 * width, width)
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(
        self, input_ids: Tensor, position_ids: Tensor | None = None, past_key_values: Memory | None = None, **_: Any
    ) -> Any:
        """Hidden states [rows, length, width], without meaning in what is only read; that ends before the last `<|turn|>`."""
        if past_key_values is not None:
            return self._go_on(input_ids, past_key_values)
        begins = _begins(input_ids, position_ids)
        embedded, sample = self.embed(input_ids), begins.cumsum(1)
        writes, replies = _replies(input_ids, sample, begins)
        source, ends = self._read(embedded, begins, ~writes, replies)
        given = tuple(s * replies[..., None] for s in ends)
        written, state = self.cell(embedded, replies | begins, given=given)
        there = (sample[:, None] == sample[..., None]) & ~writes[:, None]  # [rows, who looks, what is read]
        hidden = self._attend(written, source, there)
        return BodyOutput(last_hidden_state=hidden, past_key_values=Memory([state], source, there[:, -1]))

    def _go_on(self, input_ids: Tensor, memory: Memory) -> Any:
        assert memory.source is not None
        assert memory.there is not None
        none = torch.zeros_like(input_ids, dtype=torch.bool)
        written, state = self.cell(self.embed(input_ids), none, memory.states[0])
        there = memory.there[:, None].expand(-1, input_ids.shape[1], -1)
        after = Memory([state], memory.source, memory.there)
        return BodyOutput(last_hidden_state=self._attend(written, memory.source, there), past_key_values=after)

    def _read(self, embedded: Tensor, begins: Tensor, read: Tensor, replies: Tensor) -> tuple[Tensor, State]:
        """What is answered in both directions, [rows, length, width], and the states that replies at these places begin with."""
        onward, _ = self.onward(embedded, begins)
        last = read & ~torch.cat([read[:, 1:] & ~begins[:, 1:], torch.zeros_like(read[:, :1])], 1)
        back, _ = self.back(embedded.flip(1), (last | ~read).flip(1))
        back = back.flip(1)
        source = torch.cat([onward, back], -1) * read[..., None]
        places = torch.arange(read.shape[1], device=read.device).expand_as(read)
        first = torch.where(begins, places, 0).cummax(1).values  # of the sample, for every place
        ended = torch.cat([torch.zeros_like(onward[:, :1]), onward[:, :-1]], 1)  # before a reply its source has ended
        begun = back.gather(1, first[..., None].expand_as(back))
        blank = (replies & begins)[..., None]  # nothing was read
        ends = self.bridge(torch.cat([ended, begun], -1).masked_fill(blank, 0.0)).tanh()
        return source, ends.chunk(2, -1)

    def _attend(self, written: Tensor, source: Tensor, there: Tensor) -> Tensor:
        scores = (written @ source.transpose(1, 2)) / source.shape[-1] ** 0.5
        shares = scores.masked_fill(~there, -1e9).softmax(-1) * there.any(-1, keepdim=True)
        mixed: Tensor = self.mix(torch.cat([shares.to(source.dtype) @ source, written], -1)).tanh()
        return mixed


def _replies(ids: Tensor, sample: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
    """[rows, length] each: what belongs to the last turn of its sample, and where those turns begin."""
    turns = (ids == TURN_ID).long()
    after = turns.flip(1).cumsum(1).flip(1) - turns  # turns behind a place, in its row
    last = torch.cat([begins[:, 1:], torch.ones_like(begins[:, :1])], 1)  # the last place of each sample
    places = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
    end = torch.where(last, places, ids.shape[1]).flip(1).cummin(1).values.flip(1)
    behind = after - after.gather(1, end)  # turns behind a place, in its sample
    begin = (turns == 1) & (behind == 0)
    first = torch.where(begins, places, 0).cummax(1).values
    seen = begin.long().cumsum(1)
    before = seen.gather(1, first) - begin.long().gather(1, first)
    return seen > before, begin


class RecurrentForCausalLM(RecurrentBase, GenerationMixin):  # type: ignore[no-untyped-call]
    """A recurrent body with a head."""

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__(config)
        self.model = PairModel(config) if config.cell == PAIRS else CharModel(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()  # type: ignore[no-untyped-call]

    def get_output_embeddings(self) -> Any:
        return self.lm_head

    def get_input_embeddings(self) -> Any:
        return self.model.embed

    def forward(
        self,
        input_ids: Tensor,
        position_ids: Tensor | None = None,
        past_key_values: Memory | None = None,
        logits_to_keep: int = 0,
        **more: Any,
    ) -> Any:
        """Logits [rows, length or `logits_to_keep`, vocabulary]."""
        out = self.model(input_ids=input_ids, position_ids=position_ids, past_key_values=past_key_values)
        hidden = out.last_hidden_state[:, -logits_to_keep:] if logits_to_keep else out.last_hidden_state
        return Output(logits=self.lm_head(hidden), past_key_values=out.past_key_values)

    @classmethod
    def _supports_default_dynamic_cache(cls) -> bool:
        return False  # a state is no cache of keys and values

    def prepare_inputs_for_generation(  # type: ignore[override]
        self, input_ids: Tensor, past_key_values: Memory | None = None, attention_mask: Tensor | None = None, **_: Any
    ) -> dict[str, Any]:
        if past_key_values is not None:
            return {"input_ids": input_ids[:, -1:], "past_key_values": past_key_values}
        places = None if attention_mask is None else (attention_mask.cumsum(1) - 1).clamp(min=0)
        return {"input_ids": input_ids, "position_ids": places}
