"""Whether a new version of a contract may be merged: raised far enough, and approved by those whom it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assay.contracts.diff.approvals import Approval, Evidence, Witness, covers, evidence
from assay.contracts.diff.change import Bump, Change, ChangeClass
from assay.contracts.diff.differing import diff
from assay.contracts.diff.versions import asked, is_between, is_version, next_version, raised
from assay.contracts.model import Contract, Party

__all__ = ["REMOVED", "Checked", "Papers", "Standing", "check_versions", "gone", "removal"]


REMOVED = "removed"
"""What approvals of a removal have in the place of a version."""


_MOST_NAMED = 10
"""Changes that one line names."""

Span = tuple[str, str | None]
"""The version before and the one after; None where the contract is taken away."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one approval that is needed stands: whose, of which changes, and what is missing, if anything is."""

    approver: Party
    changes: tuple[Change, ...]
    approval: Approval | None
    evidence: Evidence | None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to; it is refused where there are problems. Before is None for a contract that is new."""

    contract: str
    before: str | None
    after: str | None
    changes: tuple[Change, ...] = ()
    bump: Bump = Bump.NONE
    standings: tuple[Standing, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def kind(self) -> ChangeClass | None:
        """The gravest class of its changes; None where nothing changed."""
        return max((change.kind for change in self.changes), key=lambda kind: kind.gravity, default=None)

    @property
    def is_refused(self) -> bool:
        """Whether something is missing before it may be merged."""
        return bool(self.problems)


@dataclass(frozen=True, slots=True)
class Papers:
    """What approvals there are, what is known of each, and which day it is."""

    approvals: Sequence[Approval]
    witness: Callable[[Approval], Witness]
    today: str
    must_verify: bool = False


def check_versions(
    before: Contract | None, after: Contract, papers: Papers, earlier: Sequence[Contract] = ()
) -> Checked:
    """Hold a contract against the version before it; a contract that is new changes nothing for anyone."""
    if before is None:
        return Checked(after.id, None, after.version)
    if before.text == after.text:
        return Checked(after.id, before.version, after.version)
    changes = diff(before, after, earlier)
    bump = asked(changes)
    standings = tuple(_standings((before.version, after.version), changes, papers))
    problems = (*_version_problems(before, after, bump), *(each.missing for each in standings if each.missing))
    return Checked(after.id, before.version, after.version, changes, bump, standings, problems)


def gone(before: Contract, papers: Papers) -> Checked:
    """A contract whose file is not there any more: everyone who reads it must agree, unless it was retired before."""
    if before.status == "retired":
        return Checked(before.id, before.version, None)
    change = removal(before)
    standings = tuple(_standings((before.version, None), (change,), papers))
    problems = tuple(each.missing for each in standings if each.missing)
    return Checked(before.id, before.version, None, (change,), Bump.NONE, standings, problems)


def removal(before: Contract) -> Change:
    """That a contract is taken away, as a change."""
    says = "the contract is taken away"
    facts = (before.id, "", ChangeClass.BREAKING_WIRE, before.version, None, Bump.NONE, says)
    return Change(*facts, consumers=before.consumers, owner=before.owner)


def _version_problems(before: Contract, after: Contract, bump: Bump) -> Iterator[str]:
    was_raised = raised(before.version, after.version)
    if was_raised is None:
        yield f"version {after.version} is below {before.version}; write {next_version(before.version, bump)}"
    elif was_raised < bump:
        did = "is the same" if was_raised is Bump.NONE else f"raises the {was_raised.name.lower()} number only"
        wanted = next_version(before.version, bump)
        yield f"version {after.version} {did}; these changes ask for a {bump.name.lower()} one: write {wanted}"


def _standings(span: Span, changes: Sequence[Change], papers: Papers) -> Iterator[Standing]:
    needed: dict[str, tuple[Party, list[Change]]] = {}
    for change in changes:
        for party in change.consumers:
            needed.setdefault(party.id, (party, []))[1].append(change)
    for party, its in needed.values():
        yield _standing(span, party, tuple(its), papers)


def _standing(span: Span, party: Party, changes: tuple[Change, ...], papers: Papers) -> Standing:
    contract = changes[0].contract
    given = [each for each in papers.approvals if (each.contract, each.approver) == (contract, party.id)]
    found = [each for each in given if _counts(span, each.version)]
    command = f"`assay contract approve FILE --as {party.id} --reason …`"
    if not found:
        return Standing(party, changes, None, None, f"{party.id} has not approved {_counted(changes)}; {command} does")
    last, valid = found[-1], [each for each in found if not each.is_over(papers.today)]
    if open_changes := [each for each in changes if not covers(valid, each)]:
        if all(covers(found, each) for each in open_changes):
            return Standing(party, changes, last, None, f"the approval of {party.id} ended on {last.until}; {command}")
        paths = ", ".join(each.path for each in open_changes[:_MOST_NAMED])
        paths += f" and {len(open_changes) - _MOST_NAMED} more" if len(open_changes) > _MOST_NAMED else ""
        missing = f"the approval of {party.id} does not cover {paths} as it is now; approve again with {command}"
        return Standing(party, changes, last, None, missing)
    proofs = list(Evidence)
    proof = max((evidence(party, papers.witness(each)) for each in valid), key=proofs.index)
    return Standing(party, changes, last, proof, _doubt(party, proof, must_verify=papers.must_verify))


def _counts(span: Span, version: str) -> bool:
    """Whether an approval of this version is one for the versions from one to the other, or for the removal."""
    before, after = span
    if after is None or not is_version(version):
        return after is None and version == REMOVED
    return is_between(before, version, after)


def _doubt(party: Party, proof: Evidence, *, must_verify: bool) -> str:
    people = ", ".join(party.accounts) or "nobody: name them in `approvers` of the consumer"
    if proof is Evidence.CONTRADICTED:
        return f"the approval of {party.id} has no approving review by one of its approvers ({people})"
    if must_verify and proof not in (Evidence.VERIFIED, Evidence.SIGNED):
        return f"the approval of {party.id} is {proof}; its approvers are {people}"
    return ""


def _counted(changes: Sequence[Change]) -> str:
    worst = max((change.kind for change in changes), key=lambda kind: kind.gravity)
    if len(changes) == 1:
        return f"{changes[0].path or 'the removal'} ({worst})"
    return f"{len(changes)} changes (the gravest: {worst})"
