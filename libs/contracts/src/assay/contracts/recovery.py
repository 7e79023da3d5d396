"""Repair of dead letters: the flows of a contract, as a function from one record to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import orjson

from assay.contracts.casting import CastError, cast
from assay.contracts.judge import Judge
from assay.contracts.model import Contract, Flow, Scalar, Step, When
from assay.contracts.rule_view import rule_view
from assay.contracts.rules import Condition
from assay.contracts.verdict import Violation

__all__ = ["Recovery", "Repaired", "Unrepaired"]

_Row = dict[str, msgspec.Raw]
_ROW = msgspec.json.Decoder(_Row)


@dataclass(frozen=True, slots=True)
class Repaired:
    """A record that its contract accepts now, and the flow that made it so."""

    value: bytes
    flow: str


@dataclass(frozen=True, slots=True)
class Unrepaired:
    """A record that stays a dead letter, and why."""

    explanation: str


class Recovery:
    """Repairs the dead letters of one contract. The same dead letter gives the same result, always."""

    def __init__(self, contract: Contract) -> None:
        names = [field.name for field in contract.fields]
        self._is_cdc = contract.kind == "cdc"
        self._judge = Judge(contract)
        self._flows = [(flow, _condition(flow.when, names)) for flow in contract.flows]
        self._view = rule_view(contract.fields, names)

    def repair(self, value: bytes, reason: str, violations: Sequence[Violation]) -> Repaired | Unrepaired:
        """The record after the first flow that is for this failure and after which the contract accepts it.

        Fields keep their order, and those that no step touches their bytes. A change event is repaired in its `after`.
        """
        matching = [each for each in self._flows if _matches(each[0].when, reason, violations)]
        if not matching:
            return Unrepaired(f"no flow is for {reason}{_about(violations)}")
        try:
            return self._first(value, matching)
        except (msgspec.DecodeError, orjson.JSONDecodeError, UnicodeDecodeError):
            return Unrepaired("the record is not a JSON object")

    def _first(self, value: bytes, flows: Sequence[tuple[Flow, Condition | None]]) -> Repaired | Unrepaired:
        layers = _open(value, self._is_cdc)
        if layers is None:
            return Unrepaired("the change has no row after it to repair")
        record = orjson.loads(msgspec.json.encode(layers[-1]))
        seen = self._view(dict(record)) if self._view else record
        refusals: list[str] = []
        for flow, condition in flows:
            if condition is not None and not condition.evaluate(seen):
                refusals.append(f"flow {flow.id}: its condition is not true")
                continue
            result = self._apply(flow, layers, record)
            if isinstance(result, Repaired):
                return result
            refusals.append(f"flow {flow.id}: {result.explanation}")
        return Unrepaired("; ".join(refusals))

    def _apply(self, flow: Flow, layers: Sequence[_Row], record: dict[str, object]) -> Repaired | Unrepaired:
        row, values = dict(layers[-1]), dict(record)
        try:
            for step in flow.steps:
                values[step.field] = _changed(step, values)
                row[step.field] = msgspec.Raw(orjson.dumps(values[step.field]))
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


def _changed(step: Step, values: dict[str, object]) -> Scalar:
    if step.action == "set":
        return step.value
    try:
        return cast(values.get(step.field), str(step.value))
    except CastError as error:
        raise CastError(f"{step.field}: {error}") from error


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
