"""Which flows are for a dead letter, in which order, and what each of them is followed by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.contracts.flow import Flow
from assay.contracts.model import Contract
from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.outcome import Failed
from assay.contracts.recovery.pointers import EVERY, Pointer, fits, parse
from assay.contracts.recovery.sight import Sight, names_of
from assay.contracts.recovery.steps import DECODE, Change, changes
from assay.contracts.recovery.tree import Tree
from assay.contracts.recovery.versions import covers, number_of
from assay.contracts.rules import Condition
from assay.contracts.verdict import Reason, Violation

__all__ = ["Compiled", "Plan", "Plans"]


class Compiled:
    """One flow, ready to run."""

    def __init__(self, flow: Flow, contract: Contract) -> None:
        self.flow = flow
        self._condition = _condition(flow, contract)
        self._changes: Sequence[Change] = changes(flow.steps, contract)
        self.reads_by = next((str(step.said) for step in flow.steps if step.action == DECODE), "")
        self._reason = flow.when.reason or Reason.UNKNOWN_SCHEMA
        self._path: Pointer | None = parse(flow.when.path) if flow.when.path else None
        self._has_star = self._path is not None and EVERY in self._path

    def change(self, tree: Tree, failed: Failed) -> None:
        """Do the steps.

        Raises:
            RepairError: the condition is not true of the record, or a step cannot be done exactly.
        """
        if self._condition:
            condition, sight = self._condition
            if not condition.evaluate(sight.of(tree, failed)):
                raise RepairError("its condition is not true")
        for change in self._changes:
            change(tree, failed)

    def is_for(self, reason: str, violations: Sequence[Violation]) -> bool:
        """Whether it is for such a failure, as far as can be said without the record.

        A migration that names no reason is for versions that are refused.
        """
        when = self.flow.when
        if self._reason != reason:
            return False
        if when.path is None and when.rule is None:
            return True
        return any((when.rule is None or when.rule == each.rule) and self._is_at(each.path) for each in violations)

    def _is_at(self, path: str) -> bool:
        return self._path is None or path == self.flow.when.path or (self._has_star and fits(self._path, path))


class Plan:
    """Flows to be run one after the other, under the name of the first; the rest are migrations."""

    def __init__(self, parts: tuple[Compiled, ...]) -> None:
        self.parts = parts
        self.id = parts[0].flow.id
        self.reads_by = parts[0].reads_by
        self.runs_by_itself = all(part.flow.run == "automatic" for part in parts)


class Plans:
    """The flows of a contract version, in their order."""

    def __init__(self, contract: Contract) -> None:
        self._version = contract.version
        self._all = [Compiled(flow, contract) for flow in contract.flows]
        self._alone = [Plan((each,)) for each in self._all]
        self._has_migrations = any(flow.migration for flow in contract.flows)
        self.ids = frozenset(flow.id for flow in contract.flows)

    def knows(self, reason: str, violations: Sequence[Violation]) -> bool:
        """Whether some flow may be for such a failure."""
        return any(each.is_for(reason, violations) for each in self._all)

    def of(self, failed: Failed) -> Sequence[Plan]:
        """The plans for a dead letter, the first that repairs it being the one that counts.

        A record that declares an older version goes through the migrations that lead away from it. Where another flow
        is for its failure, that comes before them; it is also tried alone, for its contract may take it as it is.
        """
        if not self._has_migrations:
            return [plan for plan in self._alone if plan.parts[0].is_for(failed.reason, failed.violations)]
        return list(self._with_migrations(failed))

    def _with_migrations(self, failed: Failed) -> Iterator[Plan]:
        chain = tuple(self._chain(failed))
        for alone in self._alone:
            (each,) = alone.parts
            if each.flow.migration is not None:
                if chain and chain[0] is each and each.is_for(failed.reason, failed.violations):
                    yield Plan(chain)
            elif each.is_for(failed.reason, failed.violations):
                if chain:
                    yield Plan((each, *chain))
                yield alone

    def _chain(self, failed: Failed) -> Iterator[Compiled]:
        """The migrations from the declared version on, each from where the one before leads to."""
        version = failed.declared
        if not version or number_of(version) >= number_of(self._version):
            return
        for _ in self._all:
            found = next((each for each in self._all if _leads_from(each, version)), None)
            if found is None or found.flow.migration is None:
                return
            yield found
            version = found.flow.migration.target


def _leads_from(each: Compiled, version: str) -> bool:
    return each.flow.migration is not None and covers(each.flow.migration.source, version)


def _condition(flow: Flow, contract: Contract) -> tuple[Condition, Sight] | None:
    if flow.when.condition is None:
        return None
    condition = Condition(flow.when.condition, names_of(contract.fields))
    return condition, Sight(contract, condition.names)
