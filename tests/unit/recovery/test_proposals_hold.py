"""Whatever the dead letters are: a flow that is proposed repairs as many of them as it says, and none raises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.contracts import Contract, Judge, draft_flows
from assay.recovery.decision import Replay
from assay.recovery.desk import Desk
from assay.recovery.letter import DeadLetter, read
from assay.recovery.proposals import Search
from assay.recovery.proposals.members import distance
from assay.recovery.proposals.numerals import NUMERALS, Numeral
from assay.recovery.run import Run, RunKind
from assay.recovery.selection import Selection
from tests.unit.recovery.dead import KEYS, contract_of, record_of

RUN = Run("r", RunKind.RECOVER, Selection("orders"), "1.0.0", {0: 100}, "ana", "why", 0)
CONTRACT = contract_of(
    {"name": "amount", "logicalType": "integer", "required": True, "logicalTypeOptions": {"minimum": 1, "maximum": 9}},
    {"name": "price", "logicalType": "number"},
    {"name": "paid", "logicalType": "boolean"},
    {"name": "day", "logicalType": "date"},
    {"name": "seen", "logicalType": "timestamp"},
    {"name": "colour", "logicalType": "string", "enum": [{"value": "red"}, {"value": "green"}]},
    {"name": "tags", "logicalType": "array", "items": {"logicalType": "string"}},
)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-20, 20), st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.sampled_from(
        ["1", " 2 ", "1,5", "1.234,5", "1,234", "yes", "NO", "RED", "gren", "green ", "01.02.2013", "02/03/2013",
         "2013-02-28 10:00:00", "1362096000", "x", "", "\U0001f600"]
    ),
    st.sampled_from([1_362_096_000, 1_362_096_000_000, 10**17, 5_000]),
    st.lists(st.sampled_from(["a", 1, None]), max_size=3), st.just({"deep": {"er": [1]}}),
)  # fmt: skip
NAMES = st.sampled_from(
    ["amount", "Amount", "amuont", "price", "paid", "day", "seen", "colour", "tags", "no/pe", "~x", ""]
)
ROWS = st.lists(st.dictionaries(NAMES, VALUES, max_size=5), min_size=1, max_size=5)


def dead(rows: list[Mapping[str, object]]) -> list[DeadLetter]:
    """The rows that the contract refuses, as dead letters."""
    values = [json.dumps({"id": f"{number}", **row}).encode() for number, row in enumerate(rows)]
    refused = [value for value in values if not Judge(CONTRACT).judge(value).accepted]
    return [read(record_of(CONTRACT, value, number)) for number, value in enumerate(refused)]


def desk_of(contract: Contract) -> Desk:
    return Desk(contract, {}, KEYS)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_a_proposed_flow_repairs_as_many_dead_letters_as_it_says(rows: list[Mapping[str, object]]) -> None:
    letters = dead(rows)
    search = Search(CONTRACT, desk_of, letters)
    for proposal in filter(None, map(search.tried, search.findings)):
        if proposal.flow:
            desk = desk_of(replace(CONTRACT, flows=draft_flows(proposal.flow.encode(), CONTRACT)))
            repaired = sum(isinstance(desk.asked(RUN, letter), Replay) for letter in letters)
            assert proposal.trial.would_pass == repaired > 0


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_a_distance_is_that_of_levenshtein_up_to_its_bound(one: str, other: str) -> None:
    def whole(first: str, second: str) -> int:
        if not first or not second:
            return len(first) + len(second)
        if first[0] == second[0]:
            return whole(first[1:], second[1:])
        return 1 + min(whole(first[1:], second), whole(first, second[1:]), whole(first[1:], second[1:]))

    assert distance(one, other, 2) == min(whole(one, other), 3)


@given(st.decimals(-(10**6), 10**6, places=2), st.sampled_from(NUMERALS))
def test_a_number_is_read_as_it_was_written(number: Decimal, numeral: Numeral) -> None:
    plain = f"{number:,.2f}"
    text = plain.replace(",", "\0").replace(".", numeral.decimal).replace("\0", numeral.thousands)
    assert numeral.read(text) == number
