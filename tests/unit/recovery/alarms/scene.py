"""What alarms are decided by, in small: failures and rates of one contract, and a memory of what was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assay.contracts import load
from assay.recovery.alarms.alarm import Alarm, Kind, Move
from assay.recovery.alarms.rules import decide
from assay.recovery.alarms.sight import Bounds, Sight
from assay.recovery.identity import Identity
from assay.recovery.status import FailureStatus
from assay.recovery.store import Failure, Rate
from assay.testkit.builders import contract_text

__all__ = ["CONTRACT", "MINUTE_MS", "NOW_MS", "Memory", "failure", "rate"]

CONTRACT = load(contract_text("orders"))
NOW_MS = 1_700_000_000_000 - 1_700_000_000_000 % 60_000
MINUTE_MS = 60_000
SECOND_MS = 1_000


def failure(
    rule: str = "type",
    status: FailureStatus = FailureStatus.NEW,
    *,
    producer: str = "shop",
    letters: int = 3,
    open_letters: int | None = None,
    first_ms: int = NOW_MS - MINUTE_MS,
    last_ms: int = NOW_MS - SECOND_MS,
    reason: str = "schema",
    passed: int = 0,
    discarded: int = 0,
    quarantined: int = 0,
    returned: int = 0,
) -> Failure:
    """A failure at /amount; its dead letters are open unless they are said to be something else."""
    identity = Identity("orders", "1.0.0", reason, "/amount", rule, "string of # characters", producer)
    settled = passed + discarded + quarantined + returned
    return Failure(
        fingerprint=identity.fingerprint,
        contract="orders", version="1.0.0", reason=reason, path="/amount", rule=rule,
        shape=identity.shape, producer=producer, producer_version="", dead_letters=letters, sealed=0,
        open=letters - settled if open_letters is None else open_letters,
        replayed=passed + returned, discarded=discarded, quarantined=quarantined, passed=passed, returned=returned, awaiting=0,
        first_seen_ms=first_ms, last_seen_ms=last_ms, rate_per_min=0.0, status=status, explanation="", is_rest=False,
        has_flow=False, is_marked=False, note="", is_alerting=False, cause="", violations=(),
    )  # fmt: skip


def rate(
    valid: int = 0, refused: int = 0, producer: str = "shop", minutes_ago: int = 0, topic: str = "orders.raw.app"
) -> Rate:
    """What was judged in one minute."""
    return Rate(NOW_MS - minutes_ago * MINUTE_MS, topic, producer, valid, refused)


@dataclass(slots=True)
class Memory:
    """Keeps alarms as the store does, and what was told."""

    held: dict[str, Alarm] = field(default_factory=dict)
    told: list[Move] = field(default_factory=list)

    def look(
        self,
        failures: Sequence[Failure] = (),
        rates: Sequence[Rate] = (),
        *,
        now_ms: int = NOW_MS,
        bounds: Bounds = Bounds(),  # noqa: B008 -- frozen
    ) -> list[tuple[Kind, bool]]:
        """Decide, keep what moves, and return what is told: of what kind, and whether it fires."""
        moves = decide(Sight(CONTRACT, failures, rates, self.held, now_ms, bounds))
        for move in moves:
            before = self.held.get(move.alarm.name)
            assert move.alarm.revision == (before.revision if before else 0)
            self.held[move.alarm.name] = replace(move.alarm, revision=move.alarm.revision + 1)
        said = [move for move in moves if move.saying]
        self.told += said
        return [(move.alarm.kind, move.alarm.is_firing) for move in said]

    @property
    def firing(self) -> Mapping[str, Alarm]:
        """The alarms that fire."""
        return {name: alarm for name, alarm in self.held.items() if alarm.is_firing}
