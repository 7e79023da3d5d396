"""A draft from records lints, accepts the records it was drawn from, and shows no value of what looks personal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.contracts import Contract, ContractError, Judge, lint, load
from assay.contracts.drafts import Settled, from_avro, settled
from assay.contracts.inference import Sample, overlaid
from tests.unit.contracts.forms.drawn import contracts, good_records

MANY = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])

STATES = ("NEW", "PAID", "CANCELLED")


def order(number: int) -> dict[str, Any]:
    return {
        "order_id": f"ORD-{number:06d}",
        "created_at": f"2024-02-01T10:{number % 60:02d}:00Z",
        "customer_email": f"somebody{number}@mail.example",
        "phone": f"+49 170 55501{number % 100:02d}",
        "first_name": "Grace",
        "state": STATES[number % 3],
        "minute": number % 60,
        "amount": f"{number}.{number % 100:02d}",
        "ip": f"10.1.{number % 7}.9",
        "token": f"s3cr3t{number}",
        "lines": [{"sku": f"A{number:04d}", "count": number % 5}],
        **({"note": "free words"} if number % 4 else {}),
    }


def drafted(values: list[Any], keys: list[bytes] | None = None) -> str:
    sample = Sample()
    for place, value in enumerate(values):
        sample.add(value, keys[place] if keys else None)
    return settled(sample.draft("orders")).text.decode()


@pytest.fixture(scope="module")
def text() -> str:
    return drafted([order(number) for number in range(1, 601)])


@pytest.fixture(scope="module")
def contract(text: str) -> Contract:
    return load(text.encode())


def field(contract: Contract, name: str) -> Any:
    return next(each for each in contract.fields if each.name == name)


def test_types_formats_values_and_identifiers_are_guessed(contract: Contract) -> None:
    assert field(contract, "order_id").options == {"pattern": "^ORD-[0-9]{6}$"}
    assert field(contract, "created_at").type == "timestamp"
    assert field(contract, "state").enum == ("CANCELLED", "NEW", "PAID")
    assert field(contract, "minute").options == {"minimum": 0, "maximum": 59}
    assert field(contract, "amount").physical == "DECIMAL(18,2)"
    assert [each.name for each in field(contract, "lines").items.properties] == ["sku", "count"]
    assert (contract.key, contract.event_time) == (("order_id",), "created_at")
    assert not field(contract, "note").required


def test_every_guess_says_what_it_stands_on(text: str) -> None:
    assert "# guess: there in 450 of 600" in text
    assert "# guess: there in all 600; 3 values in 600" in text
    assert "the key, for it is different in all 600 records" in text


def test_no_value_of_a_personal_field_is_in_the_draft(contract: Contract, text: str) -> None:
    personal = {each.name for each in contract.fields if each.classification}
    assert personal == {"customer_email", "phone", "first_name", "ip", "token"}
    for value in ("somebody", "mail.example", "555", "Grace", "10.1.", "s3cr3t", "+49"):
        assert value not in text


def test_a_long_number_may_be_of_a_person_and_is_not_in_the_draft() -> None:
    text = drafted([{"account": 4_111_111_111_111_111 + number, "count": number} for number in range(100)])

    assert "4,111" not in text
    assert "41111" not in text
    assert "seen numbers, of up to 16 digits" in text
    assert "seen from 0 to 99" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [("api_key", "k1"), ("apiKey", "k1"), ("pwd", "hunter2"), ("session_id", "s9"), ("credential", "zz"),
     ("header", "Bearer abcdef"), ("note", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.x"), ("unit", "AKIAIOSFODNN7EXAMPLE")],
)  # fmt: skip
def test_what_opens_a_door_is_not_in_the_draft(name: str, value: str) -> None:
    assert value not in drafted([{name: value}, {name: f"{value}x"}] * 50)


def test_a_text_that_is_always_the_same_is_not_in_the_draft() -> None:
    assert "Ana Lee" not in drafted([{"made_by": "Ana Lee"}] * 100)


def test_few_values_of_which_one_is_personal_are_no_list() -> None:
    text = drafted([{"seller": ("shop", "market", "ana@mail.example")[number % 3]} for number in range(300)])

    assert "ana@mail.example" not in text


def test_the_key_of_the_records_is_the_key_of_the_draft() -> None:
    rows = [{"shop": f"s{n % 3}", "number": n % 50, "at": "2024-02-01T10:00:00Z"} for n in range(200)]
    keys = [json.dumps({"shop": each["shop"], "number": each["number"]}).encode() for each in rows]
    assert load(drafted(rows, keys).encode()).key == ("shop", "number")


def test_changes_of_rows_are_opened() -> None:
    rows = [{"id": n, "name": f"n{n}"} for n in range(40)]
    changes = [{"op": "c", "before": None, "after": each, "source": {}, "ts_ms": 1} for each in rows]
    made = load(drafted(changes, [json.dumps({"id": each["id"]}).encode() for each in rows]).encode())
    assert (made.kind, made.key, [each.name for each in made.fields]) == ("cdc", ("id",), ["id", "name"])


def test_names_that_are_data_become_a_map() -> None:
    rows = [{"rates": {f"k{n}": 1.5, f"k{n + 1}": 2}} for n in range(200)]
    assert field(load(drafted(rows).encode()), "rates").type == "map"


def test_names_that_are_personal_are_not_shown() -> None:
    made = drafted(
        [
            {"id": n, "votes": {f"user{n}@mail.example": 1, "b@mail.example": None}, "c@mail.example": 2}
            for n in range(30)
        ]
    )
    assert "mail.example" not in made
    assert field(load(made.encode()), "votes").type == "map"
    assert "names of fields that look personal: 1;" in made


def test_a_field_of_two_types_says_how_many_would_be_refused() -> None:
    assert "string; 1 of 100 are something else, and would be refused" in drafted(
        [{"x": 1}, *({"x": "a b"} for _ in range(99))]
    )


def test_a_field_that_was_always_null_leaves_the_contract_open() -> None:
    made = drafted([{"a": 1, "b": None}] * 30)
    assert "# left out: /b: always null" in made
    assert load(made.encode()).openness == "open"


def test_types_of_a_schema_are_kept_and_records_add_to_them() -> None:
    schema = {
        "type": "record",
        "name": "Order",
        "fields": [{"name": "state", "type": "string"}, {"name": "n", "type": "int"}],
    }
    sample = Sample()
    for number in range(100):
        sample.add({"state": STATES[number % 3], "n": number})
    made = load(settled(overlaid(from_avro(json.dumps(schema), "orders"), sample.draft("orders"))).text)
    assert made.form == "avro"
    assert field(made, "state").enum == ("CANCELLED", "NEW", "PAID")
    assert field(made, "n").options == {"format": "i32", "minimum": 0}


@given(contract=contracts())
@MANY
def test_a_draft_accepts_the_records_it_was_drawn_from_or_says_what_it_would_refuse(contract: Contract) -> None:
    records = good_records(contract, 40)
    if not records:
        return
    sample = Sample()
    for record in records:
        sample.add(json.loads(record))
    made = made_or_none(sample)
    if made is None:
        return
    judge = Judge(load(made.text))
    for record in records:
        assert judge.judge(record).reason is None or b"would be refused" in made.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=20,
)


@given(values=st.lists(st.dictionaries(st.text(max_size=8), JSON, min_size=1, max_size=5), min_size=1, max_size=8))
@MANY
def test_any_records_give_a_draft_that_lints_or_none(values: list[dict[str, Any]]) -> None:
    sample = Sample()
    for value in values:
        sample.add(value)
    made = made_or_none(sample)
    assert made is None or lint(made.text) == []


@pytest.mark.parametrize("odd", [float("inf"), float("-inf"), float("nan")])
def test_a_number_without_end_is_no_bound_of_the_whole_numbers_beside_it(odd: float) -> None:
    sample = Sample()
    for value in (1, 2, 3, odd, "four"):
        sample.add({"count": value})
    made = made_or_none(sample)
    assert made is not None
    assert b"seen from 1 to 3" in made.text


def made_or_none(sample: Sample) -> Settled | None:
    """The file; None where the records have no field that a contract can have, like one that is always null."""
    try:
        return settled(sample.draft("any"))
    except ContractError as error:
        assert "no field is there" in str(error)  # noqa: PT017 -- mostly nothing is raised
        return None
