"""The flows of one contract version, ready to repair its dead letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.contracts.judge import Judge
from assay.contracts.model import Contract
from assay.contracts.recovery.budget import Budget, work_of
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
        self._judge = Judge(contract)
        self._work = work_of(contract)
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
        found = self._plans.of(failed)
        ready = [plan for plan in found if (requested or plan.runs_by_itself) and (not only or only == plan.id)]
        if not ready:
            return self._none(failed, only, found)
        refused: list[Tried] = []
        opened: dict[str, Opened | Unrepaired] = {}
        for plan in ready:
            tried = self._tried(failed, plan, opened, tells=tells)
            if isinstance(tried.outcome, Repaired):
                return tried
            refused.append(tried)
        return Tried(Unrepaired(_said(refused, opened)), refused[0].flow, refused[0].changes)

    def _none(self, failed: Failed, only: str, found: Sequence[Plan]) -> Tried:
        """Why no flow has its turn."""
        if only and only not in self._plans.ids:
            return Tried(Unrepaired(f"there is no flow {only}"))
        waiting = next((plan.id for plan in found if only in ("", plan.id)), "")
        if waiting:
            return Tried(Unrepaired(f"flow {waiting} runs only on request"), waiting)
        which = f"flow {only} is not" if only else "no flow is"
        return Tried(Unrepaired(f"{which} for {failed.reason}{_about(failed.violations)}"))

    def _tried(self, failed: Failed, plan: Plan, known: dict[str, Opened | Unrepaired], *, tells: bool) -> Tried:
        """The trial of one plan; whatever it does, the next one has its turn. What is opened once stays known."""
        opened = known.get(plan.reads_by)
        if opened is None:
            opened = known[plan.reads_by] = contained(self._carrier.open, failed, plan.reads_by)
        if isinstance(opened, Unrepaired):
            return Tried(opened, plan.id)
        row = contained(self._changed, failed, plan, opened.row)
        if isinstance(row, Unrepaired):
            return Tried(row, plan.id)
        outcome = contained(self._judged, failed, plan, opened, row)
        changes = contained(differences, opened.row, row) if tells else ()
        return Tried(outcome, plan.id, changes if isinstance(changes, tuple) else ())

    def _changed(self, failed: Failed, plan: Plan, row: bytes) -> bytes:
        tree = Tree(row, Budget(self._work))
        for part in plan.parts:
            part.change(tree, failed)
        return tree.row()

    def _judged(self, failed: Failed, plan: Plan, opened: Opened, row: bytes) -> Repaired | Unrepaired:
        repaired = opened.close(row)
        verdict = self._judge.judge(repaired, failed.arrived_ms)
        if verdict.accepted:
            return Repaired(repaired, plan.id)
        return Unrepaired(f"the record would still break {verdict.violations[0].rule}{_about(verdict.violations)}")


def _said(refused: Sequence[Tried], opened: Mapping[str, Opened | Unrepaired]) -> str:
    """All that was said, once; what kept a record from being opened is said of no flow."""
    unopened = [each for each in opened.values() if isinstance(each, Unrepaired)]
    said: dict[str, None] = {}
    for each in refused:
        if isinstance(each.outcome, Unrepaired):
            is_of_all = any(each.outcome is other for other in unopened)
            said[each.outcome.explanation if is_of_all else f"flow {each.flow}: {each.outcome.explanation}"] = None
    return _cut("; ".join(said))


def _about(violations: Sequence[Violation]) -> str:
    place = next((each.path for each in violations if each.path), "")
    return f" at {place}" if place else f" ({violations[0].rule})" if violations else ""


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_EXPLANATION else f"{text[: _MAX_EXPLANATION - 1]}…"
