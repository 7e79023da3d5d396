"""Windows as they are judged, a line for each."""

from __future__ import annotations

import grpc
from rich.console import Console
from rich.text import Text

from assay.api.drift.v1.drift_pb2 import WatchRequest, WindowKey
from assay.api.drift.v1.window_pb2 import Window
from assay.cli.drift.live.calling import drift
from assay.cli.drift.live.words import moved, name, span
from assay.cli.letters.facts import as_json as line_of
from assay.cli.letters.facts import facts

__all__ = ["follow", "in_a_line"]

DAY_S = 86_400.0
"""When a watch that nobody ended ends by itself."""


async def follow(address: str, asked: WatchRequest, console: Console, *, as_json: bool) -> None:
    """Print the newest windows, and then every one that is judged, until the call is ended or a day has gone by.

    Raises:
        CallError: the drift service went away, or too many watch.
    """
    beside = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    async with drift(address) as stub:
        call = stub.Watch(asked, timeout=DAY_S)
        try:
            await call.initial_metadata()
            beside.print(f"every window of {asked.model or 'all models'} from now on, until Ctrl-C")
            async for answer in call:
                if as_json:
                    print(line_of(facts(answer.window)), flush=True)
                else:
                    console.print(in_a_line(answer.window), soft_wrap=True)
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.DEADLINE_EXCEEDED:
                raise


def in_a_line(window: Window) -> Text:
    """Return which window it is, and what fires in it."""
    key = WindowKey(model=window.model, model_version=window.model_version, segment=window.segment)
    line = Text(f"{span(window.start_ms, window.end_ms)}  ", "dim").append_text(name(key))
    revised = f", revision {window.revision}" if window.revision > 1 else ""
    return line.append(f"  {window.rows:,} predictions{revised}  ").append_text(moved(window))
