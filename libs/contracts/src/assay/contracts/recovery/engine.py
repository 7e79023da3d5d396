"""The flows of one contract version, ready to repair its dead letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.contracts.judge import Judge
from assay.contracts.model import Contract
from assay.contracts.recovery.budget import Budget
from assay.contracts.recovery.carriers import Carrier, Opened
from assay.contracts.recovery.containment import contained
from assay.contracts.recovery.differences import differences
from assay.contracts.recovery.outcome import Failed, Repaired, Tried, Unrepaired
from assay.contracts.recovery.plans import Plan, Plans
from assay.contracts.recovery.tree import Tree
from assay.contracts.verdict import Violation

__all__ = ["Recovery"]

_MAX_EXPLANATION = 1000


class Recovery:
    """Repairs the dead letters of one contract. The same dead letter gives the same result, always.

    It never raises for what a record holds, nor for what a flow does: either is an explanation.
    """

    def __init__(self, contract: Contract, versions: Mapping[str, Contract] | None = None) -> None:
        """Compile the flows; `versions` are other versions of the same contract, by which records may be written."""
        self._contract = contract
        self._judge = Judge(contract)
        self._plans = Plans(contract)
        self._carrier = Carrier(contract, versions or {})

    def knows(self, reason: str, violations: Sequence[Violation]) -> bool:
        """Whether some flow may be for such a failure, as far as can be said without the record."""
        return self._plans.knows(reason, violations)

    def repair(self, failed: Failed, flow: str = "", *, requested: bool = False) -> Repaired | Unrepaired:
        """The record after the first flow that is for this failure and after which the contract accepts it.

        With `flow`, that flow alone. A flow that is on-request repairs only where it is requested. Fields of JSON keep
        their order, and those that no step touches their bytes. A change event is repaired in its `after`.
        """
        return self._try(failed, flow, requested=requested, tells=False).outcome

    def tried(self, failed: Failed, flow: str = "") -> Tried:
        """What `repair` would come to if it were requested, and the places that the flow would change."""
        return self._try(failed, flow, requested=True, tells=True)

    def _try(self, failed: Failed, only: str, *, requested: bool, tells: bool) -> Tried:
        if only and only not in self._plans.ids:
            return Tried(Unrepaired(f"there is no flow {only}"))
        found = [plan for plan in self._plans.of(failed) if only in ("", plan.id)]
        if not found:
            which = f"flow {only} is not" if only else "no flow is"
            return Tried(Unrepaired(f"{which} for {failed.reason}{_about(failed.violations)}"))
        ready = [plan for plan in found if requested or plan.runs_by_itself]
        if not ready:
            return Tried(Unrepaired(f"flow {found[0].id} runs only on request"), found[0].id)
        return self._first(failed, ready, tells=tells)

    def _first(self, failed: Failed, plans: Sequence[Plan], *, tells: bool) -> Tried:
        """The trial of the first plan that repairs; else of the first of all, with what is said of each."""
        refused: list[Tried] = []
        said: dict[str, None] = {}
        opened: dict[str, Opened | Unrepaired] = {}
        for plan in plans:
            version = plan.parts[0].reads_by
            if version not in opened:
                opened[version] = self._opened(failed, version)
            found = opened[version]
            tried = Tried(found, plan.id) if isinstance(found, Unrepaired) else self._tried(failed, plan, found, tells)
            if isinstance(tried.outcome, Repaired):
                return tried
            refused.append(tried)
            explanation = tried.outcome.explanation
            said[explanation if isinstance(found, Unrepaired) else f"flow {plan.id}: {explanation}"] = None
        return Tried(Unrepaired(_cut("; ".join(said))), refused[0].flow, refused[0].changes)

    def _opened(self, failed: Failed, version: str) -> Opened | Unrepaired:
        return contained(self._carrier.open, failed, version)

    def _tried(self, failed: Failed, plan: Plan, opened: Opened, tells: bool) -> Tried:
        """The trial of one plan; whatever it does, the next one has its turn."""
        done = contained(self._changed, failed, plan, opened)
        if isinstance(done, Unrepaired):
            return Tried(done, plan.id)
        changes = differences(opened.row, done) if tells else ()
        outcome = contained(self._judged, failed, plan, opened, done)
        return Tried(outcome, plan.id, changes)

    def _changed(self, failed: Failed, plan: Plan, opened: Opened) -> bytes:
        tree = Tree(opened.row, Budget(self._contract))
        for part in plan.parts:
            part.change(tree, failed)
        return tree.row()

    def _judged(self, failed: Failed, plan: Plan, opened: Opened, row: bytes) -> Repaired | Unrepaired:
        repaired = opened.close(row)
        verdict = self._judge.judge(repaired, failed.arrived_ms)
        if verdict.accepted:
            return Repaired(repaired, plan.id)
        return Unrepaired(f"the record would still break {verdict.violations[0].rule}{_about(verdict.violations)}")


def _about(violations: Sequence[Violation]) -> str:
    place = next((each.path for each in violations if each.path), "")
    return f" at {place}" if place else f" ({violations[0].rule})" if violations else ""


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_EXPLANATION else f"{text[: _MAX_EXPLANATION - 1]}…"
