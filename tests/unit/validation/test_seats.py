"""A record is judged by the version it declares, where that may be used, else by the one in force."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from assay.client import Version
from assay.contracts import Contract, Reason, Verdict, load
from assay.contracts.frame import SCHEMA_HEADER, framed, guid_of
from assay.streaming import Block, Record, headers
from assay.streaming.record import Headers
from assay.telemetry import metrics
from assay.testkit.builders import contract_text
from assay.validation.errors import NotSeatedError, SchemaAwaitedError
from assay.validation.judges import Seat
from assay.validation.seating import Seating

VALUE = b'{"id": "a", "amount": 1}'
TEXTS = {version: contract_text("orders", version) for version in ("1.0.0", "1.1.0", "2.0.0")}

CONTRACTS = {version: load(text) for version, text in TEXTS.items()}
PLANES = load(contract_text("planes"))


@dataclass
class Known:
    """What a catalog would know; the test changes it."""

    versions: dict[str, dict[str, Version]] = field(default_factory=dict)
    is_current: bool = True
    now_s: float = 0.0

    def add(self, number: int, contract: str, version: str, text: bytes, *, retired: bool = False) -> None:
        told = Version(number, contract, version, text, 0, retired)
        self.versions = {**self.versions, contract: {**self.versions.get(contract, {}), version: told}}


def orders() -> Known:
    known = Known()
    known.add(1, "orders", "1.0.0", TEXTS["1.0.0"], retired=True)
    known.add(2, "orders", "1.1.0", TEXTS["1.1.0"])
    known.add(3, "planes", "1.0.0", contract_text("planes"))
    known.add(4, "orders", "2.0.0", TEXTS["2.0.0"])
    return known


async def seated(known: Known, *contracts: Contract) -> Seating:
    seating = Seating(known, wait_s=60, now_s=lambda: known.now_s)
    await seating.take(contracts or [CONTRACTS["2.0.0"], PLANES])
    return seating


def record(
    value: bytes | None = VALUE, given: Headers = (), topic: str = "orders.raw.app", partition: int = 0
) -> Record:
    return Record(topic, partition, 7, 0, b"k", value, given)


def declaring(version: str) -> Record:
    return record(given=((headers.EVENT_ID, b"e"), (headers.VERSION, version.encode())))


async def placed(known: Known, one: Record) -> Seat | Verdict:
    return (await (await seated(known)).seats.place(Block.of([one])))[0]


def version_of(place: Seat | Verdict) -> str:
    assert isinstance(place, Seat), place
    return place.contract.version


def found(place: Seat | Verdict) -> str:
    assert isinstance(place, Verdict), place
    assert place.reason is Reason.UNKNOWN_SCHEMA
    return f"{place.violations[0].rule}: {place.violations[0].found}"


async def test_record_that_declares_nothing_is_judged_by_the_version_in_force() -> None:
    assert version_of(await placed(orders(), record())) == "2.0.0"


async def test_tombstone_is_judged_by_the_version_in_force() -> None:
    assert version_of(await placed(orders(), record(None))) == "2.0.0"


async def test_header_names_the_version() -> None:
    place = await placed(orders(), declaring("1.1.0"))

    assert version_of(place) == "1.1.0"
    assert isinstance(place, Seat)
    assert place.judge.judge(VALUE).accepted


@pytest.mark.parametrize("schema", [2, guid_of(TEXTS["1.1.0"])])
async def test_frame_names_the_version_and_stands_before_the_payload(schema: object) -> None:
    value = framed(VALUE, schema)  # type: ignore[arg-type]  # a number or a guid, as framed takes them
    place = await placed(orders(), record(value))

    assert version_of(place) == "1.1.0"
    assert isinstance(place, Seat)
    assert value[place.offset :] == VALUE


async def test_frame_in_a_header_leaves_the_whole_value_to_judge() -> None:
    place = await placed(orders(), record(given=((SCHEMA_HEADER, framed(b"", 2)),)))

    assert isinstance(place, Seat)
    assert (place.contract.version, place.offset) == ("1.1.0", 0)


async def test_frame_counts_more_than_the_header() -> None:
    assert version_of(await placed(orders(), replace_headers(record(framed(VALUE, 2)), "2.0.0"))) == "1.1.0"


def replace_headers(one: Record, version: str) -> Record:
    return Record(
        one.topic, one.partition, one.offset, one.timestamp_ms, one.key, one.value, declaring(version).headers
    )


async def test_records_of_one_version_and_one_frame_share_a_seat() -> None:
    seats = (await seated(orders())).seats
    bare, again, by_header, by_frame, by_frame_too = await seats.place(
        Block.of([record(), record(), declaring("2.0.0"), record(framed(VALUE, 4)), record(framed(VALUE, 4))])
    )

    assert bare is again is by_header
    assert by_frame is by_frame_too
    assert isinstance(bare, Seat)
    assert isinstance(by_frame, Seat)
    assert by_frame.judge is bare.judge


async def test_retired_version_is_unknown_and_the_upgrade_named() -> None:
    said = "retired: version 1.0.0 is retired; use 2.0.0"

    assert found(await placed(orders(), declaring("1.0.0"))) == said
    assert found(await placed(orders(), record(framed(VALUE, 1)))) == said


async def test_what_nobody_published_is_unknown() -> None:
    assert found(await placed(orders(), record(framed(VALUE, 9)))) == "version: schema id 9, which is unknown"
    assert found(await placed(orders(), declaring("7.0.0"))) == "version: version 7.0.0, which is unknown"


async def test_text_that_is_no_version_is_not_repeated() -> None:
    assert "secret" not in found(await placed(orders(), declaring("secret")))


async def test_version_of_another_contract_is_unknown_here() -> None:
    assert (
        found(await placed(orders(), record(framed(VALUE, 3)))) == "contract: schema id 3, which is of contract planes"
    )


@pytest.mark.parametrize("value", [b"\x00", b"\x01abc"])
async def test_frame_that_is_cut_short_is_malformed(value: bytes) -> None:
    place = await placed(orders(), record(value))

    assert isinstance(place, Verdict)
    assert (place.reason, place.violations[0].rule) == (Reason.MALFORMED, "frame")


async def test_declared_version_that_cannot_be_compiled_refuses_its_records_alone() -> None:
    known = orders()
    known.add(5, "orders", "1.9.0", b"no contract")
    broken, whole = await (await seated(known)).seats.place(Block.of([declaring("1.9.0"), record()]))

    assert isinstance(broken, Verdict)
    assert (broken.reason, version_of(whole)) == (Reason.ENGINE, "2.0.0")


async def test_topic_of_no_contract_is_not_seated() -> None:
    with pytest.raises(NotSeatedError):
        await placed(orders(), record(topic="bills.raw.app"))


async def test_snapshot_keeps_its_seats_while_others_take_theirs() -> None:
    known = orders()
    seating = await seated(known, CONTRACTS["1.1.0"])
    before = seating.seats
    await seating.take([CONTRACTS["2.0.0"]])

    assert [version_of(seats.of(record())) for seats in (before, seating.seats)] == ["1.1.0", "2.0.0"]


async def test_seats_are_the_same_while_nothing_changes() -> None:
    seating = await seated(orders())

    assert seating.seats is seating.seats


async def test_version_that_is_published_later_is_known_to_the_next_slice() -> None:
    known = orders()
    seating = await seated(known)
    assert found(seating.seats.of(declaring("2.1.0"))) == "version: version 2.1.0, which is unknown"

    known.add(6, "orders", "2.1.0", contract_text("orders", "2.1.0"))

    assert version_of((await seating.seats.place(Block.of([declaring("2.1.0")])))[0]) == "2.1.0"


async def test_contract_whose_version_in_force_is_retired_waits_for_the_next() -> None:
    known = orders()
    seating = await seated(known, CONTRACTS["1.0.0"], PLANES)

    with pytest.raises(NotSeatedError):
        seating.seats.of(record())
    assert "orders.raw.app" in seating.seats.topics
    assert version_of(seating.seats.of(record(topic="planes.raw.app"))) == "1.0.0"


async def test_contract_that_cannot_be_compiled_holds_its_own_topics_alone() -> None:
    broken = replace(CONTRACTS["2.0.0"], form="stone")  # type: ignore[arg-type]  # a form that no engine knows
    seating = await seated(orders(), broken, PLANES)

    assert seating.seats.topics == frozenset(PLANES.topics.raw)
    assert metrics.CONTRACTS_HELD._value.get() == 1


async def test_version_that_cannot_be_compiled_leaves_the_one_before_it_in_force() -> None:
    seating = await seated(orders(), CONTRACTS["1.1.0"])
    await seating.take([replace(CONTRACTS["2.0.0"], form="stone")])  # type: ignore[arg-type]  # as above

    assert version_of(seating.seats.of(record())) == "1.1.0"


async def test_unknown_version_waits_while_the_registry_is_away_and_is_then_refused_as_stale() -> None:
    known = orders()
    known.is_current = False
    seating = await seated(known)

    with pytest.raises(SchemaAwaitedError):
        seating.seats.of(record(framed(VALUE, 9)))
    known.now_s = 59
    with pytest.raises(SchemaAwaitedError):
        seating.seats.of(record(framed(VALUE, 9)))
    known.now_s = 60

    assert found(seating.seats.of(record(framed(VALUE, 9)))).startswith("registry_away: schema id 9")
    assert found(seating.seats.of(declaring("8.0.0"))).startswith("registry_away: version 8.0.0")


async def test_each_partition_waits_for_itself_and_known_versions_for_nothing() -> None:
    known = orders()
    known.is_current = False
    seating = await seated(known)
    with pytest.raises(SchemaAwaitedError):
        seating.seats.of(record(framed(VALUE, 9)))
    known.now_s = 60

    with pytest.raises(SchemaAwaitedError):
        seating.seats.of(record(framed(VALUE, 9), partition=1))
    assert version_of(seating.seats.of(declaring("2.0.0"))) == "2.0.0"


async def test_registry_that_was_there_meanwhile_begins_a_new_wait() -> None:
    known = orders()
    known.is_current = False
    seating = await seated(known)
    with pytest.raises(SchemaAwaitedError):
        seating.seats.of(declaring("8.0.0"))
    known.now_s, known.is_current = 60, True
    assert found(seating.seats.of(declaring("8.0.0"))).startswith("version: ")
    known.is_current = False

    with pytest.raises(SchemaAwaitedError):
        seating.seats.of(declaring("8.0.0"))
