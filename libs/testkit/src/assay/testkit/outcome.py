"""What became of a contract's raw records, read from the topics by nobody's offsets but their own."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import grpc

from assay.api.registry.v1.registry_pb2 import PublishContractRequest
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.contracts import Contract, load
from assay.streaming import Record, apply_topics, headers, scan, specs_of

__all__ = ["Outcome", "in_force", "outcome"]

_CALL_S = 20.0


@dataclass(slots=True)
class Outcome:
    """Raw records, and those judged, by their source; compared as sets, never by offset arithmetic."""

    raw: Counter[str] = field(default_factory=Counter)
    validated: Counter[str] = field(default_factory=Counter)
    dead_letters: Counter[str] = field(default_factory=Counter)
    keys_out_of_order: set[bytes] = field(default_factory=set)

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
        """Whether every raw record is in exactly one of the two, once, and each key kept its order."""
        return not (self.lost or self.doubled or self.strange or self.keys_out_of_order)


async def in_force(registry: str, broker: str, text: bytes) -> Contract:
    """Publish a contract and make its topics, as `assay contract apply` does."""
    async with grpc.aio.insecure_channel(registry) as channel:
        await RegistryServiceStub(channel).PublishContract(
            PublishContractRequest(text=text), timeout=_CALL_S, wait_for_ready=True
        )
    contract = load(text)
    await apply_topics(broker, specs_of(contract))
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
        last: dict[tuple[bytes | None, str], int] = defaultdict(lambda: -1)
        async for records in scan(broker, [topic]):
            for record in records:
                settled[record.header(headers.SOURCE) or ""] += 1
                _note_order(record, last, found.keys_out_of_order)
    return found


def _note_order(record: Record, last: dict[tuple[bytes | None, str], int], out_of_order: set[bytes]) -> None:
    """Hold the order of a key to its order on the raw topic."""
    source = headers.Source.parse(record.header(headers.SOURCE) or "")
    place = (record.key, source.topic)
    if source.offset <= last[place]:
        out_of_order.add(record.key or b"")
    last[place] = source.offset
