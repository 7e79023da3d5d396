"""How a group is asked for its positions: a coordinator that can't say yet is not taken for one that knows of none.

aiokafka 0.14 speaks version 3 of OffsetFetch, where an error of the coordinator stands beside the topics, and looks for
it inside them. So while a restarted broker loads the group, a position that is there comes out as None, and whoever
begins anew where there is none does all of it again. Held by tests/conformance/streaming/test_positions.py.
"""

from __future__ import annotations

from typing import Any

from aiokafka.consumer import consumer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import NotCoordinatorForGroupError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest

__all__ = ["install"]


def install() -> None:
    """Let every consumer of this process that is made from now on ask so."""
    consumer.GroupCoordinator = _GroupCoordinator


class _GroupCoordinator(GroupCoordinator):  # type: ignore[misc]  # aiokafka carries no types
    """One that hears what the coordinator says of the whole answer; aiokafka then asks again, or raises."""

    async def _send_req(self, request: object) -> Any:
        response = await super()._send_req(request)
        code = getattr(response, "error_code", 0) if isinstance(request, OffsetFetchRequest) else 0
        if code:
            error = for_code(code)
            if error is NotCoordinatorForGroupError:
                self.coordinator_dead()
            raise error
        return response
