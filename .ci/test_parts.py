"""Every part of the gate ran, passed, and left nothing out; prints what each part was and what it was not able to prove."""

from __future__ import annotations

import configparser
import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / ".tox" / "parts"
TESTED = ("unit", "conformance", "integration", "alerts", "chaos", "e2e")
NOT_PROVED = "NOT PROVED: "


def parts() -> list[str]:
    """Return the parts that tox runs when it is given none."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    return [name.strip() for name in tox["tox"]["env_list"].split(",")]


def cases(part: str) -> list[ElementTree.Element]:
    """Return what pytest reported of each test of a part."""
    return list(ElementTree.parse(RESULTS / f"{part}.xml").getroot().iter("testcase"))  # noqa: S314 -- pytest wrote it


def skips(part: str) -> Iterator[str]:
    """Give the reason of each test that was skipped."""
    for case in cases(part):
        yield from (found.get("message", "") for found in case.iter("skipped"))


@pytest.mark.parametrize("part", parts())
def test_part_ran_and_passed(part: str) -> None:
    """Tox ran the part and every command of it ended with 0."""
    result = json.loads((RESULTS / "tox.json").read_text())["testenvs"][part].get("result", {})
    print(f"\n{part}: {result.get('duration', 0):.0f} s", end="")  # noqa: T201 -- the account of the gate
    assert result.get("success"), f"{part} failed or did not run"


@pytest.mark.parametrize("part", TESTED)
def test_part_left_nothing_out(part: str) -> None:
    """The part holds tests, and a test that was skipped says which claim is not proved."""
    found = cases(part)
    sizes = {item.get("value", "") for case in found for item in case.iter("property") if item.get("name") == "size"}
    open_claims = sorted(skips(part))
    for line in (f"{len(found)} tests", *sorted(sizes), *open_claims):
        print(f"\n{part}: {line}", end="")  # noqa: T201 -- the account of the gate
    assert found
    assert [reason for reason in open_claims if not reason.startswith(NOT_PROVED)] == []
