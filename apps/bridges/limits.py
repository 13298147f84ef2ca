"""How often a door may be used, and how many answers may run at once for its owner: counted exactly, in Redis.

One script looks and counts in one step, by the store's own clock, so parallel requests cannot both be the last one.
"""

from __future__ import annotations

import math
from typing import Any
from uuid import UUID, uuid4

import redis.asyncio

MINUTE = 60_000
#: An answer that never said that it ended counts for so long (milliseconds).
LONGEST = 120_000
BUSY_SECONDS = 2
_ENTER = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[1]))
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
  return (first and tonumber(first) or now) + tonumber(ARGV[1]) - now
end
local most = tonumber(ARGV[3])
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  if redis.call('ZCARD', KEYS[2]) >= most then return -1 end
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[4]), ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
redis.call('ZADD', KEYS[1], now, ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 0
"""


async def enter(
    connection: redis.asyncio.Redis, *, door: UUID, owner: UUID, rate: int, at_once: int, request_id: UUID | None
) -> int:
    """0 to come in, else the seconds to wait. `rate` in any minute; with a `request_id` one of `at_once` places is taken."""
    keys = [f"door:rate:{door}", f"door:busy:{owner}"]
    arguments: list[Any] = [MINUTE, rate, at_once if request_id else 0, LONGEST, str(request_id or uuid4())]
    found: Any = await connection.eval(_ENTER, 2, *keys, *arguments)
    return BUSY_SECONDS if found < 0 else math.ceil(found / 1_000)


async def leave(connection: redis.asyncio.Redis, *, owner: UUID, request_id: UUID) -> None:
    """Give the place back."""
    await connection.zrem(f"door:busy:{owner}", str(request_id))
