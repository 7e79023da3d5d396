"""The whole story on real services: bad records are seen, understood, repaired by contract and by hand, accounted for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.cli.letters.facts import facts
from assay.cli.letters.listing import Failure, listed
from assay.cli.letters.planting import planted, with_version
from assay.contracts import Contract, load
from assay.streaming import Outgoing, Publisher, headers
from assay.streaming.keys import KeyFile
from assay.testkit import Broker, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force, outcome

Names = Callable[[str], str]

PLATE = (
    b"      - {name: plate, logicalType: string, required: true, logicalTypeOptions: {minLength: 2}}\ncustomProperties"
)
RENAMED, HOPELESS, GOOD = 30, 5, 65

ON_REQUEST = """\
id: amount_unknown
run: on-request
when: {reason: schema, path: /amount, rule: type}
steps:
  - set: {amount: 0}
"""


@dataclass(frozen=True)
class Said:
    code: int | None
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The last line of stdout as JSON."""
        assert self.out, self.err
        found = json.loads(self.out.splitlines()[-1])
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Bench:
    """A registry, validation and recovery, a broker, and the folder of one contract."""

    broker: str
    registry: str
    recovery: str
    contract: Contract
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "plates.odcs.yaml"

    async def letters(self, *arguments: str) -> Said:
        return await self.assay("dead-letters", *arguments, "--recovery", self.recovery)

    async def assay(self, *arguments: str) -> Said:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "assay.cli", *arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(90):
            out, err = await process.communicate()
        return Said(process.returncode, out.decode(), err.decode())

    async def until(self, failure: str, **wanted: object) -> Failure:
        """The failure at this path and rule, once all of this holds of it."""

        async def ask() -> Failure | None:
            for each in await listed(self.recovery, self.contract.id):
                if f"{each.path} {each.rule}" == failure and wanted.items() <= facts(each).items():
                    return each
            return None

        found = await eventually(ask, within_s=90)
        assert found is not None
        return found

    async def apply(self) -> None:
        options = ["--registry", self.registry, "--broker", self.broker]
        done = await self.assay("contract", "apply", str(self.file), *options)
        assert done.code == 0, done.err


@contextlib.asynccontextmanager
async def bench(broker: Broker, contract_id: str, folder: Path) -> AsyncIterator[Bench]:
    """All of it, with records of which some have a field under another name, and some an amount that is none."""
    text = contract_text(contract_id).replace(b"customProperties", PLATE, 1)
    keys = folder / "keys.json"
    KeyFile.create(keys)
    async with running("registry", data=folder, store=f"sqlite:///{folder / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, text)
        where = {"broker": broker.bootstrap, "registry": registry.address, "keys": str(keys)}
        store = f"sqlite:///{folder / 'recovery.db'}"
        async with (
            running("validation", data=folder, **where),
            running("recovery", data=folder, **where, store=store, session_s="6") as recovery,
        ):
            here = Bench(broker.bootstrap, registry.address, recovery.address, contract, folder)
            here.file.write_bytes(text)
            await _send(here)
            yield here


async def _send(here: Bench) -> None:
    topic = here.contract.topics.raw_app
    assert topic is not None
    named = ((headers.PRODUCER, b"gate"),)
    values = [{"id": f"r{number}", "amount": number, "number_plate": f"N{number}"} for number in range(RENAMED)]
    values += [{"id": f"h{number}", "amount": "many", "plate": "N1"} for number in range(HOPELESS)]
    values += [{"id": f"g{number}", "amount": number, "plate": "N1"} for number in range(GOOD)]
    async with Publisher(here.broker) as publisher:
        await publisher.publish(
            [
                Outgoing(topic, None, f"k{place % 7}".encode(), json.dumps(each).encode(), named)
                for place, each in enumerate(values)
            ]
        )
    await eventually(lambda: _is_judged(here, len(values)), within_s=60)


async def _is_judged(here: Bench, records: int) -> bool:
    return (await outcome(here.broker, here.contract)).settled >= records


async def test_a_renamed_field_is_seen_proposed_tried_applied_and_recovered(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    async with bench(broker, unique("plates"), tmp_path) as here:
        failure = await here.until("/plate required", dead_letters=RENAMED, open=RENAMED, status="new")
        name = failure.fingerprint[:8]
        shown = await here.letters("show", name)
        assert (shown.code, "gate" in shown.out) == (0, True), shown.err

        proposals = (await here.letters("propose", name, "--json")).object["proposals"]
        assert proposals[0]["trial"]["would_pass"] == RENAMED
        (tmp_path / "draft.yaml").write_text(proposals[0]["flow"])
        draft = ["--dry-run", "--draft", str(tmp_path / "draft.yaml"), "--json"]
        tried = await here.letters("recover", "--failure", name, *draft)
        assert (tried.code, tried.object["would_pass"]) == (0, RENAMED), tried.err

        written = await here.letters("propose", name, "--write", str(here.file), "--registry", here.registry)
        assert written.code == 0, written.err
        assert load(here.file.read_bytes()).version == "1.0.1"
        await here.apply()

        await here.until("/plate required", open=0, passed=RENAMED, status="recovered")
        found = await outcome(here.broker, here.contract)
        assert (found.validated.total(), found.lost, found.doubled) == (GOOD + RENAMED, set(), set())


async def test_a_run_is_refused_until_it_was_tried_and_the_rest_is_mended_by_hand_or_given_up(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    async with bench(broker, unique("plates"), tmp_path) as here:
        failure = await here.until("/amount type", dead_letters=HOPELESS, status="new")
        name = failure.fingerprint[:8]
        places = [each["place"] for each in (await here.letters("show", name, "--json")).object["samples"]]

        (tmp_path / "record.json").write_text('{"id": "h0", "amount": 7, "plate": "N1"}')
        record = str(tmp_path / "record.json")
        by_hand = await here.letters("resubmit", places[0], record, "--registry", here.registry, "--why", "typed")
        assert by_hand.code == 0, by_hand.err
        again = await here.letters("resubmit", places[0], record, "--registry", here.registry, "--why", "typed")
        assert (again.code, "is settled already" in again.err) == (1, True)

        here.file.write_bytes(with_version(planted(here.file.read_bytes(), ON_REQUEST), "1.0.1"))
        await here.apply()
        run = ["recover", "--failure", name, "--flow", "amount_unknown", "--at", places[1]]
        refused = await here.letters(*run, "--why", "nobody counted", "--json")
        assert (refused.code, "dry-run" in refused.err) == (1, True), refused.err
        tried = await here.letters(*run, "--dry-run")
        assert (tried.code, '"many"' in tried.out) == (0, True), tried.err
        done = await here.letters(*run, "--why", "nobody counted", "--json")
        assert (done.object["state"], done.object["settled"]) == ("done", 1), done.err

        given_up = await here.letters("discard", "--failure", name, "--why", "a test", "--yes", "--json")
        assert (given_up.object["settled"], given_up.code) == (HOPELESS - 2, 0)
        await here.until("/amount type", open=0, passed=2, discarded=HOPELESS - 2, status="recovered")
        entries = (await here.letters("audit", here.contract.id, "--json")).object["actions"]
        assert {each["why"] for each in entries} >= {"typed", "nobody counted", "a test"}
