"""Which breach is told with which: each pair, in the order of causes, and never in a circle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import Breach, Kind, Measurement, State
from assay.alerts.promises.causes import Lineage, Nature, cause_of, lineage, nature_of
from assay.contracts import Contract, Promise, Upstream, Window
from tests.unit.alerts.promises.stage import NULLS, ROWS, contract_of, error_rate, silence

NOW_MS = 1_000_000_000
OTHER = Promise("codes", "amount", "invalidValues", "mustBeLessOrEqualTo", (0,), "percent", Window("PT5M"))
HELD = (
    NULLS,
    ROWS,
    OTHER,
    error_rate(),
    replace(silence(), id="frequency"),
    replace(silence("freshness"), id="freshness"),
)
PROMISES = {
    Nature.SILENCE: "frequency",
    Nature.FRESHNESS: "freshness",
    Nature.ERRORS: "errors",
    Nature.VOLUME: "rows",
    Nature.MISSING: NULLS.id,
    Nature.OTHER: "codes",
}
CONTRACTS = {"orders": contract_of(*HELD), "refunds": contract_of(*HELD, name="refunds")}
ABOVE = Lineage({"refunds": frozenset({"orders"})})


def measured(
    nature: Nature, contract: str = "orders", path: str = "/amount", start_ms: int = NOW_MS - 300_000
) -> Measurement:
    promise, kind = PROMISES.get(nature, "failure"), Kind.PROMISE
    if nature is Nature.INVALID_RECORDS:
        kind = Kind.INVALID_RECORDS
    elif nature <= Nature.STUCK:
        promise, kind = {0: "registry", 1: "dead", 2: "dead", 3: "stuck"}[nature], Kind.SERVICE
        contract = "*" if nature <= Nature.ALL_DEAD else contract
    name = f"{nature.name}/{contract}"
    window = ("window", start_ms, start_ms + 300_000)
    return Measurement(name, contract, "1.0.0", promise, "promised", "measured", 1.0, *window, State.FIRING, kind, path)


def breach(nature: Nature, contract: str = "orders", **more: object) -> Breach:
    fired = measured(nature, contract, **more)  # type: ignore[arg-type]  # of a measurement
    return Breach(fired, fired, fired_at_ms=NOW_MS - 60_000)


def cause(measurement: Measurement, *others: Breach, above: Lineage = ABOVE) -> Nature | None:
    found = cause_of(measurement, CONTRACTS, others, above, NOW_MS)
    return None if found is None else nature_of(found.fired, CONTRACTS.get(found.fired.contract))


WITHIN = {
    Nature.REGISTRY_AWAY: {Nature.ALL_DEAD, Nature.DEAD, Nature.STUCK, Nature.SILENCE, Nature.FRESHNESS, Nature.ERRORS, Nature.VOLUME},
    Nature.ALL_DEAD: {Nature.DEAD, Nature.STUCK, Nature.SILENCE, Nature.FRESHNESS, Nature.ERRORS, Nature.VOLUME},
    Nature.DEAD: {Nature.STUCK, Nature.SILENCE, Nature.FRESHNESS, Nature.ERRORS, Nature.VOLUME},
    Nature.STUCK: {Nature.SILENCE, Nature.FRESHNESS, Nature.ERRORS, Nature.VOLUME},
    Nature.SILENCE: {Nature.FRESHNESS, Nature.VOLUME},
    Nature.INVALID_RECORDS: {Nature.ERRORS, Nature.VOLUME, Nature.MISSING},
}  # fmt: skip
"""What of one contract each is the cause of; all else is the cause of nothing."""


@pytest.mark.parametrize("its", Nature)
@pytest.mark.parametrize("nature", Nature)
def test_each_pair_of_one_contract(its: Nature, nature: Nature) -> None:
    assert (cause(measured(nature), breach(its)) is its) == (nature in WITHIN.get(its, set()))


@pytest.mark.parametrize("its", Nature)
@pytest.mark.parametrize("nature", [each for each in Nature if each > Nature.STUCK])
def test_each_pair_with_a_contract_upstream(its: Nature, nature: Nature) -> None:
    is_cause = its not in (Nature.INVALID_RECORDS, Nature.REGISTRY_AWAY, Nature.ALL_DEAD)
    if its <= Nature.ALL_DEAD:
        is_cause = nature in WITHIN[its]
    found = cause(measured(nature, "refunds"), breach(its, "orders"))
    assert (found is its) == (is_cause and nature is not Nature.INVALID_RECORDS)


@pytest.mark.parametrize("its", [each for each in Nature if each > Nature.ALL_DEAD])
@pytest.mark.parametrize("nature", Nature)
def test_a_contract_downstream_is_the_cause_of_nothing_upstream(its: Nature, nature: Nature) -> None:
    assert cause(measured(nature, "orders"), breach(its, "refunds")) is None


def test_the_first_cause_that_holds_is_taken() -> None:
    others = [breach(each) for each in reversed(Nature) if each < Nature.FRESHNESS]
    assert cause(measured(Nature.VOLUME, "orders"), *others) is Nature.REGISTRY_AWAY
    assert cause(measured(Nature.VOLUME, "orders"), *others[:-1]) is Nature.ALL_DEAD
    assert cause(measured(Nature.VOLUME, "orders"), *others[:-2]) is Nature.DEAD
    assert cause(measured(Nature.VOLUME, "orders"), *others[:-4]) is Nature.SILENCE
    upstream = [breach(Nature.MISSING, "orders"), breach(Nature.SILENCE, "refunds")]
    assert cause(measured(Nature.VOLUME, "refunds"), *upstream) is Nature.MISSING


def test_a_breach_upstream_that_began_after_the_window_is_no_cause() -> None:
    later = breach(Nature.MISSING, "orders", start_ms=NOW_MS)
    assert cause(measured(Nature.MISSING, "refunds"), later) is None


def test_an_alarm_on_another_field_is_no_cause_of_missing_values() -> None:
    assert cause(measured(Nature.MISSING), breach(Nature.INVALID_RECORDS, path="/id")) is None


def test_an_alarm_that_was_raised_long_before_is_no_cause() -> None:
    old = replace(breach(Nature.INVALID_RECORDS), fired_at_ms=NOW_MS - 3_600_000)
    assert cause(measured(Nature.ERRORS), old) is None


def contract_above(name: str, *above: str) -> Contract:
    return replace(CONTRACTS["orders"], id=name, upstream=tuple(Upstream(contract=each) for each in above))


def named(name: str, contract: Contract) -> Contract:
    return replace(contract, topics=replace(contract.topics, validated=f"{name}.validated"))


def test_lineage_follows_ids_and_validated_topics() -> None:
    from_topic = replace(contract_above("c"), upstream=(Upstream("kafka", "b.validated"),))
    found = lineage({"a": contract_above("a"), "b": named("b", contract_above("b", "a")), "c": from_topic})
    assert (found.of("a"), found.of("b"), found.of("c")) == (set(), {"a"}, {"a", "b"})
    assert found.in_order("cba") == ["a", "b", "c"]


NAMES = ("a", "b", "c", "d")
LINES: st.SearchStrategy[Mapping[str, set[str]]] = st.fixed_dictionaries(
    {name: st.sets(st.sampled_from(NAMES), max_size=3) for name in NAMES}
)


@given(LINES, st.lists(st.tuples(st.sampled_from(Nature), st.sampled_from(NAMES)), unique=True, max_size=8))
def test_no_breach_is_told_under_itself_however_contracts_are_made_of_each_other(
    lines: Mapping[str, set[str]], there: list[tuple[Nature, str]]
) -> None:
    contracts = {name: contract_above(name, *above) for name, above in lines.items()}
    above = lineage(contracts)
    breaches = [breach(nature, name) for nature, name in there]
    under: dict[str, str] = {}
    for each in breaches:
        others = [other for other in breaches if other.id != each.id]
        if found := cause_of(each.fired, contracts, others, above, NOW_MS):
            under[each.id] = found.id
    for start in under:
        seen, at = {start}, under.get(start)
        while at is not None:
            assert at not in seen
            seen.add(at)
            at = under.get(at)
