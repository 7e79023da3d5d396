"""Runs the map for people: starts it, shows what runs where, stops it when asked."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from assay.cli.claim import claimed
from assay.cli.where import Running, home, typed
from assay.testkit import Broker, Event, Platform, Workspace, load_workspace, open_broker

__all__ = ["run"]

_BROKERS = {"kafka": "Apache Kafka.", "embedded": "The development broker.", "external": "Kafka, not ours."}

_console = Console(stderr=True, highlight=False, markup=False)


async def run(choice: str, data: Path | None) -> None:
    """Start broker and services, and stop them in order after SIGINT or SIGTERM.

    Raises:
        CommandError: another `assay up`, or a demo, is at work in the folder.
        TestkitError: a broker or a service did not start, or ended by itself.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    workspace = load_workspace()
    folder = (data or home(workspace) / "up").absolute()
    with claimed(folder, "--data"):
        async with (
            open_broker(choice, folder, _console.print) as broker,
            Platform(workspace, broker, folder, ports="map", on_event=_tell) as platform,
        ):
            await _until(stop, platform, workspace, broker)


async def _until(stop: asyncio.Event, platform: Platform, workspace: Workspace, broker: Broker) -> None:
    """Show what runs where until it is to stop, or until something of it ends."""
    addresses = {entry.name: platform.address(entry.name) for entry in workspace.services}
    note = home(workspace)
    Running(os.getpid(), broker.bootstrap, str(platform.layout.data), addresses).write(note)
    _console.print(_table(platform, workspace, broker))
    _console.print(f"Next: {typed('contract apply examples/flights/contracts')}    Stop: Ctrl-C", soft_wrap=True)
    try:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(platform.watch())
            await stop.wait()
            watch.cancel()
    finally:
        Running.forget(note)


def _tell(event: Event) -> None:
    if event.state in ("serving", "stopped"):
        _console.print(f"  {event.service:<12} {event.state} after {event.since_start_s:.1f} s")


def _table(platform: Platform, workspace: Workspace, broker: Broker) -> Table:
    title = f"Assay is up, data and logs in {platform.layout.data}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("service", "address", "metrics", "does"):
        table.add_column(heading, no_wrap=heading != "does")
    table.add_row("broker", broker.bootstrap, "", _BROKERS[broker.kind])
    for entry in workspace.services:
        child = platform.child(entry.name)
        table.add_row(entry.name, child.address, f"{child.metrics}/metrics", entry.summary)
        if child.http:
            table.add_row("", f"http://{child.http}", "", "The same for Confluent's clients.")
    return table
