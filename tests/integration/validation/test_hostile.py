"""Hostile records of every kind and form on real topics: each is a dead letter with its reason, and none stops a stream."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from assay.api.validation.v1.verdict_pb2 import Violations
from assay.contracts import Contract, Reason, WireForm
from assay.streaming import Outgoing, Publisher, headers, scan
from assay.testkit import Broker, eventually, running
from assay.testkit.hostile import SURELY_REFUSED, Input, sample, victim_text
from assay.testkit.outcome import Outcome, in_force, outcome

SEED = int(os.environ.get("ASSAY_TEST_SEED", "2013"))
EACH = 3
SIZE = f"{EACH} hostile records of each kind, seed {SEED}"
MOST_BYTES = 1_000_000  # what the topic itself refuses never comes so far


@pytest.mark.parametrize("form", get_args(WireForm))
async def test_hostile_records_are_dead_letters_with_a_reason_and_good_ones_go_on(
    broker: Broker, unique: Callable[[str], str], tmp_path: Path, form: WireForm
) -> None:
    inputs = [each for each in sample(form, SEED, EACH) if len(each.value) <= MOST_BYTES]
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, victim_text(form, unique("victim")))
        kinds = await written(broker, contract, inputs)
        settings = {"broker": broker.bootstrap, "registry": registry.address}
        async with running("validation", data=tmp_path, **settings):
            found = await settled(broker, contract, len(inputs))
    assert found.is_exact, (SEED, str(found))
    assert {kinds[source] for source in found.validated} & SURELY_REFUSED[form] == set()
    assert "untouched" not in {kinds[source] for source in found.dead_letters}
    assert found.reasons.keys() <= {*Reason}
    assert await unexplained(broker, contract) == []


async def written(broker: Broker, contract: Contract, inputs: list[Input]) -> dict[str, str]:
    """Write the records; return the kind of each by where it stands."""
    assert contract.topics.raw_app is not None
    async with Publisher(broker.bootstrap) as publisher:
        places = await publisher.publish(
            [Outgoing(contract.topics.raw_app, None, b"%d" % n, each.value) for n, each in enumerate(inputs)]
        )
    return {str(place): each.kind for place, each in zip(places, inputs, strict=True)}


async def settled(broker: Broker, contract: Contract, records: int) -> Outcome:
    async def ask() -> Outcome | None:
        found = await outcome(broker.bootstrap, contract)
        return found if found.settled >= records else None

    found = await eventually(ask, within_s=120)
    assert found is not None
    return found


async def unexplained(broker: Broker, contract: Contract) -> list[str]:
    """Return where dead letters come from that name no violation."""
    return [
        letter.header(headers.SOURCE) or ""
        async for letters in scan(broker.bootstrap, [contract.topics.dead_letters])
        for letter in letters
        if not Violations.FromString(dict(letter.headers)[headers.VIOLATIONS] or b"").violations
    ]
