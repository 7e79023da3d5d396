"""A real Apache Kafka of one node (KRaft) as a child process."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from assay.testkit.brokers.broker import Broker, launched
from assay.testkit.brokers.maven import cached_jars, fetch_jars
from assay.testkit.errors import BrokerUnavailableError, ChildDiedError
from assay.testkit.processes import Child
from assay.testkit.workspace import find_upwards

__all__ = ["Detour", "kafka_broker", "server_properties"]

_JAVA_AT_LEAST = 17
_CLUSTER_ID = "YXNzYXktb25lLW5vZGUtMQ"
# Measured on two cores: 2.0 s from start to first answer with both, 3.0 s with neither.
_SHORT_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True, slots=True)
class Detour:
    """A second way to the broker: it listens on one port and tells who comes there to come to the other."""

    listens: int
    advertised: int


@contextlib.asynccontextmanager
async def kafka_broker(data: Path, say: Callable[[str], None], detour: Detour | None = None) -> AsyncIterator[Broker]:
    """Apache Kafka on a free port, with its data in the folder; its jars are fetched on first use.

    Raises:
        BrokerUnavailableError: no Java 17, no jars and no way to fetch them, with the reason.
        ChildDiedError, NotReadyError: it did not start, with the tail of its log.
    """
    setup = _setup_folder()
    java = _java()
    jars = cached_jars(setup / "pom.xml") or await fetch_jars(setup / "pom.xml", say)

    def jvm(name: str, *command: str) -> Child:
        options = ["-Xmx512m", *_SHORT_START, f"-Dlog4j2.configurationFile={(setup / 'log4j2.xml').as_uri()}"]
        return Child(name, [java, *options, "-cp", f"{jars}/*", *command], log=data / "broker.log")

    async def recipe(port: int, controller_port: int) -> Child:
        properties = _written(data, server_properties(data / "log", port, controller_port, detour))
        if not _is_formatted(data):
            await _format(jvm("kafka format", "kafka.tools.StorageTool", *_format_arguments(properties)))
        return jvm("kafka", "kafka.Kafka", str(properties))

    async with launched("kafka", recipe) as broker:
        yield broker


def server_properties(data: Path, port: int, controller_port: int, detour: Detour | None = None) -> str:
    """The settings of a node that is its own controller, listens on loopback and makes no topic unasked.

    A node killed hard may come back once its session is over: 4 s in place of 9.
    """
    second = f",DETOUR://127.0.0.1:{detour.listens}" if detour else ""
    told = f",DETOUR://127.0.0.1:{detour.advertised}" if detour else ""
    return f"""\
process.roles=broker,controller
node.id=1
listeners=BROKER://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}{second}
advertised.listeners=BROKER://127.0.0.1:{port}{told}
controller.listener.names=CONTROLLER
inter.broker.listener.name=BROKER
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,DETOUR:PLAINTEXT
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
log.dirs={data}
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=5
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


def _setup_folder() -> Path:
    pom = find_upwards("deploy/kafka/pom.xml")
    if pom is None:
        raise BrokerUnavailableError("kafka", "deploy/kafka/pom.xml is not here; run from a clone of Assay")
    return pom.parent


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None) or shutil.which("java")
    if java is None:
        raise BrokerUnavailableError("kafka", "Java is not installed; version 17 or later is needed")
    asked = [java, "-version"]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False).stderr  # noqa: S603 -- ours
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if found is None or int(found[1]) < _JAVA_AT_LEAST:
        first = said.strip().partition("\n")[0]
        raise BrokerUnavailableError("kafka", f"Java {_JAVA_AT_LEAST} or later is needed; {java} is {first or 'mute'}")
    return java


def _written(data: Path, properties: str) -> Path:
    data.mkdir(parents=True, exist_ok=True)
    path = data / "server.properties"
    path.write_text(properties)
    return path


def _is_formatted(data: Path) -> bool:
    return (data / "log" / "meta.properties").exists()


def _format_arguments(properties: Path) -> list[str]:
    return ["format", "--standalone", "-t", _CLUSTER_ID, "-c", str(properties)]


async def _format(child: Child) -> None:
    child.start()
    try:
        code = await child.ended()
    finally:
        await child.stop()
    if code != 0:
        raise ChildDiedError(child.name, code or 0, child.tail())
