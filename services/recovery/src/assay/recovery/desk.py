"""One contract's recovery: says of each dead letter whether it goes back and how, ends, or stays and why. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from assay.client.shelf import Version
from assay.contracts import (
    Contract,
    EnvelopeError,
    Failed,
    Judge,
    MalformedRecordError,
    Reason,
    Recovery,
    Repaired,
    Tried,
    Unrepaired,
    flows_digest,
)
from assay.contracts.frame import Frame, FrameError, framed, guid_of, unframe
from assay.recovery.decision import Decision, End, Replay, Stay
from assay.recovery.letter import DeadLetter, opened
from assay.recovery.run import Run, RunKind
from assay.recovery.settlement import Outcome
from assay.recovery.versions import Versions
from assay.streaming import headers
from assay.streaming.keys import Keys

__all__ = ["Desk"]

DIGEST_DIGITS = 16
FIRST = (0,)
REGISTRY_AWAY = "registry_away"


class _Mending(NamedTuple):
    """A dead letter that flows are to look at, with its frame, and what they see of it."""

    letter: DeadLetter
    frame: Frame | None
    failed: Failed


class Desk:
    """Decides by the version in force; `versions` are all that the registry told of this contract."""

    def __init__(
        self, contract: Contract, versions: Mapping[str, Version] | None = None, keys: Keys | None = None
    ) -> None:
        self.contract = contract
        self.versions = Versions(versions or {})
        self._keys = keys
        self._recovery = Recovery(contract, self.versions)
        self._flows = flows_digest(contract)

    @property
    def digest(self) -> str:
        """Of all that `by_itself` decides by: what was looked at under it needs no other look.

        The version too: repaired records are held to all of it, to when a record is late as well.
        """
        keys = self._keys.ids if self._keys else ()
        here, is_ordered = self.contract, self.contract.ordered is not None
        return _digest(here.version, self._flows, here.max_attempts, self.versions.in_use, keys, is_ordered)

    def by_itself(self, letter: DeadLetter) -> Decision:
        """What becomes of a dead letter that nobody asked for."""
        return self.by_themselves([letter])[0]

    def by_themselves(self, letters: Sequence[DeadLetter]) -> list[Decision]:
        """The same of many, in half the time."""
        return self._mended([self._alone(letter) for letter in letters], "", is_requested=False)

    def asked(self, run: Run, letter: DeadLetter, value: bytes | None = None) -> Decision:
        """What becomes of a dead letter that a run selects; `value` is what is resubmitted for it."""
        return self.all_asked(run, [letter], value)[0]

    def all_asked(self, run: Run, letters: Sequence[DeadLetter], value: bytes | None = None) -> list[Decision]:
        """The same of many."""
        return self._mended([self._asked(run, letter, value) for letter in letters], run.flow, is_requested=True)

    def _alone(self, letter: DeadLetter) -> Decision | _Mending:
        if letter.is_held:
            return self._of_one_that_waited(opened(letter, self._keys))
        if letter.attempt >= self.contract.max_attempts:
            return End(Outcome.QUARANTINED)
        if letter.reason == Reason.UNKNOWN_SCHEMA and letter.rule == REGISTRY_AWAY:
            return self._of_a_registry_away(opened(letter, self._keys))
        if not self._recovery.knows(letter.reason, letter.violations):
            return Stay(f"no flow is for {letter.reason}{f' at {letter.path}' if letter.path else ''}")
        return self._mending(opened(letter, self._keys))

    def _asked(self, run: Run, letter: DeadLetter, value: bytes | None) -> Decision | _Mending:
        if letter.is_held and run.kind in (RunKind.RECOVER, RunKind.REPLAY):
            return self._of_one_that_waited(opened(letter, self._keys))
        if letter.attempt >= self.contract.max_attempts and not letter.is_held:
            return End(Outcome.QUARANTINED)
        if run.kind is RunKind.DISCARD:
            return End(Outcome.DISCARDED)
        letter = opened(letter, self._keys)
        if run.kind is RunKind.RECOVER:
            return self._mending(letter)
        if run.kind is RunKind.REPLAY:
            return self._as_it_is(letter, is_forced=run.is_forced)
        return self._resubmitted(letter, value, run)

    def failed(self, letter: DeadLetter) -> Failed | Stay:
        """What flows see of a dead letter, opened where the keys do that; or why none may look at it."""
        if letter.attempt >= self.contract.max_attempts:
            return Stay(f"all {self.contract.max_attempts} attempts are used up")
        letter = opened(letter, self._keys)
        frame = self._frame(letter)
        return frame if isinstance(frame, Stay) else self._failed(letter, frame)

    def tried(self, letter: DeadLetter, flow: str = "") -> Tried:
        """What a run by this flow, or by all of the contract, would make of a dead letter."""
        failed = self.failed(letter)
        if isinstance(failed, Stay):
            return Tried(Unrepaired(failed.explanation))
        return self._recovery.tried(failed, flow)

    def _mending(self, letter: DeadLetter) -> Stay | _Mending:
        frame = self._frame(letter)
        return frame if isinstance(frame, Stay) else _Mending(letter, frame, self._failed(letter, frame))

    def _mended(self, found: Sequence[Decision | _Mending], flow: str, *, is_requested: bool) -> list[Decision]:
        """The decisions, with what flows make of those that are to be repaired: all of them together."""
        failed = [each.failed for each in found if isinstance(each, _Mending)]
        repaired = iter(self._recovery.repairs(failed, flow, requested=is_requested))
        return [self._back(each, next(repaired)) if isinstance(each, _Mending) else each for each in found]

    def _back(self, mending: _Mending, found: Repaired | Unrepaired) -> Decision:
        if isinstance(found, Unrepaired):
            return Stay(found.explanation)
        value, schema = self._framed(found.value, mending.frame)
        return self._replay(mending.letter, value, found.flow, schema)

    def _failed(self, letter: DeadLetter, frame: Frame | None) -> Failed:
        declared = self.versions.declared(frame, letter.declared_version)
        return Failed(
            value=frame.payload if frame else _value(letter),
            reason=letter.reason,
            violations=letter.violations,
            headers=dict(headers.from_outside(letter.record.headers)),
            version=letter.version,
            declared=declared.version if declared else letter.declared_version,
            arrived_ms=letter.arrived_ms,
        )

    def _as_it_is(self, letter: DeadLetter, *, is_forced: bool) -> Decision:
        """Replay it as it was; JSON, which any version reads, is declared to be of the version in force."""
        frame = self._frame(letter)
        if isinstance(frame, Stay):
            return frame
        if frame is None or self.contract.form == "json":
            payload = frame.payload if frame else _value(letter)
            value, schema = self._framed(payload, frame)
            return self._judged(self._replay(letter, value, "", schema), self.contract, payload, letter, is_forced)
        declared = self.versions.declared(frame, "")
        contract = self.versions.get(declared.version) if declared and not declared.retired else None
        if contract is None and not is_forced:
            return Stay("it declares a version that is unknown or retired")
        return self._judged(
            self._replay(letter, _value(letter)), contract or self.contract, frame.payload, letter, is_forced
        )

    def _resubmitted(self, letter: DeadLetter, value: bytes | None, run: Run) -> Decision:
        if value is None or (run.value_sha256 and hashlib.sha256(value).hexdigest() != run.value_sha256):
            return Stay("the edited record is not there any more: resubmit it")
        try:
            frame = unframe(value, letter.record.headers, self.contract.form)
        except FrameError as error:
            return Stay(f"the frame of the edited record cannot be read: {error}")
        payload, schema = frame.payload if frame else value, None
        if frame and not frame.prefix:  # the header is the old record's: what is edited is of the version in force
            value, schema = self._framed(payload, frame)
        return self._judged(self._replay(letter, value, schema=schema), self.contract, payload, letter, run.is_forced)

    def _judged(
        self, replay: Replay, contract: Contract, payload: bytes, letter: DeadLetter, is_forced: bool
    ) -> Decision:
        if is_forced:
            return replay
        judge = self._judge if contract is self.contract else Judge(contract)
        verdict = judge.judge(payload, letter.arrived_ms)
        if verdict.accepted:
            return replay
        first = verdict.violations[0]
        return Stay(f"the record would still break {first.rule}{f' at {first.path}' if first.path else ''}")

    def _of_a_registry_away(self, letter: DeadLetter) -> Decision:
        """Replay it as it was, once what it declares is known: it was refused because nobody could ask."""
        frame = self._frame(letter)
        if isinstance(frame, Stay):
            return frame
        declared = self.versions.declared(frame, letter.declared_version)
        if declared is None:
            return Stay("the version that it declares is still unknown")
        if declared.retired:
            return Stay(f"it declares version {declared.version}, which is retired")
        return self._replay(letter, _value(letter), version="" if frame else declared.version)

    def _of_one_that_waited(self, letter: DeadLetter) -> Decision:
        """Replay it as it was, a delete without a value too: it was accepted when it came."""
        if letter.sealed:
            return Stay(letter.sealed)
        value = letter.record.value
        order = letter.order if value is None else self._order(letter, value)
        return Replay(letter.record, value, order, version=letter.declared_version)

    def _frame(self, letter: DeadLetter) -> Frame | Stay | None:
        """The frame of a record, None where it is bare; or why it can't be read."""
        if letter.sealed:
            return Stay(letter.sealed)
        if letter.record.value is None:
            return Stay("its bytes were not kept: the broker refused them")
        try:
            return unframe(letter.record.value, letter.record.headers, self.contract.form)
        except FrameError as error:
            return Stay(f"its frame cannot be read: {error}")

    def _framed(self, payload: bytes, frame: Frame | None) -> tuple[bytes, bytes | None]:
        """The payload behind a frame of the version in force, where it was framed: before it, or in its header."""
        if frame is None:
            return payload, None
        indexes = FIRST if self.contract.form == "protobuf" else None
        here = self.versions.named(self.contract.version)
        schema = here.id if here and frame.schema_id is not None else guid_of(self.contract.text)
        if frame.prefix:
            return framed(payload, schema, indexes), None
        return payload, framed(b"", schema, indexes)

    def _replay(
        self, letter: DeadLetter, value: bytes, flow: str = "", schema: bytes | None = None, version: str = ""
    ) -> Replay:
        return Replay(letter.record, value, self._order(letter, value), flow, schema, version)

    def _order(self, letter: DeadLetter, value: bytes) -> int:
        """The place of a replay among the records of its key: what it had, the source's LSN, else its first offset."""
        if self.contract.kind == "direct" or letter.record.header(headers.ORDER) is not None:
            return letter.order
        try:
            frame = unframe(value, letter.record.headers, self.contract.form)
            return self._judge.open(frame.payload if frame else value).lsn or letter.order
        except (EnvelopeError, FrameError, MalformedRecordError):  # what was forced or edited may be no change at all
            return letter.order

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self.contract)


@lru_cache(maxsize=1_024)
def _digest(*said: str | int | tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:DIGEST_DIGITS]


def _value(letter: DeadLetter) -> bytes:
    assert letter.record.value is not None  # `_frame` was asked before
    return letter.record.value
