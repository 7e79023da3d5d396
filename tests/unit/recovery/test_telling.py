"""A call that fails says why, and nothing of what recovery worked on."""

from __future__ import annotations

from typing import NoReturn

import grpc
import pytest

from assay.recovery.errors import FaultError, LetterUnknownError, NotSeatedError, RecoveryError, TopicAnewError
from assay.recovery.service import CODES, _telling


class RefusedError(Exception):
    """The call was ended."""


class Context:
    """Notes how its call was ended."""

    async def abort(
        self, code: grpc.StatusCode, details: str, trailing_metadata: tuple[tuple[str, bytes], ...]
    ) -> NoReturn:
        raise RefusedError(code.name, details, str(trailing_metadata))


@pytest.mark.parametrize(
    ("error", "code"), [(ValueError("canary"), "INTERNAL"), (LetterUnknownError("x/0/1"), "NOT_FOUND")]
)
async def test_a_fault_is_told_without_its_words(
    error: Exception, code: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RefusedError) as refused:
        async with _telling(Context()):
            raise error
    said, logged = refused.value.args, capsys.readouterr()
    assert said[0] == code
    assert "canary" not in f"{said}{logged}{caplog.text}"


def test_every_refusal_has_its_code() -> None:
    ours = {NotSeatedError, TopicAnewError, FaultError}  # of the wards, and told apart
    assert {*RecoveryError.__subclasses__()} - ours <= {*CODES}
