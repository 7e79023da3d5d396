from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assay.alerts.errors import OutboxError
from assay.alerts.messages import Notice
from assay.alerts.outbox import Deliverer, append

NOTICE = Notice("k1", "b", "f", "firing", "flights", "p", "w", "promised", "measured", "ops", "#ops", "line\nline", 7)


class Waiting:
    """Notices in memory."""

    def __init__(self, *notices: Notice) -> None:
        self.notices = list(notices)
        self.empty = asyncio.Event()

    async def undelivered(self, limit: int) -> list[Notice]:
        if not self.notices:
            self.empty.set()
        return self.notices[:limit]

    async def mark_delivered(self, keys: Sequence[str]) -> None:
        self.notices = [notice for notice in self.notices if notice.key not in keys]


def keys(path: Path) -> list[str]:
    return [json.loads(line)["key"] for line in path.read_text().splitlines()]


def test_line_holds_the_fields_in_their_order(tmp_path: Path) -> None:
    append(tmp_path / "o.ndjson", [NOTICE])
    assert list(json.loads((tmp_path / "o.ndjson").read_text())) == (
        [
            "key",
            "breach",
            "fingerprint",
            "state",
            "contract",
            "promise",
            "window",
            "promised",
            "measured",
            "recipient",
            "contact",
            "text",
            "at_ms",
            "kind",
            "cause",
            "first_steps",
        ]
    )


def test_line_torn_by_a_crash_is_closed_first(tmp_path: Path) -> None:
    path = tmp_path / "o.ndjson"
    path.write_text('{"key": "k0", "br')
    append(path, [NOTICE])
    assert path.read_text().splitlines()[0] == '{"key": "k0", "br'
    assert json.loads(path.read_text().splitlines()[1])["key"] == "k1"


def test_outbox_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutboxError, match=r"o\.ndjson"):
        append(tmp_path / "file" / "o.ndjson", [NOTICE])


async def test_notices_are_delivered_in_order_and_once(tmp_path: Path) -> None:
    waiting = Waiting(NOTICE, replace(NOTICE, key="k2"))
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(Deliverer(waiting, tmp_path / "o.ndjson").run())
        await waiting.empty.wait()
        running.cancel()
    assert keys(tmp_path / "o.ndjson") == ["k1", "k2"]


async def test_notice_that_comes_later_is_delivered_when_woken(tmp_path: Path) -> None:
    waiting = Waiting()
    deliverer = Deliverer(waiting, tmp_path / "o.ndjson")
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(deliverer.run())
        await waiting.empty.wait()
        waiting.notices.append(NOTICE)
        waiting.empty.clear()
        deliverer.wake()
        await waiting.empty.wait()
        running.cancel()
    assert keys(tmp_path / "o.ndjson") == ["k1"]
