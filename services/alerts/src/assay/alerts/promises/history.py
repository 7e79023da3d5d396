"""The history of promises: what each window came to, read and written in the transaction of whoever asks."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

import sqlalchemy as sa

from assay.alerts.promises.burn import OVER_S, Burned, BurnRate
from assay.alerts.promises.evaluation import Evaluation, Outcome
from assay.alerts.promises.hysteresis import Memory
from assay.alerts.promises.tables import EVALUATIONS, STANDS
from assay.runtime.rows import put

__all__ = [
    "Stand",
    "before",
    "counted",
    "evaluation_of",
    "forget",
    "keep",
    "latest",
    "listed",
    "newest_of",
    "remember",
    "since",
    "stand",
    "stands",
    "unstand",
]

_ROW = EVALUATIONS.c
_COLUMNS = [column for column in _ROW if column.name not in ("memory", "is_newest")]
_KEPT = [column.name for column in _COLUMNS]
STEP = 64
"""Windows that are read at once of those after one that was evaluated again."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How a promise stands after its newest window."""

    fingerprint: str
    contract: str
    promise: str
    start_ms: int
    memory: Memory
    value: float
    burns: tuple[BurnRate, ...]
    at_ms: int

    @classmethod
    def after(cls, newest: Evaluation, memory: Memory, burns: Sequence[BurnRate] = ()) -> Stand:
        """Return how a promise stands after a window, with what hysteresis remembers and how fast it burns."""
        return cls(
            fingerprint=newest.fingerprint,
            contract=newest.contract,
            promise=newest.promise,
            start_ms=newest.start_ms,
            memory=memory,
            value=newest.value,
            burns=tuple(burns),
            at_ms=newest.at_ms,
        )


def before(connection: sa.Connection, fingerprint: str, start_ms: int) -> Memory:
    """Return what is remembered after the window before this one."""
    query = sa.select(_ROW.memory).where(_ROW.fingerprint == fingerprint, _ROW.start_ms < start_ms, _ROW.is_newest)
    return Memory.read(connection.scalar(query.order_by(_ROW.start_ms.desc()).limit(1)) or "")


def newest_of(connection: sa.Connection, fingerprint: str, start_ms: int) -> Evaluation | None:
    """Return the newest revision of a window."""
    query = sa.select(*_COLUMNS).where(_ROW.fingerprint == fingerprint, _ROW.start_ms == start_ms, _ROW.is_newest)
    row = connection.execute(query).mappings().first()
    return evaluation_of(row) if row is not None else None


def since(connection: sa.Connection, fingerprint: str, after_ms: int) -> Iterator[tuple[Evaluation, Memory]]:
    """Give the windows that begin later than this, the oldest first, with what is remembered after each."""
    while True:
        query = sa.select(*_COLUMNS, _ROW.memory).where(
            _ROW.fingerprint == fingerprint, _ROW.start_ms > after_ms, _ROW.is_newest
        )
        rows = connection.execute(query.order_by(_ROW.start_ms).limit(STEP)).mappings().all()
        for row in rows:
            yield evaluation_of({name: row[name] for name in row if name != "memory"}), Memory.read(row["memory"])
        if len(rows) < STEP:
            return
        after_ms = rows[-1]["start_ms"]


def keep(connection: sa.Connection, found: Sequence[tuple[Evaluation, Memory]]) -> None:
    """Write evaluations, which stand for their windows from now on."""
    for evaluation, _ in found:
        if evaluation.revision:
            window = {"fingerprint": evaluation.fingerprint, "start_ms": evaluation.start_ms}
            connection.execute(sa.update(EVALUATIONS).filter_by(**window, is_newest=True).values(is_newest=False))
    put(connection, EVALUATIONS, [_row(evaluation, memory) for evaluation, memory in found])


def remember(connection: sa.Connection, evaluation: Evaluation, memory: Memory) -> None:
    """Write what is remembered after a window that is as it was, since one before it changed."""
    window = {"fingerprint": evaluation.fingerprint, "start_ms": evaluation.start_ms}
    connection.execute(sa.update(EVALUATIONS).filter_by(**window, is_newest=True).values(memory=str(memory)))


def latest(connection: sa.Connection, fingerprint: str, most: int) -> tuple[Evaluation, ...]:
    """Return the newest windows of a promise, the oldest first."""
    query = sa.select(*_COLUMNS).where(_ROW.fingerprint == fingerprint, _ROW.is_newest)
    rows = connection.execute(query.order_by(_ROW.start_ms.desc()).limit(most)).mappings().all()
    return tuple(evaluation_of(row) for row in reversed(rows))


def listed(
    connection: sa.Connection,
    *,
    fingerprint: str = "",
    contract: str = "",
    promise: str = "",
    since_ms: int = 0,
    most: int = 100,
    newest_alone: bool = False,
) -> list[Evaluation]:
    """Return evaluations that end after `since_ms`, the newest window first; of a window the newest revision first."""
    query = sa.select(*_COLUMNS) if not newest_alone else sa.select(*_COLUMNS).where(_ROW.is_newest)
    for column, value in ((_ROW.fingerprint, fingerprint), (_ROW.contract, contract), (_ROW.promise, promise)):
        if value:
            query = query.where(column == value)
    if since_ms:
        query = query.where(_ROW.end_ms > since_ms)
    rows = connection.execute(query.order_by(_ROW.start_ms.desc(), _ROW.revision.desc()).limit(most)).mappings()
    return [evaluation_of(row) for row in rows]


def counted(
    connection: sa.Connection, fingerprints: Collection[str], stretches: Sequence[tuple[int, int]]
) -> Mapping[str, list[Burned]]:
    """Return for each promise, and each stretch, how many records the windows that end after its first moment and by its
    last one had, and how many of them were bad."""
    found = {fingerprint: [Burned() for _ in stretches] for fingerprint in fingerprints}
    ends: dict[str, object] = {"of": [*fingerprints]}
    for place, (after_ms, to_ms) in enumerate(stretches):
        ends |= {f"after_{place}": after_ms, f"to_{place}": to_ms}
    for place, fingerprint, records, bad in connection.execute(_counting(len(stretches)), ends):
        found[fingerprint][place] = Burned(int(records), int(bad))
    return found


def stand(connection: sa.Connection, found: Sequence[Stand]) -> None:
    """Write how promises stand after their newest windows."""
    put(
        connection,
        STANDS,
        [
            (
                each.fingerprint,
                each.contract,
                each.promise,
                each.start_ms,
                str(each.memory),
                each.value,
                json.dumps([asdict(burn) for burn in each.burns]),
                each.at_ms,
            )
            for each in found
        ],
    )


def stands(connection: sa.Connection, contract: str = "") -> list[Stand]:
    """Return how promises stand, of one contract or of all."""
    query = sa.select(STANDS) if not contract else sa.select(STANDS).filter_by(contract=contract)
    return [_stand(row) for row in connection.execute(query).mappings()]


def unstand(connection: sa.Connection, fingerprint: str) -> None:
    """Note that nobody is held to a promise any more."""
    connection.execute(sa.delete(STANDS).filter_by(fingerprint=fingerprint))


def forget(connection: sa.Connection, before_ms: int, most: int) -> int:
    """Delete up to so many evaluations that were made before then, and that no burn rate counts; return how many."""
    newest = sa.select(STANDS.c.start_ms).where(STANDS.c.fingerprint == _ROW.fingerprint).scalar_subquery()
    is_old = (_ROW.at_ms < before_ms) & (_ROW.end_ms <= sa.func.coalesce(newest - 1_000 * max(OVER_S), _ROW.end_ms))
    rows = connection.execute(sa.select(*EVALUATIONS.primary_key).where(is_old).order_by(_ROW.at_ms).limit(most)).all()
    if rows:
        keys = [{"of": row.fingerprint, "at": row.start_ms, "nth": row.revision} for row in rows]
        window = (_ROW.fingerprint == sa.bindparam("of"), _ROW.start_ms == sa.bindparam("at"))
        connection.execute(sa.delete(EVALUATIONS).where(*window, _ROW.revision == sa.bindparam("nth")), keys)
    return len(rows)


def evaluation_of(row: sa.RowMapping | dict[str, object]) -> Evaluation:
    """Return the evaluation of a row."""
    values = dict(row)
    return Evaluation(**{**values, "outcome": Outcome(str(values["outcome"]))})


@lru_cache(maxsize=len(OVER_S) + 1)
def _counting(stretches: int) -> sa.Executable:
    """The query, made once: to make it takes longer than to run it."""
    of: sa.BindParameter[str] = sa.bindparam("of", expanding=True)
    return sa.union_all(
        *(
            sa.select(sa.literal(place), _ROW.fingerprint, sa.func.sum(_ROW.records), sa.func.sum(_ROW.bad))
            .where(
                _ROW.fingerprint.in_(of),
                _ROW.end_ms > sa.bindparam(f"after_{place}"),
                _ROW.end_ms <= sa.bindparam(f"to_{place}"),
                _ROW.is_newest,
                _ROW.outcome != Outcome.MAINTENANCE.value,
            )
            .group_by(_ROW.fingerprint)
            for place in range(stretches)
        )
    )


def _row(evaluation: Evaluation, memory: Memory) -> tuple[object, ...]:
    """The values of a row, in the order of its columns."""
    values = (getattr(evaluation, name) for name in _KEPT)
    return *(each.value if isinstance(each, Outcome) else each for each in values), str(memory), True


def _stand(row: sa.RowMapping) -> Stand:
    return Stand(
        fingerprint=row["fingerprint"],
        contract=row["contract"],
        promise=row["promise"],
        start_ms=row["start_ms"],
        memory=Memory.read(row["memory"]),
        value=row["value"],
        burns=tuple(BurnRate(**each) for each in json.loads(row["burns"])),
        at_ms=row["at_ms"],
    )
