"""A refused call says what, in words and in facts, and fits into what a client takes."""

from __future__ import annotations

from base64 import b64encode
from typing import NoReturn
from urllib.parse import quote

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from assay.runtime import AssayError
from assay.runtime.caller import Actor, actor_of
from assay.runtime.refusal import refuse

HEADERS_LIMIT = 8 * 1024


class PlaceTakenError(AssayError):
    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(f"{place} is taken")


class Ended(Exception):  # noqa: N818 -- it stands for gRPC's own
    pass


class Call:
    def __init__(self) -> None:
        self.code, self.details, self.said = grpc.StatusCode.OK, "", b""

    async def abort(
        self, code: grpc.StatusCode, details: str, trailing_metadata: tuple[tuple[str, bytes], ...]
    ) -> NoReturn:
        self.code, self.details, self.said = code, details, dict(trailing_metadata)["grpc-status-details-bin"]
        raise Ended


async def told(error: AssayError) -> tuple[Call, error_details_pb2.ErrorInfo]:
    call, info = Call(), error_details_pb2.ErrorInfo()
    with pytest.raises(Ended):
        await refuse(call, grpc.StatusCode.ALREADY_EXISTS, error)
    status_pb2.Status.FromString(call.said).details[0].Unpack(info)
    return call, info


async def test_a_refusal_names_its_error_and_the_facts_of_it() -> None:
    call, info = await told(PlaceTakenError("a/0/1"))
    assert call.code == grpc.StatusCode.ALREADY_EXISTS
    assert (info.reason, info.domain, dict(info.metadata)) == ("PLACE_TAKEN", "assay", {"place": "a/0/1"})


@pytest.mark.parametrize("hostile", ["\U0001f600" * 100_000, "\ud800\n\0", "%00" * 9_000])
async def test_a_refusal_of_a_hostile_text_fits_into_the_headers_of_a_call(hostile: str) -> None:
    call, _ = await told(PlaceTakenError(hostile))
    assert len(quote(call.details)) + len(b64encode(call.said)) < HEADERS_LIMIT


def test_an_actor_is_read_from_binary_metadata_alone() -> None:
    said = (("assay-actor-bin", b"ana"), ("assay-reason-bin", "text"), ("assay-commit-bin", b"\xff"))
    assert actor_of(said) == Actor("ana", "", "\ufffd")
    assert actor_of(None) == Actor("")
