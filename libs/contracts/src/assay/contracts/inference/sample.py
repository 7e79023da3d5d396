"""A sample of records: what they have in common becomes the draft of a contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from assay.contracts.drafts.draft import Draft, DraftField, draft_of
from assay.contracts.inference.column import Column
from assay.contracts.inference.guessing import ENOUGH, guessed, is_map
from assay.contracts.inference.looks import is_personal_name, is_personal_value
from assay.contracts.json_text import read_value

__all__ = ["Sample"]

_TIMES = ("event_time", "occurred_at", "happened_at", "created_at", "timestamp", "event_ts", "time", "ts", "updated_at")


class Sample:
    """Takes in record after record; changes of rows are opened, and the rows are what counts."""

    def __init__(self) -> None:
        self.records = 0
        self.others = 0
        self._rows = Column()
        self._changes = 0
        self._keys: Counter[str] = Counter()
        self._keyed = 0

    def add(self, value: object, key: bytes | None = None) -> None:
        """Take in a record and its key; what is no object is counted and left out."""
        row, is_change = _row(value)
        if row is None:
            self.others += not is_change
            return
        self.records += 1
        self._changes += is_change
        self._rows.add(row)
        if key:
            self._keyed += 1
            self._keys.update(_named_by(key, row))

    def draft(self, contract: str, record: str = "", topics: Mapping[str, object] | None = None) -> Draft:
        """The draft, with a comment above each guess; `topics` is what is known of `assay.topics`.

        Raises:
            ValueError: there was no record.
        """
        if not self.records:
            raise ValueError("there is no record to learn from")
        columns = {name: each for name, each in self._rows.fields.items() if not is_personal_value(name)}
        fields = [made for name, each in columns.items() if (made := guessed(name, each))]
        hidden = len(self._rows.fields) - len(columns)
        empty = list(_always_null(columns, ""))
        key = self._key(fields)
        time = self._event_time(fields)
        is_cdc = self._changes == self.records and bool(key)
        custom: dict[str, object] = {"assay.topics": {"kind": "cdc" if is_cdc else "direct", **(topics or {})}}
        if time and not is_cdc:
            custom["assay.eventTime"] = time
        if empty or hidden:
            custom["assay.openness"] = "open"
        left_out = [
            f"{name}: always null, so its type is not known; the contract is open because of it" for name in empty
        ]
        if hidden:
            left_out.append(f"names of fields that look personal: {hidden:,}; put such fields into a map")
        if self.others:
            left_out.append(f"records that are no objects: {self.others:,}; they would be refused")
        draft = draft_of(contract, record or contract, fields, custom=custom, left_out=left_out)
        if time and not is_cdc:
            draft.notes["customProperties", 1] = [
                "guess: a timestamp that is always there; of several the one named like it, or the finest"
            ]
        return draft

    def _key(self, fields: list[DraftField]) -> list[str]:
        """Mark the key: what the keys of the records say, else a field that is different in every record."""
        required = [
            each
            for each in fields
            if each.source.get("required") and each.source["logicalType"] in ("string", "integer")
        ]
        named = [each for each in required if self._keyed and self._keys[each.source["name"]] == self._keyed]
        note = f"it is in the key of all {self._keyed:,} records that have one"
        if not named and self.records >= ENOUGH:
            named = sorted(filter(self._is_different, required), key=_likeliness)[:1]
            note = f"the key, for it is different in all {self.records:,} records"
        for place, each in enumerate(named, start=1):
            each.source |= {"primaryKey": True} | ({"primaryKeyPosition": place} if len(named) > 1 else {})
            each.notes = [f"{each.notes[0]}; {note}"]
        return [each.source["name"] for each in named]

    def _is_different(self, field: DraftField) -> bool:
        name = str(field.source["name"])
        return self._rows.fields[name].is_different_everywhere and not is_personal_name(name)

    def _event_time(self, fields: list[DraftField]) -> str:
        found = [
            str(each.source["name"])
            for each in fields
            if each.source.get("required")
            and each.source["logicalType"] == "timestamp"
            and "logicalTypeOptions" not in each.source
        ]
        found.sort(key=lambda name: -len(self._rows.fields[name].hashes))  # the finer one comes first
        ranked = [name for known in _TIMES for name in found if name.lower() == known]
        return next(iter([*ranked, *(name for name in found if name.endswith(("_at", "_time", "_ts"))), *found]), "")


def _always_null(columns: Mapping[str, Column], path: str) -> Iterator[str]:
    """The fields that never had a value, by their path; the names in a map are data and not told."""
    for name, each in columns.items():
        if not each.present:
            yield f"{path}/{name}"
        elif not is_map(each):
            yield from _always_null(each.fields, f"{path}/{name}")
            inner = each
            while inner.items:
                inner = inner.items
                yield from _always_null(inner.fields, f"{path}/{name}/*")


def _likeliness(field: DraftField) -> tuple[int, int]:
    """Names like that of a key come first, then texts: numbers are different by chance more easily."""
    name = str(field.source["name"]).lower()
    rank = 0 if name in ("id", "uuid", "key") else 1 if name.endswith(("id", "_key", "uuid", "number")) else 2
    return rank, int(field.source["logicalType"] != "string")


def _row(value: object) -> tuple[dict[str, Any] | None, bool]:
    """The row of a record, and whether the record is a change of one; a change that states no row has none."""
    if not isinstance(value, dict):
        return None, False
    inner = value.get("payload")
    body = inner if isinstance(inner, dict) and "schema" in value and len(value) == 2 else value
    if "op" not in body or not {"before", "after"} & body.keys():
        return body, False
    row = body.get("after") or body.get("before")
    return (row if isinstance(row, dict) else None), True


def _named_by(key: bytes, row: dict[str, Any]) -> set[str]:
    """The fields of a row whose value is the key, or a part of a key in JSON."""
    try:
        said = read_value(key)
    except Exception:  # noqa: BLE001 -- a key is any bytes
        said = None
    if isinstance(said, dict):
        inner = said.get("payload")
        parts = inner if isinstance(inner, dict) and "schema" in said else said
        return {name for name, each in parts.items() if name in row and row[name] == each}
    text = key.decode(errors="replace")
    return {name for name, each in row.items() if isinstance(each, str | int) and str(each) == text}
