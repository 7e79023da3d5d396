"""The map of the running system, as workspace.toml draws it: who runs, where, after whom."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from assay.testkit.errors import WorkspaceError

__all__ = ["BROKER", "ServiceEntry", "TopicEntry", "Workspace", "find_upwards", "load_workspace"]

BROKER = "broker"
"""What a service writes among its needs when it needs a broker; it is no service of the map."""


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One service of the map."""

    name: str
    module: str
    grpc_port: int
    metrics_port: int
    http_port: int | None
    needs: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class TopicEntry:
    """One topic, or one kind of topic that every contract has."""

    name: str
    owner: str
    summary: str
    is_external: bool
    is_compacted: bool


@dataclass(frozen=True, slots=True)
class Workspace:
    """The map: services in order of need, and topics."""

    path: Path
    services: tuple[ServiceEntry, ...]
    topics: tuple[TopicEntry, ...]

    def service(self, name: str) -> ServiceEntry:
        """The service of that name.

        Raises:
            WorkspaceError: the map has none.
        """
        for entry in self.services:
            if entry.name == name:
                return entry
        raise WorkspaceError(self.path, f"no service {name!r}; there are {', '.join(e.name for e in self.services)}")

    def waves(self) -> list[tuple[ServiceEntry, ...]]:
        """The services in groups: each group needs only what stands in the groups before it."""
        sorter = _sorter(self.services)
        waves = []
        while sorter.is_active():
            ready = set(sorter.get_ready())
            waves.append(tuple(entry for entry in self.services if entry.name in ready))
            sorter.done(*ready)
        return waves


def load_workspace(path: Path | None = None) -> Workspace:
    """The map in the file, or in the nearest workspace.toml upwards from here.

    Raises:
        WorkspaceError: there is none, or it names a need or topic that is not there, or needs go in a circle.
    """
    path = path or find_upwards("workspace.toml")
    if path is None:
        raise WorkspaceError(Path("workspace.toml"), "not found here or above; run from a clone of Assay")
    try:
        text = tomllib.loads(path.read_text())
        services = tuple(_service(name, table) for name, table in text["services"].items())
        topics = tuple(_topic(name, table) for name, table in text["topics"].items())
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise WorkspaceError(path, str(error)) from error
    except KeyError as error:
        raise WorkspaceError(path, f"{error.args[0]!r} is missing") from error
    workspace = Workspace(path, services, topics)
    _check_names(workspace)
    return Workspace(path, _in_order(workspace), topics)


def find_upwards(name: str) -> Path | None:
    """The nearest file of that name in this folder or above, else above this package."""
    for start in (Path.cwd(), Path(__file__).parent):
        for folder in (start, *start.parents):
            if (folder / name).is_file():
                return folder / name
    return None


def _service(name: str, table: Mapping[str, Any]) -> ServiceEntry:
    try:
        return ServiceEntry(
            name=name,
            module=table["module"],
            grpc_port=table["grpc"],
            metrics_port=table["metrics"],
            http_port=table.get("http"),
            needs=tuple(table["needs"]),
            reads=tuple(table["reads"]),
            writes=tuple(table["writes"]),
            summary=table["summary"],
        )
    except KeyError as error:
        raise KeyError(f"services.{name}.{error.args[0]}") from error


def _topic(name: str, table: Mapping[str, Any]) -> TopicEntry:
    try:
        return TopicEntry(
            name=name,
            owner=table["owner"],
            summary=table["summary"],
            is_external=table.get("external", False),
            is_compacted=table.get("compacted", False),
        )
    except KeyError as error:
        raise KeyError(f"topics.{name}.{error.args[0]}") from error


def _check_names(workspace: Workspace) -> None:
    services = {BROKER, *(entry.name for entry in workspace.services)}
    topics = {entry.name for entry in workspace.topics}
    for entry in workspace.services:
        for need in entry.needs:
            if need not in services:
                raise WorkspaceError(workspace.path, f"{entry.name} needs {need!r}, which is no service")
        for topic in (*entry.reads, *entry.writes):
            if topic not in topics:
                raise WorkspaceError(workspace.path, f"{entry.name} names topic {topic!r}, which is not in the map")


def _in_order(workspace: Workspace) -> tuple[ServiceEntry, ...]:
    try:
        return tuple(entry for wave in workspace.waves() for entry in wave)
    except CycleError as error:
        circle = " needs ".join(reversed(error.args[1]))
        raise WorkspaceError(workspace.path, f"the needs go in a circle: {circle}") from error


def _sorter(services: tuple[ServiceEntry, ...]) -> TopologicalSorter[str]:
    needs = {entry.name: [need for need in entry.needs if need != BROKER] for entry in services}
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    return sorter
