from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import Recipient
from assay.alerts.delivery.channel import DeliveryError
from assay.alerts.delivery.file import File, append, lines_of
from tests.unit.alerts.delivery.alerts import alert, hostile


async def test_each_recipient_has_a_line_with_a_key_of_its_own(tmp_path: Path) -> None:
    told = (Recipient("ops", "#ops"), Recipient("model", "model@example.org"))
    await File(tmp_path / "deep" / "o.ndjson").send(replace(alert("b"), recipients=told))
    lines = [json.loads(line) for line in (tmp_path / "deep" / "o.ndjson").read_text().splitlines()]
    assert [(line["key"], line["recipient"]) for line in lines] == [
        ("b/firing/hook/ops", "ops"),
        ("b/firing/hook/model", "model"),
    ]


def test_line_holds_the_fields_in_their_order() -> None:
    (line,) = lines_of(alert("b"))
    assert " ".join(line) == (
        "key breach fingerprint state contract promise window promised measured recipient contact text at_ms kind cause"
        " first_steps severity role why"
    )


def test_line_torn_by_a_crash_is_closed_first(tmp_path: Path) -> None:
    path = tmp_path / "o.ndjson"
    path.write_text('{"key": "k0", "br')
    append(path, lines_of(alert("b")))
    first, second = path.read_text().splitlines()
    assert first == '{"key": "k0", "br'
    assert json.loads(second)["breach"] == "b"


@given(st.text() | st.text(alphabet="\u2028\u2029\x85\x1c\x9b\x7f\r\n\ud800\U000e0001"))
def test_line_is_one_line_and_moves_no_terminal(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("outbox") / "o.ndjson"
    delivery = replace(hostile("b"), contract=text, recipients=(Recipient(text, text),))
    append(path, lines_of(delivery))
    (line,) = path.read_text().splitlines()
    assert line.isprintable()
    assert json.loads(line)["contract"] == text


async def test_file_that_can_not_be_written_is_named_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DeliveryError, match=r"o\.ndjson"):
        await File(tmp_path / "file" / "o.ndjson").send(alert("b"))
