"""A group member as a process of its own, for a test to kill: says `assigned` once it holds a partition."""

from __future__ import annotations

import asyncio
import sys

from assay.testkit.clients import consuming


async def main(bootstrap: str, topic: str, group: str, session_ms: str, member: str = "") -> None:
    async with consuming(bootstrap, topic, group=group, member=member or None, session_ms=int(session_ms)) as consumer:
        said = False
        while True:
            await consumer.getmany(timeout_ms=100)
            if consumer.assignment() and not said:
                said = True
                sys.stdout.write("assigned\n")
                sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
