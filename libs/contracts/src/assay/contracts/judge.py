"""The judge of records: what one version of a contract says of each, from its bytes."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import partial
from itertools import compress
from typing import Any, NamedTuple

from assay.contracts.envelope import Change
from assay.contracts.errors import EnvelopeError, MalformedRecordError
from assay.contracts.event_time import event_time
from assay.contracts.forms import Engine, Form
from assay.contracts.forms.json import UNAVAILABLE, JsonForm, malformed
from assay.contracts.marks import Marks
from assay.contracts.model import Contract, WireForm
from assay.contracts.rule_view import rule_view
from assay.contracts.rules import RuleSet
from assay.contracts.verdict import ACCEPTED, MAX_VIOLATIONS, Reason, Verdict, Violation

__all__ = ["NO_ROW", "PLAIN", "Judge", "Judged"]

_NONE: frozenset[str] = frozenset()


class Judged(NamedTuple):
    """A verdict, and what the panes count: when it happened, and what of it counts against a promise.

    `event_ms` is None where the contract names no event time, or the record has none that can be read; of what was
    refused it is known of what came late. Bit i of `marks` is set when the field `Judge.promised[i]` is absent or null,
    and the bits above as `Judge.counted` says; it is `NO_ROW` of what states no row.
    """

    verdict: Verdict
    event_ms: int | None
    marks: int


_judged = partial(tuple.__new__, Judged)
NO_ROW = -1
"""The `marks` of a delete, a tombstone and the like: none of its fields is there, and none is missing. So are those of
a row that came too late for its window, where the contract leaves such rows out."""

PLAIN = Judged(ACCEPTED, None, 0)
"""The one object that is given for every accepted record without an event time, of which nothing counts against a promise."""

_GONE = Judged(ACCEPTED, None, NO_ROW)


class Judge:
    """Judges the records of one contract version, bare (`direct`) or in a Debezium envelope (`cdc`).

    A tombstone is accepted where a contract has a key, for then it deletes what has that key. The checks come in the
    order too_large, malformed, envelope, schema, rule, late, and the first that fails is the reason. Of a change with op c, u or r the row after it is judged; of a delete, the key of the row before it.
    """

    def __init__(self, contract: Contract, form: WireForm | None = None) -> None:
        fields = [field.name for field in contract.fields]
        marks = Marks(contract)
        self.promised, self.counted = marks.fields, marks.places
        self._marks = marks if marks.fields else None
        self._limit = contract.max_record_bytes
        self._is_cdc = contract.kind == "cdc"
        self._may_delete = self._is_cdc or bool(contract.key)
        self._rules = RuleSet(contract.rules, fields)
        self._view = rule_view(contract.fields, self._rules.names)
        self._event_time, self._event_ms = contract.event_time or "", event_time(contract)
        on_late = contract.on_late or ("flag", 0)
        self._late_ms = None if on_late[0] == "flag" else on_late[1]
        self._refuses_late = on_late[0] == "dead-letter"
        named = {*self._rules.names, *self.promised, contract.event_time}
        self._looks = bool(contract.rules) or named != {None}
        self._form = _form(form or contract.form, contract, tuple(name for name in fields if name in named))

    @property
    def engine(self) -> Engine | None:
        """What screens records in JSON, and which engines may not because they failed their trial."""
        return self._form.engine if isinstance(self._form, JsonForm) else None

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
        if not self._is_cdc and None not in values:
            rows: list[Any] = list(values)
            if max(map(len, rows), default=0) <= self._limit:
                return self._screen_rows(rows, arrived)
        opened = [self._row(value) for value in values]
        screened = [each if isinstance(each, Judged) else None for each in opened]
        places = [place for place, each in enumerate(opened) if isinstance(each, bytes)]
        found = self._screen_rows([opened[place] for place in places], [arrived[place] for place in places])
        for place, judged in zip(places, found, strict=True):
            screened[place] = judged
        return screened

    def _screen_rows(self, rows: list[Any], arrived: Sequence[int | None]) -> list[Judged | None]:
        found = self._form.accepts(rows)
        if not self._looks:
            return [PLAIN if accepted else None for accepted in found]
        if all(found):
            return self._pass_all(self._form.look(rows), arrived)
        passed = iter(self._pass_all(self._form.look(list(compress(rows, found))), list(compress(arrived, found))))
        return [next(passed) if accepted else None for accepted in found]

    def _pass_all(self, seen: Sequence[dict[str, Any]], arrived: Sequence[int | None]) -> list[Judged | None]:
        """`_passed` of each row."""
        if self._marks:
            return list(map(self._passed, seen, arrived, self._marks.all(seen)))
        if self._is_cdc or self._event_ms is not None:
            return [self._passed(one, ms) for one, ms in zip(seen, arrived, strict=True)]
        viewed = list(map(self._view, seen)) if self._view else seen
        return [PLAIN if held else None for held in self._rules.held(viewed)]

    def _row(self, value: bytes | None) -> bytes | Judged | None:
        """The row that the form is to judge; a change without one is accepted, None is for explain."""
        if value is None:
            return _GONE if self._may_delete else None
        if len(value) > self._limit:
            return None
        if not self._is_cdc:
            return value
        try:
            change = self._form.open(value)
        except (EnvelopeError, MalformedRecordError):
            return None
        if change.op == "d" and change.before is not None:
            return _GONE if self._form.explain(change.before, is_key=True).accepted else None
        return _GONE if change.after is None else change.after

    def _explain(self, value: bytes | None, arrived_ms: int | None) -> Judged:
        if value is None:
            return _GONE if self._may_delete else Judged(malformed("nothing"), None, 0)
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
            return Judged(self._form.explain(change.before, is_key=True), None, NO_ROW)
        return _GONE if change.after is None else self._explain_row(change.after, arrived_ms)

    def _explain_row(self, row: bytes, arrived_ms: int | None) -> Judged:
        verdict = self._form.explain(row)
        if not verdict.accepted:
            return Judged(verdict, None, 0)
        seen = self._form.look([row])
        (marks,) = self._marks.all(seen) if self._marks else (0,)
        return self._passed(seen[0], arrived_ms, marks) or self._broken(self._form.look([row])[0])

    def _passed(self, seen: dict[str, Any], arrived_ms: int | None, marks: int = 0) -> Judged | None:
        """The rest of the judgement, of a row with the right structure; None if it breaks a rule or comes late.

        Values are changed into what rules see; the marks are those of the values as they are spelled.
        """
        unavailable = self._take_unavailable(seen) if self._is_cdc else _NONE
        if self._view:
            self._view(seen)
        if self._rules.broken(seen, unavailable) if unavailable else not self._rules.holds(seen):
            return None
        when_ms = self._event_ms(seen.get(self._event_time)) if self._event_ms else None
        if self._late_ms is not None and _lateness_ms(when_ms, arrived_ms) > self._late_ms:
            if self._refuses_late:
                return None
            marks = NO_ROW
        return _judged((ACCEPTED, when_ms, marks))

    def _broken(self, seen: dict[str, Any]) -> Judged:
        """Why a row that did not pass did not."""
        unavailable = self._take_unavailable(seen) if self._is_cdc else _NONE
        if self._view:
            self._view(seen)
        if broken := self._rules.broken(seen, unavailable):
            return Judged(Verdict(Reason.RULE, tuple(broken[:MAX_VIOLATIONS])), None, 0)
        expected = f"at most {(self._late_ms or 0) / 1000:g} s before it arrives"
        late = Violation(f"/{self._event_time}", "late", expected, "more")
        when_ms = self._event_ms(seen.get(self._event_time)) if self._event_ms else None
        return Judged(Verdict(Reason.LATE, (late,)), when_ms, 0)

    def _take_unavailable(self, seen: dict[str, Any]) -> frozenset[str]:
        """The fields whose values the source did not send; what is there in their place is cleared."""
        names = frozenset(name for name in seen if seen[name] in UNAVAILABLE)
        for name in names:
            seen[name] = None
        return names


def _lateness_ms(when_ms: int | None, arrived_ms: int | None) -> int:
    return 0 if when_ms is None or arrived_ms is None else arrived_ms - when_ms


def _form(name: WireForm, contract: Contract, looked_at: Sequence[str]) -> Form:
    """The form by its name; what it needs is imported when a contract needs it."""
    if name == "json":
        return JsonForm(contract, looked_at)
    form: Form = getattr(importlib.import_module(f"assay.contracts.forms.{name}"), _BINARY[name])(contract, looked_at)
    return form


_BINARY = {"avro": "AvroForm", "protobuf": "ProtobufForm"}


def _refused(reason: Reason, violation: Violation) -> Judged:
    return Judged(Verdict(reason, (violation,)), None, 0)
