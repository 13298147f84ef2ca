"""All platforms by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apps.archives.generators import (
    facebook,
    facebook_htm,
    hangouts,
    instagram,
    metahtml,
    sms,
    telegram,
    telegram_html,
    whatsapp,
)
from apps.archives.generators.dialect import Generator
from apps.archives.generators.story import World

GENERATORS: dict[str, Generator] = {
    **facebook.GENERATORS,
    **metahtml.GENERATORS,
    **facebook_htm.GENERATORS,
    **instagram.GENERATORS,
    **telegram.GENERATORS,
    **telegram_html.GENERATORS,
    **hangouts.GENERATORS,
    **whatsapp.GENERATORS,
    **sms.GENERATORS,
}


def answers(name: str, world: World) -> Iterator[dict[str, Any]]:
    return GENERATORS[name].answers(world)
