"""CODEOWNERS from contracts: whom a forge asks before a change of them is merged."""

from __future__ import annotations

import re
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
    approvals: list[tuple[int, int, str]] = []
    for path, contract in contracts:
        lines.extend(_of_contract(path, contract))
        approvals.extend(_approvals(path, contract))
    # The last line that fits decides, and an id may begin or end like another one: the longer one has the last word.
    lines += ["", "# approvals", *(line for *_, line in sorted(approvals))]
    return "\n".join(lines) + "\n"


def _of_contract(path: str, contract: Contract) -> Iterator[str]:
    parties = (contract.owner, *contract.consumers)
    yield f"\n# {contract.id}"
    for each in parties:
        if not _accounts(each):
            where = "team.members" if each is contract.owner else "its `approvers`"
            yield f"# nobody is known who answers for {_UNSAFE.sub('?', each.id)}: name them in {where}"
    everyone = list(dict.fromkeys(account for each in parties for account in _accounts(each)))
    if everyone:
        yield f"{_pattern(path)} {' '.join(everyone)}"


def _approvals(path: str, contract: Contract) -> Iterator[tuple[int, int, str]]:
    folder = path.rpartition("/")[0]
    for each in contract.consumers:
        if accounts := _accounts(each):
            file = f"{folder}/approvals/{contract.id}.".lstrip("/")
            line = f"{_pattern(file)}*.{each.id}{SUFFIX} {' '.join(accounts)}"
            yield len(contract.id), len(each.id), line


def _accounts(party: Party) -> list[str]:
    """Whom a forge can ask: a name of the team may be any text, and must not become a line of its own."""
    named = (each if "@" in each else f"@{each}" for each in party.accounts)
    return [each for each in named if _ACCOUNT.fullmatch(each)]


def _pattern(path: str) -> str:
    return "/" + _UNSAFE.sub("?", path).replace(" ", "\\ ")


_ACCOUNT = re.compile(r"@[A-Za-z0-9][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.-]+)?|[^@\s#]+@[^@\s#]+", re.ASCII)
_UNSAFE = re.compile(r"[^\S ]|[*?\[\]!\\]")
"""What a pattern reads as more than itself; any one character stands for it."""
