"""The flows of one contract version, ready to repair its dead letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from assay.contracts.judge import Judge, Judged
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
        return self.repairs([failed], flow, requested=requested)[0]

    def repairs(
        self, failed: Sequence[Failed], flow: str = "", *, requested: bool = False
    ) -> list[Repaired | Unrepaired]:
        """What `repair` gives of each; they are judged together, which takes a third of the time."""
        return [tried.outcome for tried in self._tried(failed, flow, requested=requested, tells=False)]

    def tried(self, failed: Failed, flow: str = "") -> Tried:
        """What `repair` would come to if it were requested, and the places that the flow would change."""
        return self._tried([failed], flow, requested=True, tells=True)[0]

    def _tried(self, failed: Sequence[Failed], only: str, *, requested: bool, tells: bool) -> list[Tried]:
        """The trials of some records: all with their first plan, those that it does not repair with their next."""
        trials = [self._begun(each, only, requested=requested) for each in failed]
        while going := [trial for trial in trials if trial.result is None]:
            self._turn(going, tells=tells)
        return [trial.result for trial in trials if trial.result is not None]

    def _begun(self, failed: Failed, only: str, *, requested: bool) -> _Trial:
        found = self._plans.of(failed)
        ready = [plan for plan in found if (requested or plan.runs_by_itself) and (not only or only == plan.id)]
        return _Trial(failed, ready, None if ready else self._none(failed, only, found))

    def _turn(self, trials: Sequence[_Trial], *, tells: bool) -> None:
        """Try each with its next plan; whatever that does, the one after it has its turn."""
        made = [self._made(trial, trial.plan) for trial in trials]
        written = [(one.value, each.failed.arrived_ms) for one, each in zip(made, trials, strict=True)]
        values = [(value, ms) for value, ms in written if isinstance(value, bytes)]
        screened = iter(self._judge.screen([value for value, _ in values], [ms for _, ms in values]))
        for one, trial in zip(made, trials, strict=True):
            outcome = self._outcome(one.value, trial, next(screened)) if isinstance(one.value, bytes) else one.value
            changes = contained(differences, one.before, one.row) if tells else ()
            trial.take(Tried(outcome, trial.plan.id, changes if isinstance(changes, tuple) else ()))

    def _outcome(self, value: bytes, trial: _Trial, screened: Judged | None) -> Repaired | Unrepaired:
        verdict = (screened or self._judge.explain(value, trial.failed.arrived_ms)).verdict
        if verdict.accepted:
            return Repaired(value, trial.plan.id)
        return Unrepaired(f"the record would still break {verdict.violations[0].rule}{_about(verdict.violations)}")

    def _none(self, failed: Failed, only: str, found: Sequence[Plan]) -> Tried:
        """Why no flow has its turn."""
        if only and only not in self._plans.ids:
            return Tried(Unrepaired(f"there is no flow {only}"))
        waiting = next((plan.id for plan in found if only in ("", plan.id)), "")
        if waiting:
            return Tried(Unrepaired(f"flow {waiting} runs only on request"), waiting)
        which = f"flow {only} is not" if only else "no flow is"
        return Tried(Unrepaired(f"{which} for {failed.reason}{_about(failed.violations)}"))

    def _made(self, trial: _Trial, plan: Plan) -> _Made:
        """What a plan makes of a record. What is opened once stays known."""
        opened = trial.opened.get(plan.reads_by)
        if opened is None:
            opened = trial.opened[plan.reads_by] = contained(self._carrier.open, trial.failed, plan.reads_by)
        if isinstance(opened, Unrepaired):
            return _Made(opened)
        row = contained(self._changed, trial.failed, plan, opened.row)
        if isinstance(row, Unrepaired):
            return _Made(row)
        return _Made(contained(opened.close, row), opened.row, row)

    def _changed(self, failed: Failed, plan: Plan, row: bytes) -> bytes:
        tree = Tree(row, Budget(self._work))
        for part in plan.parts:
            part.change(tree, failed)
        return tree.row()


class _Made(NamedTuple):
    """The record after a plan, or why there is none; its row before and after, as far as there is one."""

    value: bytes | Unrepaired
    before: bytes = b""
    row: bytes = b""


class _Trial:
    """A dead letter, the plans for it, what those came to that were tried, and the result once there is one."""

    __slots__ = ("_plans", "_refused", "failed", "opened", "result")

    def __init__(self, failed: Failed, plans: Sequence[Plan], result: Tried | None) -> None:
        self.failed = failed
        self.opened: dict[str, Opened | Unrepaired] = {}
        self.result = result
        self._plans = plans
        self._refused: list[Tried] = []

    @property
    def plan(self) -> Plan:
        """The plan whose turn it is."""
        return self._plans[len(self._refused)]

    def take(self, tried: Tried) -> None:
        """Take what its plan came to; the first that repairs counts, and once none is left, what all said."""
        if isinstance(tried.outcome, Repaired):
            self.result = tried
            return
        self._refused.append(tried)
        if len(self._refused) == len(self._plans):
            first = self._refused[0]
            self.result = Tried(Unrepaired(_said(self._refused, self.opened)), first.flow, first.changes)


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
