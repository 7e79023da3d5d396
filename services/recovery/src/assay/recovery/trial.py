"""A dry run: what flows would make of dead letters. Pure; it takes CPU, so the rim runs it beside the loop."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assay.contracts import FieldChange, Repaired
from assay.contracts.explain import shape
from assay.recovery.desk import Desk
from assay.recovery.letter import DeadLetter
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
            example = self._try(letter)
            if example.explanation:
                self._stayed[SIZE.sub("of # ", example.explanation)] += 1
            else:
                self._passed[example.flow] += 1
            kept = self._broken if example.explanation else self._whole
            if len(kept) < self._max_examples:
                kept.append(example)

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

    def _try(self, letter: DeadLetter) -> Example:
        tried, sealed = self._desk.tried(letter, self._flow), is_sealed(letter.record)
        changes = tuple(_shown(change, sealed) for change in tried.changes[:MAX_CHANGES])
        explanation = "" if isinstance(tried.outcome, Repaired) else tried.outcome.explanation[:MAX_TEXT]
        return Example(letter.place, tried.flow, changes, explanation, sealed)

    def _examples(self) -> tuple[Example, ...]:
        """Return some that would pass, and a few that would not."""
        few = min(len(self._broken), max(self._max_examples // 3, self._max_examples - len(self._whole)))
        return (*self._whole[: self._max_examples - few], *self._broken[:few])


def _shown(change: FieldChange, sealed: bool) -> FieldChange:
    """Return a change as it is told: shapes in place of values where they are sealed, and no long text."""
    if not sealed:
        return replace(change, before=_cut(change.before), after=_cut(change.after))
    return replace(change, before=_shape(change.before), after=_shape(change.after))


def _shape(text: str | None) -> str | None:
    return None if text is None else json.dumps(shape(json.loads(text)))


def _cut(text: str | None) -> str | None:
    """Return JSON that is short enough; of a long one its first characters, as a JSON string."""
    return text if text is None or len(text) <= MAX_TEXT else json.dumps(f"{text[:MAX_TEXT]}…", ensure_ascii=False)
