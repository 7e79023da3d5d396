"""The channels, and how the alerts of each fare."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.api.alerts.v1.alerts_pb2 import Channel, ListChannelsRequest, TestChannelRequest, TestChannelResponse
from assay.cli.alerts.asking import CALL_S, alerts
from assay.cli.letters.words import ago
from assay.cli.plain import plain

__all__ = ["channels", "show_channels", "tested"]


async def channels(address: str) -> list[Channel]:
    """Return the channels that alerts go out by.

    Raises:
        CallError: the alerts service does not answer.
    """
    async with alerts(address) as stub:
        return list((await stub.ListChannels(ListChannelsRequest(), timeout=CALL_S)).channels)


async def tested(address: str, channel: str) -> TestChannelResponse:
    """Send a test through a channel, and return what came of it.

    Raises:
        CallError: there is no such channel, or the alerts service does not answer.
    """
    async with alerts(address) as stub:
        return await stub.TestChannel(TestChannelRequest(channel=channel), timeout=CALL_S)


def show_channels(found: Sequence[Channel], console: Console, now_ms: int) -> None:
    """Print the channels as a table."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("channel", no_wrap=True, style="cyan")
    table.add_column("kind", no_wrap=True)
    for heading in ("waiting", "delivered", "gave up"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("lately", overflow="fold")
    for each in found:
        gave_up = Text(f"{each.gave_up:,}", "red" if each.gave_up else "dim")
        waiting = Text(f"{each.waiting:,}", "yellow" if each.waiting else "dim")
        table.add_row(
            plain(each.name), plain(each.kind), waiting, f"{each.delivered:,}", gave_up, _lately(each, now_ms)
        )
    console.print(table)


def _lately(channel: Channel, now_ms: int) -> Text:
    if channel.error:
        return Text(f"failed {ago(channel.failed_ms, now_ms)}: ", "red").append(plain(channel.error))
    if channel.waiting:
        return Text(f"the oldest waits for {channel.oldest_s:.0f} s", "yellow")
    return Text("well", "green") if channel.delivered else Text("nothing yet", "dim")
