"""The platform: starts a map in order of need, says whose fault it is, and stops in reverse order."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from assay.testkit import Broker, ChildDiedError, Event, Platform, PortInUseError, Workspace, load_workspace, running
from assay.testkit.ports import free_ports

SERVICE = """
import os, sys
from pydantic_settings import SettingsConfigDict
from assay.runtime import GrpcServer, ServiceConfig, StartError, Stop, main
NAME = sys.argv[0].rsplit("/", 1)[-1].removesuffix(".py")

class Config(ServiceConfig):
    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix=f"ASSAY_{NAME}_")

async def run(config: Config, stop: Stop) -> None:
    if os.environ.get("REFUSES") == NAME:
        raise StartError("the store is from a newer version; upgrade Assay")
    async with GrpcServer(config.grpc, [], []) as server:
        await server.ready()
        await stop.wait()

main(NAME, Config, run)
"""
BROKER = Broker("external", "127.0.0.1:1")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A map of three small services on ports of its own."""
    ports = free_ports(6)
    needs = {"registry": "[]", "door": '["broker", "registry"]', "judge": '["broker", "registry"]'}
    text = "[topics]\n"
    for number, (name, need) in enumerate(needs.items()):
        (tmp_path / f"{name}.py").write_text(SERVICE)
        text += (
            f'[services.{name}]\nsummary = "Is {name}."\nmodule = "{name}"\ngrpc = {ports[2 * number]}\n'
            f"metrics = {ports[2 * number + 1]}\nneeds = {need}\nreads = []\nwrites = []\n"
        )
    (tmp_path / "workspace.toml").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return load_workspace(tmp_path / "workspace.toml")


async def test_services_serve_in_order_of_need_and_stop_in_reverse(workspace: Workspace, tmp_path: Path) -> None:
    events: list[Event] = []
    async with Platform(workspace, BROKER, tmp_path / "data", on_event=events.append):
        pass
    serving = [event.service for event in events if event.state == "serving"]
    stopped = [event.service for event in events if event.state == "stopped"]
    assert (serving[0], set(serving[1:])) == ("registry", {"door", "judge"})
    assert (set(stopped[:2]), stopped[2]) == ({"door", "judge"}, "registry")


async def test_ports_of_the_map_are_used_when_asked_for(workspace: Workspace, tmp_path: Path) -> None:
    async with Platform(workspace, BROKER, tmp_path / "data", ports="map") as platform:
        assert platform.address("door") == f"127.0.0.1:{workspace.service('door').grpc_port}"


async def test_port_in_use_is_named_and_nothing_is_started(workspace: Workspace, tmp_path: Path) -> None:
    port = workspace.service("judge").grpc_port
    platform = Platform(workspace, BROKER, tmp_path / "data", ports="map")
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(PortInUseError, match=f"port {port} of judge is in use"),
    ):
        await platform.__aenter__()
    assert not (tmp_path / "data" / "logs").exists()


async def test_service_that_refuses_to_start_is_heard_in_its_own_words(workspace: Workspace, tmp_path: Path) -> None:
    platform = Platform(workspace, BROKER, tmp_path / "data", env={"REFUSES": "judge"})
    with pytest.raises(ChildDiedError, match="the store is from a newer version; upgrade Assay"):
        await platform.__aenter__()
    assert not platform.child("registry").is_running


async def test_watch_tells_of_a_service_that_died(workspace: Workspace, tmp_path: Path) -> None:
    async with Platform(workspace, BROKER, tmp_path / "data") as platform, asyncio.timeout(20):
        os.kill(platform.child("door").pid, signal.SIGKILL)
        with pytest.raises(ChildDiedError, match="door ended with exit code -9"):
            await platform.watch()
        await platform.child("door").ended()


async def test_killed_service_serves_again_on_its_address(workspace: Workspace, tmp_path: Path) -> None:
    async with Platform(workspace, BROKER, tmp_path / "data") as platform:
        before = platform.address("door")
        await platform.child("door").kill()
        await platform.child("door").restart()
        assert platform.child("door").is_running
        assert platform.address("door") == before


async def test_one_service_runs_alone(workspace: Workspace) -> None:
    async with running("registry", module="registry", store="sqlite://") as service:
        assert service.exit_code is None
    assert service.exit_code == 0
