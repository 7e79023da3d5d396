"""A change of flows between versions: something to look at, that breaks no one, and names the flow."""

from __future__ import annotations

import pytest

from assay.contracts.diff import diff
from assay.contracts.diff.change import ChangeClass
from tests.unit.contracts.recovery.mending import contract_of

BEFORE = """\
- id: mend
  when: {reason: schema, path: /amount}
  steps: [{cast: {amount: integer}}, {set: {/place/zip: '1'}}]
- id: other
  when: {reason: schema}
  steps: [{drop: [x]}]
"""


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("- id: other", "- id: another", "flows/another"),
        ("path: /amount", "path: /price", "flows/mend/when/path"),
        ("'1'}", "'2'}", "flows/mend/steps"),
        ("{drop: [x]}", "{drop: [y]}", "flows/other/steps"),
        ("{cast: {amount: integer}}, ", "", "flows/mend/steps"),
        ("- id: other", "- id: other\n  run: on-request", "flows/other/run"),
    ],
)
def test_a_change_of_flows_is_one_to_look_at(old: str, new: str, place: str) -> None:
    changes = diff(contract_of(BEFORE), contract_of(BEFORE.replace(old, new)))
    assert {change.kind for change in changes} == {ChangeClass.REVIEW}
    assert any(place in change.path for change in changes), [change.path for change in changes]


def test_flows_in_another_order_are_one_change_to_look_at() -> None:
    head, tail = BEFORE.index("- id: mend"), BEFORE.index("- id: other")
    (change,) = diff(contract_of(BEFORE), contract_of(BEFORE[tail:] + BEFORE[head:tail]))
    assert (change.kind, change.before, change.after) == (ChangeClass.REVIEW, ["mend", "other"], ["other", "mend"])
    assert change.path == "customProperties/assay.recovery/flows"


def test_a_flow_that_is_added_puts_no_other_in_another_order() -> None:
    first = "- {id: first, when: {reason: rule}, steps: [{drop: [y]}]}\n"
    (change,) = diff(contract_of(BEFORE), contract_of(first + BEFORE))
    assert change.path.endswith("flows/first")
