"""One contract whose panes are folded and evaluated in a store in memory, by a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.book import Book
from assay.alerts.breaches import Breach, Recipient, State
from assay.alerts.panes.standing import Bounds
from assay.alerts.promises import history, watched
from assay.alerts.promises.evaluation import Evaluation
from assay.alerts.promises.turn import Turn, Turned
from assay.contracts import Contract, Patience, Promise, ServiceLevel, Window, load
from assay.testkit.builders import contract_text
from tests.unit.alerts.panes.merged import Merged
from tests.unit.alerts.panes.panes import NOW_MS, FixedClock, minute, pane, records

__all__ = ["MINUTE_MS", "NULLS", "ROWS", "START", "Herald", "Stage", "contract_of", "error_rate", "silence"]

MINUTE_MS = 60_000
START = (NOW_MS // MINUTE_MS - 1_000) // 60 * 60
"""The minute in which records of stages begin: the first of an hour that is gone."""

NULLS = Promise("promise-0", "amount", "nullValues", "mustBeLessOrEqualTo", (20,), "percent", Window("PT5M"))
ROWS = Promise("rows", None, "rowCount", "mustBeGreaterOrEqualTo", (3,), window=Window("PT5M"))


def error_rate(patience: Patience | None = None) -> ServiceLevel:
    """At most 5 % refused in 5 minutes."""
    return ServiceLevel("errors", "errorRate", None, 5.0, Window("PT5M"), patience=patience or Patience())


def silence(kind: str = "frequency", bound_s: int = 120) -> ServiceLevel:
    """A level by the clock."""
    return ServiceLevel("silence", kind, 1000 * bound_s)  # type: ignore[arg-type]  # one of two words


def contract_of(*held: Promise | ServiceLevel, name: str = "orders", **changes: object) -> Contract:
    """A contract of one partition with these promises; event time is a field."""
    return replace(
        load(contract_text(name)),
        event_time="at",
        partitions=1,
        promises=tuple(each for each in held if isinstance(each, Promise)),
        levels=tuple(each for each in held if isinstance(each, ServiceLevel)),
        **changes,  # type: ignore[arg-type]  # fields of a contract
    )


@dataclass
class Herald:
    """Writes down what people would be told, in the store, so that what is taken back was never said."""

    table: sa.Table = field(
        default_factory=lambda: sa.Table(
            "said",
            sa.MetaData(),
            sa.Column("key", sa.String),
            sa.Column("state", sa.String),
            sa.Column("over", sa.String),
        )
    )

    def opened(self, breach: Breach) -> Breach:
        return replace(breach, recipients=(Recipient("ops", "#ops"),))

    def post(self, connection: sa.Connection, breach: Breach, state: State, over: Sequence[Breach]) -> None:
        names = ",".join(sorted(each.fired.promise for each in over))
        connection.execute(sa.insert(self.table).values(key=f"{breach.id}/{state}", state=state.value, over=names))


class Stage:
    """Contracts, their panes, and turns at them."""

    def __init__(self, *contracts: Contract, since_ms: int = NOW_MS - 600_000) -> None:
        self.contracts: dict[str, Contract] = {each.id: each for each in contracts}
        self.clock = FixedClock()
        self.since_ms = since_ms
        self.merged = Merged(self.clock)
        self.herald = Herald()
        self.book = Book(self.contracts, self.herald)
        self.offsets: dict[tuple[str, int], int] = {}
        self.folded = 0
        with self.merged.read() as transaction:
            self.herald.table.metadata.create_all(transaction)

    def send(
        self, at: int, valid: int = 0, refused: int = 0, nulls: int = 0, *, contract: str = "orders", version: str = "1.0.0",
        source: str = "raw.app", partition: int = 0,
    ) -> None:  # fmt: skip
        """A pane of records of one minute after the start, which validation closes now."""
        counts = minute(
            START + at, valid, refused, failing=(nulls,), nulls=nulls, last_event_ms=(START + at) * MINUTE_MS
        )
        place = (f"{contract}.{source}", partition)
        first = self.offsets.get(place, 0)
        self.offsets[place] = first + valid + refused
        found = pane(
            counts, contract=contract, partition=partition, version=version, first=first, after=self.offsets[place],
            at_ms=self.clock.ms, source=source,
        )  # fmt: skip
        self._fold(found)

    def beat(self, *, contract: str = "orders", waiting: int = 0, partition: int = 0) -> None:
        """A heartbeat of now."""
        after = self.offsets.get((f"{contract}.raw.app", partition), 0)
        self._fold(
            pane(
                contract=contract,
                partition=partition,
                first=after,
                after=after,
                log_end=after + waiting,
                at_ms=self.clock.ms,
            )
        )

    def wait(self, seconds: float) -> None:
        """The wall clock goes on."""
        self.clock.ms += int(1000 * seconds)

    def turn(self, contract: str = "orders", **settings: float) -> Turned:
        """Take a turn at a contract now."""
        listening = Bounds(settings.get("dead_s", 20.0), settings.get("stuck_s", 30.0), self.since_ms)
        turn = Turn(self.contracts[contract], self.clock.ms, listening)
        with self.merged.read() as transaction:
            return turn.take(transaction, self.merged.reader, self.book)

    def turns(self, contract: str = "orders") -> None:
        """Take turns until nothing waits."""
        while self.turn(contract).has_more:
            pass

    def close(self, at: int) -> None:
        """Let the watermark pass this minute after the start, by an event that much later, and take turns."""
        self.send(at + 1, valid=1)
        self.turns()

    def said(self) -> list[tuple[str, str]]:
        """What people were told: keys in order, with what is told together."""
        with self.merged.read() as transaction:
            return [(row.key, row.over) for row in transaction.execute(sa.select(self.herald.table))]

    def states(self) -> list[str]:
        """The same: whether each fires or is over."""
        return [key.rpartition("/")[2] for key, _ in self.said()]

    def breaches(self) -> list[Breach]:
        with self.merged.read() as transaction:
            return breach_rows.listed(transaction)

    def history(self, promise: str = "") -> list[Evaluation]:
        """Every evaluation, the oldest window first."""
        with self.merged.read() as transaction:
            return history.listed(transaction, promise=promise, most=100_000)[::-1]

    def outcomes(self, promise: str = "") -> list[str]:
        """What each window came to."""
        return [str(each.outcome) for each in self.history(promise)]

    def watched(self) -> Mapping[str, watched.Watched]:
        with self.merged.read() as transaction:
            return watched.known(transaction)

    def _fold(self, *panes: object) -> None:
        self.merged.take(records(panes, 0, self.folded))  # type: ignore[arg-type]  # panes
        self.folded += len(panes)
