"""A registry that several tests share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.testkit import Service, running

__all__ = ["held"]


@contextmanager
def held(folder: Path) -> Iterator[Service]:
    """A registry that is held open between two runs of a loop of its own: the process needs no loop to live."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        opening = running("registry", data=folder, store=f"sqlite:///{folder}/registry.db")
        service = runner.run(opening.__aenter__())
        try:
            yield service
        finally:
            runner.run(opening.__aexit__(None, None, None))
