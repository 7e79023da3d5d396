"""The services that a play of histories runs on, the calls that people make to them, and what strikes them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import grpc

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.api.recovery.v1.recovery_pb2_grpc import RecoveryServiceStub
from assay.cli.caller import Caller, signing
from assay.contracts import Contract
from assay.runtime.failpoint import VARIABLE as FAILPOINTS
from assay.streaming import Outgoing, Publisher, headers
from assay.streaming.keys import KeyFile
from assay.testkit import Broker, ChildDiedError, Service, eventually, running
from assay.testkit.builders import contract_text
from assay.testkit.outcome import in_force
from tests.integration.recovery.histories_model import MAPPED, MAX_ATTEMPTS, Features, Ill, value_of
from tests.integration.recovery.histories_plot import Blow

__all__ = ["Stage", "staged"]

SESSION_S = 6.0
CALL_S = 5.0
PATIENCE_S = 60.0
POINT_S = 10.0
AGAIN = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
)
"""Answers after which the same call is made again: nobody is there, nobody answered, who did was stopped, or too many ask at once."""
HELD = "database is locked; end the process that holds it"
ENDED = (run_pb2.RUN_STATE_CANCELLED, run_pb2.RUN_STATE_DONE)
OPERATOR = Caller("someone", "")
T = TypeVar("T")

TEXT_FLOW = """{
  id: text, when: {reason: schema, path: /amount, rule: type, condition: 'amount != "many"'}, steps: [{cast: {amount: integer}}]}"""
WORD_FLOW = f"""{{
  id: word, run: on-request,
  when: {{reason: schema, path: /amount, rule: type, condition: 'amount == "many"'}}, steps: [{{set: {{amount: {MAPPED}}}}}]}}"""


def text_of(contract: str, number: int, features: Features) -> bytes:
    """The contract of one chapter."""
    flows = [flow for flow, is_there in ((TEXT_FLOW, features.casts), (WORD_FLOW, features.maps)) if is_there]
    recovery = f"{{property: assay.recovery, value: {{maxAttempts: {MAX_ATTEMPTS}, flows: [{', '.join(flows)}]}}}}"
    minimum = -100 if features.is_lower else 0
    text = contract_text(contract, version=f"1.{number}.0").decode()
    text = text.replace("logicalType: integer}", f"logicalType: integer, logicalTypeOptions: {{minimum: {minimum}}}}}")
    return text.replace("\nteam:", f"\n  - {recovery}\nteam:").encode()


@dataclass(slots=True)
class Stage:
    """One contract, one validation, one recovery, and a second one while the first is frozen."""

    broker: Broker
    registry: Service
    validation: Service
    recovery: Service
    stand_in: Service
    store: Path
    contract: Contract
    version: int = 0
    _channels: list[grpc.aio.Channel] = field(default_factory=list)

    async def change(self, features: Features) -> None:
        """Put another version of the contract in force."""
        self.version += 1
        text = text_of(self.contract.id, self.version, features)
        self.contract = await in_force(self.registry.address, self.broker.bootstrap, text)

    async def adopted(self) -> None:
        """Return once both services know the version in force."""
        words = f'"version": "{self.contract.version}"'
        for service in (self.validation, self.recovery):
            await service.says(words)

    async def bear(self, born: Collection[tuple[int, Ill]]) -> None:
        """Write new records, each under a key of its own."""
        topic = self.contract.topics.raw_app
        assert topic is not None
        records = [
            Outgoing(topic, None, b"h%d" % number, value_of(number, ill), ((headers.EVENT_ID, b"e%d" % number),))
            for number, ill in born
        ]
        async with Publisher(self.broker.bootstrap) as publisher:
            await publisher.publish(records)

    async def call(self, ask: Callable[[RecoveryServiceStub], Awaitable[T]]) -> T:
        """Ask whoever answers, as often as it takes: each call may be made twice."""

        async def answer() -> tuple[T] | None:
            for service in (self.recovery, self.stand_in):
                channel = grpc.aio.insecure_channel(service.address, interceptors=signing(OPERATOR, "a history"))
                async with channel:
                    try:
                        return (await ask(RecoveryServiceStub(channel)),)
                    except grpc.aio.AioRpcError as error:
                        if error.code() not in AGAIN:
                            raise
            return None

        found = await eventually(answer, within_s=PATIENCE_S)
        assert found is not None
        return found[0]

    async def start_run(self, request: pb.StartRunRequest) -> bool:
        """Start a run; whether it was taken: the contract that recovery knows may not have the flow."""
        try:
            await self.call(lambda stub: stub.StartRun(request, timeout=CALL_S))
        except grpc.aio.AioRpcError as error:
            _expect_refused(error)
            return False
        return True

    async def change_run(self, run: str, change: run_pb2.RunChange.ValueType) -> None:
        """Pause, resume or cancel a run, if it has not ended."""
        request = pb.ChangeRunRequest(id=run, change=change)
        try:
            await self.call(lambda stub: stub.ChangeRun(request, timeout=CALL_S))
        except grpc.aio.AioRpcError as error:
            _expect_refused(error)

    async def open_runs(self) -> list[str]:
        """Runs of the contract that have not ended."""
        request = pb.ListRunsRequest(contract=self.contract.id, limit=10_000)
        answer = await self.call(lambda stub: stub.ListRuns(request, timeout=CALL_S))
        return [run.id for run in answer.runs if run.state not in ENDED]

    async def failures(self) -> list[pb.Failure]:
        """What the index says of the contract."""
        request = pb.ListFailuresRequest(contract=self.contract.id, limit=10_000)
        answer = await self.call(lambda stub: stub.ListFailures(request, timeout=CALL_S))
        return list(answer.failures)

    async def strike(self, blow: Blow | None, point: str) -> None:
        """Do it, and have everyone up again."""
        match blow:
            case Blow.RECOVERY:
                await self._again(self.recovery)
            case Blow.VALIDATION:
                await self._again(self.validation)
            case Blow.BOTH:
                await self.validation.kill()
                await self._again(self.recovery)
                await self._again(self.validation)
            case Blow.POINT:
                await self._die_at(point)
            case Blow.ZOMBIE:
                await self._replace_and_wake()
            case Blow.INDEX:
                await self.drop_index()
            case None:
                pass

    async def drop_index(self) -> None:
        """Kill recovery and take its store away."""
        await self.recovery.kill()
        for path in self.store.parent.glob(f"{self.store.name}*"):
            path.unlink()
        await self._again(self.recovery)

    async def _again(self, service: Service) -> None:
        await service.kill()
        service.start()
        await service.ready()

    async def _die_at(self, point: str) -> None:
        """Have recovery die at a point; where nothing brings it there in time, it is killed."""
        await self.recovery.kill()
        self.recovery.start({FAILPOINTS: f"{point}:2"})

        async def has_died() -> bool:
            return not self.recovery.is_running

        with contextlib.suppress(TimeoutError):
            await eventually(has_died, within_s=POINT_S)
        await self._again(self.recovery)

    async def _replace_and_wake(self) -> None:
        self.recovery.pause()
        before = self.stand_in.said("partitions.assigned")
        self.stand_in.start()
        try:
            await self.stand_in.says("partitions.assigned", times=before + 2)
        except ChildDiedError as error:
            if HELD not in str(error):
                raise  # else it was frozen with SQLite's one lock: nobody takes its place before it wakes
        self.recovery.resume()
        await self.recovery.ready()
        await self.stand_in.stop()


def _expect_refused(error: grpc.aio.AioRpcError) -> None:
    if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:
        raise error


@contextlib.asynccontextmanager
async def staged(broker: Broker, contract_id: str, data: Path) -> AsyncIterator[Stage]:
    """The services, serving, with the first version of the contract in force.

    Their names in the group are of this play: who comes back under a name gets the topics of who bore it before.
    """
    keys, store = data / "keys.json", data / "index" / "recovery.db"
    KeyFile.create(keys)
    store.parent.mkdir()
    shared = {"broker": broker.bootstrap, "keys": str(keys), "session_s": f"{SESSION_S:g}"}
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, text_of(contract_id, 0, Features()))
        shared |= {"registry": registry.address}
        recovering = shared | {"store": f"sqlite:///{store}", "chunk_records": "20"}
        async with (
            running("validation", data=data, **shared, member=f"v-{contract_id}", chunk_records="50") as validation,
            running("recovery", data=data / "first", **recovering, member=f"r-{contract_id}") as recovery,
            running(
                "recovery", data=data / "second", **recovering, member=f"s-{contract_id}", failpoints="none"
            ) as stand_in,
        ):
            await stand_in.kill()
            yield Stage(broker, registry, validation, recovery, stand_in, store, contract)
