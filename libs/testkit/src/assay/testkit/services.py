"""One service of Assay as a child process, waited for by gRPC health."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from assay.runtime.failpoint import VARIABLE as FAILPOINTS
from assay.streaming.keys import KeyFile
from assay.testkit.ports import free_ports
from assay.testkit.processes import Child

__all__ = ["Service", "is_serving", "running", "variable"]

_READY_S = 60.0
_CALL_S = 2.0
_SERVING = health_pb2.HealthCheckResponse.SERVING


class Service(Child):
    """`python -m MODULE` with the environment that a service of that name reads.

    `http` is where the registry serves REST; no other service listens there.
    """

    def __init__(
        self,
        name: str,
        *,
        log: Path,
        grpc_port: int,
        metrics_port: int,
        http_port: int | None = None,
        module: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.address = f"127.0.0.1:{grpc_port}"
        self.metrics = f"127.0.0.1:{metrics_port}"
        self.http = f"127.0.0.1:{http_port}" if http_port is not None else ""
        listens = {"grpc": self.address, "metrics": self.metrics} | ({"http": self.http} if self.http else {})
        command = [sys.executable, "-m", module or f"assay.{name}"]
        super().__init__(
            name,
            command,
            log=log,
            env={**(env or {}), **{variable(name, face): address for face, address in listens.items()}},
        )

    async def ready(self, within_s: float = _READY_S) -> None:
        """Wait until its health is SERVING.

        Raises:
            ChildDiedError: it ended first, with the tail of its log.
            NotReadyError: it was not serving after `within_s`.
        """
        await self.ready_when(lambda: is_serving(self.address), within_s)

    async def restart(self, env: Mapping[str, str] | None = None) -> None:
        """Stop it if it lives, start it with more environment for this start, wait until it serves."""
        await self.stop()
        self.start(env)
        await self.ready()


def variable(service: str, setting: str) -> str:
    """The environment variable of a setting: `ASSAY_VALIDATION_BROKER`."""
    return f"ASSAY_{service}_{setting}".upper()


async def is_serving(address: str) -> bool:
    """Whether the health of the whole server at the address is SERVING."""
    if not await _listens(address):
        return False
    async with grpc.aio.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await health.Check(health_pb2.HealthCheckRequest(service=""), timeout=_CALL_S)
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == _SERVING)


async def _listens(address: str) -> bool:
    """A channel to a port that nobody listens on yet costs more than the question is worth."""
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(_CALL_S):
            _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


@contextlib.asynccontextmanager
async def running(
    name: str, *, data: Path | None = None, module: str | None = None, failpoints: str = "", **settings: str
) -> AsyncIterator[Service]:
    """The service on free ports, serving; `settings` become `ASSAY_<NAME>_<SETTING>`; stopped on exit.

    With `failpoints` (as `ASSAY_FAILPOINTS`) it is started and not waited for: it may die before it serves.

    Its log is `<name>.log` in `data`, by default a folder that is removed on exit. An end that nobody asked
    for raises ChildDiedError on exit. One that needs keys and is told of none gets a key file of its own.
    """
    with tempfile.TemporaryDirectory(prefix="assay-") as scratch:
        grpc_port, metrics_port, http_port = free_ports(3)
        if name == "validation" and "keys" not in settings:
            settings["keys"] = str(Path(scratch) / "keys.json")
            KeyFile.create(Path(scratch) / "keys.json")
        env = {variable(name, setting): value for setting, value in settings.items()}
        if failpoints:
            env[FAILPOINTS] = failpoints
        log = (data or Path(scratch)) / f"{name}.log"
        ports = {"grpc_port": grpc_port, "metrics_port": metrics_port, "http_port": http_port}
        service = Service(name, log=log, module=module, env=env, **ports)
        async with service:
            if not failpoints:
                await service.ready()
            yield service
