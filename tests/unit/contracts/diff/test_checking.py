"""What a new version needs before it may be merged: a raise, and approvals that hold."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts import Contract, ContractError, Party, load
from assay.contracts.diff import (
    Approval,
    Bump,
    Change,
    Checked,
    Papers,
    Witness,
    approval_text,
    check_versions,
    diff,
    gone,
    next_version,
    raised,
    read_approval,
)
from assay.contracts.diff.approvals import Evidence, covers, evidence
from assay.contracts.diff.versions import is_between
from tests.unit.contracts.diff.bookings import BOOKINGS, changed

TODAY = "2026-06-01"
BEFORE = load(BOOKINGS.encode())
WEAKER = load(changed(("value: 400", "value: 7"), ("version: 1.2.0", "version: 1.3.0")))


def given_by(consumer: str, changes: tuple[Change, ...], version: str = "1.3.0", until: str = "2026-12-31") -> Approval:
    fingerprints = frozenset(each.fingerprint for each in changes)
    return Approval("bookings", version, consumer, "eva", "fine", until, fingerprints, f"{consumer}.yaml")


def checked(
    after: Contract,
    *approvals: Approval,
    before: Contract = BEFORE,
    witness: Witness | None = None,
    must_verify: bool = False,
) -> Checked:
    return check_versions(before, after, Papers(approvals, lambda _: witness or Witness(), TODAY, must_verify))


def both(after: Contract, version: str = "1.3.0", until: str = "2026-12-31") -> list[Approval]:
    return [given_by(name, diff(BEFORE, after), version, until) for name in ("fraud", "dwh")]


def test_a_new_contract_and_an_unchanged_one_are_fine() -> None:
    assert not check_versions(None, BEFORE, Papers((), lambda _: Witness(), TODAY)).is_refused
    assert checked(BEFORE).changes == ()


@pytest.mark.parametrize(
    ("version", "wanted"), [("1.2.0", "is the same"), ("1.2.1", "raises the patch number only"), ("1.1.9", "is below")]
)
def test_a_version_that_is_not_raised_far_enough_is_refused(version: str, wanted: str) -> None:
    after = load(changed(("minimum: 0", "minimum: 5"), ("version: 1.2.0", f"version: {version}")))

    assert [wanted in problem and "write 1.3.0" in problem for problem in checked(after).problems] == [True]


def test_a_remark_in_the_file_asks_for_a_patch() -> None:
    text = BOOKINGS.replace("domain:", "# a remark\ndomain:").encode()

    assert "write 1.2.1" in checked(load(text)).problems[0]
    assert not checked(load(text.replace(b"1.2.0", b"1.2.1"))).is_refused


def test_a_weakening_is_refused_until_every_consumer_has_approved() -> None:
    fraud, dwh = both(WEAKER)

    assert len(checked(WEAKER).problems) == 2
    assert "dwh has not approved" in checked(WEAKER, fraud).problems[0]
    assert checked(WEAKER, fraud, dwh).problems == ()


def test_a_later_edit_voids_an_approval() -> None:
    other = load(changed(("value: 400", "value: 6"), ("version: 1.2.0", "version: 1.3.0")))

    assert "does not cover slaProperties/retention/value" in checked(other, *both(WEAKER)).problems[0]


def test_an_approval_of_another_version_or_contract_counts_for_nothing() -> None:
    foreign = [dataclasses.replace(each, contract="other") for each in both(WEAKER)]

    assert len(checked(WEAKER, *both(WEAKER, version="1.4.0")).problems) == 2
    assert len(checked(WEAKER, *foreign).problems) == 2


def test_an_approval_ends() -> None:
    assert checked(WEAKER, *both(WEAKER, until=TODAY)).problems == ()
    assert "ended on 2026-05-31" in checked(WEAKER, *both(WEAKER, until="2026-05-31")).problems[0]


def test_steps_that_were_approved_one_by_one_are_approved_together() -> None:
    last = load(changed(("value: 400", "value: 3"), ("version: 1.2.0", "version: 1.4.0")))
    steps = [
        given_by(name, diff(was, now), now.version)
        for name in ("fraud", "dwh")
        for was, now in ((BEFORE, WEAKER), (WEAKER, last))
    ]

    assert checked(last, *steps).problems == ()
    assert len(checked(last, *steps[::2]).problems) == 2


def test_a_contract_that_is_taken_away_needs_all_its_consumers() -> None:
    refused = gone(BEFORE, Papers((), lambda _: Witness(), TODAY))
    approvals = [given_by(name, refused.changes, "removed") for name in ("fraud", "dwh")]

    assert len(refused.problems) == 2
    assert gone(BEFORE, Papers(approvals, lambda _: Witness(), TODAY)).problems == ()


def test_a_retired_contract_may_be_taken_away() -> None:
    retired = load(changed(("status: active", "status: retired")))

    assert not gone(retired, Papers((), lambda _: Witness(), TODAY)).is_refused


PARTY = Party("fraud", "#fraud", accounts=("@omar", "eva@example.org"))


@pytest.mark.parametrize(
    ("witness", "proof"),
    [
        (Witness(frozenset({"omar"})), Evidence.VERIFIED),
        (Witness(frozenset({"ines"})), Evidence.CONTRADICTED),
        (Witness(frozenset(), signer="omar"), Evidence.SIGNED),
        (Witness(frozenset(), author="omar"), Evidence.CONTRADICTED),
        (Witness(signer="Eva@example.org"), Evidence.SIGNED),
        (Witness(author="eva@example.org"), Evidence.AUTHOR),
        (Witness(author="ines@example.org"), Evidence.UNVERIFIED),
        (Witness(), Evidence.UNVERIFIED),
    ],
)
def test_what_speaks_for_an_approval(witness: Witness, proof: Evidence) -> None:
    assert evidence(PARTY, witness) is proof


def test_nobody_is_contradicted_where_nobody_is_named() -> None:
    assert evidence(Party("dwh", "#dwh"), Witness(frozenset({"omar"}))) is Evidence.UNVERIFIED
    assert evidence(Party("dwh", "#dwh", accounts=("@org/dwh",)), Witness(frozenset())) is Evidence.UNVERIFIED


def test_unverified_is_said_and_refused_only_where_asked() -> None:
    assert str(checked(WEAKER, *both(WEAKER)).standings[0].evidence) == "UNVERIFIED"
    assert len(checked(WEAKER, *both(WEAKER), must_verify=True).problems) == 2


def test_a_forge_that_knows_better_refuses() -> None:
    problems = checked(WEAKER, *both(WEAKER), witness=Witness(frozenset({"ines"}))).problems

    assert ["no approving review" in problem for problem in problems] == [True]


def test_an_approval_is_read_as_it_was_written() -> None:
    changes = diff(BEFORE, WEAKER)
    approval = given_by("fraud", changes)

    assert read_approval(approval_text(approval, changes).encode(), "fraud.yaml") == approval


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("reason: fine\n", "", "'reason' must be there"),
        ("'2026-12-31'", "tomorrow", "'until' must be a day"),
        ("changes:\n", "change:\n", "'changes' must be a list"),
        ("- fingerprint: ", "- finger: ", "'changes' must be a list"),
    ],
)
def test_a_damaged_approval_is_a_finding(old: str, new: str, says: str) -> None:
    changes = diff(BEFORE, WEAKER)
    text = approval_text(given_by("fraud", changes), changes)
    assert old in text

    with pytest.raises(ContractError, match=says):
        read_approval(text.replace(old, new).encode(), "fraud.yaml")


@pytest.mark.parametrize(
    ("before", "after", "bump"),
    [
        ("1.2.3", "2.0.0", Bump.MAJOR),
        ("1.2.3", "1.3.0", Bump.MINOR),
        ("1.2.3", "1.2.4", Bump.PATCH),
        ("1.2.3", "1.2.3", Bump.NONE),
        ("1.2.3", "1.2.2", None),
        ("1.10.0", "1.9.0", None),
        ("0.3.1", "0.4.0", Bump.MAJOR),
        ("0.3.1", "0.3.2", Bump.MINOR),
        ("0.3.1", "1.0.0", Bump.MAJOR),
        ("2.0.0-rc.1", "2.0.0", Bump.MAJOR),
    ],
)
def test_which_part_of_a_version_was_raised(before: str, after: str, bump: Bump | None) -> None:
    assert raised(before, after) is bump


PARTS = st.integers(0, 30)


@given(PARTS, PARTS, PARTS, st.sampled_from([Bump.PATCH, Bump.MINOR, Bump.MAJOR]))
def test_the_next_version_raises_what_it_is_asked_for_and_is_above(
    major: int, minor: int, patch: int, bump: Bump
) -> None:
    before = f"{major}.{minor}.{patch}"
    after = next_version(before, bump)
    found = raised(before, after)

    assert found is not None
    assert found >= bump
    assert is_between(before, after, after)
    assert not is_between(before, before, after)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=6))
def test_a_chain_of_approvals_covers_its_ends(values: list[int]) -> None:
    (change,) = diff(BEFORE, load(changed(("value: 400", "value: 7"))))
    steps = [dataclasses.replace(change, before=was, after=now) for was, now in itertools.pairwise(values)]
    whole = dataclasses.replace(change, before=values[0], after=values[-1])

    if values[0] != values[-1]:
        assert covers([given_by("fraud", (each,)) for each in steps], whole)
    assert not covers([given_by("fraud", tuple(steps))], dataclasses.replace(change, before=9, after=values[-1]))
