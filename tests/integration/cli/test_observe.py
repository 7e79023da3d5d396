"""A contract that was never applied is held against a topic that is there, and nothing is changed by it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

from assay.streaming import Outgoing, Publisher, TopicSpec, apply_topics, headers, kafka
from assay.testkit import Broker
from assay.testkit.builders import contract_text

Names = Callable[[str], str]


async def assay(*arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "assay.cli", *arguments, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_contract_is_held_against_a_topic_of_its_own_name(broker: Broker, unique: Names, tmp_path: Path) -> None:
    topic = unique("shop-events")
    await apply_topics(broker.bootstrap, [TopicSpec(topic, 2)])
    async with Publisher(broker.bootstrap) as publisher:
        sent = [
            Outgoing(
                topic, number % 2, None, b'{"id": "a"}' if number % 4 else b'{"id": 1}', ((headers.PRODUCER, b"shop"),)
            )
            for number in range(400)
        ]
        await publisher.publish(sent)
    (tmp_path / "orders.odcs.yaml").write_bytes(contract_text("orders"))

    code, said = await assay(
        "contract", "observe", "--contract", str(tmp_path / "orders.odcs.yaml"), "--topic", topic,
        "--broker", broker.bootstrap, "--since", "1h", "--json",
    )  # fmt: skip
    found = json.loads(said)

    assert (code, found["records"], found["refused"]) == (0, 400, 100)
    assert [(one["producer"], one["path"], one["rule"], one["records"]) for one in found["findings"]] == [
        ("shop", "/id", "type", 100)
    ]
    async with kafka.admin(broker.bootstrap) as admin:
        assert "orders.raw.app" not in await admin.list_topics()
