"""A proposed flow repairs what it says, from what dead letters and their contract say, and never by a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from assay.contracts import Contract, draft_flows
from assay.recovery.decision import Replay
from assay.recovery.desk import Desk
from assay.recovery.proposals import Proposal, Proposals, Search
from assay.recovery.run import Run, RunKind
from assay.recovery.selection import Selection
from tests.unit.recovery.dead import KEYS, contract_of, letters_of

Row = Mapping[str, object]
RUN = Run("r", RunKind.RECOVER, Selection("orders"), "1.0.0", {0: 100}, "ana", "why", 0)

AMOUNT = {"name": "amount", "logicalType": "integer", "required": True}
PRICE = {"name": "price", "logicalType": "number", "required": True}
PAID = {"name": "paid", "logicalType": "boolean", "required": True}
DAY = {"name": "day", "logicalType": "date", "required": True}
SEEN = {"name": "seen", "logicalType": "timestamp", "required": True}
COLOUR = {
    "name": "colour",
    "logicalType": "string",
    "required": True,
    "enum": [{"value": v} for v in ("red", "green", "blue")],
}
SHARE = {
    "name": "share",
    "logicalType": "number",
    "required": True,
    "logicalTypeOptions": {"minimum": 0.5, "maximum": 1},
}
NOTE = {"name": "note", "logicalType": "string"}
KIND = {"name": "kind", "logicalType": "string", "required": True, "enum": [{"value": "order"}]}


def of(contract: Contract, rows: Sequence[Row], *, sealed: bool = False) -> Proposals:
    search = Search(contract, desk_of, letters_of(contract, rows, sealed=sealed))
    return search.result([found for finding in search.findings if (found := search.tried(finding))])


def desk_of(contract: Contract) -> Desk:
    return Desk(contract, {}, KEYS)


def repaired(contract: Contract, proposal: Proposal, rows: Sequence[Row]) -> int:
    """How many of them the flow repairs, once the contract has it."""
    desk = desk_of(replace(contract, flows=draft_flows(proposal.flow.encode(), contract)))
    return sum(isinstance(desk.asked(RUN, letter), Replay) for letter in letters_of(contract, rows))


@pytest.mark.parametrize(
    ("field", "rows", "steps", "passing"),
    [
        (AMOUNT, [{"amount": "1"}, {"amount": "20"}], ["cast: {amount: integer}"], 2),
        (AMOUNT, [{"amount": " 1 "}, {"amount": "2"}], ["trim: [amount]", "cast: {amount: integer}"], 2),
        (AMOUNT, [{"amount": "1"}, {"amount": "2"}, {"amount": "many"}], ["cast: {amount: integer}"], 2),
        (AMOUNT, [{"amuont": 1}, {"amuont": 2}], ["rename: {amuont: amount}"], 2),
        (AMOUNT, [{"Amount": "1"}, {"Amount": "2"}], ["rename: {Amount: amount}", "cast: {amount: integer}"], 2),
        (PRICE, [{"price": "1,5"}, {"price": "2,25"}], ['parse: {price: {decimal: ","}}'], 2),
        (PRICE, [{"price": "1.234,5"}, {"price": "7"}], ["decimal", "thousands"], 2),
        (PAID, [{"paid": "yes"}, {"paid": "No"}], ["map"], 2),
        (DAY, [{"day": "28.02.2013"}, {"day": "01.03.2013"}], ["parse: {day: {format: dd.MM.yyyy}}"], 2),
        (DAY, [{"day": "2/28/2013".zfill(10)}, {"day": "03/01/2013"}], ["parse: {day: {format: MM/dd/yyyy}}"], 2),
        (SEEN, [{"seen": 1_362_096_000_000}, {"seen": 1_362_096_000_123}], ["parse: {seen: {epoch: ms}}"], 2),
        (COLOUR, [{"colour": "RED"}, {"colour": "Blue"}], ["case: {colour: lower}"], 2),
        (COLOUR, [{"colour": " red"}, {"colour": "blue "}], ["trim: [colour]"], 2),
        (COLOUR, [{"colour": "gren"}, {"colour": "blau"}, {"colour": "gren"}], ["map", "gren: green"], 2),
        (SHARE, [{"share": 60}, {"share": 75.5}, {"share": 99}], ["evaluate", "double(share) / 100.0"], 3),
        (NOTE, [{"note": "a", "nope": 1}, {"nope": 2}], ["drop: [nope]"], 2),
        (KIND, [{}, {}], ["default: {kind: order}"], 2),
    ],
)
def test_what_the_dead_letters_say_is_proposed(
    field: Row, rows: Sequence[Row], steps: Sequence[str], passing: int
) -> None:
    contract = contract_of(field)
    first = of(contract, rows).proposals[0]
    assert all(step in first.flow for step in steps), first.flow
    assert (first.trial.tried, first.trial.would_pass) == (len(rows), passing)
    assert repaired(contract, first, rows) == passing


def test_several_fields_that_have_other_names_are_renamed_together() -> None:
    contract = contract_of(AMOUNT, PAID, {"name": "order_day", "logicalType": "date", "required": True})
    rows = [{"Amount": number, "isPaid": True, "orderDay": "2013-02-28"} for number in range(3)]
    first = of(contract, rows).proposals[0]
    assert first.trial.would_pass == 3
    assert [first.flow.count(name) for name in ("Amount: amount", "isPaid: paid", "orderDay: order_day")] == [1, 1, 1]


def test_two_wrong_fields_of_a_record_are_repaired_by_one_flow() -> None:
    contract = contract_of(AMOUNT, DAY)
    first = of(contract, [{"amount": "1", "day": "28.02.2013"}, {"amount": "2", "day": "01.03.2013"}]).proposals[0]
    assert first.trial.would_pass == 2


@pytest.mark.parametrize(
    ("field", "rows", "why"),
    [
        (DAY, [{"day": "01/02/2013"}, {"day": "03/04/2013"}], "dd/MM/yyyy or text like MM/dd/yyyy"),
        (PRICE, [{"price": "1,234"}, {"price": "5,678"}], "1234,5 or a number like 1,234.5"),
        (
            {**SHARE, "logicalTypeOptions": {"maximum": 100}},
            [{"share": 6_000}, {"share": 7_000}, {"share": 150}],
            "factors",
        ),
    ],
)
def test_where_more_than_one_reading_fits_none_is_proposed(field: Row, rows: Sequence[Row], why: str) -> None:
    found = of(contract_of(field), rows)
    assert not found.proposals
    assert why in found.explanation


@pytest.mark.parametrize(
    ("field", "rows"),
    [
        (AMOUNT, [{"amount": "many"}, {"amount": "few"}]),
        (AMOUNT, [{}, {}]),
        (COLOUR, [{"colour": "ultramarine"}]),
        (SHARE, [{"share": -5}, {"share": 1_000_000}, {"share": 0}]),
    ],
)
def test_where_nothing_speaks_for_a_repair_none_is_proposed(field: Row, rows: Sequence[Row]) -> None:
    found = of(contract_of(field), rows)
    assert not found.proposals
    assert found.explanation


def test_a_value_that_comes_again_and_is_near_to_none_is_offered_as_a_new_member() -> None:
    found = of(contract_of(COLOUR), [{"colour": "purple"}, {"colour": "purple"}]).proposals[0]
    assert (found.flow, found.trial.would_pass) == ("", 2)
    assert any('- value: "purple"' in each for each in found.evidence)


def test_an_optional_field_may_become_null_after_all_that_loses_nothing() -> None:
    contract = contract_of({**AMOUNT, "required": False})
    found = of(contract, [{"amount": "1"}, {"amount": "x"}, {"amount": "y"}]).proposals
    assert "amount: null" in found[-1].flow
    assert [each.loses for each in found] == sorted(each.loses for each in found)


def test_of_sealed_dead_letters_no_value_is_told() -> None:
    contract = contract_of(COLOUR, NOTE)
    rows = [{"colour": "gren-canary"}, {"colour": "gren"}, {"colour": "gren"}]
    told = of(contract, rows, sealed=True)
    assert "gren" not in repr([(each.title, each.flow, each.evidence, each.trial) for each in told.proposals])


def test_of_sealed_dead_letters_a_cast_is_proposed_by_counts() -> None:
    found = of(contract_of(AMOUNT), [{"amount": "7341"}, {"amount": "7342"}], sealed=True).proposals[0]
    assert found.trial.would_pass == 2
    assert "734" not in repr((found.title, found.flow, found.evidence, found.trial))


def test_a_rename_in_an_object_within_a_record_is_proposed_by_its_place() -> None:
    address = {
        "name": "address", "logicalType": "object", "required": True,
        "properties": [{"name": "zip", "logicalType": "string", "required": True}],
    }  # fmt: skip
    found = of(contract_of(address), [{"address": {"zipCode": "1"}}, {"address": {"zipCode": "2"}}]).proposals[0]
    assert "rename: {/address/zipCode: zip}" in found.flow


def test_items_of_an_array_are_cast_together() -> None:
    prices = {"name": "prices", "logicalType": "array", "required": True, "items": {"logicalType": "integer"}}
    found = of(contract_of(prices), [{"prices": [1, "2"]}, {"prices": ["3", "4", 5]}]).proposals[0]
    assert 'cast: {"/prices/*": integer}' in found.flow
    assert found.trial.would_pass == 2


def test_a_flow_has_an_id_that_no_flow_of_the_contract_has() -> None:
    flow = {"id": "amount_to_integer", "when": {"reason": "rule"}, "steps": [{"set": {"amount": 1}}]}
    found = of(contract_of(AMOUNT, flows=[flow]), [{"amount": "1"}]).proposals[0]
    assert "id: amount_to_integer_2" in found.flow


def test_where_the_contract_has_a_flow_for_it_already_that_is_said() -> None:
    flow = {"id": "text", "when": {"reason": "schema", "path": "/amount"}, "steps": [{"cast": {"amount": "integer"}}]}
    found = of(contract_of(AMOUNT, flows=[flow]), [{"amount": "1"}, {"amount": "x"}])
    assert "would repair 1 of 2" in found.explanation


@pytest.mark.parametrize(
    ("field", "rows"),
    [
        (AMOUNT | {"logicalType": "number", "logicalTypeOptions": {"maximum": 10}}, [{"amount": 1.7e308}] * 3),
        ({"name": "at", "logicalType": "timestamp"}, [{"at": "9" * 5_000}] * 3),
    ],
)
def test_a_number_beyond_all_bounds_stops_no_search(field: Row, rows: Sequence[Row]) -> None:
    assert all("null" in each.title for each in of(contract_of(field), rows).proposals)
