"""A partition that does not move says where it stands; one that moves says it by its panes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from assay.api.validation.v1.pane_pb2 import Pane
from assay.contracts import load
from assay.streaming import Outgoing, Partition, Publisher, Standing
from assay.testkit.builders import contract_text
from assay.validation.heartbeat import Heartbeat
from assay.validation.seating import Seating
from assay.validation.seats import Versions

IDLE, STUCK, MOVING = (Partition("orders.raw.app", number) for number in range(3))
ELSEWHERE = Partition("ships.raw.app", 0)


class At:
    """A clock that stands still."""

    def now_ms(self) -> int:
        return 7


class Known:
    """No version but those that are taken."""

    is_current = True
    versions: Versions = {}  # noqa: RUF012 -- nobody changes it


class Written:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.panes: list[Pane] = []

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        self.panes += [Pane.FromString(one.value or b"") for one in outgoing]


async def test_only_partitions_that_stand_still_say_where() -> None:
    seating, written = Seating(Known()), Written()
    await seating.take([load(contract_text("orders"))])
    heart = Heartbeat(cast(Publisher, written), seating, At())
    await heart._beat({each: Standing(4, 4) for each in (IDLE, STUCK, MOVING, ELSEWHERE)})
    await heart._beat({IDLE: Standing(4, 4), STUCK: Standing(4, 9), MOVING: Standing(6, 9), ELSEWHERE: Standing(4, 4)})
    assert [(pane.partition, pane.first_offset, pane.next_offset, pane.log_end) for pane in written.panes] == [
        (0, 4, 4, 4),
        (1, 4, 4, 9),
    ]
    assert not any(pane.slices or pane.HasField("max_event_ms") for pane in written.panes)
