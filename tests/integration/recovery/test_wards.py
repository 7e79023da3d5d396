"""A dead letter is settled once, whatever happens to those who settle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import grpc

from assay.api.recovery.v1.recovery_pb2 import ListFailuresRequest
from assay.api.recovery.v1.recovery_pb2_grpc import RecoveryServiceStub
from assay.recovery.settlement import Outcome
from assay.streaming import headers
from assay.testkit import Broker, Service, eventually
from tests.integration.recovery.stage import Stage, dead, flows, stage
from tests.integration.registry.postgres import postgres

LETTERS = 300
STEPS = ("after_produce", "after_settlement", "before_commit", "after_commit")
ASSIGNED = "partitions.assigned"


async def _repairable(here: Stage, first: int = 0) -> list[str]:
    return await here.die([dead(here.contract, number, str(number)) for number in range(first, first + LETTERS)])


async def test_a_ward_that_dies_between_any_two_steps_settles_each_dead_letter_once(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("ward"), tmp_path, flows()) as here:
        places = []
        for dying, step in enumerate(STEPS):
            places += await _repairable(here, dying * LETTERS)
            async with here.recovery(step, failpoints=f"recovery.{step}:{dying + 2}") as recovery:
                assert await recovery.ended() == 137
        async with here.recovery("successor"):
            became = await here.settled(len(places))
        assert became.is_exact
        assert became.of(Outcome.REPLAYED) == set(places)


async def test_a_ward_that_wakes_after_the_takeover_writes_nothing(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("ward"), tmp_path, flows()) as here:
        await _repairable(here)
        frozen = "recovery.before_commit:4=freeze"
        async with here.recovery("zombie", failpoints=frozen) as zombie:
            await zombie.freezes()
            async with here.recovery("successor", store=str(tmp_path / "successor.db")):
                await here.settled(LETTERS)
                joins = zombie.said(ASSIGNED)
                zombie.resume()
                await zombie.says(ASSIGNED, times=joins + 1)
                assert (await here.settled(LETTERS)).is_exact


async def test_a_joining_member_takes_partitions_without_loss_or_repeat(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("ward"), tmp_path, flows()) as here, here.recovery("first"):
        await _repairable(here)
        async with here.recovery("second", store=str(tmp_path / "second.db")) as second:
            await second.says(ASSIGNED)
            await _repairable(here, first=LETTERS)
            became = await here.settled(2 * LETTERS)
        assert became.is_exact


async def test_replicas_on_one_postgresql_share_wards_and_index_through_the_death_of_one(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with postgres() as server, stage(durable_broker, unique("shared"), tmp_path, flows()) as here:
        async with here.recovery("first", store=server.url) as first:
            places = await _repairable(here)
            await here.settled(LETTERS)
            async with here.recovery("second", store=server.url) as second:
                await second.says(ASSIGNED, times=2)
                places += await _repairable(here, first=LETTERS)
                await first.kill()
                places += await _repairable(here, first=2 * LETTERS)
                became = await here.settled(len(places))
                await eventually(lambda: _is_counted(second, here, len(places)), within_s=60)
        assert became.is_exact
        assert became.of(Outcome.REPLAYED) == set(places)


async def _is_counted(recovery: Service, here: Stage, letters: int) -> bool:
    """Whether the index has every dead letter of the contract, each replayed."""
    async with grpc.aio.insecure_channel(recovery.address) as channel:
        answer = await RecoveryServiceStub(channel).ListFailures(
            ListFailuresRequest(contract=here.contract.id), timeout=10
        )
    return (
        sum(each.dead_letters for each in answer.failures) == letters == sum(each.replayed for each in answer.failures)
    )


async def test_a_flow_that_comes_later_reaches_dead_letters_of_before(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("later"), tmp_path) as here, here.recovery() as recovery:
        await _repairable(here)
        newer = await here.put_in_force("1.1.0", flows())
        await recovery.says('"version": "1.1.0"')
        became = await here.settled(LETTERS)
        assert became.is_exact
        assert {each.contract for found in became.settlements.values() for each in found} == {f"{newer.id}@1.1.0"}


async def test_a_dead_letter_whose_attempts_are_used_up_is_quarantined(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("used"), tmp_path, flows(attempts=2)) as here, here.recovery():
        attempts = ["1", "2", "9", str(10**17)]
        places = await here.die([dead(here.contract, n, "7", attempt=attempt) for n, attempt in enumerate(attempts)])
        became = await here.settled(len(attempts))
        assert became.is_exact
        assert became.of(Outcome.REPLAYED) == {places[0]}
        assert became.of(Outcome.QUARANTINED) == set(places[1:])
        replay = became.replays[places[0]][0]
        assert replay.header(headers.ATTEMPT) == "2"


async def test_a_replay_that_the_broker_refuses_stays_and_holds_up_nobody(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    """What recovery adds makes it larger than the topic takes: it came from there with its last byte of room used."""
    async with stage(durable_broker, unique("huge"), tmp_path, flows()) as here, here.recovery():
        letters = [dead(here.contract, number, str(number)) for number in range(60)]
        filling = (("filling", b"x" * 1_115_000),)
        letters[30] = letters[30]._replace(headers=(*letters[30].headers, *filling))
        places = await here.die(letters)
        became = await here.settled(len(letters) - 1)
        assert became.is_exact
        assert places[30] not in became.settlements
