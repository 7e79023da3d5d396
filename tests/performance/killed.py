"""Recovery at its work on one contract's dead letters, killed again and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import grpc
from aiokafka.structs import TopicPartition

from assay.api.recovery.v1.recovery_pb2 import Failure, ListFailuresRequest
from assay.api.recovery.v1.recovery_pb2_grpc import RecoveryServiceStub
from assay.contracts import Contract
from assay.streaming.keys import KeyFile
from assay.testkit import Service, running
from assay.testkit.clients import consuming
from tests.performance.letters import PARTITIONS, Account, Letters, account, hopeless
from tests.performance.memory import peak_mb
from tests.performance.say import say

__all__ = ["Killed", "failures", "killed", "recovering"]

CALL_S = 20.0
POLL_S = 0.2
STUCK_S = 90.0


@dataclass(frozen=True, slots=True)
class Killed:
    """What became of the dead letters; how many the index has; the most memory that a recovery had resident."""

    account: Account
    indexed: int
    rss_mb: float
    wall_s: float


def recovering(letters: Letters, data: Path) -> AbstractAsyncContextManager[Service]:
    """The service with its default settings; it has a name in its group, so that it is back at once after a kill."""
    store = f"sqlite:///{data / 'recovery.db'}"
    registry, broker = letters.registry.address, letters.broker.bootstrap
    return running("recovery", data=data, broker=broker, registry=registry, store=store, member="bench")


async def killed(main: Letters, others: Sequence[Letters], kills: int, data: Path) -> Killed:
    """Have all records judged, then recover those of the first while it is killed at even distances."""
    KeyFile.create(data / "keys.json")
    shared = {"broker": main.broker.bootstrap, "registry": main.registry.address, "keys": str(data / "keys.json")}
    async with running("validation", data=data, **shared):
        for letters in (main, *others):
            contract = await letters.put_in_force(mends=False)
            await letters.fill(contract)
            await letters.are_dead(contract)
            say(f"{letters.name}: {letters.count:,} dead letters")
        async with recovering(main, data) as recovery:
            return await _struck(main, recovery, kills)


async def _struck(letters: Letters, recovery: Service, kills: int) -> Killed:
    contract = await letters.put_in_force(mends=True)
    began_s, peak, there = time.monotonic(), 0.0, letters.count - hopeless(letters.count)
    for kill in range(kills):
        await _reached(letters, contract, (kill + 1) * there // (kills + 1))
        peak = max(peak, peak_mb(recovery.pid))
        await recovery.kill()
        recovery.start()
        await recovery.ready()
    found = await _through(recovery, letters, there)
    wall_s = time.monotonic() - began_s
    peak = max(peak, peak_mb(recovery.pid))
    say(f"{found.passed:,} are whole again after {kills} kills and {wall_s:.0f} s")
    return Killed(await account(letters.broker.bootstrap, contract), found.dead_letters, peak, wall_s)


async def _reached(letters: Letters, contract: Contract, replays: int) -> None:
    """Return once so many offsets of raw.replay are taken, or none were for long."""
    partitions = [TopicPartition(contract.topics.raw_replay, number) for number in range(PARTITIONS)]
    async with consuming(letters.broker.bootstrap) as reader:
        async with asyncio.timeout(STUCK_S):
            while sum((await reader.end_offsets(partitions)).values()) < replays:  # noqa: ASYNC110 -- no event tells of it
                await asyncio.sleep(POLL_S)


async def _through(recovery: Service, letters: Letters, there: int) -> Failure:
    """Return what the index says in sum, once it has all and no more can come, or none came for long."""
    said, moved_s = Failure(), time.monotonic()
    while time.monotonic() - moved_s < STUCK_S:
        now = await failures(recovery, letters.contract_id)
        if (now.dead_letters, now.passed) == (letters.count, there):
            return now
        if now != said:
            said, moved_s = now, time.monotonic()
        recovery.check()
        await asyncio.sleep(POLL_S)
    say(f"nothing moves: the index has {said.dead_letters:,} dead letters and {said.passed:,} that are whole again")
    return said


async def failures(recovery: Service, contract: str) -> Failure:
    """What the index says of a contract's dead letters, in sum."""
    async with grpc.aio.insecure_channel(recovery.address) as channel:
        answer = await RecoveryServiceStub(channel).ListFailures(ListFailuresRequest(contract=contract), timeout=CALL_S)
    return Failure(
        dead_letters=sum(each.dead_letters for each in answer.failures),
        replayed=sum(each.replayed for each in answer.failures),
        passed=sum(each.passed for each in answer.failures),
    )
