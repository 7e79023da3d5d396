"""Whoever reads a topic beside every group is told in Assay's words that the broker does not give it."""

from __future__ import annotations

import pytest
from aiokafka.errors import CorruptRecordException, KafkaTimeoutError
from aiokafka.structs import TopicPartition

from assay.streaming import BrokerError, Partition, kafka, scan_back

HERE = Partition("assay.audit", 0)


class Refusing:
    """A consumer that is given nothing."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def assign(self, partitions: list[TopicPartition]) -> None:
        assert partitions == [TopicPartition(*HERE)]

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        assert partitions
        raise self._error


@pytest.mark.parametrize(
    ("error", "told"),
    [(KafkaTimeoutError("no answer"), BrokerError), (CorruptRecordException("a batch"), CorruptRecordException)],
    ids=["no answer", "not to be read"],
)
async def test_an_error_of_the_client_is_one_of_the_broker_unless_the_log_itself_is_bad(
    error: Exception, told: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> None:
        return

    monkeypatch.setattr(kafka, "consumer", lambda _: Refusing(error))
    for name in ("started", "stopped"):
        monkeypatch.setattr(kafka, name, nothing)
    with pytest.raises(told):
        [records async for records in scan_back("broker", HERE)]
