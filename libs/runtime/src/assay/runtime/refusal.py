"""How a gRPC call is refused: the code, a message for people, and the facts of the error for programs."""

from __future__ import annotations

import re
from typing import NoReturn, Protocol

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from assay.runtime.errors import AssayError

__all__ = ["Refusing", "refuse"]

DOMAIN = "assay"
MAX_MESSAGE_BYTES = 1_000
MAX_FACT_BYTES = 200
MAX_FACTS = 8
"""All of it travels in trailing headers, of which a client takes 8 KiB; the message twice, where a byte that is not ASCII
takes three."""


class Refusing(Protocol):
    """What a refusal needs of a call's gRPC context."""

    async def abort(
        self, code: grpc.StatusCode, details: str, trailing_metadata: tuple[tuple[str, bytes], ...]
    ) -> NoReturn: ...


async def refuse(context: Refusing, code: grpc.StatusCode, error: AssayError) -> NoReturn:
    """End the call with the error's code and words, and its attributes as `google.rpc.ErrorInfo` of domain assay.

    The reason is the name of the error: `RunEndedError` is RUN_ENDED. Put no secret into an attribute.
    """
    told = {name: value for name, value in vars(error).items() if not name.startswith("_")}
    facts = {name: _cut(str(value), MAX_FACT_BYTES) for name, value in list(told.items())[:MAX_FACTS]}
    reason = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__.removesuffix("Error")).upper()
    message = _cut(str(error), MAX_MESSAGE_BYTES)
    detail = any_pb2.Any()
    detail.Pack(error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=facts))
    status = status_pb2.Status(code=code.value[0], message=message, details=[detail])
    await context.abort(code, message, (("grpc-status-details-bin", status.SerializeToString()),))


def _cut(text: str, size_bytes: int) -> str:
    told = text.encode(errors="replace")  # protobuf takes no half of a character
    if len(told) <= size_bytes:
        return told.decode()
    return told[: size_bytes - len("…".encode())].decode(errors="ignore") + "…"
