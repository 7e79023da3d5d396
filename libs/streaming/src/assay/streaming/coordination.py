"""How a group's coordinator is heard: what it says of a whole answer, and what a member of a stable name was given.

Two things are mended here that aiokafka 0.14 leaves open. It speaks version 3 of OffsetFetch, where an error of the
coordinator stands beside the topics, and looks for it inside them: while a restarted broker loads the group, a position
that is there comes out as None, and whoever begins anew where there is none does all of it again. And a member of a
stable name that comes back is given what it had, whatever it reads now (KIP-345; Kafka's own client asks again): topics
that are new to it would be read by nobody, and those it gave up end its process.
Held by tests/conformance/streaming/test_positions.py and test_static_members.py.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from aiokafka.consumer import consumer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.coordinator.protocol import ConsumerProtocol
from aiokafka.errors import KafkaError, NotCoordinatorForGroupError, for_code
from aiokafka.protocol.admin import DescribeGroupsRequest
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.group import LeaveGroupRequest
from aiokafka.structs import TopicPartition

__all__ = ["install"]


def install() -> None:
    """Let every consumer of this process that is made from now on hear it so."""
    consumer.GroupCoordinator = _GroupCoordinator


class _OutdatedError(Exception):
    """The group was given out for what this member read before."""


class _GroupCoordinator(GroupCoordinator):  # type: ignore[misc]  # aiokafka carries no types
    _is_back = False
    """Whether what a member of a stable name was given, as this process came back under it, was looked at."""

    async def _send_req(self, request: object) -> Any:
        """Hear what the coordinator says of the whole answer; aiokafka then asks again, or raises."""
        response = await super()._send_req(request)
        code = getattr(response, "error_code", 0) if isinstance(request, OffsetFetchRequest) else 0
        if code:
            error = for_code(code)
            if error is NotCoordinatorForGroupError:
                self.coordinator_dead()
            raise error
        return response

    async def _do_rejoin_group(self, subscription: object) -> bool:
        """Join; where the group was given out for what this member read before, leave it first, so that it is given out anew."""
        try:
            return bool(await super()._do_rejoin_group(subscription))
        except _OutdatedError:
            await self._leave()
            return False

    async def _on_join_complete(self, generation: int, member_id: str, protocol: str, assignment: bytes) -> None:
        if self._group_instance_id is not None and not self._is_back:
            if await self._is_outdated(_given(assignment)):
                raise _OutdatedError
            self._is_back = True
        await super()._on_join_complete(generation, member_id, protocol, assignment)

    async def _is_outdated(self, mine: Collection[TopicPartition]) -> bool:
        """Whether this member was given what it does not read, or something that it reads was given to nobody."""
        topics = self._subscription.topics
        if any(each.topic not in topics for each in mine):
            return True
        try:
            answer = await self._send_req(DescribeGroupsRequest([self.group_id]))
        except KafkaError:
            return True
        _code, _group, state, _type, _protocol, members, *_ = answer.groups[0]
        given = {each for *_, assignment in members if assignment for each in _given(assignment)}
        return state == "Stable" and not self._partitions(topics) <= given

    def _partitions(self, topics: Collection[str]) -> set[TopicPartition]:
        """Those of the topics, as far as they are known."""
        return {
            TopicPartition(topic, number)
            for topic in topics
            for number in self._cluster.partitions_for_topic(topic) or ()
        }

    async def _leave(self) -> None:
        """Give up the place in the group, and what is kept under the name, as far as the coordinator hears of it."""
        self._is_back = True  # whoever joins anew is given what is given out then
        try:
            await self._send_req(LeaveGroupRequest(self.group_id, self.member_id))
        except KafkaError:
            self._is_back = False
        self.reset_generation()


def _given(assignment: bytes) -> list[TopicPartition]:
    return list(ConsumerProtocol.ASSIGNMENT.decode(assignment).partitions())
