"""One dead letter is told as it stands, within what an answer may hold."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from assay.api.recovery.v1.recovery_pb2 import DeadLetter
from assay.client import Version
from assay.contracts import Contract
from assay.recovery.contracts_here import ContractsHere
from assay.recovery.errors import ContractsUnheardError
from assay.recovery.wire import MAX_ANSWER_BYTES, with_record
from assay.streaming import Record

LARGE = bytes(MAX_ANSWER_BYTES)


class Registry:
    """Has told of no contract yet; `is_ready` says whether there is none."""

    contracts: Mapping[str, Contract] = {}
    versions: Mapping[str, Mapping[str, Version]] = {}

    def __init__(self, *, is_ready: bool) -> None:
        self.is_ready = is_ready


def record(value: bytes, *headers: tuple[str, bytes | None]) -> Record:
    return Record("orders.dead-letters", 0, 7, 1, b"k", value, headers)


def test_a_record_is_told_whole() -> None:
    found = with_record(DeadLetter(size_bytes=1), record(b"v", ("h", None)))
    assert (found.key, found.value, found.headers[0].name, found.headers[0].HasField("value")) == (
        b"k",
        b"v",
        b"h",
        False,
    )


@pytest.mark.parametrize(
    "large", [record(LARGE), record(b"v", ("n" * MAX_ANSWER_BYTES, None)), record(b"v", ("h", LARGE))]
)
def test_of_a_record_that_is_too_large_for_an_answer_the_size_is_told_alone(large: Record) -> None:
    assert with_record(DeadLetter(size_bytes=1), large) == DeadLetter(size_bytes=1)


def test_nobody_is_told_that_a_place_is_none_before_the_registry_has_told_of_all() -> None:
    assert ContractsHere(Registry(is_ready=True), None).of_dead_letters("orders.dead-letters") is None
    with pytest.raises(ContractsUnheardError):
        ContractsHere(Registry(is_ready=False), None).of_dead_letters("orders.dead-letters")
