"""All platforms by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apps.archives.generators import (
    dating,
    discord,
    facebook,
    facebook_htm,
    googlechat,
    hangouts,
    imessage,
    imessage_text,
    instagram,
    linkedin,
    metahtml,
    openlines,
    signal,
    skype,
    slack,
    sms,
    telegram,
    telegram_html,
    twitter,
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
    **linkedin.GENERATORS,
    **hangouts.GENERATORS,
    **googlechat.GENERATORS,
    **whatsapp.GENERATORS,
    **discord.GENERATORS,
    **slack.GENERATORS,
    **sms.GENERATORS,
    **twitter.GENERATORS,
    **imessage.GENERATORS,
    **imessage_text.GENERATORS,
    **signal.GENERATORS,
    **skype.GENERATORS,
    **dating.GENERATORS,
    **openlines.GENERATORS,
}


def answers(name: str, world: World) -> Iterator[dict[str, Any]]:
    return GENERATORS[name].answers(world)
