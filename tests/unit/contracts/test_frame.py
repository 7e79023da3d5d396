"""Confluent's frame, as its clients write it."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts.frame import MAX_INDEXES, SCHEMA_HEADER, FrameError, framed, guid_of, unframe

GUID = UUID("89791762-2336-4186-9674-299b90a802e2")


@given(st.binary(), st.integers(0, 2**32 - 1) | st.uuids(), st.sampled_from(["json", "avro", "protobuf"]))
def test_what_is_framed_is_unframed(payload: bytes, schema: int | UUID, form: str) -> None:
    frame = unframe(framed(payload, schema, [0] if form == "protobuf" else None), (), form)  # type: ignore[arg-type]  # a form
    assert frame is not None
    assert (frame.payload, frame.guid if isinstance(schema, UUID) else frame.schema_id) == (payload, schema)


@given(st.binary(), st.integers(0, 2**32 - 1) | st.uuids())
def test_prefix_and_payload_are_the_value(payload: bytes, schema: int | UUID) -> None:
    value = framed(payload, schema, [0])
    frame = unframe(value, (), "protobuf")
    assert frame is not None
    assert frame.prefix + frame.payload == value


@given(st.binary(max_size=40), st.sampled_from(["json", "avro", "protobuf"]))
def test_any_bytes_are_a_frame_or_bare_or_refused(value: bytes, form: str) -> None:
    with suppress(FrameError):
        frame = unframe(value, (), form)  # type: ignore[arg-type]  # a form
        assert frame is None or frame.prefix + frame.payload == value


def test_an_id_is_four_bytes_in_network_order() -> None:
    frame = unframe(b"\0\0\0\1\2{}", (), "json")
    assert frame is not None
    assert (frame.schema_id, frame.guid, frame.payload) == (258, None, b"{}")


@pytest.mark.parametrize(("value", "form"), [(b"{}", "json"), (b"\x0a\x01a", "protobuf"), (b"\x02a", "avro")])
def test_value_without_magic_is_bare(value: bytes, form: str) -> None:
    assert unframe(value, (), form) is None  # type: ignore[arg-type]  # a form


def test_empty_value_is_bare() -> None:
    assert unframe(b"", (), "protobuf") is None


def test_avro_too_short_for_a_frame_is_bare() -> None:
    assert unframe(b"\0\0\2a", (), "avro") is None


@pytest.mark.parametrize("form", ["json", "protobuf"])
def test_frame_cut_short_is_refused(form: str) -> None:
    with pytest.raises(FrameError):
        unframe(b"\0\0\0", (), form)  # type: ignore[arg-type]  # a form


def test_guid_in_the_header_leaves_the_value_whole() -> None:
    frame = unframe(b"{}", [("other", None), (SCHEMA_HEADER, b"\1" + GUID.bytes)], "json")
    assert frame is not None
    assert (frame.guid, frame.payload, frame.prefix) == (GUID, b"{}", b"")


def test_header_of_protobuf_carries_the_indexes() -> None:
    frame = unframe(b"\x0a\x01a", [(SCHEMA_HEADER, b"\1" + GUID.bytes + b"\0")], "protobuf")
    assert frame is not None
    assert (frame.guid, frame.indexes, frame.payload) == (GUID, (0,), b"\x0a\x01a")


@pytest.mark.parametrize("said", [b"", b"\1" + GUID.bytes[:8], b"\2" + GUID.bytes, b"\1" + GUID.bytes + b"x"])
def test_header_that_is_no_frame_is_refused(said: bytes) -> None:
    with pytest.raises(FrameError):
        unframe(b"{}", [(SCHEMA_HEADER, said)], "json")


@pytest.mark.parametrize("listed", [b"\0", b"\2\0"])
def test_first_message_is_a_lone_zero_or_a_list_of_one(listed: bytes) -> None:
    frame = unframe(b"\0\0\0\0\1" + listed + b"\x0a\x01a", (), "protobuf")
    assert frame is not None
    assert (frame.indexes, frame.payload) == ((0,), b"\x0a\x01a")


def test_another_message_of_the_file_is_refused() -> None:
    with pytest.raises(FrameError, match="message 4"):
        unframe(b"\0\0\0\0\1\x02\x08rest", (), "protobuf")


@pytest.mark.parametrize(
    "listed",
    [
        b"",
        b"\1",  # a count of -1
        bytes([2 * (MAX_INDEXES + 1)]) + b"\0" * 99,
        b"\x80" * 1000 + b"\0",  # a varint without an end
        b"\x02\x80",
        b"\xfe\xff\xff\xff\x0f",  # 2^31 - 1 indexes
    ],
)
def test_indexes_out_of_bounds_are_refused(listed: bytes) -> None:
    with pytest.raises(FrameError):
        unframe(b"\0\0\0\0\1" + listed, (), "protobuf")


def test_guid_of_a_contract_is_of_its_text() -> None:
    assert guid_of(b"a") == guid_of(b"a") != guid_of(b"b")
