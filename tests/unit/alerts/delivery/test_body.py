from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from assay.alerts.breaches import State
from assay.alerts.delivery.body import body_of
from assay.alerts.delivery.delivery import Delivery
from tests.unit.alerts.delivery.alerts import alert, hostile

SCHEMA = json.loads(Path("docs/reference/alert-webhook.schema.json").read_text())


@pytest.mark.parametrize(
    "delivery", [alert("b"), alert("b", State.RESOLVED), hostile("b"), hostile("b", State.RESOLVED)]
)
def test_body_is_as_its_published_schema_says(delivery: Delivery) -> None:
    jsonschema_rs.validator_for(SCHEMA, validate_formats=True).validate(json.loads(body_of(delivery)))


def test_same_alert_has_the_same_bytes() -> None:
    assert body_of(alert("b")) == body_of(alert("b"))


def test_body_says_what_people_and_programs_need() -> None:
    body = json.loads(body_of(alert("b")))
    assert (body["type"], body["timestamp"]) == ("breach.firing", "1970-01-01T00:00:00.010Z")
    assert (body["data"]["promised"], body["data"]["measured"]) == ("much", "little")
    assert body["data"]["text"].startswith("broken\n")
