"""A contract with a field of every kind, rules, a window, a bound on lateness, and a pattern that can be made to hang."""

from __future__ import annotations

from assay.contracts import Contract, WireForm, load

__all__ = ["victim", "victim_text"]

_TEXT = """\
apiVersion: v3.2.0
kind: DataContract
id: NAME
name: NAME
version: 1.0.0
status: active
schema:
  - name: victim
    logicalType: object
    properties:
      - {name: id, logicalType: string, required: true, primaryKey: true, logicalTypeOptions: {maxLength: 64}}
      - {name: at, logicalType: timestamp, required: true}
      - {name: day, logicalType: date}
      - {name: count, logicalType: integer, required: true, logicalTypeOptions: {minimum: 0}}
      - {name: ratio, logicalType: number, logicalTypeOptions: {minimum: -1, maximum: 1}}
      - {name: state, logicalType: string, enum: [{value: NEW}, {value: PAID}]}
      - {name: code, logicalType: string, logicalTypeOptions: {pattern: "^(a+)+$", maxLength: 4096}}
      - {name: paid, logicalType: boolean}
      - name: note
        logicalType: string
        quality:
          - {id: notes, metric: nullValues, unit: percent, mustBeLessThan: 5, scheduler: assay.window, schedule: P1D}
      - {name: tags, logicalType: array, items: {name: tag, logicalType: string}}
      - {name: place, logicalType: object, properties: [{name: zip, logicalType: string, required: true}]}
support: [{channel: "#victims"}]
customProperties:
  - {property: assay.topics, value: {kind: direct, format: FORM}}
  - {property: assay.eventTime, value: at}
  - {property: assay.rules, value: [{id: paid_positive, expr: "state != 'PAID' || count > 0"}]}
"""


def victim_text(form: WireForm = "json", name: str = "victim") -> bytes:
    """Return the file of the contract of that name, with its records in that form."""
    return _TEXT.replace("FORM", form).replace("NAME", name).encode()


def victim(form: WireForm = "json") -> Contract:
    """Return the contract, with its records in that form."""
    return load(victim_text(form))
