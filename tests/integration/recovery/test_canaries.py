"""What a producer wrote under a classified contract stands on the record's own topics, sealed, and nowhere else."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.api.recovery.v1.recovery_pb2_grpc import RecoveryServiceStub
from assay.cli.caller import Caller, signing
from assay.contracts import Contract, Reason
from assay.streaming import Outgoing, Publisher, headers, scan
from assay.streaming.keys import KeyFile
from assay.streaming.topics import AUDIT, BREACHES, PANES
from assay.telemetry.setup import LOG_LEVEL, OTLP_ENDPOINT
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force, settled
from tests.performance.sink import Sink, collecting

CANARY = "cAnArY"
"""In every value, key and header that a producer wrote, and in nothing that Assay writes."""
CALL_S = 15.0
MAX_BYTES = 4_096
FLOWS = """
  - property: assay.dedup
    value: PT1H
  - property: assay.rules
    value: [{id: below, expr: 'amount < 100'}]
  - property: assay.recovery
    value:
      flows:
        - {id: text, when: {reason: schema, path: /amount, rule: type}, steps: [{cast: {amount: integer}}]}
        - {id: note, run: on-request, when: {reason: rule}, steps: [{set: {note: none}}]}
team:"""
KINDS = (run_pb2.RUN_KIND_RECOVER, run_pb2.RUN_KIND_REPLAY, run_pb2.RUN_KIND_DISCARD)


class Spans(Sink):
    """Keeps every span as it came."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.kept: list[bytes] = []

    async def Export(self, request: ExportTraceServiceRequest, context: object) -> ExportTraceServiceResponse:  # noqa: N802 -- the name of the call
        self.kept.append(request.SerializeToString())
        return await super().Export(request, context)


def text_of(contract: str) -> bytes:
    text = contract_text(contract, maxRecordBytes=MAX_BYTES).decode()
    fields = "".join(
        f"      - {{name: {name}, logicalType: string, classification: restricted, logicalTypeOptions: {{{options}}}}}\n"
        for name, options in (("card", "pattern: '^[0-9]*$'"), ("note", "maxLength: 40"))
    )
    return text.replace("customProperties:\n", f"{fields}customProperties:\n", 1).replace("\nteam:", FLOWS, 1).encode()


def records(topic: str) -> Iterator[Outgoing]:
    """Records of every reason that an app can bring about, canaries all over them."""
    twice = str(uuid.uuid4()).encode()

    def sent(value: bytes | dict[str, object], *marks: tuple[str, bytes]) -> Outgoing:
        body = value if isinstance(value, bytes) else json.dumps({"id": f"{CANARY}-id", **value}).encode()
        theirs = (("card", f"{CANARY}-header".encode()), *marks)
        return Outgoing(topic, None, f"{CANARY}-key".encode(), body, theirs)

    yield sent({"amount": "12"})
    yield sent({"amount": f"{CANARY}-text"})
    yield sent({"amount": 1, "card": f"{CANARY}-card"})
    yield sent({"amount": 1, "note": f"{CANARY}-{'x' * 60}"})
    yield sent({"amount": 1, "unknown": f"{CANARY}-unknown"})
    yield sent({"amount": 1_000, "note": f"{CANARY}-rule"})
    yield sent(b'{"id": "%s' % CANARY.encode())
    yield sent(CANARY.encode())
    yield sent(b"\x00\x00\x00\x27\x0f" + CANARY.encode())
    yield sent({"amount": 1, "note": CANARY * MAX_BYTES})
    yield sent({"amount": 1}, (headers.VERSION, b"9.9.9"))
    yield sent({"amount": 1, "note": f"{CANARY}-1"}, (headers.EVENT_ID, twice))
    yield sent({"amount": 1, "note": f"{CANARY}-2"}, (headers.EVENT_ID, twice))


REASONS = {
    Reason.SCHEMA, Reason.RULE, Reason.MALFORMED, Reason.UNKNOWN_SCHEMA, Reason.TOO_LARGE, Reason.DUPLICATE,
}  # fmt: skip


def traces(found: bytes) -> list[str]:
    """The forms of a canary that the bytes hold: as it is, in hexadecimal, in base64 at each of its three beats."""
    plain = CANARY.encode()
    forms = {"as it is": plain, "reversed": plain[::-1], "hexadecimal": plain.hex().encode()}
    for beat in range(3):
        inner = base64.b64encode(b"\0" * beat + plain)
        forms[f"base64, beat {beat}"] = inner[-(-beat * 8 // 6) : -4]
    return [name for name, form in forms.items() if form in found or (form.upper() in found and name == "hexadecimal")]


async def told(recovery: Service, contract: Contract, letters: list[str]) -> dict[str, bytes]:
    """What every call answers, and every refusal says."""
    found: dict[str, bytes] = {}

    def keep(name: str, answer: Message) -> None:
        found[f"{name} {len(found)}"] = answer.SerializeToString()

    selection = run_pb2.Selection(contract=contract.id)
    caller = signing(Caller("ana", ""), "to see what is shown")
    async with grpc.aio.insecure_channel(recovery.address, interceptors=caller) as channel:
        stub = RecoveryServiceStub(channel)
        failures = await stub.ListFailures(pb.ListFailuresRequest(contract=contract.id), timeout=CALL_S)
        keep("ListFailures", failures)
        for failure in failures.failures:
            fingerprint = failure.fingerprint
            keep("GetFailure", await stub.GetFailure(pb.GetFailureRequest(fingerprint=fingerprint), timeout=CALL_S))
            proposing = pb.ProposeFlowsRequest(fingerprint=fingerprint)
            keep("ProposeFlows", await stub.ProposeFlows(proposing, timeout=CALL_S))
            marking = pb.MarkFailureRequest(fingerprint=fingerprint, known=True, note="seen")
            keep("MarkFailure", await stub.MarkFailure(marking, timeout=CALL_S))
        for place in letters:
            keep("GetDeadLetter", await stub.GetDeadLetter(pb.GetDeadLetterRequest(place=place), timeout=CALL_S))
        for flow in ("", "text", "note"):
            trying = pb.TryRecoveryRequest(selection=selection, flow=flow, examples=100)
            keep("TryRecovery", await stub.TryRecovery(trying, timeout=CALL_S))
        draft = "flows: [{id: d, when: {reason: schema}, steps: [{set: {note: short, card: '1'}}]}]"
        trying = pb.TryRecoveryRequest(selection=selection, draft=draft, examples=100)
        try:
            keep("TryRecovery of a draft", await stub.TryRecovery(trying, timeout=CALL_S))
        except grpc.aio.AioRpcError as error:
            found["TryRecovery of a draft, refused"] = repr(error).encode()
        value = json.dumps({"id": f"{CANARY}-edited", "amount": f"{CANARY}-edited"}).encode()
        edited = pb.StartRunRequest(
            id=str(uuid.uuid4()), kind=run_pb2.RUN_KIND_RESUBMIT, force=True, value=value,
            selection=run_pb2.Selection(contract=contract.id, places=letters[:1]),
        )  # fmt: skip
        runs = [edited]
        runs += [
            pb.StartRunRequest(id=str(uuid.uuid4()), kind=kind, force=kind == 1, selection=selection) for kind in KINDS
        ]
        for request in runs:
            keep("StartRun", await stub.StartRun(request, timeout=CALL_S))
            async for moved in stub.WatchRun(pb.WatchRunRequest(id=request.id), timeout=60):
                keep("WatchRun", moved)
        keep("ListRuns", await stub.ListRuns(pb.ListRunsRequest(contract=contract.id), timeout=CALL_S))
        keep("ListActions", await stub.ListActions(pb.ListActionsRequest(contract=contract.id), timeout=CALL_S))
    return found


async def tailed(recovery: Service, contract: Contract, kept: list[bytes]) -> None:
    """Keep what a tail tells, until cancelled."""
    async with grpc.aio.insecure_channel(recovery.address) as channel:
        asked = pb.TailDeadLettersRequest(selection=run_pb2.Selection(contract=contract.id))
        async for answer in RecoveryServiceStub(channel).TailDeadLetters(asked, timeout=240):
            kept += [answer.SerializeToString()]


async def on_topics(broker: Broker, *topics: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    async for chunk in scan(broker.bootstrap, topics):
        for record in chunk:
            found[str(headers.source_of(record))] = repr(record).encode() + (record.key or b"") + (record.value or b"")
    return found


def in_files(folder: Path, keys: Path) -> dict[str, bytes]:
    """Logs, stores and the outbox."""
    files = [path for path in folder.rglob("*") if path.is_file() and path != keys]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.timeout(600)
async def test_canaries_of_a_classified_contract_are_nowhere_but_on_its_own_topics(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOG_LEVEL, "debug")
    keys = tmp_path / "keys.json"
    KeyFile.create(keys)
    async with collecting(Spans) as spans:
        assert isinstance(spans, Spans)
        monkeypatch.setenv(OTLP_ENDPOINT, f"http://{spans.address}")
        async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path / 'registry.db'}") as registry:
            contract = await in_force(registry.address, durable_broker.bootstrap, text_of(unique("canaries")))
            assert contract.topics.raw_app is not None
            shared = {"broker": durable_broker.bootstrap, "registry": registry.address}
            outbox = tmp_path / "outbox.ndjson"
            async with (
                running("validation", data=tmp_path, **shared, keys=str(keys)),
                running(
                    "recovery", data=tmp_path, **shared, keys=str(keys), store=f"sqlite:///{tmp_path / 'recovery.db'}"
                ) as recovery,
                running(
                    "alerts", data=tmp_path, **shared, outbox=str(outbox), store=f"sqlite:///{tmp_path / 'alerts.db'}"
                ),
            ):
                told_on: list[bytes] = []

                async def is_told_of() -> bool:
                    return outbox.exists() and outbox.stat().st_size > 0

                async with asyncio.TaskGroup() as group:
                    tail = group.create_task(tailed(recovery, contract, told_on))
                    sent = [*records(contract.topics.raw_app)]
                    async with Publisher(durable_broker.bootstrap) as publisher:
                        await publisher.publish(sent)
                    outcome = await settled(durable_broker.bootstrap, contract, len(sent))
                    assert {Reason(each) for each in outcome.reasons} == REASONS
                    await eventually(is_told_of, within_s=60)  # before it is discarded: what is over soon is never told
                    letters = [*await on_topics(durable_broker, contract.topics.dead_letters)]
                    answers = await told(recovery, contract, letters)
                    tail.cancel()
                assert told_on
    found = {f"tail {number}": each for number, each in enumerate(told_on)} | answers
    found |= {f"span batch {number}": each for number, each in enumerate(spans.kept)}
    topics = contract.topics
    found |= await on_topics(durable_broker, AUDIT, BREACHES, PANES, topics.dead_letters, topics.settled)
    found |= in_files(tmp_path, keys)
    assert spans.spans
    assert {name: forms for name, each in found.items() if (forms := traces(each))} == {}


def test_a_canary_is_seen_in_every_form() -> None:
    plain = CANARY.encode()
    hidden = [plain, plain[::-1], plain.hex().encode(), plain.hex().upper().encode()]
    hidden += [base64.b64encode(b"x" * beat + plain + b"yy") for beat in range(3)]

    assert [form for form in hidden if not traces(form)] == []
    assert traces(b"canary") == []
