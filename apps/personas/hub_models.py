"""Models of the hub that are known to serve as a base: what they need, weigh and allow. Pure data; nothing is fetched from here.

`needs` is the smallest machine on which LoRA at the default length was reckoned to fit: weights in bfloat16, adapters with
their optimizer, and activations of four rows of 512 tokens. All publish safetensors and need no code of their own.
Licences and sizes as their pages say; whoever offers them reads those pages first.

Where `commit` and `files` stand, exactly that commit is fetched, and each of these files must have that SHA-256 before it is
loaded. They stand where at least three public projects independently recorded the same value (looked up in November 2026); the
others are fetched as they are.
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
    commit: str = ""
    files: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """For the page."""
        size = f"{self.megabytes / 1_000:.1f} GB" if self.megabytes >= 1_000 else f"{self.megabytes} MB"
        checked = ", checked by its hash" if self.files else ""
        return f"{self.name}, {size} from the hub{checked} ({self.licence}); needs {CLASSES[self.needs]}"


KNOWN_GOOD = (
    HubModel(
        "HuggingFaceTB/SmolLM2-135M-Instruct",
        "cpu-8",
        "Apache-2.0",
        270,
        "12fd25f77366fa6b3b4b768ec3050bf629380bac",
        (("model.safetensors", "5af571cbf074e6d21a03528d2330792e532ca608f24ac70a143f6b369968ab8c"),),
    ),
    HubModel(
        "openai-community/gpt2",
        "cpu-8",
        "MIT",
        550,
        "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        (("model.safetensors", "248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707"),),
    ),
    HubModel(
        "HuggingFaceTB/SmolLM2-360M-Instruct",
        "gpu-6",
        "Apache-2.0",
        725,
        "a10cc1512eabd3dde888204e902eca88bddb4951",
        (("model.safetensors", "e6bffe7435d7ddc10fd3b9a9efd429dafbacb1cb17015fb5562664e7532bf86e"),),
    ),
    HubModel(
        "Qwen/Qwen2.5-0.5B-Instruct",
        "gpu-6",
        "Apache-2.0",
        990,
        "7ae557604adf67be50417f59c2c2f167def9a775",
        (("model.safetensors", "fdf756fa7fcbe7404d5c60e26bff1a0c8b8aa1f72ced49e7dd0210fe288fb7fe"),),
    ),
    HubModel(
        "Qwen/Qwen2.5-1.5B-Instruct",
        "gpu-12",
        "Apache-2.0",
        3_090,
        "989aa7980e4cf806f80c7fef2b1adb7bc71aa306",
        (("model.safetensors", "dd924a11b4c220f385b51ffa522daea7c9f3d850e31b162bb5661df483c6d3ee"),),
    ),
    HubModel("HuggingFaceTB/SmolLM2-1.7B-Instruct", "gpu-12", "Apache-2.0", 3_420),
    HubModel("Qwen/Qwen2.5-7B-Instruct", "gpu-24", "Apache-2.0", 15_200),
    HubModel("Qwen/Qwen2.5-14B-Instruct", "gpu-80", "Apache-2.0", 29_500),
    HubModel("Qwen/Qwen2.5-32B-Instruct", "gpu-140", "Apache-2.0", 65_500),
)


def known(name: str) -> HubModel | None:
    """The row of a model; None for one that is not in the table."""
    return next((m for m in KNOWN_GOOD if m.name == name), None)


#: In the setting HUB_MODELS: the whole table.
ALL = "known-good"


def labels(names: list[str]) -> list[tuple[str, str]]:
    """(name, words) of the models that an installation offers."""
    table = {m.name: m.label for m in KNOWN_GOOD}
    wanted = [n for name in names for n in (table if name == ALL else [name])]
    return [(name, table.get(name, f"{name}, fetched from the hub")) for name in dict.fromkeys(wanted)]
