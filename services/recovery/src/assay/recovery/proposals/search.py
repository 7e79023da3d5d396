"""Looks for flows that would repair a failure: candidates from its dead letters, each tried on all of them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assay.contracts import (
    Contract,
    ContractError,
    EnvelopeError,
    Failed,
    Flow,
    Judge,
    MalformedRecordError,
    Violation,
    draft_flows,
)
from assay.contracts.yaml_text import yaml_text
from assay.recovery.decision import Stay
from assay.recovery.desk import Desk
from assay.recovery.letter import DeadLetter
from assay.recovery.proposals.absences import absences
from assay.recovery.proposals.candidate import Amendment, Candidate, Doubt, Finds
from assay.recovery.proposals.case import Case, Letter, Problem
from assay.recovery.proposals.casts import casts
from assay.recovery.proposals.members import members
from assay.recovery.proposals.renames import renames
from assay.recovery.proposals.spellings import spellings
from assay.recovery.proposals.texts import texts
from assay.recovery.proposals.units import units
from assay.recovery.trial import Trial, TrialResult
from assay.streaming.seal import is_sealed

__all__ = ["Proposal", "Proposals", "Search"]

FINDS: tuple[Finds, ...] = (renames, casts, spellings, texts, members, units, absences)
MAX_PROBLEMS = 12
MAX_TRIED = 16
MAX_PROPOSALS = 8
MAX_EXAMPLES = 5
MAX_ID = 40
PLACE = re.compile(r"/\d+(?=/|$)")
REASONS = {
    "malformed": "these records cannot be read at all; no step of a flow reads them",
    "unknown_schema": "these records declare a version that is not there; publish it, and they are replayed as they are",
    "unknown_contract": "these records name a contract that is not there",
    "late": "these records are in order and came late; replay them as they are once the contract allows that",
    "duplicate": "these records are repeats of others; discard them",
    "too_large": "these records are larger than the contract takes",
    "held": "these records wait for an earlier one of their key; they go on by themselves once that is settled",
    "engine": "the engine of validation failed at these records; replay them as they are once that is mended",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A flow as YAML that nobody has accepted yet, why it is likely, and what a dry run of it came to.

    One that changes the contract in place of the records has no flow.
    """

    title: str
    flow: str
    evidence: Sequence[str]
    trial: TrialResult
    cost: float
    loses: bool = False


@dataclass(frozen=True, slots=True)
class Proposals:
    """The proposals for a failure, the best first, and why there is none, or none more."""

    proposals: Sequence[Proposal]
    explanation: str


class Search:
    """The search for one failure: `findings` are what may be tried, the most likely first."""

    def __init__(
        self,
        contract: Contract,
        desk_of: Callable[[Contract], Desk],
        letters: Sequence[DeadLetter],
        stopped_at: str = "",
    ) -> None:
        self._stopped_at = stopped_at
        self._contract = contract
        self._desk_of = desk_of
        self._letters = letters
        desk = desk_of(contract)
        seen = [desk.failed(letter) for letter in letters]
        self._failed = [each for each in seen if isinstance(each, Failed)]
        self._unseen = [each.explanation for each in seen if isinstance(each, Stay)]
        self._doubts: list[str] = []
        self._case = _case(contract, self._failed, may_show=not any(is_sealed(letter.record) for letter in letters))
        self.findings = sorted(self._look(), key=lambda each: each.cost)[:MAX_TRIED]

    def tried(self, finding: Candidate | Amendment) -> Proposal | None:
        """Return a finding as a proposal, None where no dead letter would pass with it."""
        trial = self._amended(finding) if isinstance(finding, Amendment) else None
        text = ""
        if isinstance(finding, Candidate):
            text, flows = self._flow(finding)
            if flows is not None:
                tried = Trial(self._desk_of(replace(self._contract, flows=flows)), max_examples=MAX_EXAMPLES)
                tried.take(self._letters)
                trial = tried.result(self._stopped_at)
        if trial is None or not trial.would_pass:
            return None
        loses = isinstance(finding, Candidate) and finding.loses
        return Proposal(finding.title, text, finding.evidence, trial, finding.cost, loses)

    def result(self, found: Sequence[Proposal]) -> Proposals:
        """Return the best of what was found: what loses nothing before what does, then what most would pass with."""
        ranked = sorted(found, key=lambda each: (each.loses, -each.trial.would_pass, each.cost, each.title))
        said = [*self._own(), *dict.fromkeys(self._doubts)] or [self._why(found)]
        return Proposals(ranked[:MAX_PROPOSALS], "; ".join(said))

    def _look(self) -> list[Candidate | Amendment]:
        if not self._case.letters:
            return []
        counts = Counter(problem for letter in self._case.letters for problem in letter.problems)
        first = _first(self._failed)
        problems = [problem for problem, _ in counts.most_common(MAX_PROBLEMS) if problem != first]
        others = {problem: self._find(problem) for problem in problems}
        found: list[Candidate | Amendment] = []
        for finding in self._find(first) if first else []:
            found.append(finding)
            if isinstance(finding, Candidate) and (whole := _together(finding, others)) is not finding:
                found.append(whole)
        return found

    def _find(self, problem: Problem) -> list[Candidate | Amendment]:
        found: list[Candidate | Amendment] = []
        for finds in FINDS:
            for finding in finds(self._case, problem):
                if isinstance(finding, Doubt):
                    self._doubts.append(finding.text)
                else:
                    found.append(finding)
        return found

    def _flow(self, candidate: Candidate) -> tuple[str, tuple[Flow, ...] | None]:
        """Return the flow of a candidate as text and as the contract reads it; None where it can't stand there."""
        reason = self._failed[0].reason
        when = {"reason": reason, "path": candidate.when.path, "rule": candidate.when.rule}
        said = {
            "id": _id(candidate.word, {flow.id for flow in self._contract.flows}),
            "description": candidate.title,
            "when": {name: value for name, value in when.items() if value},
            "steps": [dict(step) for step in candidate.steps],
        }
        text = yaml_text(said)
        try:
            return text, draft_flows(text.encode(), self._contract)
        except ContractError:
            return text, None

    def _amended(self, amendment: Amendment) -> TrialResult:
        judge = Judge(amendment.contract)
        passed = sum(judge.judge(failed.value, failed.arrived_ms).accepted for failed in self._failed)
        contract = self._contract
        return TrialResult(
            contract.id, contract.version, "", "", len(self._letters), passed, (), (), {}, self._stopped_at
        )

    def _own(self) -> Iterator[str]:
        """What the flows that the contract has already would do."""
        if self._contract.flows:
            trial = Trial(self._desk_of(self._contract))
            trial.take(self._letters)
            if passed := trial.result().would_pass:
                yield f"flows of the contract in force would repair {passed:,} of {len(self._letters):,}: recover them"

    def _why(self, found: Sequence[Proposal]) -> str:
        """Why there is none, or none more."""
        if found:
            return ""
        if not self._letters:
            return "none of its dead letters is open, or none was found among the newest"
        if not self._failed:
            return self._unseen[0]
        return REASONS.get(self._failed[0].reason, "nothing in its dead letters says what they should have been")


def _case(contract: Contract, failed: Sequence[Failed], *, may_show: bool) -> Case:
    judge = Judge(contract)
    letters = [
        Letter(row, frozenset(map(_problem, each.violations)))
        for each in failed
        if (row := _row(judge, each.value, is_cdc=contract.kind == "cdc")) is not None
    ]
    return Case(contract, letters, may_show and not contract.is_classified)


def _row(judge: Judge, value: bytes, *, is_cdc: bool) -> Mapping[str, object] | None:
    """The row of a record, None where it can't be read or has none."""
    try:
        row = judge.open(value).after if is_cdc else value
        return None if row is None else judge.read(row)
    except (EnvelopeError, MalformedRecordError):
        return None


def _problem(violation: Violation) -> Problem:
    return Problem(PLACE.sub("/*", violation.path), violation.rule)


def _first(failed: Sequence[Failed]) -> Problem | None:
    """What most of them break first."""
    counts = Counter(_problem(each.violations[0]) for each in failed if each.violations)
    return counts.most_common(1)[0][0] if counts else None


def _together(candidate: Candidate, others: Mapping[Problem, Sequence[Candidate | Amendment]]) -> Candidate:
    """The candidate with what else is wrong repaired as well, each by what is simplest; itself where nothing is."""
    whole = candidate
    for problem, found in others.items():
        if problem in whole.solves:
            continue
        more = min(
            (each for each in found if isinstance(each, Candidate)),
            key=lambda each: (each.loses, each.cost),
            default=None,
        )
        if more is not None and not more.solves & whole.solves:
            whole = replace(
                whole,
                title=f"{whole.title}; {more.title}",
                steps=(*whole.steps, *more.steps),
                evidence=(*whole.evidence, *more.evidence),
                solves=whole.solves | more.solves,
                cost=whole.cost + more.cost,
                loses=whole.loses or more.loses,
            )
    return whole


def _id(word: str, taken: Collection[str]) -> str:
    """An id for a flow that no other of the contract has."""
    plain = re.sub(r"[^a-z0-9]+", "_", word.casefold()).strip("_")[:MAX_ID] or "repair"
    named = plain if plain[0].isalpha() else f"repair_{plain}"
    number, found = 1, named
    while found in taken:
        number += 1
        found = f"{named}_{number}"
    return found
