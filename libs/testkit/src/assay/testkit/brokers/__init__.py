"""A Kafka broker for a laptop or a test run, as a child process or somebody else's."""

from __future__ import annotations

from assay.testkit.brokers.broker import Broker, Kind
from assay.testkit.brokers.choice import open_broker

__all__ = ["Broker", "Kind", "open_broker"]
