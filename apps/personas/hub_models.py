"""Models of the hub that are known to serve as a base: what they need, weigh and allow. Pure data; nothing is fetched from here.

`needs` is the smallest machine on which LoRA at the default length was reckoned to fit: weights in bfloat16, adapters with
their optimizer, and activations of four rows of 512 tokens. All publish safetensors and need no code of their own.
Licences and sizes as their pages say; whoever offers them reads those pages first.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Memory classes in the order of size.
CLASSES = {
    "cpu-8": "a CPU with 8 GB", "gpu-6": "a GPU with 6 GB", "gpu-12": "a GPU with 12 GB", "gpu-24": "a GPU with 24 GB",
    "gpu-80": "a GPU with 80 GB", "gpu-140": "a GPU with 140 GB",
}  # fmt: skip


@dataclass(frozen=True)
class HubModel:
    """`megabytes` are fetched once."""

    name: str
    needs: str
    licence: str
    megabytes: int

    @property
    def label(self) -> str:
        """For the page."""
        size = f"{self.megabytes / 1_000:.1f} GB" if self.megabytes >= 1_000 else f"{self.megabytes} MB"
        return f"{self.name}, {size} from the hub ({self.licence}); needs {CLASSES[self.needs]}"


KNOWN_GOOD = (
    HubModel("HuggingFaceTB/SmolLM2-135M-Instruct", "cpu-8", "Apache-2.0", 270),
    HubModel("openai-community/gpt2", "cpu-8", "MIT", 550),
    HubModel("HuggingFaceTB/SmolLM2-360M-Instruct", "gpu-6", "Apache-2.0", 725),
    HubModel("Qwen/Qwen2.5-0.5B-Instruct", "gpu-6", "Apache-2.0", 990),
    HubModel("Qwen/Qwen2.5-1.5B-Instruct", "gpu-12", "Apache-2.0", 3_090),
    HubModel("HuggingFaceTB/SmolLM2-1.7B-Instruct", "gpu-12", "Apache-2.0", 3_420),
    HubModel("Qwen/Qwen2.5-7B-Instruct", "gpu-24", "Apache-2.0", 15_200),
    HubModel("Qwen/Qwen2.5-14B-Instruct", "gpu-80", "Apache-2.0", 29_500),
    HubModel("Qwen/Qwen2.5-32B-Instruct", "gpu-140", "Apache-2.0", 65_500),
)
#: In the setting HUB_MODELS: the whole table.
ALL = "known-good"


def labels(names: list[str]) -> list[tuple[str, str]]:
    """(name, words) of the models that an installation offers."""
    known = {m.name: m.label for m in KNOWN_GOOD}
    wanted = [n for name in names for n in (known if name == ALL else [name])]
    return [(name, known.get(name, f"{name}, fetched from the hub")) for name in dict.fromkeys(wanted)]
