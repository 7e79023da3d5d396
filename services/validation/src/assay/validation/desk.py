"""What validation holds of one raw partition: the letters it writes, the counts of its chunk, the ids it has seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby

from assay.contracts import Judged, Reason, Verdict, Violation
from assay.contracts.judge import PLAIN
from assay.streaming import Block, Onward, Outgoing, Partition, Record, headers
from assay.streaming.keys import Keys
from assay.telemetry import metrics
from assay.validation.dedup import Window
from assay.validation.judges import Seat
from assay.validation.judging import Verdicts
from assay.validation.letters import Letters
from assay.validation.ordering import Ordering
from assay.validation.panes import Tally, written

__all__ = ["Desk"]

VALID = "valid"
REPEATED = Verdict(
    Reason.DUPLICATE, (Violation("", "dedup", "an event id that is new in its window", "one that came before"),)
)


class Desk:
    """Settles blocks of one partition, in the order of its log.

    It is made anew whenever the lane fences: what it counted and remembered of an abandoned transaction is gone with it.
    """

    def __init__(
        self, partition: Partition, keys: Keys, window: Window | None, ordering: Ordering | None = None
    ) -> None:
        self._partition = partition
        self._keys = keys
        self._window = window
        self._ordering = ordering
        self._tally: Tally | None = None
        self._letters: dict[tuple[Seat, Seat], Letters] = {}

    async def look(self, found: Verdicts) -> None:
        """Learn what is to be known before these records are settled.

        Raises:
            BrokerError: the broker does not tell.
        """
        if self._ordering is not None:
            await self._ordering.look(found)

    def settle(self, found: Verdicts, home: Seat) -> list[Outgoing | Onward]:
        """Count the records and return what is written of them, in order."""
        self._refuse_repeats(found, home)
        self._hold_back(found)
        odd = [spot for spot, one in enumerate(found.judged) if one is not PLAIN]
        refused = [spot for spot in odd if found.judged[spot].verdict.reason is not None]
        self._count(found, home, refused)
        return self._write(found, home, refused)

    def stub(self, record: Record, refusal: str, home: Seat) -> list[Outgoing]:
        """Count a record that can't be written, and return what stands for it."""
        refused = Judged(Verdict(Reason.TOO_LARGE, (Violation("", "broker", "", ""),)), None, 0)
        found = Verdicts(Block.of([record]), [record.timestamp_ms], [home], [refused], home)
        self._hold_back(found)
        self._count(found, home, [0])
        return [self._letters_of(home, home).stub(record, refusal, found.marks.get(0, ()))]

    def close(self, before: int, after: int, log_end: int, at_ms: int) -> list[Outgoing]:
        """Return the pane of what was settled since the last call."""
        tally, self._tally = self._tally, None
        if tally is None:
            return []
        pane = tally.pane(before, after, log_end, at_ms)
        metrics.PANES_WRITTEN.labels(pane.contract, "counts").inc()
        return [written(pane)]

    def _refuse_repeats(self, found: Verdicts, home: Seat) -> None:
        window = self._window
        if window is None:
            return
        forgotten = window.forgotten
        for spot, event_id in enumerate(found.records.header(headers.EVENT_ID)):
            if event_id is not None and window.repeats(event_id, found.arrived_ms[spot]):
                found.judged[spot] = found.judged[spot]._replace(verdict=REPEATED)
        if window.forgotten > forgotten:
            metrics.IDS_FORGOTTEN.labels(home.contract.id).inc(window.forgotten - forgotten)

    def _hold_back(self, found: Verdicts) -> None:
        if self._ordering is not None:
            self._ordering.hold_back(found)

    def _count(self, found: Verdicts, home: Seat, refused: Sequence[int]) -> None:
        reasons = Counter([one.verdict.reason for one in found.judged if one is not PLAIN])
        reasons[None] += len(found.judged) - reasons.total()
        for reason, count in reasons.items():
            metrics.RECORDS_JUDGED.labels(home.contract.id, reason or VALID).inc(count)
        if self._tally is None:
            self._tally = Tally(home.contract.id, self._partition)
        broken = [spot for spot in refused if found.judged[spot].verdict.reason is not Reason.HELD]
        self._tally.add_producers(found.records, broken)
        is_observed = home.contract.enforcement == "observe"
        if found.seat is not None:
            self._tally.add(found.seat, found.judged, found.arrived_ms, is_observed=is_observed)
            return
        spots: dict[Seat, list[int]] = defaultdict(list)
        for spot, seat in enumerate(found.seats):
            spots[seat].append(spot)
        for seat, its_own in spots.items():
            judged, arrived_ms = [found.judged[at] for at in its_own], [found.arrived_ms[at] for at in its_own]
            self._tally.add(seat, judged, arrived_ms, is_observed=is_observed)

    def _write(self, found: Verdicts, home: Seat, refused: Sequence[int]) -> list[Outgoing | Onward]:
        """Say where each record goes; a contract that only observes diverts nothing."""
        if home.contract.enforcement == "observe":
            refused = ()
        if found.seat is None:
            return self._write_each(found, home, set(refused))
        letters = self._letters_of(found.seat, home)
        if not refused:
            return [letters.validated(found.records)]
        dead = [self._dead_letter(letters, found, spot) for spot in refused]
        if len(dead) == len(found.records):
            return [*dead]
        return [letters.validated(found.records.but(refused)), *dead]

    def _write_each(self, found: Verdicts, home: Seat, refused: set[int]) -> list[Outgoing | Onward]:
        outgoing: list[Outgoing | Onward] = []
        for (seat, is_refused), run in groupby(
            range(len(found.seats)), lambda spot: (found.seats[spot], spot in refused)
        ):
            letters, spots = self._letters_of(seat, home), list(run)
            if is_refused:
                outgoing += [self._dead_letter(letters, found, at) for at in spots]
            else:
                outgoing.append(letters.validated(found.records[spots[0] : spots[-1] + 1]))
        return outgoing

    @staticmethod
    def _dead_letter(letters: Letters, found: Verdicts, spot: int) -> Outgoing:
        return letters.dead_letter(found.records[spot], found.judged[spot].verdict, found.marks.get(spot, ()))

    def _letters_of(self, seat: Seat, home: Seat) -> Letters:
        letters = self._letters.get((seat, home))
        if letters is None:
            letters = Letters(seat.contract, home.contract, self._partition, self._keys)
            self._letters[seat, home] = letters
        return letters
