"""Whatever stands on a dead-letter topic, recovery goes on past it: it is contained, explained, and can be given up."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.api.recovery.v1.recovery_pb2_grpc import RecoveryServiceStub
from assay.api.validation.v1.verdict_pb2 import Violation, Violations
from assay.cli.caller import Caller, signing
from assay.contracts import Contract
from assay.streaming import Headers, Outgoing, Publisher, headers, scan
from assay.streaming.keys import KeyFile
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force

CALL_S = 20.0
MAX_BYTES = 6 * 1024 * 1024
LARGE = 5 * 1024 * 1024
DEEP = 50_000
GOOD = 60
"""Records that the first flow mends, before, among and after the others."""
DOUBLED = json.dumps([{"op": "copy", "from": "", "path": f"/more_{number}"} for number in range(64)])
DEEPLY = "many.map(a, many.map(b, many.map(c, many.map(d, a + b + c + d)))).size()"
FLOWS = f"""
        - {{id: raises, when: {{reason: schema, condition: 'note == "raises"'}}, steps: [{{evaluate: {{amount: '10 / many.size()'}}}}]}}
        - {{id: bomb, when: {{reason: schema, condition: 'note == "bomb"'}}, steps: [{{patch: {DOUBLED}}}]}}
        - {{id: loops, when: {{reason: schema, condition: 'note == "loops"'}}, steps: [{{evaluate: {{amount: '{DEEPLY}'}}}}]}}
        - {{id: itself, when: {{reason: schema, condition: 'note == "itself"'}}, steps: [{{copy: {{amount: note}}}}, {{copy: {{note: amount}}}}]}}
        - {{id: text, when: {{reason: schema, path: /amount, rule: type}}, steps: [{{cast: {{amount: integer}}}}]}}
"""
SEEN = {"raises": [], "bomb": [1], "loops": list(range(300)), "itself": [1]}
"""What breaks a flow, by the flow."""


def text_of(contract: str) -> bytes:
    text = contract_text(contract, partitions=1, maxRecordBytes=MAX_BYTES).decode()
    fields = "      - {name: note, logicalType: string}\n      - {name: many, logicalType: array, items: {logicalType: integer}}\n"
    text = text.replace("customProperties:\n", f"{fields}customProperties:\n", 1)
    return text.replace("\nteam:", f"\n  - property: assay.recovery\n    value:\n      flows:{FLOWS}team:", 1).encode()


def records(topic: str) -> Iterator[Outgoing]:
    """What a producer may send: good ones among what breaks flows, is huge, deep, or forged."""
    for number in range(GOOD):
        yield _sent(topic, f"good-{number}", amount=str(number))
        if number == GOOD // 2:
            for note, many in SEEN.items():
                yield _sent(topic, f"bad-{note}", amount="x", note=note, many=many)
            yield _sent(topic, "good-large", amount="1", note="n" * LARGE)
            yield Outgoing(topic, 0, b"bad-deep", b'{"id": ' * DEEP + b"1" + b"}" * DEEP)
            yield _sent(topic, "good-forged", forged(topic), amount="7")


def forged(topic: str) -> Headers:
    """Headers that only Assay may write."""
    return (
        (headers.ATTEMPT, b"99"),
        (headers.DEAD_LETTER, b"elsewhere.dead-letters/0/0"),
        (headers.REASON, b"schema"),
        (headers.SOURCE, f"{topic}/0/0".encode()),
        (headers.ARRIVED, b"1"),
        (headers.FLOW, b"none"),
    )


def strangers(contract: Contract) -> list[Outgoing]:
    """Records on the dead-letter topic that validation never wrote."""
    topic, raw = contract.topics.dead_letters, contract.topics.raw_app
    packed = Violations(violations=[Violation(path="/amount", rule="type")]).SerializeToString()
    whole = {
        headers.CONTRACT: f"{contract.id}@{contract.version}".encode(),
        headers.SOURCE: f"{raw}/0/0".encode(),
        headers.REASON: b"schema",
        headers.VIOLATIONS: packed,
    }
    spoilt: list[dict[str, bytes]] = [
        {},
        whole | {headers.SOURCE: b"nowhere"},
        whole | {headers.ATTEMPT: b"many"},
        whole | {headers.ATTEMPT: b"9" * 400},
        whole | {headers.ARRIVED: b"-1"},
        whole | {headers.ORDER: "٣".encode()},
        whole | {headers.VIOLATIONS: b"\xff\xff\xff"},
        whole | {headers.SEAL: b"no such seal"},
        whole | {headers.REASON: b"\xff\x00 and no reason"},
        whole | {headers.CONTRACT: b"another@9.9.9"},
    ]
    value = b'{"id": "stranger", "amount": "x"}'
    found = [Outgoing(topic, 0, b"stranger", value, tuple(each.items())) for each in spoilt]
    deep = Outgoing(topic, 0, b"stranger", b"[" * DEEP, tuple(whole.items()))
    return [*found, deep, Outgoing(topic, 0, None, None, tuple(whole.items())), Outgoing(topic, 0, None, None)]


def _sent(topic: str, id_: str, marks: Headers = (), **fields: object) -> Outgoing:
    return Outgoing(topic, 0, id_.encode(), json.dumps({"id": id_, **fields}).encode(), marks)


async def mended(broker: Broker, contract: Contract) -> set[str]:
    """The ids of the records that are validated."""
    found: set[str] = set()
    async for chunk in scan(broker.bootstrap, [contract.topics.validated]):
        found.update(json.loads(record.value or b"")["id"] for record in chunk)
    return found


async def failures(recovery: Service, contract: Contract) -> int:
    """How many failures of the contract the index knows: none before it was given its partitions."""
    async with grpc.aio.insecure_channel(recovery.address) as channel:
        request = pb.ListFailuresRequest(contract=contract.id)
        return len((await RecoveryServiceStub(channel).ListFailures(request, timeout=CALL_S)).failures)


async def whole_run(recovery: Service, request: pb.StartRunRequest) -> run_pb2.Run:
    """Start a run and return it as it ended."""
    async with grpc.aio.insecure_channel(
        recovery.address, interceptors=signing(Caller("ana", ""), "poison")
    ) as channel:
        stub = RecoveryServiceStub(channel)
        await stub.StartRun(request, timeout=CALL_S)
        last = run_pb2.Run()
        async for answer in stub.WatchRun(pb.WatchRunRequest(id=request.id), timeout=60):
            last = answer.run
    return last


@pytest.mark.timeout(600)
async def test_poison_stays_explained_and_all_others_are_mended(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    KeyFile.create(keys)
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path / 'registry.db'}") as registry:
        contract = await in_force(registry.address, durable_broker.bootstrap, text_of(unique("poison")))
        assert contract.topics.raw_app is not None
        shared = {"broker": durable_broker.bootstrap, "registry": registry.address, "keys": str(keys)}
        async with Publisher(durable_broker.bootstrap) as publisher:
            await publisher.publish(strangers(contract))
            sent = [*records(contract.topics.raw_app)]
            await publisher.publish(sent)
        good = {key.decode() for record in sent if (key := record.key or b"").startswith(b"good-")}
        async with (
            running("validation", data=tmp_path, **shared),
            running("recovery", data=tmp_path, **shared, store=f"sqlite:///{tmp_path / 'recovery.db'}") as recovery,
        ):

            async def all_good() -> bool:
                recovery.check()
                return good <= await mended(durable_broker, contract)

            await eventually(all_good, within_s=60)
            assert await mended(durable_broker, contract) == good

            async def all_known() -> bool:
                return await failures(recovery, contract) > len(SEEN)

            await eventually(all_known, within_s=60)  # a process that was killed holds its partitions for 20 s
            selection = run_pb2.Selection(contract=contract.id)
            for kind in (run_pb2.RUN_KIND_RECOVER, run_pb2.RUN_KIND_REPLAY):
                request = pb.StartRunRequest(id=str(uuid.uuid4()), kind=kind, selection=selection, force=kind == 1)
                ended = await whole_run(recovery, request)
                assert (ended.state, ended.settled) == (run_pb2.RUN_STATE_DONE, 0), ended
                assert ended.left >= len(SEEN) + 1
                assert sum(each.dead_letters for each in ended.explanations) == ended.left
                assert all(each.text for each in ended.explanations)

            request = pb.StartRunRequest(id=str(uuid.uuid4()), kind=run_pb2.RUN_KIND_DISCARD, selection=selection)
            given_up = await whole_run(recovery, request)
            assert given_up.settled >= ended.left
            assert await mended(durable_broker, contract) == good
            assert recovery.said('"level": "critical"') == 0
