"""plan and apply: the same again changes nothing, topics follow their contract, and what is refused changes nothing."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.streaming import TopicSpec, apply_topics
from assay.streaming.topic_plan import plan_topics
from assay.testkit import Broker, running

Names = Callable[[str], str]

CONSUMER = """\
  - {property: assay.consumers, value: [{id: dwh, contact: "#dwh"}]}
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A folder of contracts, and the registry and broker that they are applied to."""

    folder: Path
    registry: str
    broker: str
    contract: str

    def write(
        self, version: str, retention: str = "P2D", partitions: int = 2, name: str = "", status: str = "active"
    ) -> None:
        contract = name or self.contract
        topics = {"partitions": partitions, "retention": {"validated": retention}}
        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{contract}.odcs.yaml").write_text(
            f"apiVersion: v3.2.0\nkind: DataContract\nid: {contract}\nversion: {version}\nstatus: {status}\n"
            "schema: [{name: order, properties: [{name: id, logicalType: string, required: true}]}]\n"
            f"team: {{name: {self.contract}-team, members: [{{username: ana}}]}}\n"
            f"customProperties:\n  - {{property: assay.topics, value: {json.dumps(topics)}}}\n{CONSUMER}"
        )

    async def assay(self, command: str, *arguments: str) -> tuple[int | None, dict[str, Any], str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "assay.cli", "contract", command, str(self.folder), "--registry", self.registry,
            "--broker", self.broker, "--json", *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(60):
            said, complaint = await process.communicate()
        return process.returncode, json.loads(said or "{}"), complaint.decode()

    async def calls(self, *arguments: str) -> list[tuple[str, str]]:
        return [(each["call"], each["target"]) for each in (await self.assay("plan", *arguments))[1]["calls"]]


@asynccontextmanager
async def bench(broker: Broker, contract: str, folder: Path) -> AsyncIterator[Bench]:
    async with running("registry", data=folder, store=f"sqlite:///{folder}/registry.db") as registry:
        yield Bench(folder / "contracts", registry.address, broker.bootstrap, contract)


async def test_plan_shows_what_apply_does_and_then_nothing(broker: Broker, unique: Names, tmp_path: Path) -> None:
    async with bench(broker, unique("orders"), tmp_path) as on:
        on.write("1.0.0")
        shown = await on.calls()
        _, first, _ = await on.assay("apply")
        _, again, _ = await on.assay("apply")

        assert ("CreateTopics", f"{on.contract}.validated") in shown
        assert shown[-1] == ("PublishContract", on.contract)
        assert [(each["call"], each["target"]) for each in first["calls"]] == shown
        assert again["calls"] == []
        assert [each["contracts"][0]["id"] for each in (first, again)] == [1, 1]


async def test_topics_follow_their_contract_up_and_down(broker: Broker, unique: Names, tmp_path: Path) -> None:
    async with bench(broker, unique("orders"), tmp_path) as on:
        on.write("1.0.0")
        await on.assay("apply")
        for version, retention, hours in (("1.1.0", "P4D", 96), ("1.2.0", "P1D", 24)):
            on.write(version, retention)
            code, done, complaint = await on.assay("apply", "--emergency", "less room")

            assert code == 0, complaint
            assert ("AlterConfigs", f"{on.contract}.validated") in [
                (each["call"], each["target"]) for each in done["calls"]
            ]
            asked = TopicSpec(f"{on.contract}.validated", 2, 1, hours * 3_600_000)
            lower = TopicSpec(asked.name, 2, 1, asked.retention_ms + 1)
            assert (await plan_topics(on.broker, [asked])).alter == ()
            assert len((await plan_topics(on.broker, [lower])).alter) == 1


async def test_what_check_refuses_changes_nothing_until_an_emergency_is_written_down(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    async with bench(broker, unique("orders"), tmp_path) as on:
        on.write("1.0.0")
        await on.assay("apply")
        on.write("1.1.0", "P1D")

        code, _, complaint = await on.assay("apply")
        assert code == 1
        assert "dwh has not approved" in complaint
        assert ("PublishContract", on.contract) in await on.calls()

        code, _, _ = await on.assay("apply", "--emergency", "the disks are full")
        note = (on.folder / "approvals" / f"{on.contract}.1.1.0.emergency.yaml").read_text()
        assert (code, "the disks are full" in note, await on.calls()) == (0, True, [])


async def test_another_number_of_partitions_is_refused_even_in_an_emergency(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    async with bench(broker, unique("orders"), tmp_path) as on:
        on.write("1.0.0")
        await on.assay("apply")
        on.write("1.1.0", partitions=4)

        code, _, complaint = await on.assay("apply", "--emergency", "more room")

        assert code == 1
        assert "never done in place" in complaint
        assert ("PublishContract", on.contract) in await on.calls()


async def test_prune_retires_what_the_owner_took_away_and_nothing_else(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    async with bench(broker, unique("orders"), tmp_path) as on:
        old, foreign = (
            f"{on.contract}-old",
            Bench(tmp_path / "foreign", on.registry, broker.bootstrap, unique("foreign")),
        )
        on.write("1.0.0")
        on.write("1.0.0", name=old)
        foreign.write("1.0.0")
        await on.assay("apply")
        await foreign.assay("apply")
        (on.folder / f"{old}.odcs.yaml").unlink()

        _, plan, _ = await on.assay("plan")
        refused, _, complaint = await on.assay("apply", "--prune")
        done, _, _ = await on.assay("apply", "--prune", "--emergency", "nobody reads it")

        assert (plan["calls"], plan["left"]) == ([], [old])
        assert (refused, done) == (1, 0)
        assert "dwh has not approved the removal" in complaint
        assert await on.calls("--prune") == []
        assert await foreign.calls("--prune") == []


async def test_a_topic_that_was_there_with_more_is_taken_as_it_is(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    async with bench(broker, unique("orders"), tmp_path) as on:
        await apply_topics(on.broker, [TopicSpec(f"{on.contract}.validated", 2, 4 * 1024 * 1024, 10**12)])
        on.write("1.0.0")
        await on.assay("apply")
        on.write("1.1.0", "P1D")

        assert ("AlterConfigs", f"{on.contract}.validated") not in await on.calls()
