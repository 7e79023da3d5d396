"""What a change of an `assay.*` property, of a server, or of who is bound is."""

from __future__ import annotations

from assay.contracts.compatibility import Mode
from assay.contracts.diff.rulings import HARMLESS, MEANING, MORE, REVIEW, TIGHTER, WEAKER, WIRE, Judge, Ruling
from assay.contracts.diff.tree import Edit
from assay.contracts.vocabulary import duration_s

__all__ = [
    "compatibility",
    "consumer",
    "duration",
    "features",
    "host",
    "ordered",
    "price",
    "rule",
    "status",
    "when_late",
]

_LIVES = ("proposed", "draft", "active", "deprecated", "retired")


def status(edit: Edit) -> Ruling:
    """Where in its life a contract is: only an active one is a promise."""
    if edit.before not in _LIVES or edit.after not in _LIVES:
        return REVIEW
    if edit.before == "active" or _LIVES.index(edit.after) < _LIVES.index(edit.before):
        return WEAKER.saying("an active contract is a promise; this is less")
    return HARMLESS if edit.after in _LIVES[:3] else WEAKER


def compatibility(edit: Edit) -> Ruling:
    """What new versions must keep: less of it is a weaker promise."""
    was, now = Mode(edit.before), Mode(edit.after)
    keeps = set(was.directions) <= set(now.directions) and was.is_transitive <= now.is_transitive
    return HARMLESS if keeps else WEAKER


def consumer(edit: Edit) -> Ruling:
    """A consumer who is named, or not any more."""
    if edit.is_added:
        return HARMLESS
    return REVIEW.saying("this consumer is told of nothing any more, and asked for nothing")


def duration(*, longer: Ruling, shorter: Ruling, removed: Ruling, added: Ruling = REVIEW) -> Judge:
    """A judge of a duration like P7D; a schedule that is none, like that of cron, has to be looked at."""

    def judge(edit: Edit) -> Ruling:
        if edit.is_added or edit.is_removed:
            return added if edit.is_added else removed
        was, now = duration_s(str(edit.before)), duration_s(str(edit.after))
        if not was or not now:
            return REVIEW
        return longer if now > was else shorter if now < was else HARMLESS

    return judge


def features(edit: Edit) -> Ruling:
    """What a model is given: a record says it by place alone, so that another order is another meaning."""
    was, now = ([(each["name"], each["type"]) for each in side or ()] for side in (edit.before, edit.after))
    if was == now:
        return REVIEW.saying("whether its dead letters are sealed changes")
    return MEANING.saying("at the same place is another feature, or none")


def host(edit: Edit) -> Ruling:
    """Where a server listens: one of the old addresses that is still there is enough to find the others."""
    was, now = ({each.strip() for each in str(side or "").split(",")} for side in (edit.before, edit.after))
    return REVIEW if was & now else WIRE.saying("whoever connects to the old address finds nothing there")


def ordered(edit: Edit) -> Ruling:
    """Whether later records of a key wait behind one that failed."""
    was, now = (side is not None and side is not False for side in (edit.before, edit.after))
    if was and not now:
        return WEAKER.saying("records of a key may reach consumers out of order from now on")
    return REVIEW if was else REVIEW.saying("later records of a key that failed reach consumers after it, not before")


def rule(edit: Edit) -> Ruling:
    """A condition over records, new or not there any more."""
    return TIGHTER.saying("records that break it are refused") if edit.is_added else WEAKER


def when_late(edit: Edit) -> Ruling:
    """What becomes of a late record."""
    if edit.after == "dead-letter":
        return TIGHTER.saying("late records are refused from now on")
    if edit.before == "dead-letter":
        return WEAKER.saying("late records reach consumers from now on")
    return WEAKER if edit.after == "drop-from-window" or edit.is_removed else MORE


def price(edit: Edit) -> Ruling:
    """What the data costs."""
    numbers = [each or 0 for each in (edit.before, edit.after)]
    if not all(isinstance(each, int | float) for each in numbers):
        return REVIEW
    return WEAKER.saying("consumers pay more") if numbers[1] > numbers[0] else HARMLESS
