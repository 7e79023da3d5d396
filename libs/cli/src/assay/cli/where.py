"""Where a running Assay is: what `assay up` wrote down, else the ports of the map."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.testkit import Layout, Workspace

__all__ = ["Running", "address_of", "broker_of", "home", "keys_of", "lake_of", "running_here", "typed"]

_FILE = "running.json"
_BROKER = "127.0.0.1:9092"


@dataclass(frozen=True, slots=True)
class Running:
    """One `assay up`: its process, its broker, its data, and the gRPC address of each service."""

    pid: int
    broker: str
    data: str
    services: dict[str, str]

    def write(self, folder: Path) -> None:
        """Write it down for other commands."""
        facts = {"pid": self.pid, "broker": self.broker, "data": self.data, "services": self.services}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(json.dumps(facts))

    @staticmethod
    def forget(folder: Path) -> None:
        """Take the note away."""
        (folder / _FILE).unlink(missing_ok=True)


def home(workspace: Workspace | None = None) -> Path:
    """The folder in which this clone keeps what runs and what the demo left."""
    return (workspace or _workspace()).path.parent / ".assay"


def typed(arguments: str) -> str:
    """The command as it is typed here: with uv, where uv runs this one."""
    return f"{'uv run assay' if 'UV' in os.environ else 'assay'} {arguments}"


def running_here() -> Running | None:
    """The `assay up` of this clone, if its process still lives."""
    try:
        found = Running(**json.loads((home() / _FILE).read_text()))
        os.kill(found.pid, 0)
    except (OSError, ValueError, TypeError):
        return None
    return found


def broker_of(chosen: str | None) -> str:
    """The broker that was named, else that of the running `assay up`, else Kafka's usual address."""
    if chosen:
        return chosen
    running = running_here()
    return running.broker if running else _BROKER


def address_of(service: str, chosen: str | None) -> str:
    """The address that was named, else that of the running `assay up`, else the port of the map."""
    if chosen:
        return chosen
    running = running_here()
    if running and service in running.services:
        return running.services[service]
    return f"127.0.0.1:{_workspace().service(service).grpc_port}"


def lake_of(chosen: Path | None) -> Path | None:
    """The lake that was named, else that of the running `assay up`, else none."""
    if chosen is not None:
        return chosen
    running = running_here()
    return _layout(running).lake if running else None


def keys_of(chosen: Path | None) -> Path | None:
    """The key file that was named, else that of the running `assay up`, else none."""
    if chosen is not None:
        return chosen
    running = running_here()
    return _layout(running).keys if running else None


def _workspace() -> Workspace:
    from assay.testkit import load_workspace  # it brings brokers and more, which who names addresses need not wait for

    return load_workspace()


def _layout(running: Running) -> Layout:
    from assay.testkit import Layout

    return Layout(Path(running.data))
