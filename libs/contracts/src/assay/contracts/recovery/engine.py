"""The flows of one contract version, ready to repair its dead letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import orjson

from assay.contracts.casting import CastError, cast
from assay.contracts.flow import Flow, Step, When
from assay.contracts.judge import Judge
from assay.contracts.model import Contract, Scalar
from assay.contracts.recovery.outcome import Failed, FieldChange, Repaired, Tried, Unrepaired
from assay.contracts.rule_view import rule_view
from assay.contracts.rules import Condition
from assay.contracts.verdict import Violation

__all__ = ["Recovery"]

_Row = dict[str, msgspec.Raw]
_ROW = msgspec.json.Decoder(_Row)


class Recovery:
    """Repairs the dead letters of one contract. The same dead letter gives the same result, always."""

    def __init__(self, contract: Contract, versions: Mapping[str, Contract] | None = None) -> None:
        """Compile the flows; `versions` are other versions of the same contract, by which records may be written."""
        names = [field.name for field in contract.fields]
        self._is_cdc = contract.kind == "cdc"
        self._judge = Judge(contract)
        self._flows = [(flow, _condition(flow.when, names)) for flow in contract.flows]
        self._view = rule_view(contract.fields, names)
        self._versions = versions or {}

    def knows(self, reason: str, violations: Sequence[Violation]) -> bool:
        """Whether some flow may be for such a failure, as far as can be said without the record."""
        return any(_matches(flow.when, reason, violations) for flow, _ in self._flows)

    def repair(self, failed: Failed, flow: str = "", *, requested: bool = False) -> Repaired | Unrepaired:
        """The record after the first flow that is for this failure and after which the contract accepts it.

        With `flow`, that flow alone. A flow that is on-request repairs only where it is requested. Fields keep their
        order, and those that no step touches their bytes. A change event is repaired in its `after`.
        """
        return self._try(failed, flow, requested).outcome

    def tried(self, failed: Failed, flow: str = "") -> Tried:
        """What `repair` would come to if it were requested, and every place that it would change."""
        tried = self._try(failed, flow, requested=True)
        if isinstance(tried.outcome, Unrepaired):
            return tried
        return Tried(tried.outcome, tried.flow, _changes(failed.value, tried.outcome.value))

    def _try(self, failed: Failed, only: str, requested: bool) -> Tried:
        if only and only not in {flow.id for flow, _ in self._flows}:
            return Tried(Unrepaired(f"there is no flow {only}"))
        chosen = [each for each in self._flows if only in ("", each[0].id)]
        matching = [each for each in chosen if _matches(each[0].when, failed.reason, failed.violations)]
        ready = [each for each in matching if requested or each[0].run == "automatic"]
        if not matching:
            which = f"flow {only} is not" if only else "no flow is"
            return Tried(Unrepaired(f"{which} for {failed.reason}{_about(failed.violations)}"))
        if not ready:
            return Tried(Unrepaired(f"flow {matching[0][0].id} runs only on request"), matching[0][0].id)
        try:
            return self._first(failed.value, ready)
        except (msgspec.DecodeError, orjson.JSONDecodeError, UnicodeDecodeError):
            return Tried(Unrepaired("the record is not a JSON object"), ready[0][0].id)

    def _first(self, value: bytes, flows: Sequence[tuple[Flow, Condition | None]]) -> Tried:
        layers = _open(value, self._is_cdc)
        if layers is None:
            return Tried(Unrepaired("the change has no row after it to repair"), flows[0][0].id)
        record = orjson.loads(msgspec.json.encode(layers[-1]))
        seen = self._view(dict(record)) if self._view else record
        refusals: list[str] = []
        for flow, condition in flows:
            if condition is not None and not condition.evaluate(seen):
                refusals.append(f"flow {flow.id}: its condition is not true")
                continue
            result = self._apply(flow, layers, record)
            if isinstance(result, Repaired):
                return Tried(result, flow.id)
            refusals.append(f"flow {flow.id}: {result.explanation}")
        return Tried(Unrepaired("; ".join(refusals)), flows[0][0].id)

    def _apply(self, flow: Flow, layers: Sequence[_Row], record: dict[str, object]) -> Repaired | Unrepaired:
        row, values = dict(layers[-1]), dict(record)
        try:
            for step in flow.steps:
                assert isinstance(step.said, dict)
                for name, said in step.said.items():
                    values[name] = _changed(step, name, said, values)
                    row[name] = msgspec.Raw(orjson.dumps(values[name]))
        except CastError as error:
            return Unrepaired(str(error))
        repaired = _close([*layers[:-1], row])
        verdict = self._judge.judge(repaired)
        if verdict.accepted:
            return Repaired(repaired, flow.id)
        return Unrepaired(f"the record would still break {verdict.violations[0].rule}{_about(verdict.violations)}")


def _condition(when: When, names: Sequence[str]) -> Condition | None:
    return None if when.condition is None else Condition(when.condition, names)


def _matches(when: When, reason: str, violations: Sequence[Violation]) -> bool:
    if when.reason != reason:
        return False
    return any(when.path in (None, each.path) and when.rule in (None, each.rule) for each in violations)


def _changed(step: Step, name: str, said: Scalar, values: dict[str, object]) -> Scalar:
    if step.action == "set":
        return said
    try:
        return cast(values.get(name), str(said))
    except CastError as error:
        raise CastError(f"{name}: {error}") from error


def _changes(before: bytes, after: bytes) -> tuple[FieldChange, ...]:
    old, new = orjson.loads(before), orjson.loads(after)
    return tuple(
        FieldChange(f"/{name}", _json(old, name), _json(new, name))
        for name in {**old, **new}
        if _json(old, name) != _json(new, name)
    )


def _json(record: dict[str, object], name: str) -> str | None:
    return orjson.dumps(record[name]).decode() if name in record else None


def _open(value: bytes, is_cdc: bool) -> list[_Row] | None:
    """The objects from the record inwards to the row, whose bytes are still as they came; None without a row."""
    layers = [_ROW.decode(value)]
    if not is_cdc:
        return layers
    if "op" not in layers[0] and _is_object(layers[0].get("payload")):
        layers.append(_ROW.decode(layers[0]["payload"]))
    return [*layers, _ROW.decode(layers[-1]["after"])] if _is_object(layers[-1].get("after")) else None


def _is_object(part: msgspec.Raw | None) -> bool:
    return part is not None and bytes(part).startswith(b"{")


def _close(layers: Sequence[_Row]) -> bytes:
    """The bytes of the layers put back into one another."""
    inner = msgspec.json.encode(layers[-1])
    for layer, name in zip(reversed(layers[:-1]), ("after", "payload"), strict=False):
        inner = msgspec.json.encode({**layer, name: msgspec.Raw(inner)})
    return inner


def _about(violations: Sequence[Violation]) -> str:
    place = next((each.path for each in violations if each.path), "")
    return f" at {place}" if place else f" ({violations[0].rule})" if violations else ""
