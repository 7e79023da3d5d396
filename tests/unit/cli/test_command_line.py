from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assay.cli.__main__ import app
from assay.cli.errors import CallError, CommandError, words
from assay.examples.flights import CONTRACTS

FLIGHTS = CONTRACTS / "flights.odcs.yaml"


def assay(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def test_contracts_of_the_example_lint() -> None:
    code, output = assay("contract", "lint", str(CONTRACTS))

    assert (code, output.strip()) == (0, "4 contract files, 0 findings")


def test_findings_are_one_object_in_json(tmp_path: Path) -> None:
    (tmp_path / "empty.odcs.yaml").write_text("id: x\n")

    code, output = assay("contract", "lint", str(tmp_path), "--json")

    found = json.loads(output.splitlines()[0])
    assert (code, found["files"]) == (1, 1)
    assert set(found["findings"][0]) == {"file", "line", "message"}


def test_a_typo_is_found_at_its_line(tmp_path: Path) -> None:
    lines = FLIGHTS.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if "logicalType: integer" in line)
    lines[at] = lines[at].replace("logicalType", "logcalType", 1)
    (tmp_path / "typo.odcs.yaml").write_text("\n".join(lines))

    code, output = assay("contract", "lint", str(tmp_path))

    assert code == 1
    assert f"typo.odcs.yaml:{at + 1}: " in output


def test_a_folder_without_contracts_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["contract", "lint", str(tmp_path)])

    assert isinstance(result.exception, CommandError)
    assert "no contract file" in str(result.exception)


@pytest.mark.parametrize(
    "arguments",
    [["contract", "lint", "/no/such/file"], ["contract", "lint"], ["demo", "--brokr", "kafka"], ["nonsense"]],
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert assay(*arguments)[0] == 2


@pytest.mark.parametrize(
    "command",
    [[], ["demo"], ["up"], ["contract", "lint"], ["contract", "apply"], ["records", "trace"], ["dead-letters", "list"],
     ["sla", "run"], ["sla", "days"], ["contract", "diff"], ["contract", "check"], ["contract", "approve"], ["contract", "plan"], ["validate"], ["contract", "observe"], ["contract", "retire"],
     *(["dead-letters", command] for command in ("show", "tail", "open", "propose", "recover", "replay", "edit", "resubmit", "discard", "mark", "runs", "follow", "pause", "resume", "cancel", "audit"))],
)  # fmt: skip
def test_every_command_has_help(command: list[str]) -> None:
    assert assay(*command, "--help")[0] == 0


def test_a_service_that_is_away_says_what_to_do() -> None:
    error = CallError("registry", "127.0.0.1:7010", "UNAVAILABLE", "connection refused")

    assert words(error) == ["the registry service does not answer at 127.0.0.1:7010; start it with `assay up`"]


def test_errors_of_a_group_are_told_one_by_one() -> None:
    group = ExceptionGroup("tasks", [CommandError("one"), ExceptionGroup("more", [CommandError("two")])])

    assert words(group) == ["one", "two"]


def test_an_error_of_ours_keeps_its_trace() -> None:
    assert words(ExceptionGroup("tasks", [CommandError("one"), ZeroDivisionError()])) is None
