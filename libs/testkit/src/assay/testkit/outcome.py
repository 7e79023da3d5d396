"""What became of a contract's raw records, read from the topics by nobody's offsets but their own."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import grpc

from assay.api.registry.v1.registry_pb2 import PublishContractRequest
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.contracts import Contract, load
from assay.streaming import PLATFORM_TOPICS, Record, apply_topics, headers, scan, specs_of
from assay.testkit.waiting import eventually

__all__ = ["Outcome", "in_force", "outcome", "settled"]

_CALL_S = 20.0


@dataclass(slots=True)
class Outcome:
    """Raw records, and those judged, by their source; compared as sets, never by offset arithmetic."""

    raw: Counter[str] = field(default_factory=Counter)
    validated: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    out_of_order: set[str] = field(default_factory=set)

    @property
    def lost(self) -> set[str]:
        """Raw records that are in neither topic."""
        return self.raw.keys() - self.validated.keys() - self.dead_letters.keys()

    @property
    def doubled(self) -> set[str]:
        """Raw records that were settled more than once."""
        return {source for source, times in (self.validated + self.dead_letters).items() if times > 1}

    @property
    def strange(self) -> set[str]:
        """Settled records whose source is no raw record."""
        return (self.validated.keys() | self.dead_letters.keys()) - self.raw.keys()

    @property
    def settled(self) -> int:
        """How many records were judged."""
        return self.validated.total() + self.dead_letters.total()

    @property
    def is_exact(self) -> bool:
        """Whether every raw record is in exactly one of the two, once, in its partition, in the order of raw."""
        return not (self.lost or self.doubled or self.strange or self.out_of_order)

    def __str__(self) -> str:
        counts = {
            "raw": self.raw, "validated": self.validated, "dead letters": self.dead_letters, "lost": self.lost,
            "doubled": self.doubled, "strange": self.strange, "out of order": self.out_of_order,
        }  # fmt: skip
        return ", ".join(f"{len(found):,} {name}" for name, found in counts.items())


async def in_force(registry: str, broker: str, text: bytes) -> Contract:
    """Publish a contract and make its topics, as `assay contract apply` does."""
    async with grpc.aio.insecure_channel(registry) as channel:
        await RegistryServiceStub(channel).PublishContract(
            PublishContractRequest(text=text), timeout=_CALL_S, wait_for_ready=True
        )
    contract = load(text)
    await apply_topics(broker, (*PLATFORM_TOPICS, *specs_of(contract)))
    return contract


async def outcome(broker: str, contract: Contract) -> Outcome:
    """Read what became of every raw record so far."""
    found = Outcome()
    for topic in contract.topics.raw:
        async for records in scan(broker, [topic]):
            found.raw.update(str(headers.source_of(record)) for record in records)
    for topic, settled in (
        (contract.topics.validated, found.validated),
        (contract.topics.dead_letters, found.dead_letters),
    ):
        last: dict[tuple[int, str], int] = defaultdict(lambda: -1)
        async for records in scan(broker, [topic]):
            for record in records:
                source = record.header(headers.SOURCE) or ""
                settled[source] += 1
                if not _is_in_order(record, headers.Source.parse(source), last):
                    found.out_of_order.add(source)
                if reason := record.header(headers.REASON):
                    found.reasons[reason] += 1
    return found


async def settled(broker: str, contract: Contract, records: int, within_s: float = 60.0) -> Outcome:
    """Return what became of the raw records once so many are judged.

    Raises:
        TimeoutError: they were not within `within_s`.
    """

    async def ask() -> Outcome | None:
        found = await outcome(broker, contract)
        return found if found.settled >= records else None

    found = await eventually(ask, within_s)
    assert found is not None
    return found


def _is_in_order(record: Record, source: headers.Source, last: dict[tuple[int, str], int]) -> bool:
    """Whether it stands in the partition that its raw record had, after those that came before it there."""
    place = (record.partition, source.topic)
    before, last[place] = last[place], source.offset
    return record.partition == source.partition and source.offset > before
