from __future__ import annotations

import json
from pathlib import Path

from assay.cli.contracts import loaded
from assay.cli.demo.checks import Told
from assay.cli.demo.promise import concerned, told
from assay.cli.demo.settle import until_reached
from assay.examples.flights import CONTRACTS


def notice(recipient: str, state: str, window: str, contract: str = "flights") -> str:
    key = f"{contract}/{window}/{state}/{recipient}"
    said = {"key": key, "contract": contract, "recipient": recipient, "state": state, "window": window}
    return json.dumps(said) + "\n"


def test_a_notice_that_was_written_twice_was_told_once(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.ndjson"
    outbox.write_text(notice("ines", "firing", "2013-02-08") * 2 + notice("ines", "resolved", "2013-02-10"))

    assert told(outbox, "flights") == [Told("ines", "firing", "2013-02-08"), Told("ines", "resolved", "2013-02-10")]


def test_notices_of_another_contract_are_not_of_this_promise(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.ndjson"
    outbox.write_text(notice("ines", "firing", "2013-02-08") + notice("ines", "firing", "2013-02-09", "delay-model"))

    assert told(outbox, "flights") == [Told("ines", "firing", "2013-02-08")]


def test_no_outbox_is_no_notice(tmp_path: Path) -> None:
    assert told(tmp_path / "outbox.ndjson", "flights") == []


def test_owner_and_the_readers_of_the_field_are_concerned() -> None:
    flights = next(contract for contract in loaded([CONTRACTS]) if contract.id == "flights")

    assert concerned(flights, "arr_delay") == ["airport-operations", "delay-model", "passenger-rights"]
    assert concerned(flights, "distance") == ["airport-operations", "passenger-rights"]


async def test_waiting_ends_with_the_number_that_was_wanted() -> None:
    counts = iter([0, 3, 7])
    shown: list[int] = []

    async def count() -> int:
        return next(counts)

    assert await until_reached(5, count, shown.append)
    assert shown == [0, 3, 5]
