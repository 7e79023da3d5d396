"""CODEOWNERS from contracts: whom a forge asks before a change of them is merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.contracts import Contract, Party
from assay.contracts.diff import SUFFIX

__all__ = ["codeowners"]


def codeowners(contracts: Sequence[tuple[str, Contract]]) -> str:
    """The file for contracts and where each is in the repository.

    A contract belongs to its owner and its consumers; an approval to the consumer that gives it, so nobody else can.
    """
    lines = [
        "# Written by `assay contract check --codeowners`: change assay.consumers and team in the contracts instead."
    ]
    for path, contract in contracts:
        lines.extend(_of_contract(path, contract))
    return "\n".join(lines) + "\n"


def _of_contract(path: str, contract: Contract) -> Iterator[str]:
    parties = (contract.owner, *contract.consumers)
    yield f"\n# {contract.id}"
    for each in parties:
        if not each.accounts:
            where = "team.members" if each is contract.owner else "its `approvers`"
            yield f"# nobody is known who answers for {each.id}: name them in {where}"
    everyone = list(dict.fromkeys(account for each in parties for account in _accounts(each)))
    if everyone:
        yield f"{_pattern(path)} {' '.join(everyone)}"
    folder = path.rpartition("/")[0]
    for each in contract.consumers:
        if accounts := _accounts(each):
            approvals = f"{folder}/approvals/{contract.id}.*.{each.id}{SUFFIX}".lstrip("/")
            yield f"{_pattern(approvals)} {' '.join(accounts)}"


def _accounts(party: Party) -> list[str]:
    return [each if "@" in each else f"@{each}" for each in party.accounts]


def _pattern(path: str) -> str:
    return "/" + path.replace(" ", "\\ ")
