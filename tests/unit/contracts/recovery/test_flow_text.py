"""Flows as text: a draft that is in no contract yet, one flow as YAML, and digests that say what flows do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from assay.contracts import (
    Contract,
    ContractError,
    Failed,
    FieldChange,
    Judge,
    Recovery,
    Repaired,
    Unrepaired,
    draft_flows,
    flow_yaml,
    flows_digest,
)

DRAFT = b"""\
flows:
  - id: late_state
    when: {reason: rule, rule: paid_positive}
    steps: [{set: {state: NEW}}]
"""
WRONG = orjson.dumps({"id": "a", "at": "2013-01-01T10:00:00Z", "amount": "7"})


def failed(contract: Contract, value: bytes) -> Failed:
    verdict = Judge(contract).judge(value)
    assert verdict.reason is not None
    return Failed(value, verdict.reason, verdict.violations)


def test_a_draft_is_read_as_the_contract_would_read_it(orders: Contract) -> None:
    assert draft_flows(DRAFT, orders)[0].steps == orders.flows[1].steps


def test_a_flow_survives_its_yaml(orders: Contract) -> None:
    for flow in orders.flows:
        assert draft_flows(flow_yaml(flow).encode(), orders) == (flow,)


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (b"set:", b"sett:", "4: unknown key 'sett'; did you mean 'set'?"),
        (b"state: NEW", b"stat: NEW", "4: flow 'late_state': 'stat' is not a property; did you mean 'state'?"),
        (b"flows:", b"maxAttempts: 99\nflows:", "1: 'maxAttempts' must be at most 10"),
        (
            b"paid_positive",
            b"paid_postive",
            "3: flow 'late_state': there is no rule 'paid_postive'; did you mean 'paid_positive'?",
        ),
    ],
)
def test_a_draft_that_could_not_stand_there_is_refused(orders: Contract, old: bytes, new: bytes, finding: str) -> None:
    with pytest.raises(ContractError) as refused:
        draft_flows(DRAFT.replace(old, new), orders, "draft.yaml")
    assert str(refused.value) == f"draft.yaml:{finding}"


def test_a_digest_is_of_what_a_flow_does(orders: Contract) -> None:
    flow = orders.flows[0]
    assert len(flow.digest) == 16
    assert replace(flow, id="other", description="in words", run="on-request").digest == flow.digest
    assert replace(flow, when=replace(flow.when, rule="minimum")).digest != flow.digest


def test_the_digest_of_all_flows_changes_with_what_they_are_held_to(changed_orders: Callable[..., Contract]) -> None:
    before = flows_digest(changed_orders())
    assert flows_digest(changed_orders()) == before
    assert flows_digest(changed_orders(("minimum: 0", "minimum: 1"))) != before
    assert flows_digest(changed_orders(("state: NEW", "state: PAID"))) != before
    assert flows_digest(replace(changed_orders(), on_late=("dead-letter", 60_000))) != before


def test_flows_on_request_are_no_part_of_the_digest(changed_orders: Callable[..., Contract]) -> None:
    on_request = [("amount_as_text", "amount_as_text\n          run: on-request"), ("no_state", "no_state, run: x")]
    assert flows_digest(changed_orders(on_request[0])) != flows_digest(changed_orders())
    both = changed_orders(on_request[0], ("id: no_state", "id: no_state\n          run: on-request"))
    assert flows_digest(both) == ""


def test_a_flow_on_request_waits_for_one(changed_orders: Callable[..., Contract]) -> None:
    contract = changed_orders(("amount_as_text", "amount_as_text\n          run: on-request"))
    recovery, dead = Recovery(contract), failed(contract, WRONG)
    assert recovery.knows(dead.reason, dead.violations)
    assert recovery.repair(dead) == Unrepaired("flow amount_as_text runs only on request")
    assert isinstance(recovery.repair(dead, requested=True), Repaired)


def test_one_flow_alone_is_for_its_own_failures(orders: Contract) -> None:
    recovery, dead = Recovery(orders), failed(orders, WRONG)
    assert isinstance(recovery.repair(dead, "amount_as_text"), Repaired)
    assert recovery.repair(dead, "no_state") == Unrepaired("flow no_state is not for schema at /amount")
    assert recovery.repair(dead, "other") == Unrepaired("there is no flow other")


def test_a_trial_says_what_it_would_change(orders: Contract) -> None:
    tried = Recovery(orders).tried(failed(orders, WRONG))
    assert tried.outcome == Repaired(WRONG.replace(b'"7"', b"7"), "amount_as_text")
    assert (tried.flow, tried.changes) == ("amount_as_text", (FieldChange("/amount", '"7"', "7"),))


def test_a_rename_of_the_whole_record_is_read_and_repairs_nothing(orders: Contract) -> None:
    draft = draft_flows(b'id: whole\nwhen: {reason: schema}\nsteps: [{rename: {"": amount}}]\n', orders)
    assert isinstance(Recovery(replace(orders, flows=draft)).repair(failed(orders, WRONG)), Unrepaired)
