"""Where each record of the histories stands, read from the topics alone, and whatever stands there once too often."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from assay.api.recovery.v1.recovery_pb2 import Outcome, Settlement
from assay.contracts import Contract
from assay.streaming import Record, headers, scan
from tests.integration.recovery.histories_model import Ill, State, Status, value_of

__all__ = ["Truth", "read_truth"]

ENDS = {
    Outcome.OUTCOME_UNSPECIFIED: None,
    Outcome.OUTCOME_REPLAYED: None,
    Outcome.OUTCOME_DISCARDED: Status.DISCARDED,
    Outcome.OUTCOME_QUARANTINED: Status.QUARANTINED,
}


@dataclass(slots=True)
class Truth:
    """`states` by history and `places` of the dead letters that are open.

    `faults` is what must never be, however early one looks; `strays` what must not be once nothing moves. A record that
    is on its way, replayed and not judged yet, has no state, and `waits` says for what.
    """

    states: dict[int, State] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    waits: dict[int, str] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    dead_letters: int = 0
    settled: Counter[Outcome.ValueType] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Topics:
    """Records by their place, and what points at them."""

    raw: dict[str, Record] = field(default_factory=dict)
    judged: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    settlements: dict[str, list[Settlement]] = field(default_factory=lambda: defaultdict(list))
    replays: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))


async def read_truth(broker: str, contract: Contract) -> Truth:
    """Read every topic of the contract to its end, and follow each record from its first place."""
    found, topics = _Topics(), contract.topics
    names = [topics.validated, topics.dead_letters, topics.settled, *topics.raw]
    async for records in scan(broker, names):
        for record in records:
            _sort(found, contract, record)
    truth = Truth()
    for place, record in found.raw.items():
        if record.topic == topics.raw_app:
            _follow(found, contract, place, int((record.key or b"")[1:]), truth)
    truth.strays += _strays(found)
    return truth


def _sort(found: _Topics, contract: Contract, record: Record) -> None:
    topics, here = contract.topics, str(headers.source_of(record))
    if record.topic in (topics.validated, topics.dead_letters):
        found.judged[record.header(headers.SOURCE) or ""].append(record)
    elif record.topic == topics.settled:
        found.settlements[(record.key or b"").decode()].append(Settlement.FromString(record.value or b""))
    else:
        found.raw[here] = record
        if record.topic == topics.raw_replay:
            found.replays[record.header(headers.DEAD_LETTER) or ""].append(record)


def _follow(found: _Topics, contract: Contract, place: str, number: int, truth: Truth) -> None:
    """Go along the attempts of one record to where it stands now."""
    first, attempt = found.raw[place], 0
    while True:
        record = _judged(found, place, truth)
        if record is None:
            truth.waits[number] = f"{place} to be judged"
            return
        truth.faults += _wrong_marks(record, first, attempt)
        here, ill = str(headers.source_of(record)), _ill_of(record, number)
        if record.topic == contract.topics.validated:
            truth.states[number] = State(Status.VALIDATED, attempt, ill)
            return
        truth.dead_letters += 1
        settlement, replay = _settled(found, here, truth)
        if settlement is None and replay is None:
            truth.states[number], truth.places[number] = State(Status.OPEN, attempt, ill), here
            return
        if settlement is not None and (end := ENDS[settlement.outcome]):
            truth.states[number] = State(end, attempt, ill)
            return
        if settlement is None or replay is None:
            truth.waits[number] = f"the replay of {here}" if settlement else f"the settlement of {here}"
            return
        place, attempt = str(headers.source_of(replay)), attempt + 1


def _judged(found: _Topics, place: str, truth: Truth) -> Record | None:
    """What a raw record became."""
    judged = found.judged.get(place, [])
    if len(judged) > 1:
        truth.faults.append(f"{place} was judged {len(judged)} times")
    return judged[0] if judged else None


def _settled(found: _Topics, here: str, truth: Truth) -> tuple[Settlement | None, Record | None]:
    """What became of a dead letter."""
    settlements, replays = found.settlements.get(here, []), found.replays.get(here, [])
    if len(settlements) > 1 or len(replays) > 1:
        truth.faults.append(f"{here} has {len(settlements)} settlements and {len(replays)} replays")
    truth.settled.update(settlement.outcome for settlement in settlements)
    if settlements and ENDS[settlements[0].outcome] and replays:
        truth.faults.append(f"{here} was settled otherwise and replayed")
    return settlements[0] if settlements else None, replays[0] if replays else None


def _wrong_marks(record: Record, first: Record, attempt: int) -> Iterator[str]:
    """What a judged record must carry of its beginning, however often it was replayed."""
    here = str(headers.source_of(record))
    if headers.attempt_of(record) != attempt:
        yield f"{here} says attempt {headers.attempt_of(record)}, and is {attempt}"
    if record.partition != first.partition:
        yield f"{here} was in partition {first.partition}"
    if headers.arrived_of(record) != first.timestamp_ms:
        yield f"{here} says that it arrived at {headers.arrived_of(record)}, and did at {first.timestamp_ms}"
    if attempt and headers.order_of(record, -1) != first.offset:
        yield f"{here} says order {headers.order_of(record, -1)}, and has {first.offset}"
    if record.header(headers.EVENT_ID) != first.header(headers.EVENT_ID):
        yield f"{here} has lost its event id"


def _ill_of(record: Record, number: int) -> Ill:
    """What is wrong with the bytes: those that are sealed are no JSON, since nothing is classified here."""
    if record.header(headers.SEAL) is not None:
        return Ill.BROKEN
    found = json.loads(record.value or b"null")
    return next(ill for ill in _likeliest(record) if json.loads(value_of(number, ill)) == found)


def _likeliest(record: Record) -> Iterator[Ill]:
    """What a flow mended looks as if it had been well from the beginning; its header knows better."""
    if record.header(headers.FLOW) == "text":
        yield Ill.MENDED
    yield from (ill for ill in Ill if ill not in (Ill.MENDED, Ill.BROKEN))


def _strays(found: _Topics) -> Iterator[str]:
    """What belongs to nothing that is there."""
    letters = {str(headers.source_of(record)) for records in found.judged.values() for record in records}
    strays: Mapping[str, set[str]] = {
        "judged, and is on no raw topic": found.judged.keys() - found.raw.keys(),
        "settled, and is no dead letter": found.settlements.keys() - letters,
        "replayed, and is no dead letter": found.replays.keys() - letters,
    }
    return (f"{place} was {what}" for what, places in strays.items() for place in places)
