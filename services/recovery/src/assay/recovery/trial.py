"""A dry run: what flows would make of dead letters. Pure; it takes CPU, so the rim runs it beside the loop."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assay.contracts import FieldChange, Repaired, Tried
from assay.recovery.desk import Desk
from assay.recovery.letter import DeadLetter
from assay.recovery.sealed_change import sealed_change
from assay.streaming.seal import is_sealed

__all__ = ["Example", "Trial", "TrialResult"]

MAX_EXPLANATIONS = 20
MAX_CHANGES = 50
MAX_TEXT = 1_000
"""Characters of a value or an explanation that is shown."""

SIZE = re.compile(r"\bof \d+ ")
"""The size in a shape: one cause is not to be told once for each."""


@dataclass(frozen=True, slots=True)
class Example:
    """What a flow does to one dead letter; of a sealed one the changes tell shapes. No explanation: it would pass."""

    place: str
    flow: str
    changes: tuple[FieldChange, ...]
    explanation: str
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What a dry run came to; `flow` and its `digest` are empty where all flows of the contract were tried.

    `flows` has the digest of each flow that was tried, and how many it would repair. `stopped_at` says what ended it
    before all that is meant was tried, if anything did.
    """

    contract: str
    version: str
    flow: str
    digest: str
    tried: int
    would_pass: int
    explanations: Sequence[tuple[str, int]]
    examples: Sequence[Example]
    flows: Mapping[str, tuple[str, int]] = field(hash=False)
    stopped_at: str = ""


class Trial:
    """Tries flows on one dead letter after the other, and counts.

    The desk has the contract in force, with the flows that are tried in place of its own; `flow` is the only one that is
    tried, where it is not all of them.
    """

    def __init__(self, desk: Desk, flow: str = "", max_examples: int = 10) -> None:
        self._desk = desk
        self._flow = flow
        self._max_examples = max_examples
        self._passed: Counter[str] = Counter()
        self._stayed: Counter[str] = Counter()
        self._whole: list[Example] = []
        self._broken: list[Example] = []

    def take(self, letters: Iterable[DeadLetter]) -> None:
        """Try the flows on these as well."""
        for letter in letters:
            tried = self._desk.tried(letter, self._flow)
            if isinstance(tried.outcome, Repaired):
                self._passed[tried.flow] += 1
                kept = self._whole
            else:
                self._stayed[SIZE.sub("of # ", tried.outcome.explanation[:MAX_TEXT])] += 1
                kept = self._broken
            if len(kept) < self._max_examples:
                kept.append(self._example(letter, tried))

    def result(self, stopped_at: str = "") -> TrialResult:
        """Return what it came to so far, and what ended it before its end, if anything did."""
        contract = self._desk.contract
        flows = {flow.id: flow.digest for flow in contract.flows if self._flow in ("", flow.id)}
        passed = self._passed.total()
        return TrialResult(
            contract=contract.id,
            version=contract.version,
            flow=self._flow,
            digest=flows.get(self._flow, ""),
            tried=passed + self._stayed.total(),
            would_pass=passed,
            explanations=self._stayed.most_common(MAX_EXPLANATIONS),
            examples=self._examples(),
            flows={flow: (digest, self._passed[flow]) for flow, digest in flows.items()},
            stopped_at=stopped_at,
        )

    def _example(self, letter: DeadLetter, tried: Tried) -> Example:
        sealed, contract = is_sealed(letter.record), self._desk.contract
        changes = tuple(
            sealed_change(change, contract, letter.violations) if sealed else _shown(change)
            for change in tried.changes[:MAX_CHANGES]
        )
        explanation = "" if isinstance(tried.outcome, Repaired) else tried.outcome.explanation[:MAX_TEXT]
        return Example(letter.place, tried.flow, changes, explanation, sealed)

    def _examples(self) -> tuple[Example, ...]:
        """Return some that would pass, and a few that would not."""
        few = min(len(self._broken), max(self._max_examples // 3, self._max_examples - len(self._whole)))
        return (*self._whole[: self._max_examples - few], *self._broken[:few])


def _shown(change: FieldChange) -> FieldChange:
    """Return a change as it is told, without a long text."""
    return replace(change, before=_cut(change.before), after=_cut(change.after))


def _cut(text: str | None) -> str | None:
    """Return JSON that is short enough; of a long one its first characters, as a JSON string."""
    return text if text is None or len(text) <= MAX_TEXT else json.dumps(f"{text[:MAX_TEXT]}…", ensure_ascii=False)
