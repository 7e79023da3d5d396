"""The rule table: every place of the standard and of the vocabulary has a row, and what has none is reviewed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.contracts import lint
from assay.contracts.diff import ChangeClass, diff
from assay.contracts.diff.table import row_of
from assay.contracts.vocabulary import schema_of, vocabulary
from tests.unit.contracts.diff.bookings import BOOKINGS, changed

STANDARD: dict[str, Any] = json.loads(
    resources.files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8")
)

HOLDERS = {
    "SchemaObject": ("object",),
    "SchemaElement": ("property",),
    "SchemaBaseProperty": ("property",),
    "DataQuality": ("property", "quality", "*"),
    "DataQualitySql": ("object", "quality", "*"),
    "DataQualityCustom": ("object", "quality", "*"),
    "Server": ("servers", "*"),
    "SupportItem": ("support", "*"),
    "Pricing": ("price",),
    "TeamMember": ("team", "members", "*"),
    "Team": ("team",),
    "Role": ("roles", "*"),
    "ServiceLevelAgreementProperty": ("slaProperties", "*"),
    "EnumValue": ("property", "enum", "*"),
}
INSIDE = {
    "properties", "quality", "customProperties", "logicalTypeOptions", "members", "roles", "property", "username",
    "server", "channel", "role", "value", "relationships", "synonyms", "items", "map",
}  # fmt: skip
"""Keys that name an item, or hold what has places of its own."""


def places() -> Iterator[tuple[str, ...]]:
    for name, at in HOLDERS.items():
        for key in STANDARD["$defs"][name].get("properties", {}):
            if key not in INSIDE:
                yield (*at, key)
    for key in _options(STANDARD["$defs"]["SchemaBaseProperty"]):
        yield ("property", "logicalTypeOptions", key)
    for key, schema in STANDARD["properties"].items():
        if schema.get("type") == "string" and key != "version":
            yield (key,)


def _options(schema: Any) -> set[str]:
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    found = set().union(*(_options(part) for part in parts)) if parts else set()
    if isinstance(schema, dict) and "logicalTypeOptions" in schema.get("properties", {}):
        found |= set(schema["properties"]["logicalTypeOptions"].get("properties", {}))
    return found


@pytest.mark.parametrize("place", sorted(set(places())), ids="/".join)
def test_every_key_of_the_standard_has_a_row(place: tuple[str, ...]) -> None:
    assert row_of(place) is not None


@pytest.mark.parametrize(
    ("place", "name"), [(place, name) for place, names in vocabulary().items() for name in names], ids=str
)
def test_every_name_of_the_vocabulary_has_a_row(place: str, name: str) -> None:
    at = {
        "contract": (),
        "object": ("object",),
        "property": ("property",),
        "quality line": ("property", "quality", "*"),
        "service level": ("slaProperties", "*"),
        "server": ("servers", "*"),
    }[place]
    schema = schema_of(place, name)
    schema |= schema["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else {}
    inner = ["*"] if schema.get("type") == "array" and name != "assay.upstream" else list(schema.get("properties", {}))
    flat = [(*at, name, key) for key in inner if key != "retention"] or [(*at, name)]

    assert all(row_of(each) is not None for each in flat)


PAID = BOOKINGS.replace("    element: booking.booked_at\n", "").replace(
    "      - name: price\n", "      - {name: paid_at, logicalType: timestamp, required: true}\n      - name: price\n"
)

CUSTOM = "customProperties:\n  - {property: assay.topics"
SUNDAYS = '{weekly: sunday, from: "02:00", to: "04:00", why: patches}'


def patient(value: str) -> tuple[str, str]:
    return "P1D}\nservers", f"P1D, customProperties: [{{property: assay.breach, value: {value}}}]}}\nservers"


def custom(name: str, value: str) -> tuple[str, str]:
    return CUSTOM, CUSTOM.replace("  - ", f"  - {{property: {name}, value: {value}}}\n  - ", 1)


OTHERS = [
    ("promise-weakened", patient("{minRecords: 100}")),
    ("promise-weakened", patient("{firesAfter: 2, outOf: 3}")),
    ("producer-tightening", patient("{outOf: 3}")),
    ("harmless", patient("{resolvesAfter: 3, minRecords: 0}")),
    ("producer-tightening", ("schedule: P1D}\nservers", "schedule: PT1H}\nservers")),
    ("promise-weakened", custom("assay.breach", "{firesAfter: 2}")),
    ("promise-weakened", custom("assay.watermark", "{delay: PT5M}")),
    ("harmless", custom("assay.watermark", "{delay: PT10S}")),
    ("review", custom("assay.watermark", "{idle: PT10S}")),
    ("promise-weakened", custom("assay.maintenance", f"[{SUNDAYS}]")),
    ("review", custom("assay.upstream", "[{contract: carts}]")),
    ("harmless", ("name: Bookings", "name: All bookings")),
    ("harmless", ("domain: travel", "domain: trips")),
    ("review", ("No payment data.", "No payment data, no names.")),
    ("promise-weakened", ("status: active", "status: deprecated")),
    ("promise-weakened", ("unique: true, ", "")),
    ("breaking-meaning", ("unique: true, primaryKey: true, primaryKeyPosition: 1", "primaryKey: false")),
    ("producer-tightening", ("maximum: 100000", "maximum: 50000")),
    ("promise-weakened", ("maximum: 100000", "maximum: 500000")),
    ("promise-weakened", ("minimum: 0, ", "")),
    ("producer-tightening", ("name: channel, logicalType: string", "name: channel, logicalType: string, logicalTypeOptions: {pattern: '^a$'}")),
    ("breaking-wire", ("items: {logicalType: string}", "items: {logicalType: string, required: false}")),
    ("breaking-wire", ("items: {logicalType: string}", "items: {logicalType: integer}")),
    ("breaking-wire", ("zip, logicalType: string, required: true", "zip, logicalType: string")),
    ("harmless", ("      - {name: channel,", "      - {name: seat, logicalType: string}\n      - {name: channel,")),
    ("producer-tightening", ("      - {name: channel,", "      - {name: seat, logicalType: string, required: true}\n      - {name: channel,")),
    ("review", ("classification: restricted", "classification: public")),
    ("promise-weakened", ("P1D}\nservers", "P1D, severity: warning}\nservers")),
    ("harmless", ("value: 15\n    unit: m", "value: 900\n    unit: s")),
    ("harmless", ("value: 15\n", "value: 10\n")),
    ("producer-tightening", ("onLate, value: flag", "onLate, value: dead-letter")),
    ("promise-weakened", ("percentile, value: 99", "percentile, value: 90")),
    ("promise-weakened", ("frequency, value: 5", "frequency, value: 50")),
    ("breaking-wire", ('  - {server: dev, type: kafka, environment: dev, host: "127.0.0.1:9092", format: json}\n', "")),
    ("breaking-wire", ("a:9092,b:9092", "c:9092")),
    ("review", ("a:9092,b:9092", "a:9092,c:9092")),
    ("promise-weakened", ("priceAmount: 2", "priceAmount: 3")),
    ("harmless", ("priceAmount: 2", "priceAmount: 1")),
    ("promise-weakened", ("roles: [{role: reader, access: read}]\n", "")),
    ("breaking-wire", ("kind: direct", "kind: cdc")),
    ("breaking-wire", ("kind: direct", "kind: direct, format: avro")),
    ("breaking-wire", ("kind: direct", "kind: direct, validated: other")),
    ("promise-weakened", ("{validated: P7D}", "{validated: P1D}")),
    ("review", ("kind: direct", "kind: direct, partitions: 6")),
    ("breaking-meaning", ("eventTime, value: booked_at", "eventTime, value: paid_at")),
    ("breaking-meaning", ("  - {property: assay.dedup", "  - {property: assay.timezone, value: Europe/Berlin}\n  - {property: assay.dedup")),
    ("promise-weakened", ("  - {property: assay.dedup", "  - {property: assay.openness, value: open}\n  - {property: assay.dedup")),
    ("promise-weakened", ("  - {property: assay.dedup", "  - {property: assay.enforcement, value: observe}\n  - {property: assay.dedup")),
    ("promise-weakened", ("dedup, value: PT1H", "dedup, value: PT30M")),
    ("promise-weakened", ("  - {property: assay.rules, value: [{id: paid, expr: \"state != 'PAID' || price > 0\"}]}\n", "")),
    ("promise-weakened", ("|| price > 0", "|| price > 1")),
    ("producer-tightening", ("price > 0\"}]", "price > 0\"}, {id: cheap, expr: price < 9000}]")),
    ("harmless", ("      - {id: fraud,", "      - {id: bi, contact: bi}\n      - {id: fraud,")),
    ("review", ("[booking_id, price, state]", "[booking_id, price]")),
    ("review", ("value: gold", "value: silver")),
    ("review", ("username: ana", "username: eva")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "edit"), OTHERS, ids=[edit[1][:60] or edit[0][:60] for _, edit in OTHERS])
def test_other_changes_have_their_class(kind: str, edit: tuple[str, str]) -> None:
    assert diff(PAID.encode(), changed(edit, text=PAID))[0].kind == kind


@pytest.mark.parametrize(
    ("name", "says"),
    [("replay", "are not judged"), ("deadLetters", "nothing repairs"), ("settled", "may be replayed again")],
)
def test_another_topic_of_recovery_is_reviewed_for_what_it_leaves_behind(name: str, says: str) -> None:
    (change,) = diff(BOOKINGS.encode(), changed(("kind: direct", f"kind: direct, {name}: other")))
    assert change.kind is ChangeClass.REVIEW
    assert says in change.says


DEFAULTS = [
    ("name: channel, logicalType: string", "name: channel, logicalType: string, required: false"),
    ("kind: direct", "kind: direct, format: json, partitions: 3"),
    ("  - {property: assay.dedup", "  - {property: assay.timezone, value: UTC}\n  - {property: assay.dedup"),
    ("items: {logicalType: string}", "items: {logicalType: string, required: true}"),
    ("P1D}\nservers", "P1D, severity: error}\nservers"),
]


@pytest.mark.parametrize("edit", DEFAULTS, ids=[edit[1] for edit in DEFAULTS])
def test_what_was_the_default_is_no_change(edit: tuple[str, str]) -> None:
    assert [each for each in diff(BOOKINGS.encode(), changed(edit)) if each.kind is not ChangeClass.HARMLESS] == []


def test_moving_things_about_is_no_change() -> None:
    document = yaml.safe_load(BOOKINGS)
    for listing in (document["customProperties"], document["slaProperties"], document["schema"][0]["properties"]):
        listing.reverse()

    assert diff(BOOKINGS.encode(), yaml.safe_dump(document).encode()) == ()


def leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from leaves(part, (*at, key))
    if not isinstance(value, dict | list):
        yield at


LEAVES = list(leaves(yaml.safe_load(BOOKINGS)))
random.Random(6).shuffle(LEAVES)  # those which take a value are not far from any


def edited(at: tuple[Any, ...], value: object) -> bytes | None:
    """The contract with another value at a leaf, or nothing where that is no change or one that lint refuses."""
    document = yaml.safe_load(BOOKINGS)
    holder = document
    for key in at[:-1]:
        holder = holder[key]
    if holder[at[-1]] == value or at == ("version",):
        return None
    holder[at[-1]] = value
    text: bytes = yaml.safe_dump(document).encode()
    return None if lint(text) else text


@st.composite
def edits(draw: st.DrawFn) -> bytes:
    """The contract with one leaf edited: one that can't take the value gives way to the next that can."""
    value = draw(st.one_of(st.integers(0, 50), st.booleans(), st.sampled_from(["ab", "c3"])))
    first = draw(st.integers(0, len(LEAVES) - 1))
    return next(text for at in (*LEAVES[first:], *LEAVES[:first]) if (text := edited(at, value)))


@settings(max_examples=30)
@given(edits())
def test_no_edit_is_overlooked(text: bytes) -> None:
    assert diff(BOOKINGS.encode(), text)


@settings(max_examples=15)
@given(st.sets(st.integers(0, 90), min_size=2, max_size=2))
def test_what_weakens_one_way_does_not_weaken_the_other(limits: set[int]) -> None:
    strict, loose = (changed(("OrEqualTo: 2", f"OrEqualTo: {limit}")) for limit in sorted(limits))

    assert diff(strict, loose)[0].kind is ChangeClass.PROMISE_WEAKENED
    assert diff(loose, strict)[0].kind is ChangeClass.PRODUCER_TIGHTENING
