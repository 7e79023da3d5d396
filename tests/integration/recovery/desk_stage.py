"""A platform with dead letters and a recovery service to call: what the tests of its face share."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import grpc
from google.rpc import error_details_pb2, status_pb2

from assay.api.recovery.v1 import recovery_pb2 as pb
from assay.api.recovery.v1 import run_pb2
from assay.api.recovery.v1.recovery_pb2_grpc import RecoveryServiceStub
from assay.contracts import Contract
from assay.streaming import Outgoing, Publisher
from assay.streaming.keys import KeyFile
from assay.testkit import Broker, Service, eventually, running
from assay.testkit.outcome import in_force, settled

__all__ = ["CALL_S", "SIGNED", "Stage", "recovering", "refusal_of"]

CALL_S = 30.0
SIGNED = (("assay-actor-bin", b"ana"), ("assay-reason-bin", b"the shop sends text"), ("assay-commit-bin", b"0123abc"))


@dataclass(frozen=True)
class Stage:
    """One contract whose records are judged, and a recovery service."""

    broker: Broker
    registry: Service
    contract: Contract
    recovery: Service
    stub: RecoveryServiceStub

    async def send(self, rows: Sequence[object], key: bytes = b"k") -> None:
        """Write records to the raw topic."""
        assert self.contract.topics.raw_app is not None
        values = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
        async with Publisher(self.broker.bootstrap) as publisher:
            await publisher.publish([Outgoing(self.contract.topics.raw_app, 0, key, value) for value in values])

    async def failures(self, dead_letters: int) -> list[pb.Failure]:
        """The failures, once so many dead letters are in the index."""

        async def ask() -> list[pb.Failure]:
            request = pb.ListFailuresRequest(contract=self.contract.id)
            found = list((await self.stub.ListFailures(request, timeout=CALL_S)).failures)
            return found if sum(each.dead_letters for each in found) >= dead_letters else []

        return await eventually(ask, within_s=60)

    async def failure(self, dead_letters: int) -> pb.Failure:
        """The one failure with its samples, once so many dead letters are in the index."""
        (found,) = await self.failures(dead_letters)
        request = pb.GetFailureRequest(fingerprint=found.fingerprint)
        return (await self.stub.GetFailure(request, timeout=CALL_S)).failure

    async def start(self, kind: int, **said: Any) -> pb.StartRunResponse:
        """Start a run over the contract's dead letters; `places` and what else a selection has go into that."""
        names = {field.name for field in run_pb2.Selection.DESCRIPTOR.fields}
        selected = {name: value for name, value in said.items() if name in names}
        selection = run_pb2.Selection(**{"contract": self.contract.id, **selected})
        rest = {"id": str(uuid.uuid4())} | {name: value for name, value in said.items() if name not in names}
        request = pb.StartRunRequest(selection=selection, **rest)
        request.kind = kind  # type: ignore[assignment]  # numbers that are no kind are what some tests are about
        return await self.stub.StartRun(request, timeout=CALL_S, metadata=SIGNED)

    async def ended(self, run: str) -> run_pb2.Run:
        """The run once it has ended, as it is watched."""
        told = [each.run async for each in self.stub.WatchRun(pb.WatchRunRequest(id=run), timeout=60)]
        return told[-1]


@contextlib.asynccontextmanager
async def recovering(
    broker: Broker, text: bytes, data: Path, rows: Sequence[object] = (), *, has_keys: bool = True
) -> AsyncIterator[Stage]:
    """A registry, a validator and a recovery service on a contract, and records that are judged already."""
    keys = data / "keys.json"
    KeyFile.create(keys)
    own = {"keys": str(keys)} if has_keys else {}
    async with running("registry", data=data, store=f"sqlite:///{data / 'registry.db'}") as registry:
        contract = await in_force(registry.address, broker.bootstrap, text)
        settings = {"broker": broker.bootstrap, "registry": registry.address}
        async with (
            running("validation", data=data, keys=str(keys), **settings),
            running("recovery", data=data, store=f"sqlite:///{data / 'recovery.db'}", **own, **settings) as recovery,
            grpc.aio.insecure_channel(recovery.address) as channel,
        ):
            stage = Stage(broker, registry, contract, recovery, RecoveryServiceStub(channel))
            if rows:
                await stage.send(rows)
                await settled(broker.bootstrap, contract, len(rows))
            yield stage


def refusal_of(error: grpc.aio.AioRpcError) -> tuple[grpc.StatusCode, str]:
    """The code of a refused call, and the reason of its google.rpc.ErrorInfo."""
    info = error_details_pb2.ErrorInfo()
    pairs = cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata())  # the stubs name another class
    for packed in (value for key, value in pairs if key == "grpc-status-details-bin" and isinstance(value, bytes)):
        status_pb2.Status.FromString(packed).details[0].Unpack(info)
    return error.code(), info.reason
