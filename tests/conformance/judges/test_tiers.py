"""Two tiers, one verdict: what the first accepts, the one that explains accepts too. A disagreement becomes a case."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from assay.contracts import Contract, Judge, json_schema
from assay.contracts.forms import Engine, fast
from assay.contracts.forms.json import JsonForm
from assay.contracts.samples import damaged, samples
from tests.conformance.judges.contracts import CONTRACTS, one_field

CASES = [
    path
    for path in sorted((Path(__file__).parent / "cases").glob("*.json"))
    if not path.name.startswith(("avro_", "protobuf_"))  # those are of test_forms
]
RECORDS = int(os.environ.get("ASSAY_FUZZ_RECORDS", "4000"))
"""Damaged records of each contract; the whole fuzz of CI asks for more."""

BATCH = 250
LEAST = b"-9223372036854775808"
"""The one integer that the first tier leaves to the second."""

PIECES = b'0123456789+-.:TZtze"\\{}[],/ \x00\xc3\xa9'


@pytest.fixture(params=["corvus", "msgspec", "jsonschema-rs"])
def only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each engine in turn as the only one of the first tier, without its trial."""
    name: str = request.param
    makers = {"corvus": fast.corvus, "msgspec": fast.structs}

    def engine(text: bytes) -> Engine:
        schema = json.loads(text)
        accept = makers[name](schema) if name in makers else None
        return Engine(name, accept) if accept else fast.authority(schema)

    monkeypatch.setattr("assay.contracts.forms.json.fastest", engine)
    return name


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_what_the_first_tier_accepts_the_second_accepts(only: str, contract: Contract) -> None:
    judge, random = Judge(contract), Random(contract.id)
    for rows in records(contract, random):
        for row, judged in zip(rows, judge.screen(rows), strict=True):
            if judged is not None:
                explained = judge.explain(row)
                assert explained == judged, case(contract, row, only)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_kept_disagreement_has_one_verdict(only: str, path: Path) -> None:
    kept = json.loads(path.read_text(encoding="utf-8"))
    judge = Judge(one_field(kept["field"]))
    record = base64.b64decode(kept["record"])
    assert judge.explain(record).verdict.accepted == kept["accepted"]
    assert kept["accepted"] or judge.screen([record]) == [None]


def test_most_good_records_are_taken_by_the_first_tier() -> None:
    for contract in CONTRACTS:
        judge = Judge(contract)
        made = (row for row in samples(json_schema(contract), 200, Random(7)) if LEAST not in row)
        good = [row for row in made if judge.explain(row).verdict.accepted]
        assert len(good) > 50
        assert judge.screen(good).count(None) <= len(good) // 20


def records(contract: Contract, random: Random) -> Iterator[list[bytes]]:
    """Batches of good records, damaged ones, and ones with bytes changed, put in or taken out."""
    schema, made = json_schema(contract), 0
    while made < RECORDS:
        good = samples(schema, 4, random)
        rows = [*good, *(each for record in good for each in damaged(record, random))]
        rows += [edited(random.choice(good), random) for _ in range(BATCH)]
        made += len(rows)
        yield rows


def edited(record: bytes, random: Random) -> bytes:
    changed = bytearray(record)
    for _ in range(random.choice((1, 1, 1, 2))):
        at, piece = random.randrange(len(changed)), random.choice(PIECES)
        match random.randrange(4):
            case 0:
                changed[at] = piece
            case 1:
                del changed[at]
            case 2:
                changed.insert(at, piece)
            case 3:
                changed[at] ^= 1 << random.randrange(8)
    return bytes(changed)


def case(contract: Contract, row: bytes, engine: str) -> str:
    """What to keep under `cases/`, with the field that it is about."""
    kept = {"contract": contract.id, "engine": engine, "record": base64.b64encode(row).decode(), "accepted": False}
    return f"the tiers disagree; keep this as a case: {json.dumps(kept)}"


def test_form_screens_with_the_engine_that_it_names() -> None:
    assert JsonForm(CONTRACTS[1]).engine.name in {"corvus", "msgspec", "jsonschema-rs"}
