"""The official JSON-Schema-Test-Suite: every required test, and every test of a format that the standard defines."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assay.cli.__main__ import app
from assay.contracts import Reason, SchemaError, SchemaJudge
from assay.contracts.forms.fast import accepted, corvus
from tests.conformance.judges.suite import BASE, Group, Suite, SuiteUnavailableError, open_suite

DRAFTS = ["4", "6", "7", "2019-09", "2020-12"]
IN_CONTRACTS = ("date", "date-time", "email", "hostname", "ipv4", "ipv6", "time", "uri", "uuid")
"""Formats that a contract can ask for: the first tier meets no other."""


@pytest.fixture(scope="module")
def suite() -> Suite:
    try:
        return open_suite()
    except SuiteUnavailableError as error:
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            raise
        pytest.skip(f"NOT PROVED: {error}")


def wrong(groups: list[Group], draft: str, suite: Suite, *, formats: bool) -> list[str]:
    """The tests whose verdict is not the suite's; a reason other than the schema is a wrong verdict too."""
    remotes, found = suite.remotes(), []
    for group in groups:
        judge = SchemaJudge(group.schema, draft, formats=formats, resources=remotes)
        for name, value, is_valid in group.tests:
            verdict = judge.judge(value)
            if verdict.reason is not (None if is_valid else Reason.SCHEMA):
                found.append(f"{group.name}: {name}: {verdict}")
    return found


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_required_test_has_the_verdict_of_the_suite(suite: Suite, draft: str) -> None:
    groups = suite.required(draft)
    assert len(groups) > 100
    assert wrong(groups, draft, suite, formats=False) == []


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_format_has_the_verdict_of_the_suite(suite: Suite, draft: str) -> None:
    groups = suite.formats(draft)
    assert len(groups) > 5
    assert wrong(groups, draft, suite, formats=True) == []


def test_first_tier_accepts_nothing_that_the_suite_refuses(suite: Suite) -> None:
    groups = [*suite.required("2020-12"), *(each for each in suite.formats("2020-12") if named(each) in IN_CONTRACTS)]
    known = [(group, engine) for group in groups if (engine := corvus(group.schema)) is not None]
    assert len(known) > 200
    false = [
        f"{group.name}: {name}"
        for group, engine in known
        for (name, _, is_valid), accepts in zip(
            group.tests, accepted(engine, [value for _, value, _ in group.tests]), strict=True
        )
        if accepts and not is_valid
    ]
    assert false == []


@pytest.mark.parametrize(("draft", "least"), [("7", 20), ("2020-12", 40)])
def test_schema_that_refers_to_others_has_the_verdicts_of_the_suite_on_the_command_line(
    suite: Suite, draft: str, least: int, tmp_path: Path
) -> None:
    groups = [group for group in suite.required(draft) if needs_others(group, draft)]
    assert sum(len(group.tests) for group in groups) >= least
    options = ["--draft", draft, "--no-formats", "--json", "--resource", f"{BASE}={suite.remote_folder}"]
    for group in groups:
        (tmp_path / "schema.json").write_text(json.dumps(group.schema))
        (tmp_path / "records").write_bytes(b"\n".join(value for _, value, _ in group.tests))
        judged = ["validate", "--schema", str(tmp_path / "schema.json"), str(tmp_path / "records"), *options]
        lines = CliRunner().invoke(app, judged).stdout.splitlines()
        assert [json.loads(line)["accepted"] for line in lines] == [is_valid for *_, is_valid in group.tests]


def needs_others(group: Group, draft: str) -> bool:
    try:
        SchemaJudge(group.schema, draft, formats=False)
    except SchemaError:
        return True
    return False


def named(group: Group) -> str:
    return group.name.partition(":")[0]
