"""The judge of records: what one version of a contract says of each, from its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from assay.contracts.envelope import Change
from assay.contracts.errors import EnvelopeError, MalformedRecordError
from assay.contracts.formats import event_ms
from assay.contracts.forms import Form
from assay.contracts.forms.json import UNAVAILABLE, JsonForm, malformed
from assay.contracts.model import Contract, WireForm
from assay.contracts.rules import RuleSet
from assay.contracts.verdict import ACCEPTED, MAX_VIOLATIONS, Reason, Verdict, Violation

__all__ = ["Judge", "Judged"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_NO_FIELDS: dict[str, Any] = {}


class Judged(NamedTuple):
    """A verdict, and what the panes count: when it happened, and which promised fields are not there.

    `event_ms` is None where the contract names no event time, or the record has none that can be read.
    Bit i of `nulls` is set when the field `Judge.promised[i]` is absent or null.
    """

    verdict: Verdict
    event_ms: int | None
    nulls: int


_PLAIN = Judged(ACCEPTED, None, 0)


class Judge:
    """Judges the records of one contract version, bare (`direct`) or in a Debezium envelope (`cdc`).

    The checks come in the order too_large, malformed, envelope, schema, rule, late, and the first that fails is the
    reason. Of a change with op c, u or r the row after it is judged; of a delete, the key of the row before it.
    """

    def __init__(self, contract: Contract, form: WireForm | None = None) -> None:
        fields = [field.name for field in contract.fields]
        spoken_of = {promise.field for promise in contract.promises}
        self.promised = tuple(name for name in fields if name in spoken_of)
        self._limit = contract.max_record_bytes
        self._is_cdc = contract.kind == "cdc"
        self._rules = RuleSet(contract.rules, fields)
        self._event_time = contract.event_time
        self._zone = ZoneInfo(contract.timezone)
        self._late_ms = contract.on_late[1] if contract.on_late and contract.on_late[0] == "dead-letter" else None
        named = {*self._rules.names, *self.promised, contract.event_time}
        self._looked_at = tuple(name for name in fields if name in named)
        self._form = _form(form or contract.form, contract, self._looked_at)

    def judge(self, value: bytes | None, arrived_ms: int | None = None) -> Verdict:
        """The verdict on one record; None is a tombstone. Never raises."""
        screened = self.screen([value], None if arrived_ms is None else [arrived_ms])[0]
        return (screened or self.explain(value, arrived_ms)).verdict

    def screen(
        self, values: Sequence[bytes | None], arrived_ms: Sequence[int | None] | None = None
    ) -> list[Judged | None]:
        """The records that are accepted at once; None is "ask explain". Never raises, and never errs by accepting."""
        arrived = [None] * len(values) if arrived_ms is None else arrived_ms
        try:
            return self._screen(values, arrived)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001 -- a panic of an engine is no Exception; the others go on without it
            if len(values) < 2:
                return [None] * len(values)
            return [self.screen([value], [ms])[0] for value, ms in zip(values, arrived, strict=True)]

    def explain(self, value: bytes | None, arrived_ms: int | None = None) -> Judged:
        """The last word on a record, with what is wrong. Never raises: an engine that fails is a reason of its own."""
        try:
            return self._explain(value, arrived_ms)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 -- a panic of an engine is no Exception; no input stops a stream
            return _refused(Reason.ENGINE, Violation("", "engine", "a verdict", type(error).__name__))

    def open(self, value: bytes) -> Change:
        """The change that a Debezium envelope holds.

        Raises:
            EnvelopeError: it is no change that Debezium would write.
            MalformedRecordError: it cannot be read.
        """
        return self._form.open(value)

    def read(self, row: bytes) -> dict[str, Any]:
        """The whole of a row as JSON has it.

        Raises:
            MalformedRecordError: it cannot be read.
        """
        return self._form.record(row)

    def _screen(self, values: Sequence[bytes | None], arrived: Sequence[int | None]) -> list[Judged | None]:
        rows = [self._row(value) for value in values] if self._is_cdc else values
        screened: list[Judged | None] = [row if isinstance(row, Judged) else None for row in rows]
        open_ = [(place, row) for place, row in enumerate(rows) if isinstance(row, bytes) and len(row) <= self._limit]
        found = self._form.accepts([row for _, row in open_])
        kept = [each for each, accepted in zip(open_, found, strict=True) if accepted]
        looks = self._form.look([row for _, row in kept]) if self._looked_at else repeat(_NO_FIELDS, len(kept))
        for (place, _), seen in zip(kept, looks, strict=True):
            judged = self._seen(seen, arrived[place])
            screened[place] = judged if judged.verdict.accepted else None
        return screened

    def _row(self, value: bytes | None) -> bytes | Judged | None:
        """The row of a change that the form is to judge; a change without one is accepted, None is for explain."""
        if value is None:
            return _PLAIN
        if len(value) > self._limit:
            return None
        try:
            change = self._form.open(value)
        except (EnvelopeError, MalformedRecordError):
            return None
        if change.op == "d" and change.before is not None:
            return _PLAIN if self._form.explain(change.before, is_key=True).accepted else None
        return _PLAIN if change.after is None else change.after

    def _explain(self, value: bytes | None, arrived_ms: int | None) -> Judged:
        if value is None:
            return _PLAIN if self._is_cdc else Judged(malformed("nothing"), None, 0)
        if len(value) > self._limit:
            expected, found = f"at most {self._limit} bytes", f"{len(value)} bytes"
            return _refused(Reason.TOO_LARGE, Violation("", "maxRecordBytes", expected, found))
        return self._explain_change(value, arrived_ms) if self._is_cdc else self._explain_row(value, arrived_ms)

    def _explain_change(self, value: bytes, arrived_ms: int | None) -> Judged:
        try:
            change = self._form.open(value)
        except EnvelopeError as error:
            return _refused(Reason.ENVELOPE, Violation(error.path, "envelope", error.expected, error.found))
        except MalformedRecordError as error:
            return Judged(malformed(error.found), None, 0)
        if change.op == "d" and change.before is not None:
            return Judged(self._form.explain(change.before, is_key=True), None, 0)
        return _PLAIN if change.after is None else self._explain_row(change.after, arrived_ms)

    def _explain_row(self, row: bytes, arrived_ms: int | None) -> Judged:
        verdict = self._form.explain(row)
        return self._seen(self._form.look([row])[0], arrived_ms) if verdict.accepted else Judged(verdict, None, 0)

    def _seen(self, seen: dict[str, Any], arrived_ms: int | None) -> Judged:
        """The rest of the judgement, of a row with the right structure: rules, lateness, and what the panes count."""
        unavailable = self._take_unavailable(seen) if self._is_cdc else frozenset()
        broken = self._rules.broken(seen, unavailable)
        if broken:
            return Judged(Verdict(Reason.RULE, tuple(broken[:MAX_VIOLATIONS])), None, 0)
        when_ms = self._event_ms(seen)
        if when_ms is not None and self._is_late(when_ms, arrived_ms):
            return _late(f"/{self._event_time}", self._late_ms or 0)
        nulls = sum(
            1 << place for place, name in enumerate(self.promised) if name not in unavailable and seen.get(name) is None
        )
        return Judged(ACCEPTED, when_ms, nulls)

    def _is_late(self, when_ms: int, arrived_ms: int | None) -> bool:
        return self._late_ms is not None and arrived_ms is not None and arrived_ms - when_ms > self._late_ms

    def _take_unavailable(self, seen: dict[str, Any]) -> frozenset[str]:
        names = frozenset(name for name in seen if seen[name] in UNAVAILABLE)
        for name in names:
            del seen[name]
        return names

    def _event_ms(self, seen: dict[str, Any]) -> int | None:
        """When it happened; a date begins at midnight in the time zone of the contract."""
        text = seen.get(self._event_time) if self._event_time else None
        if not isinstance(text, str):
            return None
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            return _unusual_ms(text)
        return ((when if when.tzinfo else when.replace(tzinfo=self._zone)) - _EPOCH) // _MS


def _unusual_ms(text: str) -> int | None:
    """A leap second or the year 0, which Python's calendar does not have."""
    try:
        return event_ms(text)
    except ValueError:
        return None


def _form(name: WireForm, contract: Contract, looked_at: Sequence[str]) -> Form:
    if name == "json":
        return JsonForm(contract, looked_at)
    raise NotImplementedError(f"records in {name} cannot be judged yet")


def _late(path: str, bound_ms: int) -> Judged:
    return _refused(Reason.LATE, Violation(path, "late", f"at most {bound_ms / 1000:g} s before it arrives", "more"))


def _refused(reason: Reason, violation: Violation) -> Judged:
    return Judged(Verdict(reason, (violation,)), None, 0)
