"""A contract with something at every place that the tests of changes touch."""

from __future__ import annotations

__all__ = ["BOOKINGS", "changed"]

BOOKINGS = """\
apiVersion: v3.2.0
kind: DataContract
id: bookings
name: Bookings
version: 1.2.0
status: active
domain: travel
description: {purpose: One record for each booking., limitations: No payment data.}
schema:
  - id: booking
    name: booking
    logicalType: object
    physicalType: topic
    customProperties:
      - property: assay.entity
        value: {name: Booking, key: [booking_id], semanticsVersion: 2.0.0, definition: A seat that was paid for.}
    properties:
      - {name: booking_id, logicalType: string, required: true, unique: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: booked_at, logicalType: timestamp, required: true}
      - name: price
        logicalType: integer
        required: true
        logicalTypeOptions: {minimum: 0, maximum: 100000}
        customProperties: [{property: assay.unit, value: cent}]
      - {name: state, logicalType: string, required: true, enum: [{value: OPEN}, {value: PAID}, {value: VOID}]}
      - {name: channel, logicalType: string}
      - {name: tags, logicalType: array, items: {logicalType: string}}
      - name: address
        logicalType: object
        properties: [{name: zip, logicalType: string, required: true}, {name: city, logicalType: string}]
      - name: email
        logicalType: string
        classification: restricted
        quality:
          - {id: nulls, metric: nullValues, unit: percent, mustBeLessOrEqualTo: 2, scheduler: assay.window, schedule: P1D}
servers:
  - {server: dev, type: kafka, environment: dev, host: "127.0.0.1:9092", format: json}
  - {server: prod, type: kafka, environment: prod, host: "a:9092,b:9092", format: json}
slaProperties:
  - {id: prod, property: productionUse, value: true}
  - id: late
    property: latency
    value: 15
    unit: m
    element: booking.booked_at
    customProperties:
      - {property: assay.percentile, value: 99}
      - {property: assay.onLate, value: flag}
  - {id: keep, property: retention, value: 400, unit: d}
  - {id: silence, property: frequency, value: 5, unit: m}
team: {name: sales, members: [{username: ana, role: Owner}]}
roles: [{role: reader, access: read}]
support: [{channel: "#sales", tool: slack, scope: notifications}]
price: {priceAmount: 2, priceCurrency: EUR, priceUnit: megabyte}
customProperties:
  - {property: assay.topics, value: {kind: direct, retention: {validated: P7D}}}
  - {property: assay.eventTime, value: booked_at}
  - {property: assay.dedup, value: PT1H}
  - {property: assay.rules, value: [{id: paid, expr: "state != 'PAID' || price > 0"}]}
  - property: assay.consumers
    value:
      - {id: fraud, contact: "#fraud", reads: [booking_id, price, state]}
      - {id: dwh, contact: dwh@example.org, reads: ["*"]}
  - {property: catalog.rank, value: gold}
"""


def changed(*edits: tuple[str, str], text: str = BOOKINGS) -> bytes:
    """The contract with words replaced; each must be there."""
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()
