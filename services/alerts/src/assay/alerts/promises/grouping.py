"""Breaches that are told with another: told by themselves once that one is over, and ended when nobody is held any more."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.book import Book
from assay.alerts.breaches import Breach, Kind, State, Step
from assay.alerts.promises import history
from assay.alerts.promises.evaluate import held_over
from assay.alerts.promises.evaluation import Outcome
from assay.contracts import Contract

__all__ = ["AFTER_MS", "departed", "gone", "released"]

AFTER_MS = 60_000
"""How long what is watched by the clock must go on after its cause is over, to be told by itself."""

NO_LONGER = "the contract promises it no longer"
NOT_IN_FORCE = "no version of the contract is in force any more"


def released(connection: sa.Connection, contract: str, book: Book, now_ms: int) -> list[Step]:
    """Tell of the breaches of a contract whose cause is over, and which hold all the same; or find them another cause."""
    steps = []
    for breach in breach_rows.open_ones(connection, [contract]):
        if breach.is_told or not breach.under:
            continue
        cause = breach_rows.find(connection, breach.under)
        if cause is not None and cause.is_open:
            continue
        if not _goes_on(connection, breach, cause.over_at_ms if cause else 0, now_ms):
            continue
        other = book.cause(connection, breach.latest, breach.id, now_ms)
        if other is not None:
            breach_rows.keep(connection, replace(breach, under=other.id))
            continue
        steps.append(Step(book.tell(connection, breach), State.FIRING))
    return steps


def gone(connection: sa.Connection, contract: Contract, book: Book, now_ms: int) -> list[Step]:
    """End the breaches of promises that the version in force does not make."""
    held = {each.fingerprint(contract.id) for each in held_over(contract)}
    steps = []
    for stand in history.stands(connection, contract.id):
        if stand.fingerprint in held:
            continue
        breach = breach_rows.newest(connection, stand.fingerprint)
        if breach is not None and breach.is_open:
            steps.append(_ended(connection, breach, NO_LONGER, contract.version, book, now_ms))
        history.unstand(connection, stand.fingerprint)
    return steps


def departed(connection: sa.Connection, contract: str, book: Book, now_ms: int) -> list[Step]:
    """End the breaches of a contract that is in force no more; what recovery watches, recovery ends."""
    steps = [
        _ended(connection, breach, NOT_IN_FORCE, breach.latest.contract_version, book, now_ms)
        for breach in breach_rows.open_ones(connection, [contract])
        if breach.fired.kind is not Kind.INVALID_RECORDS
    ]
    for stand in history.stands(connection, contract):
        history.unstand(connection, stand.fingerprint)
    return steps


def _ended(connection: sa.Connection, breach: Breach, words: str, version: str, book: Book, now_ms: int) -> Step:
    over = replace(breach.latest, measured=words, state=State.RESOLVED, contract_version=version)
    return book.move(connection, Step(replace(breach, resolved=over), State.RESOLVED), now_ms)


def _goes_on(connection: sa.Connection, breach: Breach, over_ms: int, now_ms: int) -> bool:
    """Whether it holds after its cause was over: in one more window, or for a minute of what is watched by the clock."""
    newest = history.latest(connection, breach.fired.fingerprint, 1)
    if breach.fired.kind is Kind.PROMISE and newest and newest[0].records:
        return newest[0].outcome is Outcome.BROKEN and newest[0].at_ms > over_ms
    return now_ms - over_ms >= AFTER_MS
