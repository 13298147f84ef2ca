"""Instagram's JSON of 2023 and later."""

from __future__ import annotations

from pathlib import Path

from apps.archives.generators import meta
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import part_archives
from apps.archives.generators.jsontext import quoted_mojibake
from apps.archives.generators.story import World

KINDS = ("media", "call", "deleted")
LAYOUT = meta.Layout("your_instagram_activity")
# The labels follow the language of the account.
LABELS = (("Name", "Username", "Email"), ("Nombre", "Nombre de usuario", "Correo"), ("Jméno", "Uživatelské jméno", "E-mail"))


def profile(world: World) -> str:
    owner = world.owner
    labels = LABELS[world.seed % len(LABELS)]
    values = (owner.name, owner.handle, owner.email)
    rows = ",\n".join(
        f"        {quoted_mojibake(label)}: {{\n"
        f'          "href": "",\n          "value": {quoted_mojibake(value)},\n          "timestamp": 0\n        }}'
        for label, value in zip(labels, values, strict=True)
    )
    return (
        '{\n  "profile_user": [\n    {\n      "title": "",\n      "media_map_data": {},\n'
        f'      "string_map_data": {{\n{rows}\n      }}\n    }}\n  ]\n}}'
    )


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    with part_archives(out, parts) as archives:
        for chat in world.dialogues:
            meta.thread(archives, chat, LAYOUT, KINDS if noise else (), noise)
        archives[0].put("personal_information/personal_information/personal_information.json", profile(world))


GENERATORS = {"instagram": Generator(write, ".zip")}
