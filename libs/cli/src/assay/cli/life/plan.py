"""A plan: every call that applying contracts makes, in order, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.cli.contracts import contract_files
from assay.cli.life.before import Before, in_registry
from assay.cli.life.checking import checks_of
from assay.cli.life.farewell import farewell
from assay.cli.life.kin import misfits
from assay.cli.life.target import Target
from assay.contracts import Contract, ContractError
from assay.contracts.diff import Checked
from assay.streaming.topic_plan import TopicPlan, plan_topics
from assay.streaming.topics import PLATFORM_TOPICS, TopicSpec, specs_of

__all__ = ["Call", "Plan", "planned"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its name, what it is about, and its facts in words."""

    name: str
    target: str
    facts: tuple[tuple[str, str], ...] = ()

    def in_words(self) -> str:
        """The call on one line."""
        return " ".join([f"{self.name} {self.target}", *(f"{name}={value}" for name, value in self.facts)])


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done: topics first, so that whoever hears of a contract finds its topics there."""

    target: Target
    topics: TopicPlan
    publish: tuple[Contract, ...]
    retire: tuple[tuple[str, str], ...]
    checks: tuple[Checked, ...]
    left: tuple[str, ...] = ()
    """Contracts of the same owners in the registry that are not among the files, and stay."""

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call, in the order in which it is made."""
        return tuple(self._calls())

    @property
    def problems(self) -> tuple[str, ...]:
        """What a check refuses; an emergency may overrule it."""
        return tuple(f"contract {each.contract}: {line}" for each in self.checks for line in each.problems)

    def _calls(self) -> Iterator[Call]:
        for spec in self.topics.create:
            facts = (("partitions", str(spec.partitions)), *sorted(spec.config().items()))
            yield Call("CreateTopics", spec.name, facts)
        for each in self.topics.alter:
            yield Call("AlterConfigs", each.topic, tuple((name, f"{was}→{now}") for name, was, now in each.settings))
        before = {each.contract: each.before for each in self.checks}
        for contract in self.publish:
            was = before.get(contract.id)
            facts = (("version", contract.version), ("before", was or "none"), ("status", contract.status))
            yield Call("PublishContract", contract.id, facts)
        for name, version in self.retire:
            yield Call("RetireContract", name, (("version", version),))


async def planned(paths: Sequence[Path], contracts: Sequence[Contract], target: Target, *, prune: bool = False) -> Plan:
    """Look at the registry and the broker, and say what has to be done; nothing is changed.

    Raises:
        BrokerUnreachableError, CallError: the broker or the registry does not answer.
        CommandError: a contract that is to be pruned can't be given its last version.
        ContractError: a contract does not fit one of its model that is in the registry.
    """
    before = await in_registry(target.registry)
    if findings := misfits(contract_files(paths), contracts, before):
        raise ContractError(findings)
    owned = _owned(contracts, before)
    checks = checks_of(paths, contracts, before)
    last: list[Contract] = []
    retire: list[tuple[str, str]] = []
    if prune:
        there = {each.id for each in contracts}
        checks += checks_of(paths, [], {name: before[name] for name in owned}, with_gone=True, is_folder=True)
        last = [farewell(before[name].newest) for name in owned if name not in there]
        retire = [(name, each.version) for name in owned for each in (*before[name].earlier, before[name].newest)]
    specs = _specs(contracts)
    known = _specs([before[each.id].newest for each in contracts if each.id in before])
    fresh = [each for each in contracts if each.id not in before or before[each.id].newest.text != each.text]
    topics = await plan_topics(target.broker, specs, known)
    return Plan(target, topics, (*fresh, *last), tuple(retire), tuple(checks), () if prune else tuple(owned))


def _owned(contracts: Sequence[Contract], before: dict[str, Before]) -> list[str]:
    """Contracts of the registry that belong to the owners of these files, are not among them, and still live."""
    owners, there = {each.owner.id for each in contracts}, {each.id for each in contracts}
    # A registry has many contracts, and to read one takes a while: only those that speak of an owner are read.
    near = (name for name, was in before.items() if any(owner.encode() in was.text for owner in owners))
    living = (name for name in near if name not in there and before[name].newest.status != "retired")
    return sorted(name for name in living if before[name].newest.owner.id in owners)


def _specs(contracts: Sequence[Contract]) -> list[TopicSpec]:
    """The topics of contracts and of the platform, each once."""
    listed = (*PLATFORM_TOPICS, *(spec for each in contracts for spec in specs_of(each)))
    return list({spec.name: spec for spec in listed}.values())
