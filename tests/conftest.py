"""What all tests share: one broker a process, names of their own, and a true account of what was not proved."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from assay.testkit import Broker, BrokerUnavailableError, open_broker
from assay.testkit.ports import PORTS, part_of_ports

# A machine that runs other things too may pause any example; what is slow shows in the time of the whole run.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

NOT_PROVED = "NOT PROVED: "
"""How the reason of a skip begins when a claim could not be tested here."""

_IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


def pytest_configure() -> None:
    """Give each process of a run ports of its own: a port whose owner is being restarted looks free to the other."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        count = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
        os.environ[PORTS] = part_of_ports(int(worker.removeprefix("gw")), count)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Broker]:
    """The broker of this process: Apache Kafka, which CI insists on; elsewhere the development broker stands in."""
    choice = os.environ.get("ASSAY_TEST_BROKER") or ("kafka" if _IN_CI else "auto")
    yield from _opened(choice, tmp_path_factory.mktemp("broker"), pytestconfig)


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Broker]:
    """The development broker."""
    try:
        yield from _opened("embedded", tmp_path_factory.mktemp("embedded"), pytestconfig)
    except BrokerUnavailableError as error:
        pytest.skip(f"{NOT_PROVED}{error}")


@pytest.fixture(scope="session")
def durable_broker(broker: Broker) -> Broker:
    """The broker of this process, for tests that claim durability: they skip where it promises none."""
    if not broker.is_durable:
        pytest.skip(f"{NOT_PROVED}durability needs Apache Kafka; this run had the development broker")
    return broker


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Makes a name that no other test uses, for topics, groups and transactional ids."""
    suffix = uuid.uuid4().hex[:10]
    return lambda name: f"{name}-{suffix}"


@pytest.fixture(autouse=True)
def _broker_on_record(request: pytest.FixtureRequest) -> None:
    """Note which broker a test ran on, for the account at the end."""
    for name in ("battery_broker", "broker", "embedded_broker"):
        if name in request.fixturenames:
            request.node.user_properties.append(("broker", request.getfixturevalue(name).kind))
            return


@pytest.fixture(autouse=True)
def _size_on_record(request: pytest.FixtureRequest) -> None:
    """Note the size that a module with a `SIZE` runs at, for the account of the gate."""
    if size := getattr(request.module, "SIZE", None):
        request.node.user_properties.append(("size", f"{request.module.__name__}: {size}"))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Collect what fenced producers leave behind.

    Their futures report an unheard error when they are collected; on Python 3.11 that breaks an import it falls into.
    """
    gc.collect()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which broker proved how much, and each claim that was not proved."""
    proved = Counter(
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "broker"
    )
    open_claims = sorted(
        (report.nodeid, reason) for report in terminalreporter.getreports("skipped") if (reason := _not_proved(report))
    )
    if proved or open_claims:
        terminalreporter.section("what was proved, and on which broker")
    for kind, count in sorted(proved.items()):
        terminalreporter.line(f"{kind}: {count} tests passed")
    for reason in sorted({reason for _, reason in open_claims}):
        first, *more = sorted(nodeid for nodeid, each in open_claims if each == reason)
        terminalreporter.line(f"{reason} ({first}{f' and {len(more)} more' if more else ''})")


def _not_proved(report: pytest.TestReport) -> str:
    """The reason of a skip that leaves a claim open, or nothing."""
    reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
    return reason if reason.startswith(NOT_PROVED) else ""


def _opened(choice: str, data: Path, config: pytest.Config) -> Iterator[Broker]:
    """Hold a broker open between two runs of a loop of its own: the broker is a process and needs no loop to live."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")

    def say(line: str) -> None:
        if reporter is not None:
            reporter.ensure_newline()
            reporter.line(line)

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        opening = open_broker(choice, data, say)
        opened = runner.run(_enter(opening))
        try:
            yield opened
        finally:
            runner.run(_leave(opening))


async def _enter(opening: contextlib.AbstractAsyncContextManager[Broker]) -> Broker:
    return await opening.__aenter__()


async def _leave(opening: contextlib.AbstractAsyncContextManager[Broker]) -> None:
    await opening.__aexit__(None, None, None)
