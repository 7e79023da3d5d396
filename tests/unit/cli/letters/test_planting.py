"""A flow put into a contract file: comments stay, and the file says the same but for the flow."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.cli.errors import CommandError
from assay.cli.letters.planting import flow_of, planted, with_version
from assay.contracts import ContractError, load
from assay.contracts.document import parse
from assay.contracts.yaml_text import yaml_text
from assay.examples.flights import CONTRACTS
from tests.unit.cli.letters.samples import FLOW

FLOW_VALUE = yaml.safe_load(FLOW)

WORDS = st.text("abcxyz -_:#'\"{}[],&*!|>%@`é", min_size=1, max_size=12)
PLAIN = WORDS | st.integers(-99, 99) | st.booleans()
VALUES = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(WORDS, st.lists(PLAIN, max_size=2), max_size=3)
FLOWS = st.fixed_dictionaries({"id": WORDS}, optional={"when": st.dictionaries(WORDS, VALUES, min_size=1, max_size=2)})
CONTRACTS_OF = st.fixed_dictionaries(
    {"version": st.just("1.0.0")},
    optional={
        "description": VALUES,
        "customProperties": st.lists(
            st.one_of(
                st.fixed_dictionaries({"property": WORDS, "value": VALUES}),
            ),
            min_size=1,
            max_size=2,
        ),
    },
)
RECOVERIES = st.none() | st.fixed_dictionaries(
    {"maxAttempts": st.integers(1, 5)}, optional={"flows": st.lists(FLOWS, min_size=1, max_size=2)}
)
STYLES = st.sampled_from(["block", "flow", "ours"])


def written(contract: dict[str, object], style: str) -> bytes:
    if style == "ours":
        return yaml_text(contract).encode()
    return str(
        yaml.safe_dump(contract, default_flow_style=style == "flow", sort_keys=False, allow_unicode=True)
    ).encode()


def recovery_of(contract: dict[str, object]) -> dict[str, object]:
    properties = contract["customProperties"]
    assert isinstance(properties, list)
    return next(each["value"] for each in properties if each["property"] == "assay.recovery")


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # what a busy machine takes says nothing here
@given(CONTRACTS_OF, RECOVERIES, FLOWS, STYLES, STYLES)
def test_a_file_says_what_it_said_and_the_flow_behind_the_others(
    contract: dict[str, object],
    recovery: dict[str, object] | None,
    flow: dict[str, object],
    style: str,
    flow_style: str,
) -> None:
    if recovery is not None:
        recovery_property = {"property": "assay.recovery", "value": recovery}
        properties = contract.get("customProperties", [])
        assert isinstance(properties, list)
        contract = {**contract, "customProperties": [recovery_property, *properties]}
    before = written(contract, style)

    after = parse(planted(before, written(flow, flow_style).decode()), "after").value

    flows = recovery_of(after)["flows"]
    earlier = (recovery or {}).get("flows", [])
    assert flows == [*earlier, flow] if isinstance(earlier, list) else False
    assert {key: value for key, value in after.items() if key != "customProperties"} == {
        key: value for key, value in contract.items() if key != "customProperties"
    }


def test_every_line_of_the_file_stays_and_the_flow_has_its_comment() -> None:
    before = (CONTRACTS / "flights.odcs.yaml").read_bytes()

    after = planted(before, FLOW)

    left = iter(after.splitlines())
    assert all(line in left for line in before.splitlines())
    assert b"        # the app renamed the field\n        - id: tail_number_renamed\n" in after


def test_the_version_alone_is_raised() -> None:
    before = (CONTRACTS / "flights.odcs.yaml").read_bytes()

    after = with_version(before, "1.0.1")

    assert load(after).version == "1.0.1"
    assert after == before.replace(b"version: 1.0.0", b"version: 1.0.1", 1)


@pytest.mark.parametrize(
    "text",
    [
        "customProperties:\n- property: assay.recovery\n  value:\n    maxAttempts: 3 # three\n    # no more\n\nid: x\n",
        (
            "customProperties:\n- property: assay.recovery\n  value:\n    flows:\n    - id: z\n      description: |\n"
            "        two\n        lines\n\n    # tail\n\nid: x"
        ),
        "customProperties: [{property: assay.recovery, value: {flows: [{id: z}, ]}}] # all of it\nid: x\n",
        "id: x # no properties",
        "customProperties:\n  - {property: assay.topics, value: {}}\n# end\n",
    ],
)
def test_comments_and_the_order_of_keys_stay(text: str) -> None:
    after = planted(text.encode(), FLOW).decode()

    assert [line for line in after.splitlines() if "#" in line and "the app" not in line] == [
        line
        if not line.startswith("customProperties: [")
        else next(each for each in after.splitlines() if each.startswith("customProperties"))
        for line in text.splitlines()
        if "#" in line
    ]
    assert recovery_of(parse(after.encode(), "x").value)["flows"][-1] == FLOW_VALUE  # type: ignore[index]  # a list


@pytest.mark.parametrize("text", ["customProperties: [{property: assay.recovery, value: null}]", "- a list", ""])
def test_a_file_that_has_no_room_for_a_flow_is_refused(text: str) -> None:
    with pytest.raises((CommandError, ContractError), match=r"paste it by hand|mapping"):
        planted(text.encode(), FLOW)


@pytest.mark.parametrize("text", ["[1, 2]", "just words", "[{id: a}, {id: b}]", "a: [", ""])
def test_what_is_no_flow_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="flow"):
        flow_of(text)


def test_a_flow_may_come_as_an_item_of_a_list() -> None:
    item = "- id: a\n  steps:\n    - drop: x\n"

    assert flow_of(item) == {"id": "a", "steps": [{"drop": "x"}]}
    assert json.dumps(recovery_of(parse(planted(b"id: c\n", item), "x").value)["flows"]) == json.dumps([flow_of(item)])
