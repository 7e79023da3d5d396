"""Records of an ordered contract reach consumers in the order of raw, key by key, whoever is killed meanwhile."""

from __future__ import annotations

import contextlib
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from assay.contracts import Contract
from assay.runtime import SystemClock
from assay.streaming import Outgoing, Publisher, headers, scan
from assay.streaming.keys import KeyFile
from assay.streaming.seal import is_sealed
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force, outcome
from tests.integration.recovery.stage import flows

KEYS = 12
ROUNDS = 30
BAD_ROUNDS = (3, 4, 11, 20)
"""In these rounds a third of the keys send an amount that is text."""


@dataclass(frozen=True)
class House:
    broker: str
    registry: Service
    contract: Contract
    text: bytes
    data: Path

    def validation(self, name: str, **settings: str) -> contextlib.AbstractAsyncContextManager[Service]:
        return self._service("validation", name, chunk_records="40", keys=str(self.data / "keys.json"), **settings)

    def recovery(self, name: str, **settings: str) -> contextlib.AbstractAsyncContextManager[Service]:
        store, keys = f"sqlite:///{self.data / 'recovery.db'}", str(self.data / "keys.json")
        return self._service("recovery", name, chunk_records="20", store=store, keys=keys, **settings)

    def _service(self, service: str, name: str, **settings: str) -> contextlib.AbstractAsyncContextManager[Service]:
        return running(
            service,
            data=self.data / name,
            broker=self.broker,
            registry=self.registry.address,
            session_s="6",
            **settings,
        )

    async def send(self, first: int, last: int, at_ms: int | None = None) -> None:
        """Write rounds of one record for each key, as if they came at that time."""
        records = [
            Outgoing(str(self.contract.topics.raw_app), None, f"k{key}".encode(), _value(key, number), (), at_ms)
            for number in range(first, last)
            for key in range(KEYS)
        ]
        async with Publisher(self.broker) as publisher:
            await publisher.publish(records)

    async def mend(self) -> None:
        """Put a version with a flow in force that repairs all that failed."""
        text = self.text.replace(b"version: 1.0.0", b"version: 1.1.0", 1).replace(b"\nteam:", flows(), 1)
        await in_force(self.registry.address, self.broker, text)

    async def judged(self, count: int) -> None:
        async def ask() -> bool:
            return (await outcome(self.broker, self.contract)).settled >= count

        await eventually(ask, within_s=60)

    async def validated(self, count: int, within_s: float = 90) -> dict[str, list[int]]:
        """The rounds of each key in the order of the validated topic, once there are so many records."""

        async def ask() -> dict[str, list[int]] | None:
            found: dict[str, list[int]] = defaultdict(list)
            async for records in scan(self.broker, [self.contract.topics.validated]):
                for record in records:
                    found[(record.key or b"").decode()].append(json.loads(record.value or b"")["round"])
            return found if sum(map(len, found.values())) >= count else None

        there = await eventually(ask, within_s=within_s)
        assert there is not None
        return there

    async def letters(self) -> Counter[str]:
        found: Counter[str] = Counter()
        async for records in scan(self.broker, [self.contract.topics.dead_letters]):
            found.update(record.header(headers.REASON) or "" for record in records)
        return found


def _is_bad(key: int, number: int) -> bool:
    return number in BAD_ROUNDS and key % 3 == 0


def _value(key: int, number: int) -> bytes:
    return json.dumps({"id": f"k{key}", "amount": "7" if _is_bad(key, number) else 7, "round": number}).encode()


@contextlib.asynccontextmanager
async def house(broker: Broker, contract_id: str, data: Path, ordered: str, amount: str = "") -> AsyncIterator[House]:
    text = contract_text(contract_id).replace(
        b"team:", f"  - {{property: assay.ordered, value: {ordered}}}\nteam:".encode(), 1
    )
    fields = f"{{name: amount, logicalType: integer{amount}}}\n      - {{name: round, logicalType: integer}}"
    text = text.replace(b"{name: amount, logicalType: integer}", fields.encode(), 1)
    KeyFile.create(data / "keys.json")
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, text)
        yield House(broker.bootstrap, registry, contract, text, data)


def in_order(validated: dict[str, list[int]]) -> bool:
    """Whether each key has its rounds in order, each once."""
    return all(rounds == sorted(set(rounds)) for rounds in validated.values())


@pytest.mark.parametrize("amount", ["", ", classification: restricted"], ids=["plain", "sealed"])
async def test_later_records_of_a_failed_key_are_held_and_follow_it_once_it_is_repaired(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path, amount: str
) -> None:
    async with house(broker, unique("line"), tmp_path, "true", amount) as here, here.validation("validation"):
        await here.send(0, 10)
        await here.judged(KEYS * 10)
        held = KEYS // 3 * (10 - 5)
        assert await here.letters() == {"schema": KEYS // 3 * 2, "held": held}
        assert in_order(await here.validated(KEYS * 10 - KEYS // 3 * 7))
        async for records in scan(here.broker, [here.contract.topics.dead_letters]):
            assert all(is_sealed(record) is bool(amount) for record in records)
        async with here.recovery("recovery"):
            await here.mend()
            await here.validated(KEYS * 10)
            await here.send(10, ROUNDS)
            validated = await here.validated(KEYS * ROUNDS)
        assert in_order(validated)
        assert {len(rounds) for rounds in validated.values()} == {ROUNDS}


async def test_the_order_holds_while_validation_and_recovery_are_killed(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with house(durable_broker, unique("killed"), tmp_path, "true") as here:
        await here.mend()
        for number, step in enumerate(("before_offsets", "before_commit", "after_commit")):
            dies = {"failpoints": f"forwarder.{step}:{number + 3}"}
            async with here.validation(f"v{number}", **dies) as validation, here.recovery(f"r{number}") as recovery:
                await here.send(number * 10, number * 10 + 10)
                assert await validation.ended() == 137
                await recovery.kill()
        async with here.validation("last"), here.recovery("last-recovery"):
            validated = await here.validated(KEYS * ROUNDS)
            found = await outcome(here.broker, here.contract)
        assert in_order(validated)
        assert not found.lost
        assert not found.doubled


async def test_recovery_that_dies_while_it_lets_go_lets_each_go_once_in_order(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with house(durable_broker, unique("letting"), tmp_path, "true") as here, here.validation("validation"):
        await here.send(0, ROUNDS)
        await here.judged(KEYS * ROUNDS)
        await here.mend()
        # there are six transactions or more
        for step, hits in (("after_produce", 2), ("after_settlement", 2), ("before_commit", 2), ("after_commit", 1)):
            async with here.recovery(step, failpoints=f"recovery.{step}:{hits}") as recovery:
                assert await recovery.ended() == 137
        async with here.recovery("successor"):
            validated = await here.validated(KEYS * ROUNDS)
        assert in_order(validated)
        assert {len(rounds) for rounds in validated.values()} == {ROUNDS}


async def test_what_waits_goes_on_once_its_time_is_over_although_nobody_repairs(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with house(broker, unique("over"), tmp_path, "{timeout: PT5M}") as here, here.validation("validation"):
        await here.send(0, 10, at_ms=SystemClock().now_ms() - 10 * 60_000)
        await here.judged(KEYS * 10)
        assert (await here.letters())["held"] == KEYS // 3 * 5
        async with here.recovery("recovery"):
            validated = await here.validated(KEYS * 10 - KEYS // 3 * 2)
        assert in_order(validated)


async def test_what_has_no_room_to_wait_goes_on_at_once(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with (
        house(broker, unique("room"), tmp_path, "{maxHeld: 1}") as here,
        here.validation("validation") as service,
    ):
        await here.send(0, 10)
        await here.judged(KEYS * 10)
        assert await here.letters() == {"schema": KEYS // 3 * 2}
        assert service.said("order.given_up")
