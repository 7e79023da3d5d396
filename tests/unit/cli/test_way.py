from __future__ import annotations

import pytest
from rich.console import Console

from assay.api.validation.v1.verdict_pb2 import Violation, Violations
from assay.cli.trace.tree import moment, way_tree
from assay.cli.trace.way import Evidence, LakeRow, way
from assay.streaming import Record

EVENT = "019aab12-3456-7abc-8def-0123456789ab"  # begins with its time: 0x019aab123456 ms
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BROKEN = Violations(violations=[Violation(path="/tailnum", rule="required", expected="a value", found="nothing")])


def record(topic: str, offset: int, at_ms: int, **named: str | bytes) -> Record:
    pairs = [(f"assay-{name.replace('_', '-')}", value) for name, value in named.items()]
    encoded = [(name, value.encode() if isinstance(value, str) else value) for name, value in pairs]
    return Record(topic, 1, offset, at_ms, b"UA1", b"{}", (*encoded, ("traceparent", TRACE.encode())))


RAW = record("f.raw.app", 5, 1_763_845_800_100, event_id=EVENT)
LETTER = record("f.dead-letters", 2, 1_763_845_800_200, source="f.raw.app/1/5", reason="schema", contract="f@1.0.0",
                violations=BROKEN.SerializeToString())  # fmt: skip
REPLAY = record("f.raw.replay", 0, 1_763_845_800_300, dead_letter="f.dead-letters/1/2", flow="unassigned", attempt="1")
FINE = record("f.validated", 8, 1_763_845_800_400, source="f.raw.replay/1/0", contract="f@1.0.0")


def test_a_repaired_record_goes_the_whole_way() -> None:
    found = way(
        Evidence(
            "f",
            RAW,
            validated={"f.raw.replay/1/0": FINE},
            dead_letters={"f.raw.app/1/5": LETTER},
            replays={"f.dead-letters/1/2": REPLAY},
            lake={"f.raw.replay/1/0": LakeRow("lake/f", 1_357_027_200_000)},
        )
    )

    assert found.names == ("emit", "gateway", "verdict", "dead letter", "repair", "verdict", "lake")
    assert found.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert [step.where for step in found.steps if step.where] == [
        "f.raw.app/1/5", "f.dead-letters/1/2", "f.raw.replay/1/0", "f.validated/1/8", "lake/f",
    ]  # fmt: skip


def test_a_dead_letter_says_what_is_wrong_and_that_it_stays() -> None:
    found = way(Evidence("f", RAW, dead_letters={"f.raw.app/1/5": LETTER}))

    assert found.names == ("emit", "gateway", "verdict", "dead letter", "stays")
    assert found.steps[2].detail == "breaks f@1.0.0: /tailnum required: expected a value, found nothing"


def test_a_record_that_nobody_judged_says_so() -> None:
    assert way(Evidence("f", RAW)).steps[-1].detail == "not judged yet"


def test_a_change_event_has_no_emit() -> None:
    assert way(Evidence("f", record("f.raw.cdc", 0, 1))).names == ("change event", "verdict")


def test_the_time_of_an_event_id_is_the_first_step() -> None:
    assert way(Evidence("f", RAW)).steps[0].at_ms == 0x019AAB123456


@pytest.mark.parametrize("event_id", ["order-7", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"])
def test_an_event_id_of_another_kind_has_no_time(event_id: str) -> None:
    assert way(Evidence("f", record("f.raw.app", 0, 1, event_id=event_id))).names[0] == "gateway"


def test_the_tree_names_every_step_with_its_place() -> None:
    console = Console(record=True, width=200)

    console.print(way_tree(way(Evidence("f", RAW, dead_letters={"f.raw.app/1/5": LETTER}))))

    text = console.export_text()
    assert "f.dead-letters/1/2" in text
    assert text.index("gateway") < text.index("dead letter") < text.index("stays")


def test_later_times_are_told_since_the_first() -> None:
    assert (moment(1_000, 1_000), moment(2_500, 1_000), moment(None, 1_000)) == ("00:00:01.000", "+1,500 ms", "")
