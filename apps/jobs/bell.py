"""Ringing the channel layer from anywhere, from a thread of its own.

Inside the web process `async_to_sync` would run on the server's own loop while the thread that all sockets share waits for
it; a cancelled socket can then leave both waiting for each other. A thread with its own loop has nobody to wait for. The loop
lives as long as the thread: the layer keeps its connections by loop, and a new one for every bell cost more than the bell.
"""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from channels.layers import get_channel_layer

log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def _ringer(pid: int) -> ThreadPoolExecutor:
    """One thread for each process (a forked one must not inherit its parent's)."""
    return ThreadPoolExecutor(1, thread_name_prefix=f"bell-{pid}")


@lru_cache(maxsize=1)
def _loop(pid: int) -> asyncio.AbstractEventLoop:
    """The loop of that thread."""
    return asyncio.new_event_loop()


def ring(group: str) -> None:
    """Tell the sockets of a group that something changed. Only a bell: they ask the rows, now or a few seconds later."""
    _ringer(os.getpid()).submit(_ring, group)


def _ring(group: str) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        _loop(os.getpid()).run_until_complete(layer.group_send(group, {"type": "changed"}))
    except Exception as error:  # sockets look by themselves every few seconds
        log.debug("a bell did not ring: %s", type(error).__name__)
