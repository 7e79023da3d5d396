"""A dry run tells what flows would make of dead letters, and gives nothing away of those that are sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from assay.recovery.desk import Desk
from assay.recovery.letter import DeadLetter, read
from assay.recovery.trial import Trial, TrialResult
from assay.streaming.keys import Keys
from tests.unit.recovery.dead import KEYS, contract_of, letters_of, record_of

AMOUNT = {"name": "amount", "logicalType": "integer"}
CAST = {
    "id": "amount_as_text",
    "when": {"reason": "schema", "path": "/amount", "rule": "type"},
    "steps": [{"cast": {"amount": "integer"}}],
}
OTHER = CAST | {"id": "amount_is_one", "run": "on-request", "steps": [{"set": {"amount": 1}}]}
CONTRACT = contract_of(AMOUNT, flows=[CAST])
ROWS = [{"amount": "1"}, {"amount": "many"}, {"amount": "2"}, {"amount": "few"}]


def tried(
    letters: list[DeadLetter],
    flow: str = "",
    examples: int = 10,
    flows: tuple[Mapping[str, object], ...] = (CAST,),
    keys: Keys | None = KEYS,
) -> TrialResult:
    trial = Trial(Desk(contract_of(AMOUNT, flows=flows), {}, keys), flow, examples)
    trial.take(letters)
    return trial.result()


def test_what_would_pass_and_what_would_stay_is_counted_with_the_cause() -> None:
    found = tried(letters_of(CONTRACT, ROWS))
    assert (found.tried, found.would_pass) == (4, 2)
    assert [count for _, count in found.explanations] == [2]
    assert "amount_as_text" in found.explanations[0][0]
    assert found.flows == {"amount_as_text": (CONTRACT.flows[0].digest, 2)}
    assert (found.flow, found.digest) == ("", "")


def test_an_example_shows_a_field_before_and_after() -> None:
    example = tried(letters_of(CONTRACT, [{"amount": "1"}])).examples[0]
    assert [(change.path, change.before, change.after) for change in example.changes] == [("/amount", '"1"', "1")]
    assert (example.place, example.flow, example.explanation) == ("orders.dead-letters/0/0", "amount_as_text", "")


def test_of_sealed_dead_letters_shapes_are_told_and_no_value() -> None:
    found = tried(letters_of(CONTRACT, [{"amount": "7341"}, {"amount": "canary"}], sealed=True))
    assert found.examples[0].changes[0].before == '"string of 4 characters"'
    assert "7341" not in repr(found)
    assert "canary" not in repr(found)


def test_of_a_sealed_dead_letter_no_name_is_told_that_only_the_record_knows() -> None:
    text = {"logicalType": "string"}
    owed = {"name": "owed", "logicalType": "map", "map": {"key": text, "value": text}, "classification": "restricted"}
    flow = CAST | {"steps": [{"cast": {"amount": "integer"}}, {"trim": ["/owed/*"]}, {"drop": ["tail"]}]}
    contract = contract_of(AMOUNT, owed, flows=[flow])
    trial = Trial(Desk(contract, {}, KEYS))
    trial.take(letters_of(contract, [{"amount": "1", "owed": {"canary": " x"}, "tail": 1}], sealed=True))
    found = trial.result()
    assert [each.path for each in found.examples[0].changes] == ["/amount", "/owed/*", "/tail"]
    assert "canary" not in repr(found)


def test_a_flow_of_a_contract_is_tried_alone_with_its_digest() -> None:
    found = tried(letters_of(CONTRACT, ROWS), "amount_is_one", flows=(CAST, OTHER))
    assert (found.would_pass, found.flow, [*found.flows]) == (4, "amount_is_one", ["amount_is_one"])
    assert found.digest == found.flows["amount_is_one"][0]


def test_examples_are_as_many_as_are_asked_for_and_some_of_them_stay() -> None:
    rows = [{"amount": str(number)} for number in range(50)] + [{"amount": "many"}] * 50
    examples = tried(letters_of(CONTRACT, rows), examples=9).examples
    assert [bool(each.explanation) for each in examples] == [False] * 6 + [True] * 3
    assert len(tried(letters_of(CONTRACT, rows[:50]), examples=9).examples) == 9


def test_a_long_value_is_cut_and_stays_json() -> None:
    flow = CAST | {"steps": [{"set": {"amount": 1}}]}
    change = tried(letters_of(CONTRACT, [{"amount": "x" * 100_000}]), flows=(flow,)).examples[0].changes[0]
    assert len(change.before or "") < 1_100


def test_a_sealed_dead_letter_stays_where_no_key_opens_it() -> None:
    found = tried(letters_of(CONTRACT, [{"amount": "1"}], sealed=True), keys=None)
    assert "it is sealed" in found.examples[0].explanation


def test_a_dead_letter_whose_attempts_are_used_up_stays() -> None:
    found = tried([replace(letters_of(CONTRACT, ROWS)[0], attempt=3)])
    assert found.examples[0].explanation == "all 3 attempts are used up"


def test_a_dead_letter_without_its_bytes_stays() -> None:
    letter = letters_of(CONTRACT, ROWS)[0]
    stub = replace(letter, record=letter.record._replace(value=None))
    assert "bytes were not kept" in tried([stub]).examples[0].explanation


def test_a_framed_record_is_tried_behind_its_frame() -> None:
    record = record_of(CONTRACT, b'{"id":"1","amount":"1"}')
    assert tried([read(record._replace(value=b"\0\0\0\0\7" + (record.value or b"")))]).would_pass == 1
