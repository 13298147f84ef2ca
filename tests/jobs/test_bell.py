"""Bells reach the sockets of a group, also after the store has dropped its connections."""

import asyncio
import time

import redis
from channels.layers import get_channel_layer
from django.conf import settings

from apps.jobs import bell


def heard(group: str, ring) -> bool:
    """Whether a channel of the group is told of a bell within two seconds."""

    async def listen() -> bool:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(group, channel)
        ring()
        try:
            message = await asyncio.wait_for(layer.receive(channel), 2)
        except TimeoutError:
            return False
        finally:
            await layer.group_discard(group, channel)
        return message["type"] == "changed"

    return asyncio.run(listen())


def test_a_bell_is_heard_by_its_group_alone() -> None:
    assert heard("job.one", lambda: bell.ring("job.one"))
    assert not heard("job.one", lambda: bell.ring("job.two"))


def test_a_bell_rings_again_when_its_connection_was_cut() -> None:
    assert heard("job.one", lambda: bell.ring("job.one"))

    def cut() -> None:
        redis.Redis.from_url(settings.REDIS).execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        time.sleep(0.1)
        bell.ring("job.one")
        time.sleep(0.2)
        bell.ring("job.one")

    assert heard("job.one", cut)
