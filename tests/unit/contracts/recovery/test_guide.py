"""The guide to repairing: every example of it does what the page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import orjson
import pytest

from assay.contracts import Contract, Failed, Recovery, Repaired, Unrepaired, lint, load
from tests.unit.contracts.recovery.mending import ANY

PAGE = (Path(__file__).parents[4] / "docs/guide/repairing.md").read_text()
BLOCK = re.compile(r"```yaml\n(.*?)```\n", re.DOTALL)
CONTRACT, *BLOCKS = BLOCK.findall(PAGE)
CLAIM = re.compile(r"^`(\{[^`]*)`\s(becomes|stays:)\s`([^`]*)`\.", re.MULTILINE)
WHOLE = {"id": "1", "sent": "2013-02-28T10:00:00Z", "weight": 2}


def claims() -> Iterator[tuple[str, str, str, str]]:
    """The steps of a block and each claim between it and the next."""
    for found, after in zip(list(BLOCK.finditer(PAGE)), [*list(BLOCK.finditer(PAGE))[1:], None], strict=True):
        if found[1].startswith("- "):
            text = PAGE[found.end() : after.start() if after else None]
            yield from ((found[1], *claim) for claim in CLAIM.findall(text))


def contract_with(steps: str) -> Contract:
    flow = "        - id: shown\n          when: {reason: schema}\n          steps:\n" + indent(steps, " " * 12)
    return load((CONTRACT[: CONTRACT.index("        - id: weight_as_text")] + flow).encode())


CLAIMS = list(claims())


def test_the_contract_of_the_page_lints() -> None:
    assert lint(CONTRACT.encode()) == []
    assert len(CLAIMS) == 20


@pytest.mark.parametrize(("steps", "before", "word", "after"), CLAIMS, ids=[claim[1][:60] for claim in CLAIMS])
def test_an_example_does_what_the_page_says(steps: str, before: str, word: str, after: str) -> None:
    shown = orjson.loads(before)
    record = shown if "parcel" in shown else WHOLE | shown
    result = Recovery(contract_with(steps)).repair(Failed(orjson.dumps(record), "schema", ANY))
    if word == "stays:":
        assert result == Unrepaired(f"flow shown: {after}")
    else:
        assert isinstance(result, Repaired), result
        assert orjson.loads(result.value) == WHOLE | orjson.loads(after)


def test_the_migrations_of_the_page_lead_from_one_to_three() -> None:
    (flows,) = [block for block in BLOCKS if block.startswith("flows:")]
    head = CONTRACT[: CONTRACT.index("      flows:")]
    contract = load((head + indent(flows, "      ")).encode())
    before, after = re.findall(r"`(\{\"id\"[^`]*)`", PAGE[PAGE.index("## Migrations") :])
    failed = Failed(before.encode(), "unknown_schema", ANY, declared="1.2.0")
    result = Recovery(contract).repair(failed)
    assert isinstance(result, Repaired)
    assert orjson.loads(result.value) == orjson.loads(after)
