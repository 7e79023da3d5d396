"""Changes that teams really make, and what each must be called."""

from __future__ import annotations

import pytest

from assay.contracts.diff import Bump, ChangeClass, diff
from tests.unit.contracts.diff.bookings import BOOKINGS, changed

NULLS = """\
        quality:
          - {id: nulls, metric: nullValues, unit: percent, mustBeLessOrEqualTo: 2, scheduler: assay.window, schedule: P1D}
"""
LATENCY = """\
  - id: late
    property: latency
    value: 15
    unit: m
    element: booking.booked_at
    customProperties:
      - {property: assay.percentile, value: 99}
      - {property: assay.onLate, value: flag}
"""

SEEDED = [
    ("breaking-wire", "schema/properties/channel", ("      - {name: channel, logicalType: string}\n", "")),
    ("breaking-wire", "schema/properties/channel/logicalType", ("channel, logicalType: string", "channel, logicalType: integer")),
    ("breaking-wire", "schema/properties/price/required", ("integer\n        required: true", "integer")),
    ("breaking-wire", "schema/properties/state/enum/LOST", ("{value: VOID}", "{value: VOID}, {value: LOST}")),
    ("promise-weakened", "schema/properties/email/quality/nulls/threshold", ("OrEqualTo: 2", "OrEqualTo: 60")),
    ("promise-weakened", "schema/properties/email/quality/nulls", (NULLS, "")),
    ("promise-weakened", "slaProperties/latency/value", ("value: 15\n    unit: m", "value: 24\n    unit: h")),
    ("promise-weakened", "slaProperties/latency", (LATENCY, "")),
    ("promise-weakened", "slaProperties/productionUse/value", ("Use, value: true", "Use, value: false")),
    ("promise-weakened", "slaProperties/retention/value", ("value: 400", "value: 7")),
    ("breaking-meaning", "schema/properties/price/customProperties/assay.unit", ("value: cent", "value: euro")),
    ("breaking-meaning", "schema/customProperties/assay.entity/semanticsVersion", ("2.0.0", "3.0.0")),
    ("review", "customProperties/assay.consumers/fraud", ('      - {id: fraud, contact: "#fraud", reads: [booking_id, price, state]}\n', "")),
    ("producer-tightening", "schema/properties/channel/required", ("channel, logicalType: string", "channel, logicalType: string, required: true")),
    ("producer-tightening", "schema/properties/state/enum/VOID", (", {value: VOID}", "")),
    ("producer-tightening", "schema/properties/price/logicalTypeOptions/minimum", ("minimum: 0", "minimum: 5")),
]  # fmt: skip

BUMPS = {
    "breaking-wire": Bump.MAJOR,
    "breaking-meaning": Bump.MAJOR,
    "promise-weakened": Bump.MINOR,
    "producer-tightening": Bump.MINOR,
    "review": Bump.PATCH,
}


@pytest.mark.parametrize(("kind", "path", "edit"), SEEDED, ids=[path for _, path, _ in SEEDED])
def test_a_change_has_its_class_and_its_raise(kind: str, path: str, edit: tuple[str, str]) -> None:
    found = diff(BOOKINGS.encode(), changed(edit))

    assert found[0].kind == kind
    assert path in [each.path for each in found]
    assert {each.kind for each in found} == {ChangeClass(kind)}
    assert max(each.bump for each in found) is BUMPS[kind]


@pytest.mark.parametrize("mode", ["FULL_TRANSITIVE", "FORWARD", "NONE"])
@pytest.mark.parametrize(("kind", "path", "edit"), SEEDED, ids=[path for _, path, _ in SEEDED])
def test_the_class_is_the_same_in_every_mode(kind: str, path: str, edit: tuple[str, str], mode: str) -> None:
    moded = (
        "customProperties:\n  - {property: assay.topics",
        f"customProperties:\n  - {{property: assay.compatibility, value: {mode}}}\n  - {{property: assay.topics",
    )

    assert diff(changed(moded), changed(moded, edit))[0].kind == kind


@pytest.mark.parametrize("form", ["avro", "protobuf"])
@pytest.mark.parametrize(("kind", "path", "edit"), SEEDED, ids=[path for _, path, _ in SEEDED])
def test_in_binary_forms_it_is_no_less(kind: str, path: str, edit: tuple[str, str], form: str) -> None:
    formed = ("kind: direct", f"kind: direct, format: {form}")
    found = diff(changed(formed), changed(formed, edit))

    assert max(each.kind.gravity for each in found) >= ChangeClass(kind).gravity


def test_who_reads_the_field_must_approve_and_who_does_not_need_not() -> None:
    (price,) = diff(BOOKINGS.encode(), changed(("value: cent", "value: euro")))
    (email,) = diff(BOOKINGS.encode(), changed(("OrEqualTo: 2", "OrEqualTo: 60")))

    assert [each.id for each in price.approvers] == ["fraud", "dwh", "sales"]
    assert [each.id for each in email.approvers] == ["dwh", "sales"]


def test_a_consumer_who_is_removed_is_told() -> None:
    (found,) = diff(BOOKINGS.encode(), changed(SEEDED[12][2]))

    assert ([each.id for each in found.told], found.approvers) == (["fraud"], ())


def test_a_consumer_removed_together_with_what_it_reads_must_approve() -> None:
    found = diff(BOOKINGS.encode(), changed(SEEDED[12][2], ("value: cent", "value: euro")))

    assert [each.id for each in found[0].consumers] == ["fraud", "dwh"]


def test_a_tightening_is_agreed_by_the_owner_alone() -> None:
    (found,) = diff(BOOKINGS.encode(), changed(("minimum: 0", "minimum: 5")))

    assert ([each.id for each in found.approvers], found.consumers) == (["sales"], ())


def test_a_break_shows_a_document_that_breaks_and_what_would_pass() -> None:
    (found,) = diff(BOOKINGS.encode(), changed(("{value: VOID}", "{value: VOID}, {value: LOST}")))

    assert found.exhibits[0].direction == "forward"
    assert '"state": "LOST"' in found.exhibits[0].document
    assert found.exhibits[0].passes


def test_a_property_that_was_dropped_shows_the_record_that_is_refused_now() -> None:
    (found,) = diff(BOOKINGS.encode(), changed(SEEDED[0][2]))

    assert '"channel"' in found.exhibits[0].document


def test_a_field_dropped_from_the_middle_of_a_protobuf_message_moves_the_others() -> None:
    formed = ("kind: direct", "kind: direct, format: protobuf")
    found = diff(changed(formed), changed(formed, SEEDED[0][2]))

    assert "schema/properties/email" in [each.path for each in found if each.kind == "breaking-wire"]


def test_required_is_a_break_where_old_records_can_not_be_read_any_more() -> None:
    formed = ("kind: direct", "kind: direct, format: avro")
    found = diff(changed(formed), changed(formed, SEEDED[13][2]))

    assert (found[0].kind, found[0].exhibits[0].rule) == ("breaking-wire", "avro-type-changed")


def test_earlier_versions_count_where_compatibility_is_transitive() -> None:
    moded = (
        "  - {property: assay.eventTime",
        "  - {property: assay.compatibility, value: FORWARD_TRANSITIVE}\n  - {property: assay.eventTime",
    )
    from assay.contracts import load

    first = load(changed(moded, ("minimum: 0", "minimum: 5")))
    second, third = changed(moded), changed(moded, ("maximum: 100000", "maximum: 90000"))

    assert {each.kind for each in diff(second, third)} == {"producer-tightening"}
    assert "breaking-wire" in {each.kind for each in diff(second, third, [first])}


def test_what_must_be_kept_is_what_the_version_before_says() -> None:
    moded = (
        "  - {property: assay.eventTime",
        "  - {property: assay.compatibility, value: FORWARD}\n  - {property: assay.eventTime",
    )
    before = changed(moded)

    after = changed(("maximum: 100000", "maximum: 200000"))

    assert {each.path: each.kind for each in diff(before, after)} == {
        "customProperties/assay.compatibility": "promise-weakened",
        "schema/properties/price/logicalTypeOptions/maximum": "breaking-wire",
    }
