"""Predictions met by id: new ones are counted, with what came before them; repeats are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from assay.drift.counting.afterwards import count_event
from assay.drift.counting.answers import Answers
from assay.drift.counting.counting import Counting, said_columns
from assay.drift.counting.desk import Desk
from assay.drift.counting.groups import by_columns, segments_of
from assay.drift.counting.known import Answered, Event, Known, Operation, meet_answer, pair
from assay.drift.counting.lists import first_of
from assay.drift.counting.plan import Plan
from assay.drift.counting.samples import Samples
from assay.drift.counting.sessions import asked_for
from assay.drift.counting.users import enrolled
from assay.drift.counting.vectors import join_vectors
from assay.monitoring.operations import OK

__all__ = ["meet_answers"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def meet_answers(desk: Desk, plan: Plan, answers: Answers) -> None:
    """Take answers in, none of which is too late."""
    if len(set(answers.ids)) < len(answers):
        firsts = _firsts(answers.ids)
        others = answers.take(np.setdiff1d(np.arange(len(answers)), firsts))
        meet_answers(desk, plan, answers.take(firsts))
        _meet_again(desk, plan, others, desk.load(sorted(set(others.ids))))
        return
    known = desk.load(answers.ids)
    repeats = [row for row, name in enumerate(answers.ids) if name in known and known[name].answered] if known else []
    if repeats:
        _meet_again(desk, plan, answers.take(np.array(repeats)), known)
        fresh = np.setdiff1d(np.arange(len(answers)), repeats)
        answers = answers.take(fresh)
    if len(answers):
        _meet_new(desk, plan, answers, known)


def _firsts(ids: Sequence[str]) -> Ints:
    """The places where each id stands first."""
    firsts = {name: row for row, name in reversed([*enumerate(ids)])}
    return np.array(sorted(firsts.values()), dtype=np.int64)


def _meet_new(desk: Desk, plan: Plan, answers: Answers, before: dict[str, Known]) -> None:
    said, scores = _said(plan, answers)
    all_answered = list(_answered(plan, answers, said, scores))
    early = {name: before[name] for name in answers.ids if name in before} if before else {}
    samples = Samples(plan)
    for name, known in early.items():
        samples.before(name, known)
    found = {name: early.get(name) or Known() for name in answers.ids}
    for known, answered, words in zip(found.values(), all_answered, _words(plan, answers), strict=True):
        known.answered, known.words = answered, words
    if plan.is_apart and plan.texts:
        _keep_operations(answers, found)
    truths = _truths(plan, answers, early)
    counting = desk.counting(plan)
    if counting:
        _count(counting, plan, answers, said, scores, truths)
        for name, known in early.items():
            samples.after(name, known)
        samples.count(counting)
        if plan.is_ranking and early:
            _judge_early(counting, plan, early)
    _let_go_on(desk, plan, early)
    if plan.model.monitoring.metrics:
        for answered in all_answered:
            desk.active(plan, asked_for(plan.model.monitoring, answered))
            for share in enrolled(plan.model.monitoring.metrics, answered):
                desk.share(plan, answered.time_ms, share)
    desk.save(plan, found)
    join_vectors(desk, plan, {name: known for name, known in early.items() if known.vector})


def _meet_again(desk: Desk, plan: Plan, answers: Answers, known: dict[str, Known]) -> None:
    """Hold repeats to what is known: of two predictions that differ the earlier stands, for its truth and its samples."""
    changed: dict[str, Known] = {}
    before, after = [], []
    samples = Samples(plan)
    for name, answered in zip(answers.ids, _answered(plan, answers, *_said(plan, answers)), strict=True):
        entry = known[name]
        old, was = pair(entry, plan.horizon_ms), entry.answered
        samples.before(name, entry)
        meet_answer(entry, answered)
        if entry.answered is was:
            continue
        samples.after(name, entry)
        before.append(old)
        after.append(pair(entry, plan.horizon_ms))
        changed[name] = entry
    counting = desk.counting(plan)
    if counting:
        counting.pairs(before, after)
        samples.count(counting)
    desk.save(plan, changed)


def _count(counting: Counting, plan: Plan, answers: Answers, said: Floats, scores: Floats, truths: Floats) -> None:
    own = {name: answers.words[name] for name in plan.own}
    texts = {name: answers.features[name] for name in plan.texts} if answers.features else {}
    groups = by_columns(answers.at_ms, plan.pane_ms, {**own, **texts})
    counting.operations(answers, groups)
    counting.performance(answers, said, truths, groups)
    if answers.features is not None:
        counting.features(answers.version, {**answers.features, **said_columns(scores, answers.labels)}, groups)


def _judge_early(counting: Counting, plan: Plan, early: dict[str, Known]) -> None:
    """Count the labels of items that came before their lists, which were counted without them."""
    pairs = [pair(known, plan.horizon_ms) for known in early.values()]
    counting.pairs([None if each is None else each._replace(truth=None) for each in pairs], pairs)


def _let_go_on(desk: Desk, plan: Plan, early: dict[str, Known]) -> None:
    """Count the actions and outcomes that waited for these predictions."""
    for known in early.values():
        for event_id, event in known.events.items():
            if isinstance(event, Event) and count_event(desk, plan, event, known.answered):
                known.events[event_id] = event.time_ms


def _said(plan: Plan, answers: Answers) -> tuple[Floats, Floats]:
    if plan.ruling is None:
        return np.full(len(answers), np.nan), answers.scores
    return plan.ruling.said(answers), plan.ruling.scores(answers)


def _truths(plan: Plan, answers: Answers, early: dict[str, Known]) -> Floats:
    """The truths that came before their predictions."""
    truths = np.full(len(answers), np.nan)
    if plan.ruling is None or not early:
        return truths
    for row, name in enumerate(answers.ids):
        if name in early and (found := pair(early[name], plan.horizon_ms)) is not None:
            truths[row] = plan.ruling.truth(found.truth)
    return truths


def _answered(plan: Plan, answers: Answers, said: Floats, scores: Floats) -> Iterator[Answered]:
    count = len(answers)
    nothing: Sequence[str] = [""] * count
    shares: Sequence[tuple[float, ...]] = [()] * count
    if plan.ruling and plan.ruling.classes and answers.shares is not None:
        shares = [tuple(row) for row in answers.shares.tolist()]
    is_followed = bool(plan.model.monitoring.metrics)
    variants = [*_texts(answers, "variant")] if is_followed else nothing
    users = answers.users if is_followed and answers.users else nothing
    labels = nothing
    if plan.is_apart:
        labels = [answers.labels.words[code] if code >= 0 else "" for code in answers.labels.codes.tolist()]
    segments = segments_of({name: answers.words[name] for name in plan.own}, count)
    items: Sequence[tuple[str, ...]] = [()] * count
    if plan.is_ranking and answers.items:
        items = [first_of(each, plan.model.monitoring.ranking_cutoff) for each in answers.items]
    columns = (answers.at_ms.tolist(), said.tolist(), scores.tolist(), shares, segments, variants, users, labels, items)
    for at_ms, one, score, row, names, variant, user, label, first in zip(*columns, strict=True):
        yield Answered(at_ms, answers.version, one, score, row, names, variant, user, label, first)


def _words(plan: Plan, answers: Answers) -> list[tuple[str, ...]]:
    if answers.features is None:
        return [()] * len(answers)
    return segments_of({name: answers.features[name] for name in plan.texts}, len(answers))


def _texts(answers: Answers, name: str) -> Iterator[str]:
    column = answers.words[name]
    return (column.words[code] if code >= 0 else "" for code in column.codes.tolist())


def _keep_operations(answers: Answers, found: dict[str, Known]) -> None:
    latencies = answers.latencies_ms.tolist()
    for row, name in enumerate(answers.ids):
        status, error = answers.failures.get(row, (OK, ""))
        found[name].operation = Operation(status, error, latencies[row], row in answers.fallbacks)
