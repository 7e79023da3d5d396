"""Steps that give a value another type: `cast` and `parse`. What cannot be kept exactly is not changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from assay.contracts import casting
from assay.contracts.casting import CastError
from assay.contracts.explain import shape
from assay.contracts.model import Contract, Field
from assay.contracts.moments import Moment, moment, moment_of
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.fields import field_at
from assay.contracts.recovery.pointers import parse
from assay.contracts.recovery.steps.change import Change, Said, each_value
from assay.contracts.recovery.tree import Json
from assay.contracts.types import digits, type_of

__all__ = ["EPOCHS", "casts", "parses"]

EPOCHS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
"""Units of time since 1970, in nanoseconds."""

_SECOND = 10**9
_LOCAL = "local timestamp"


def casts(said: Said, _contract: Contract) -> Iterable[Change]:
    """`cast: {field: type}` gives a value another type, where it has an exact counterpart of that type."""
    return [_cast(name, kind) for name, kind in said.items()]


def parses(said: Said, contract: Contract) -> Iterable[Change]:
    """`parse: {field: {format: dd.MM.yyyy}}` reads a date or a number in the spelling that is given."""
    return [each_value(name, _parser(each, field_at(contract.fields, parse(name)))) for name, each in said.items()]


def _cast(name: str, kind: str) -> Change:
    return each_value(name, lambda value: casting.cast(value, kind))


def _parser(said: Said, field: Field | None) -> Callable[[Json], Json]:
    if field is None or "decimal" in said or "thousands" in said:
        return _number(said.get("decimal", "."), said.get("thousands", ""), field)
    spelled = _spelled(field)
    if "epoch" in said:
        return lambda value: spelled(_since_1970(value, EPOCHS[said["epoch"]]))
    if "timezone" not in said:
        own = moment(type_of(field).name, said["format"])
        return lambda value: spelled(_read(own, value))
    local, zone = moment(_LOCAL, said["format"]), ZoneInfo(said["timezone"])
    return lambda value: spelled(_in_zone(_read(local, value), zone))


def _read(written: Moment, value: Json) -> int:
    nanoseconds = written.read(_text(value))
    if nanoseconds is None:
        raise RepairError(f"it is not written like {written.example}")
    return nanoseconds


def _spelled(field: Field) -> Callable[[int], str]:
    own = moment_of(field)
    assert own is not None  # lint lets no other field have a format

    def spell(nanoseconds: int) -> str:
        text = own.write(nanoseconds)
        if text is None:
            raise RepairError("the contract's format has no place for it")
        return text

    return spell


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    raise RepairError(f"found {shape(value)} where text is due")


def _since_1970(value: Json, unit: int) -> int:
    whole = casting.cast(value, "integer")
    assert isinstance(whole, int)  # it was not null
    return whole * unit


def _in_zone(local: int, zone: ZoneInfo) -> int:
    """The instant at which clocks of the zone show that time.

    Raises:
        RepairError: they show it twice, or never, for they were set back or forward.
    """
    seconds, rest = divmod(local, _SECOND)
    shown = datetime(1970, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001 -- the zone is what is looked for
    offsets = {shown.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    if len(offsets) != 1 or (offset := offsets.pop()) is None:
        raise RepairError(f"clocks of {zone.key} show that time twice, or never")
    return (seconds - round(offset.total_seconds())) * _SECOND + rest


def _number(decimal: str, thousands: str, field: Field | None) -> Callable[[Json], Json]:
    group = f"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|" if thousands else ""
    pattern = re.compile(f"(-?)({group}[0-9]{{1,38}})(?:{re.escape(decimal)}([0-9]{{1,38}}))?")
    size = digits(field) if field else None
    kind = field.type if field and field.type in ("integer", "number") else "number"

    def read(value: Json) -> Json:
        found = pattern.fullmatch(_text(value))
        if found is None:
            raise RepairError(f"it is not written like 1{thousands}234{decimal}5")
        sign, whole, fraction = found.groups()
        text = f"{sign}{_bare(whole, thousands)}{f'.{fraction}' if fraction else ''}"
        if size:
            return text
        try:
            return casting.cast(_without_zeros(text) if kind == "integer" else text, kind)
        except CastError:
            raise RepairError(f"it has no exact counterpart of type {kind}") from None

    return read


def _bare(whole: str, thousands: str) -> str:
    digits_of = whole.replace(thousands, "") if thousands else whole
    return digits_of.lstrip("0") or "0"


def _without_zeros(text: str) -> str:
    """A number without a fraction that is 0."""
    return re.sub(r"\.0+$", "", text)
