"""Which contracts are made of which: what is downstream of a contract, and what is upstream, with the way there. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assay.contracts import Contract

__all__ = ["MOST", "Reach", "downstream", "sources", "upstream"]

MOST = 200
"""Contracts that are followed at most, the nearest first: more are no lineage that a person reads."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A contract that lineage leads to, and the ids on the way, from where it began to here."""

    contract: Contract
    way: tuple[str, ...]

    @property
    def words(self) -> str:
        """The way in words: `flights → long-delays`."""
        return " → ".join(self.way)


def sources(contracts: Mapping[str, Contract]) -> Mapping[str, Sequence[str]]:
    """Return what each contract is made of directly: known contracts that it names by id, or by their validated topic."""
    ids = {each.topics.validated: each.id for each in contracts.values()}
    named = {each.id: [up.contract or ids.get(up.name, "") for up in each.upstream] for each in contracts.values()}
    return {name: [*dict.fromkeys(up for up in found if up in contracts)] for name, found in named.items()}


def downstream(contract: Contract, contracts: Mapping[str, Contract]) -> tuple[Reach, ...]:
    """Return what is made of a contract, directly or through others, the nearest first; each once, and never itself."""
    made: dict[str, list[str]] = {}
    for name, found in sources(contracts).items():
        for source in found:
            made.setdefault(source, []).append(name)
    return _follow(contract.id, contracts, lambda name: made.get(name, []))


def upstream(contract: Contract, contracts: Mapping[str, Contract]) -> tuple[Reach, ...]:
    """Return what a contract is made of, directly or through others, the nearest first; each once, and never itself."""
    known = sources({**contracts, contract.id: contract})
    found = _follow(contract.id, contracts, lambda name: (each for each in known[name] if each in contracts))
    return tuple(Reach(each.contract, each.way[::-1]) for each in found)


def _follow(
    start: str, contracts: Mapping[str, Contract], next_of: Callable[[str], Iterable[str]]
) -> tuple[Reach, ...]:
    """Breadth first: a cycle ends where it began, and so does what is too wide."""
    found: dict[str, Reach] = {}
    waiting: deque[tuple[str, ...]] = deque([(start,)])
    while waiting and len(found) < MOST:
        way = waiting.popleft()
        for name in next_of(way[-1]):
            if name != start and name not in found and len(found) < MOST:
                found[name] = Reach(contracts[name], (*way, name))
                waiting.append((*way, name))
    return tuple(found.values())
