"""Windows of pairs as lines: JSON for programs, and a short account of each pair that moved for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from assay.cli.drift.correlations import PairedWindow
from assay.cli.drift.words import shown
from assay.monitoring.multivariate import PairFinding
from assay.monitoring.multivariate.pairs import LEAST_ROWS, LEAST_WINDOWS

__all__ = ["as_pair_line", "pairs_in_words"]

EVIDENCE = ("left", "right", "n", "before", "now", "effect", "statistic", "p", "q")

NOTES = {
    "insufficient": f"no pair has {LEAST_ROWS} rows with both columns",
    "learning": f"no pair has {LEAST_WINDOWS} windows of the reference with {LEAST_ROWS} rows with both columns",
}

Story = list[tuple[int, PairFinding]]
"""The windows in which a pair moved, with how it did."""


def as_pair_line(window: PairedWindow) -> str:
    """One window as JSON: its state, the least p and q of its pairs, and the pairs that moved with their evidence."""
    verdict = window.verdict
    surest = min(verdict.findings, key=lambda each: each.p, default=None)
    told: dict[str, object] = {
        "window": window.number,
        "n": window.rows,
        "state": verdict.state,
        "pairs": verdict.pairs,
        "p": surest and surest.p,
        "q": surest and surest.q,
        "threshold": verdict.q,
        "floor": verdict.floor,
        "moved": [{name: getattr(each, name) for name in EVIDENCE} for each in verdict.findings if each.moved],
    }
    if verdict.state in NOTES:
        told["note"] = NOTES[verdict.state]
    return json.dumps(told, ensure_ascii=False)


def pairs_in_words(windows: Sequence[PairedWindow]) -> Iterator[str]:
    """Say of each pair that moved in which windows, from what to what and how sure that is; then sum up."""
    stories = _stories(windows)
    names = [f"{shown(left)} ~ {shown(right)}" for left, right in stories]
    width = max(map(len, names), default=0)
    judged = [each for each in windows if each.verdict.findings]
    for name, story in zip(names, stories.values(), strict=True):
        yield f"{name:<{width}}  {_course(story, judged)}"
    yield _summary(windows, judged, len(stories))


def _stories(windows: Iterable[PairedWindow]) -> dict[tuple[str, str], Story]:
    found: dict[tuple[str, str], Story] = {}
    for window in windows:
        for each in window.verdict.findings:
            if each.moved:
                found.setdefault((each.left, each.right), []).append((window.number, each))
    return found


def _course(story: Story, judged: Sequence[PairedWindow]) -> str:
    (first, pair), last = story[0], story[-1][0]
    why = f"correlation {pair.before:.2f} before, {pair.now:.2f} now, p {pair.p:.1e}, q {pair.q:.1e}"
    if last == judged[-1].number and len(story) > 1:
        span = f"from window {first} on"
    else:
        span = f"in window {first}" if first == last else f"from window {first} to {last}"
    within = [each for each in judged if first <= each.number <= last]
    share = f", in {len(story)} of {len(within)}" if len(story) < len(within) else ""
    return f"moved {span}{share}: {why}" + ("; in one window only" if len(story) == 1 < len(judged) else "")


def _summary(windows: Sequence[PairedWindow], judged: Sequence[PairedWindow], moved: int) -> str:
    if not judged:
        return f"nothing is said in {len(windows)} windows: {NOTES[windows[-1].verdict.state]}"
    fired = sum(each.verdict.state == "firing" for each in judged)
    pairs, verdict = max(each.verdict.pairs for each in judged), judged[-1].verdict
    told = f"{moved} of {pairs} pairs moved; {fired} of {len(judged)} windows fire"
    if len(judged) < len(windows):
        told += f", and in {len(windows) - len(judged)} more {NOTES['insufficient']}"
    return told + (f"; without any change {verdict.q:.0%} of windows may" if fired else "")
