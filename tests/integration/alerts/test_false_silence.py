"""Whoever falls silent, the right one is told, and only it: a producer, validation killed or frozen, the registry."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka import AIOKafkaProducer

from assay.contracts import Contract
from assay.testkit import Broker, running
from tests.integration.alerts.promise_stage import contract_with, promise_stage, row

SILENCE = "{id: silence, property: frequency, value: 15, unit: s}"
FRESH = "{id: fresh, property: freshness, value: 1, unit: h}"


async def test_a_producer_that_stops_is_told_as_silence_alone_until_it_sends_again(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with promise_stage(broker, tmp_path, contract_with(unique("stops"), SILENCE)) as stage:
        await stage.send([row(time.time())])
        await stage.until_told(("silence", "firing"))
        await stage.send([row(time.time())])
        await stage.until_told(("silence", "firing"), ("silence", "resolved"))


async def test_a_producer_that_never_started_is_told_as_silence_alone(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with promise_stage(broker, tmp_path, contract_with(unique("never"), SILENCE, partitions=3)) as stage:
        await stage.until_told(("silence", "firing"))


async def test_validation_that_was_killed_is_told_as_dead_and_no_producer_as_silent(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with promise_stage(broker, tmp_path, contract_with(unique("killed"), SILENCE)) as stage:
        await stage.send([row(time.time())])
        await stage.validation.kill()
        await stage.until_told(("dead", "firing"))
        assert (await stage.status()).promises[0].why == "validation is not heard of"
        await stage.validation.restart()
        await stage.send([row(time.time())])
        await stage.until_told(("dead", "firing"), ("dead", "resolved"))


async def test_validation_that_is_frozen_is_told_as_dead_once_for_all_contracts(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    texts = [contract_with(unique(name), SILENCE) for name in ("frozen", "cold")]
    async with promise_stage(broker, tmp_path, *texts) as stage:
        for contract in stage.contracts:
            await stage.send([row(time.time())], contract)
        stage.validation.pause()
        await stage.until_told(("dead", "firing"))
        assert stage.said()[0].contract == "*"
        stage.validation.resume()
        for contract in stage.contracts:
            await stage.send([row(time.time())], contract)
        await stage.until_told(("dead", "firing"), ("dead", "resolved"))


async def test_the_partitions_of_a_validation_that_died_are_told_until_another_has_taken_them_over(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    async with promise_stage(broker, tmp_path, contract_with(unique("halved"), partitions=4)) as stage:
        places = {"broker": broker.bootstrap, "registry": stage.registry.address}
        async with running("validation", data=other, **places, session_s="45") as second:
            await second.says("partitions.assigned")
            await second.kill()
            await stage.until_told(("dead", "firing"))
            assert "on 2 of 4 partitions" in stage.said()[0].measured
            assert (await stage.status()).promises == []
            await stage.until_told(("dead", "firing"), ("dead", "resolved"))
            second.start()


async def test_validation_that_is_heard_of_and_judges_nothing_is_told_as_stuck_and_no_producer_as_silent(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with promise_stage(
        durable_broker, tmp_path, contract_with(unique("stuck"), SILENCE), dead_s="20", stuck_s="6"
    ) as stage:
        async with hanging(durable_broker, stage.contract, unique("writer")) as hang:
            await stage.send([row(time.time())])
            await hang()
            await stage.send([row(time.time()) for _ in range(7)])
            await stage.until_told(("stuck", "firing"))
            assert " on 1 partition, and none was judged for " in stage.said()[0].measured
            assert (await stage.status()).promises[0].why == "records wait and none is judged"
        await stage.until_told(("stuck", "firing"), ("stuck", "resolved"))


@asynccontextmanager
async def hanging(broker: Broker, contract: Contract, name: str) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """A transaction of somebody who writes raw records by himself: nobody may read what is after its first, once that is there.

    It is begun beforehand, since a broker takes seconds for its first and silence is told after fifteen.
    """
    topic = contract.topics.raw_app
    assert topic is not None
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id=name) as producer:
        await producer.begin_transaction()
        yield lambda: producer.send_and_wait(topic, row(time.time()))
        await producer.abort_transaction()


async def test_a_registry_that_is_away_is_told_alone_and_so_is_its_return(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with promise_stage(broker, tmp_path, contract_with(unique("away"), FRESH)) as stage:
        await stage.send([row(time.time())])
        await stage.registry.kill()
        await stage.until_told(("registry", "firing"))
        await stage.registry.restart()
        await stage.until_told(("registry", "firing"), ("registry", "resolved"))


async def test_alerts_that_were_down_call_nobody_dead_or_silent_and_lose_no_breach(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    old = "{id: old, property: freshness, value: 1, unit: d}"
    async with promise_stage(broker, tmp_path, contract_with(unique("down"), old)) as stage:
        await stage.alerts.kill()
        await stage.send([row(time.time() - 3 * 86_400)])
        await stage.alerts.restart()
        await stage.until_told(("old", "firing"))
