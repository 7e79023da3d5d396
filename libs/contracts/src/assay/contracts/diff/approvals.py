"""Approvals: files in git in which a consumer says yes to changes, and what proves that it was the consumer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import yaml

from assay.contracts.diff.change import Change
from assay.contracts.document import parse
from assay.contracts.errors import ContractError
from assay.contracts.model import Party

__all__ = [
    "SUFFIX",
    "Approval",
    "Evidence",
    "Witness",
    "approval_name",
    "approval_text",
    "covers",
    "evidence",
    "overruled_text",
    "read_approval",
]

SUFFIX = ".approval.yaml"

_FIELDS = ("contract", "version", "approver", "by", "reason", "until")
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


class Evidence(StrEnum):
    """What speaks for it that an approval is from whom it says, the strongest first."""

    VERIFIED = "VERIFIED"
    """The forge says that one of the approvers gave an approving review."""
    SIGNED = "SIGNED"
    """The commit of the approval is signed with a key of one of the approvers."""
    AUTHOR = "UNVERIFIED, committed by an approver"
    """The author of the commit has the address of one of the approvers; anyone can write an address."""
    UNVERIFIED = "UNVERIFIED"
    """Nothing speaks for it."""
    CONTRADICTED = "CONTRADICTED"
    """The forge knows who reviewed, and it was none of the approvers."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Who says yes to which changes of which version, why, and until which day."""

    contract: str
    version: str
    approver: str
    by: str
    reason: str
    until: str
    fingerprints: frozenset[str]
    file: str = ""

    def is_over(self, today: str) -> bool:
        """Whether it ended before a day."""
        return self.until < today


@dataclass(frozen=True, slots=True)
class Witness:
    """What the rim found out about an approval: accounts in lower case, without `@`; reviewers None if no forge said."""

    reviewers: frozenset[str] | None = None
    signer: str = ""
    author: str = ""


def covers(approvals: Iterable[Approval], change: Change) -> bool:
    """Whether a change was approved as it is now: at once, or step by step over versions in between.

    A fingerprint has two halves, of the value before and of the value after, so steps can be put together.
    """
    steps = {tuple(each.split("-")) for approval in approvals for each in approval.fingerprints if each.count("-") == 1}
    start, _, end = change.fingerprint.partition("-")
    reached, left = {start}, set(steps)
    while found := {step for step in left if step[0] in reached}:
        reached |= {step[1] for step in found}
        left -= found
    return end in reached - {start}


def evidence(party: Party, witness: Witness) -> Evidence:
    """What a witness says of the approval of a party.

    A team of a forge (`@org/team`) is nobody who signs: only people can be verified.
    """
    accounts = {each.removeprefix("@").lower() for each in party.accounts}
    people = {each for each in accounts if "/" not in each}
    if people & (witness.reviewers or frozenset()):
        return Evidence.VERIFIED
    if witness.signer.lower() in people:  # whoever opened the pull request can't review it, and can sign
        return Evidence.SIGNED
    if witness.reviewers is not None and people:
        return Evidence.CONTRADICTED
    return Evidence.AUTHOR if witness.author.lower() in people else Evidence.UNVERIFIED


def approval_name(contract: str, version: str, approver: str) -> str:
    """The name of the file: one for each approver, so that two never change the same."""
    return f"{contract}.{version}.{approver}{SUFFIX}"


def approval_text(approval: Approval, changes: Sequence[Change]) -> str:
    """The file of an approval, for people and for `check`."""
    facts: dict[str, object] = {name: getattr(approval, name) for name in _FIELDS}
    facts["changes"] = [
        {"fingerprint": each.fingerprint, "class": str(each.kind), "path": each.path}
        for each in changes
        if each.fingerprint in approval.fingerprints
    ]
    head = "# Approved changes of a contract. An edit of one of them voids its approval.\n"
    return head + str(yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=120))


def overruled_text(contract: str, version: str, by: str, at: str, reason: str, problems: Sequence[str]) -> str:
    """The file that says who applied a version against its check, when and why."""
    facts = {"contract": contract, "version": version, "by": by, "at": at, "reason": reason, "overruled": [*problems]}
    return str(yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=120))


def read_approval(text: bytes, file: str) -> Approval:
    """The approval in a file.

    Raises:
        ContractError: it is none.
    """
    document = parse(text, file)
    value = document.value
    findings = [
        document.finding([name], f"key {name!r} must be there, with a word")
        for name in _FIELDS
        if not isinstance(value.get(name), str) or not value[name].strip()
    ]
    if not findings and not _DATE.fullmatch(value["until"]):
        findings.append(document.finding(["until"], "'until' must be a day like 2027-01-31"))
    listed = value.get("changes")
    if not isinstance(listed, list) or not all(
        isinstance(each, dict) and isinstance(each.get("fingerprint"), str) for each in listed
    ):
        findings.append(document.finding(["changes"], "'changes' must be a list of changes, each with its fingerprint"))
    if findings:
        raise ContractError(findings)
    facts = {name: value[name] for name in _FIELDS}
    return Approval(**facts, fingerprints=frozenset(each["fingerprint"] for each in listed or ()), file=file)
