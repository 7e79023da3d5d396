"""Reads what a call selects: its filters, and the failure that it names by a beginning."""

from __future__ import annotations

from dataclasses import replace

from assay.api.recovery.v1 import run_pb2
from assay.contracts import Contract
from assay.recovery.errors import FailureUnknownError, RequestError
from assay.recovery.selection import Selection
from assay.recovery.store import Failure, Failures
from assay.recovery.wire import selection_of

__all__ = ["Selecting"]


class Selecting:
    """Knows failures by the beginning of their fingerprint."""

    def __init__(self, failures: Failures) -> None:
        self._failures = failures

    async def failure(self, fingerprint: str) -> Failure:
        """Return the one failure whose fingerprint begins so.

        Raises:
            FailureUnknownError: there is none, or more than one.
        """
        found = await self._failures.one(fingerprint)
        if found is None:
            raise FailureUnknownError(fingerprint)
        return found

    async def read(self, message: run_pb2.Selection, contract: Contract) -> Selection:
        """Return what is selected of a contract's dead letters, with the whole fingerprint of a failure.

        Raises:
            RequestError: a filter can't hold of anything, there are too many places, or the failure is no single one.
            FailureUnknownError: no failure of this contract begins so, or more than one does.
        """
        selection = selection_of(message, contract)
        if not selection.failure:
            return selection
        failure = await self.failure(selection.failure)
        if failure.contract != contract.id:
            raise FailureUnknownError(selection.failure)
        if failure.is_rest:
            raise RequestError(
                "selection.failure", "it holds all failures that are one too many; filter in another way"
            )
        return replace(selection, failure=failure.fingerprint)
