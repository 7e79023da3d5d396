from __future__ import annotations

import json
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import Severity, State
from assay.alerts.delivery.labels import posted
from tests.unit.alerts.delivery.alerts import alert, hostile

NOW_MS = 1_700_000_000_000
NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def test_alert_is_known_by_its_fingerprint_and_says_whose_it_is() -> None:
    said = posted(alert("b"), alert("b"), NOW_MS, 900)
    assert said["labels"] == {
        "kind": "promise",
        "owner": "airline-ops",
        "alertname": "AssayPromiseBroken",
        "source": "assay",
        "contract": "flights",
        "promise": "p",
        "severity": "warning",
        "fingerprint": "f",
        "team": "airline-ops",
        "problem": "f",
        "part": "cause",
    }
    assert (said["startsAt"], said["endsAt"]) == ("1970-01-01T00:00:01.000Z", "2023-11-14T22:28:20.000Z")
    assert said["generatorURL"] == "https://assay.example/c"


def test_end_has_the_labels_and_the_start_of_its_firing() -> None:
    firing, end = alert("b"), replace(alert("b", State.RESOLVED), severity=Severity.CRITICAL, starts_ms=1_500)
    said = posted(end, firing, NOW_MS, 900)
    assert (said["labels"], said["startsAt"]) == (
        posted(firing, firing, NOW_MS, 900)["labels"],
        "1970-01-01T00:00:01.000Z",
    )
    assert said["endsAt"] == "1970-01-01T00:00:02.000Z"


def test_what_is_grouped_shares_the_problem_of_its_cause() -> None:
    effect = replace(alert("b", fingerprint="g"), labels={"cause": "f"})
    labels = posted(effect, effect, NOW_MS, 900)["labels"]
    assert isinstance(labels, dict)
    assert (labels["problem"], labels["part"], labels["cause"]) == ("f", "effect", "f")


@given(st.integers(-(2**62), 2**62), st.none() | st.integers(-(2**62), 2**62), st.sampled_from(State))
def test_end_is_after_the_start_and_no_end_is_to_come(starts_ms: int, ends_ms: int | None, state: State) -> None:
    delivery = replace(alert("b", state), starts_ms=starts_ms, ends_ms=ends_ms)
    said = posted(delivery, delivery, NOW_MS, 900)
    assert str(said["startsAt"]) < str(said["endsAt"])
    assert state is State.FIRING or str(said["endsAt"]) <= "2023-11-14T22:13:20.000Z"


def test_hostile_words_are_labels_that_alertmanager_takes() -> None:
    said = posted(hostile("b"), hostile("b"), NOW_MS, 900)
    text = json.dumps(said)
    labels, notes = said["labels"], said["annotations"]
    assert isinstance(labels, dict)
    assert isinstance(notes, dict)
    assert all(NAME.fullmatch(name) for name in [*labels, *notes])
    assert "://" not in text
    assert "<" not in text
    assert all(value.replace("\n", "").isprintable() for value in [*labels.values(), *notes.values()])
    assert "generatorURL" not in said
