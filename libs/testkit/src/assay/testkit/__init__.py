"""Brokers and services as child processes, and the platform of them all, for tests and for a laptop."""

from __future__ import annotations

from assay.testkit.brokers import Broker, open_broker
from assay.testkit.errors import BrokerUnavailableError, ChildDiedError, NotReadyError, PortInUseError, TestkitError
from assay.testkit.platform import Event, Layout, Platform
from assay.testkit.processes import Child
from assay.testkit.services import Service, running
from assay.testkit.waiting import eventually
from assay.testkit.workspace import Workspace, load_workspace

__all__ = [
    "Broker",
    "BrokerUnavailableError",
    "Child",
    "ChildDiedError",
    "Event",
    "Layout",
    "NotReadyError",
    "Platform",
    "PortInUseError",
    "Service",
    "TestkitError",
    "Workspace",
    "eventually",
    "load_workspace",
    "open_broker",
    "running",
]
