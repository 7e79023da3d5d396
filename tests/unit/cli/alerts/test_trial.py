from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.api.alerts.v1.alerts_pb2 import Breach, GetBreachResponse, Measurement, MeasurementKind
from assay.cli.alerts.trial import asked, measurement_of
from assay.cli.errors import CommandError
from assay.cli.letters.facts import facts


def written(tmp_path: Path, text: str, name: str = "breach.yaml") -> Path:
    file = tmp_path / name
    file.write_text(text)
    return file


def test_contract_promise_and_value_are_a_measurement(tmp_path: Path) -> None:
    found = measurement_of(written(tmp_path, "contract: orders\npromise: email_nulls\nvalue: 7.4\n"))
    assert found == Measurement(contract="orders", promise="email_nulls", value=7.4)


def test_what_show_writes_as_json_is_a_measurement(tmp_path: Path) -> None:
    fired = Measurement(
        contract="orders",
        promise="failure",
        value=31.0,
        window_start_ms=1_795_687_200_000,
        kind=MeasurementKind.MEASUREMENT_KIND_INVALID_RECORDS,
        first_steps=["assay dead-letters list orders"],
        kept=False,
    )
    shown = json.dumps(facts(GetBreachResponse(breach=Breach(fired=fired))))
    found = measurement_of(written(tmp_path, shown, "breach.json"))
    fired.ClearField("kept")
    assert found == fired


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("contrakt: orders", "has no 'contrakt'; did you mean 'contract'?"),
        ("contract: orders\nkind: promize", "kind can't be 'promize'; it is promise, invalid records or service"),
        ("contract: orders\nvalue: much", "value can't be 'much'"),
        ("contract: [orders]", "contract can't be"),
        ("first_steps: [1]", "first_steps can't be"),
    ],
)
def test_what_is_no_measurement_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CommandError) as caught:
        measurement_of(written(tmp_path, text))
    assert said in str(caught.value)


def test_what_is_no_file_is_the_id_of_a_breach(tmp_path: Path) -> None:
    rules = written(tmp_path, "channels: {}", "channels.yaml")
    request = asked("9f2c4e77", rules)
    assert (request.breach, request.channels) == ("9f2c4e77", "channels: {}")


def test_file_that_is_not_there_is_not_taken_for_an_id(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no file"):
        asked(str(tmp_path / "gone.yaml"), None)
