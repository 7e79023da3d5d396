"""Accounts of failures as rows: what a chunk counted is added to what is there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple

import sqlalchemy as sa

from assay.recovery.identity import Identity
from assay.recovery.store.account import Account, Sample
from assay.recovery.store.tables import FAILURES
from assay.recovery.store.upsert import clean, insert_missing

__all__ = ["COUNTS", "MAX_FAILURES", "add", "hours_in", "rest_of", "samples_in"]

MAX_FAILURES = 10_000
"""Failures of a contract that have a row of their own."""

COUNTS = ("dead_letters", "sealed", "replayed", "discarded", "quarantined", "judged", "returned")
MAX_TEXT = 1_000
AT_ONCE = 500
NEVER_MS = -1

CHANGED = (
    *COUNTS, "first_seen_ms", "last_seen_ms", "newest_ms", "last_hour_letters", "hours", "samples", "violations",
    "producer_version",
)  # fmt: skip
CHANGE = (
    sa.update(FAILURES)
    .where(FAILURES.c.fingerprint == sa.bindparam("its_fingerprint"))
    .values({name: sa.bindparam(name) for name in CHANGED})
)

HOLD = (
    sa.select(FAILURES)
    .where(FAILURES.c.fingerprint.in_(sa.bindparam("wanted", expanding=True)))
    .order_by(FAILURES.c.fingerprint)
    .with_for_update()
)


def rest_of(contract: str) -> Identity:
    """The failure that stands for all that have no row of their own."""
    return Identity(contract, version="", reason="", path="", rule="", shape="", producer="")


def add(transaction: sa.Connection, contract: str, accounts: Mapping[str, Account]) -> None:
    """Add to the failures of a contract, by fingerprint; what has no row and gets none is added to the rest of them.

    An account without an identity adds to a row that is there, and makes none.
    """
    if not accounts:
        return
    rest = rest_of(contract)
    there = _accounts(transaction, {*accounts, rest.fingerprint})
    new = sorted(key for key, account in accounts.items() if key not in there and account.identity)
    if new:
        made = new[: _room(transaction, contract, is_full=rest.fingerprint in there)]
        identities = [identity for key in made if (identity := accounts[key].identity)]
        identities += [rest] if len(made) < len(new) else []
        insert_missing(transaction, FAILURES, [_blank(contract, each, is_rest=each == rest) for each in identities])
        there |= _accounts(transaction, {each.fingerprint for each in identities})
    touched: dict[str, Account] = {}
    for key, account in accounts.items():
        home = key if key in there else rest.fingerprint
        if home in there:
            there[home].add(account)
            touched[home] = there[home]
    if touched:
        transaction.execute(CHANGE, [{"its_fingerprint": key, **_values(touched[key])} for key in sorted(touched)])


def samples_in(text: str) -> list[Sample]:
    """Read the samples of a row."""
    return [Sample(*each) for each in json.loads(text)]


def hours_in(text: str) -> dict[int, int]:
    """Read the dead letters by hour of a row."""
    return {int(hour): count for hour, count in json.loads(text).items()}


def _room(transaction: sa.Connection, contract: str, *, is_full: bool) -> int:
    """How many failures may still have a row; none until those without one are forgotten, lest a failure be in both."""
    if is_full:
        return 0
    count = sa.select(sa.func.count()).select_from(FAILURES).where(FAILURES.c.contract == contract)
    return max(0, MAX_FAILURES - int(transaction.scalar(count) or 0))


def _accounts(transaction: sa.Connection, fingerprints: Collection[str]) -> dict[str, Account]:
    """The accounts that are there, held until the transaction ends."""
    wanted, found = sorted(fingerprints), {}
    for at in range(0, len(wanted), AT_ONCE):
        for row in transaction.execute(HOLD, {"wanted": wanted[at : at + AT_ONCE]}).mappings():
            found[row["fingerprint"]] = _account(row)
    return found


def _account(row: sa.RowMapping) -> Account:
    is_empty = row["dead_letters"] == 0
    return Account(
        counts=Counter({name: row[name] for name in COUNTS}),
        first_seen_ms=None if is_empty else row["first_seen_ms"],
        last_seen_ms=None if is_empty else row["last_seen_ms"],
        newest_ms=None if is_empty else row["newest_ms"],
        hours=hours_in(row["hours"]),
        samples=samples_in(row["samples"]),
        violations=row["violations"],
    )


def _blank(contract: str, identity: Identity, *, is_rest: bool) -> Mapping[str, object]:
    names = ("version", "reason", "path", "rule", "shape", "producer")
    told: Sequence[str] = astuple(identity)[1:]
    return {
        "fingerprint": identity.fingerprint,
        "contract": contract,
        **{name: clean(text, MAX_TEXT) for name, text in zip(names, told, strict=True)},
        "is_rest": is_rest,
        **_values(Account()),
    }


def _values(account: Account) -> dict[str, object]:
    return {
        **{name: account.counts[name] for name in COUNTS},
        "first_seen_ms": NEVER_MS if account.first_seen_ms is None else account.first_seen_ms,
        "last_seen_ms": NEVER_MS if account.last_seen_ms is None else account.last_seen_ms,
        "newest_ms": NEVER_MS if account.newest_ms is None else account.newest_ms,
        "last_hour_letters": account.hours[max(account.hours)] if account.hours else 0,
        "hours": json.dumps(account.hours),
        "samples": json.dumps(account.samples),
        "violations": account.violations,
        "producer_version": clean(account.samples[0].declared_version, MAX_TEXT) if account.samples else "",
    }
