"""A failure's likely cause is told from verdicts, versions and rates; nothing is claimed without evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.contracts import Contract, Judge, Verdict, Violation, load
from assay.recovery.causes import Case, Kind, Sibling, likely_cause
from assay.recovery.identity import Identity, identity_of

FIELDS = """
      - {name: id, logicalType: string, required: true, primaryKey: true}
      - {name: delay, logicalType: integer, required: true}
      - {name: distance, logicalType: number, logicalTypeOptions: {maximum: 1000}, customProperties: [{property: assay.unit, value: km}]}
      - {name: day, logicalType: date}
      - {name: state, logicalType: string, enum: [{value: NEW}, {value: PAID}]}
      - {name: tags, logicalType: array, items: {name: tag, logicalType: string}}"""
GOOD: Mapping[str, object] = {"id": "a", "delay": 3, "distance": 5.5, "day": "2013-02-28", "state": "NEW", "tags": []}
CANARY = "c4n4ry"


def contract(version: str = "2.0.0", *changes: tuple[str, str]) -> Contract:
    fields = FIELDS
    for old, new in changes:
        assert old in fields
        fields = fields.replace(old, new)
    return load(
        f"""apiVersion: v3.2.0
kind: DataContract
id: trips
version: {version}
status: active
schema:
  - name: trip
    properties:{fields}
customProperties:
  - {{property: assay.topics, value: {{kind: direct}}}}
team: {{name: testers, members: [{{username: ana, role: Owner}}]}}
""".encode()
    )


NOW = contract()
OTHERS = [contract("1.0.0"), contract("3.0.0", ("value: km", "value: m"))]


def case(
    verdict: Verdict,
    *,
    judged_by: Contract = NOW,
    others: Sequence[Contract] = (),
    counts: tuple[int, int] = (0, 0),
    siblings: Sequence[Identity] = (),
) -> Case:
    assert verdict.reason is not None
    first = verdict.violations[0] if verdict.violations else None
    identity = identity_of("trips", judged_by.version, verdict.reason, first, "shop")
    refused, records = counts
    beside = tuple(Sibling(each, 1) for each in siblings)
    return Case(identity, 40, verdict.violations, "", judged_by, tuple(others), beside, records, refused)


def refused(changes: Mapping[str, object], *gone: str, by: Contract = NOW) -> Verdict:
    record = {name: value for name, value in {**GOOD, **changes}.items() if name not in gone}
    verdict = Judge(by).judge(orjson.dumps(record))
    assert not verdict.accepted
    return verdict


def test_a_missing_field_and_an_unknown_one_of_its_type_are_a_rename() -> None:
    cause = likely_cause(case(refused({"delay_min": 3}, "delay")))
    assert cause is not None
    assert cause.kind is Kind.RENAMED
    assert cause.words == "/delay is missing, and /delay_min holds a value of its type"
    assert "the names are alike" in cause.evidence


def test_an_unknown_field_of_another_type_is_no_rename() -> None:
    cause = likely_cause(case(refused({"delay_min": [3]}, "delay")))
    assert cause is not None
    assert cause.kind is not Kind.RENAMED


def test_of_several_unknown_fields_the_one_of_a_like_name_is_the_new_name() -> None:
    cause = likely_cause(case(refused({"delayInMin": 3, "zone": 1}, "delay")))
    assert cause is not None
    assert "/delayInMin" in cause.words
    for unclear in ({"zone": 3, "gate": 4}, {"arrDelay": 3, "depDelay": 3}):
        cause = likely_cause(case(refused(unclear, "delay")))
        assert cause is not None
        assert cause.kind is not Kind.RENAMED


def test_a_version_that_has_the_new_name_is_evidence() -> None:
    later = contract("3.0.0", ("name: delay,", "name: late_min,"))
    cause = likely_cause(case(refused({"late_min": 3}, "delay"), others=[later]))
    assert cause is not None
    assert cause.kind is Kind.RENAMED
    assert "version 3.0.0 has /late_min" in cause.evidence


@pytest.mark.parametrize(
    ("changes", "gone", "kind"),
    [
        ({}, ["delay"], Kind.REMOVED),
        ({"delay": None}, [], Kind.NULL),
        ({"more": 1}, [], Kind.ADDED),
        ({"delay": "3"}, [], Kind.TYPE),
        ({"tags": [1]}, [], Kind.TYPE),
        ({"day": "28.02.2013"}, [], Kind.FORMAT),
    ],
)
def test_a_change_of_one_field_is_named(changes: Mapping[str, object], gone: Sequence[str], kind: Kind) -> None:
    cause = likely_cause(case(refused(changes, *gone)))
    assert cause is not None
    assert cause.kind is kind


def test_a_text_that_looks_like_a_number_is_said_to() -> None:
    cause = likely_cause(case(refused({"delay": "3"})))
    assert str(cause) == (
        "type changed: /delay is a string of 1 character that looks like a whole number where integer is asked for"
    )


def test_the_change_between_versions_is_evidence_of_a_changed_type() -> None:
    later = contract("3.0.0", ("name: delay, logicalType: integer", "name: delay, logicalType: string"))
    cause = likely_cause(case(refused({"delay": "3"}), others=[later]))
    assert cause is not None
    assert cause.evidence == ("version 3.0.0 takes that", "2.0.0 to 3.0.0: logicalType integer → string")


def test_what_an_older_version_did_not_require_is_a_stricter_contract() -> None:
    older = contract(
        "1.0.0", ("{name: delay, logicalType: integer, required: true}", "{name: delay, logicalType: integer}")
    )
    cause = likely_cause(case(refused({}, "delay"), others=[older]))
    assert cause is not None
    assert cause.kind is Kind.STRICTER
    assert "version 1.0.0 does not require it" in cause.evidence


def test_numbers_far_beyond_their_bound_are_another_unit_only_where_nearly_all_are() -> None:
    verdict = refused({"distance": 55_000})
    cause = likely_cause(case(verdict, counts=(98, 100)))
    assert cause is not None
    assert (cause.kind, cause.words) == (Kind.UNIT, "/distance is 10 to 100 times the limit: at most 1000, in km")
    assert likely_cause(case(verdict, counts=(3, 100))) is None
    assert likely_cause(case(refused({"distance": 1_001}), counts=(98, 100))) is None


def test_another_unit_in_another_version_is_evidence_enough() -> None:
    later = contract("3.0.0", ("value: km", "value: m"))
    cause = likely_cause(case(refused({"distance": 1_500}), others=[later]))
    assert cause is not None
    assert cause.kind is Kind.UNIT
    assert "assay.unit" in cause.evidence[0]


def test_a_new_value_is_claimed_where_the_others_pass() -> None:
    verdict = refused({"state": "SENT"})
    cause = likely_cause(case(verdict, counts=(10, 100)))
    assert cause is not None
    assert cause.kind is Kind.VALUE
    assert likely_cause(case(verdict, counts=(100, 100))) is None
    later = contract("3.0.0", ("{value: PAID}", "{value: PAID}, {value: SENT}"))
    assert likely_cause(case(verdict, counts=(100, 100), others=[later])) is not None


def test_a_spelling_that_looks_like_nothing_known_has_no_cause() -> None:
    assert likely_cause(case(refused({"day": "yesterday"}))) is None


@pytest.mark.parametrize(
    ("reason", "rule", "found", "kind"),
    [
        ("unknown_schema", "version", "version 9.9.9, which is unknown", Kind.UNREGISTERED),
        ("unknown_schema", "registry_away", "schema id 7, unknown while the registry is away", Kind.UNREGISTERED),
        ("unknown_schema", "retired", "version 1.0.0 is retired; use 2.0.0", Kind.RETIRED),
        ("unknown_schema", "contract", "schema id 7, which is of contract trips", Kind.STRANGER),
        ("duplicate", "dedup", "one that came before", Kind.DUPLICATES),
        ("malformed", "json", "no JSON: cut off", Kind.MALFORMED),
        ("malformed", "json", "no JSON: XML or HTML", Kind.MALFORMED),
    ],
)
def test_how_a_record_came_is_a_cause(reason: str, rule: str, found: str, kind: Kind) -> None:
    first = Violation("", rule, "a version in use", found)
    cause = likely_cause(Case(identity_of("trips", "2.0.0", reason, first, "shop"), 3, (first,)))
    assert cause is not None
    assert cause.kind is kind


def test_a_clock_is_suspected_where_all_of_one_producer_are_late_and_no_other() -> None:
    first = Violation("/day", "late", "at most 60 s before it arrives", "more")
    identity = identity_of("trips", "2.0.0", "late", first, "shop")
    beside = identity_of("trips", "2.0.0", "late", first, "till")
    alone = likely_cause(Case(identity, 30, (first,), records=30, refused=30))
    assert alone is not None
    assert (alone.kind, "no other producer is late" in alone.evidence) == (Kind.LATE, True)
    both = likely_cause(Case(identity, 30, (first,), records=30, refused=30, siblings=(Sibling(beside, 3),)))
    assert both is not None
    assert both.evidence[-1] == "till fails in the same way"
    assert likely_cause(Case(identity, 3, (first,), records=30, refused=3)) is None


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*GOOD, "more"]),
        st.sampled_from([f"{CANARY} 1", f"2013-02-28{CANARY}", [CANARY], {CANARY: 1}, f"{CANARY}" * 40, None, 7, 1e9]),
    ),
    st.sets(st.sampled_from([*GOOD])),
    st.tuples(st.integers(0, 50), st.integers(0, 50)),
)
def test_no_value_of_a_record_is_in_its_cause(
    changes: dict[str, object], gone: set[str], counts: tuple[int, int]
) -> None:
    record = {name: value for name, value in {**GOOD, **changes}.items() if name not in gone}
    verdict = Judge(NOW).judge(orjson.dumps(record))
    if verdict.reason is not None:
        assert CANARY not in str(likely_cause(case(verdict, others=OTHERS, counts=counts)))
