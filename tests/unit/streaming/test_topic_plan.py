"""What is done to a topic: raised where it falls short, lowered where the contract itself had set more, never parted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.streaming.topic_plan import TopicState, alteration, refusals
from assay.streaming.topics import TopicSpec, differences

SPEC = TopicSpec("orders", 3, retention_ms=1000)


def state(spec: TopicSpec = SPEC, partitions: int = 3, **config: str) -> TopicState:
    settings = spec.config() | {name.replace("_", "."): value for name, value in config.items()}
    return TopicState(partitions, settings, frozenset(settings))


def test_a_topic_as_specified_is_left_alone() -> None:
    assert alteration(SPEC, state()) is None
    assert refusals(SPEC, state()) == []


def test_what_falls_short_is_raised_and_the_rest_of_the_topic_kept() -> None:
    found = alteration(SPEC, state(retention_ms="10", segment_ms="5"))

    assert found is not None
    assert found.settings == (("retention.ms", "10", "1000"),)
    assert ("segment.ms", "5") in found.keeps


def test_what_somebody_set_above_is_left_alone() -> None:
    assert alteration(SPEC, state(retention_ms="5000"), TopicSpec("orders", 3, retention_ms=2000)) is None


def test_what_the_contract_had_set_is_lowered_with_it() -> None:
    before = TopicSpec("orders", 3, retention_ms=5000)
    found = alteration(SPEC, state(before), before)

    assert found is not None
    assert found.settings == (("retention.ms", "5000", "1000"),)


def test_partitions_and_compaction_are_never_changed_in_place() -> None:
    assert "never done in place" in refusals(SPEC, state(partitions=6))[0]
    assert "never done in place" in refusals(SPEC, state(cleanup_policy="compact"))[0]


LIMITS = st.integers(1, 10)


@given(LIMITS, LIMITS, LIMITS, st.none() | LIMITS)
def test_after_an_alteration_nothing_falls_short_and_nothing_is_left_to_do(
    wanted: int, kept: int, size: int, was: int | None
) -> None:
    spec = TopicSpec("orders", 3, max_message_bytes=size, retention_ms=wanted)
    before = TopicSpec("orders", 3, max_message_bytes=5, retention_ms=was) if was else None
    there = state(retention_ms=str(kept), max_message_bytes="5")
    found = alteration(spec, there, before)
    changed = {name: value for name, _, value in found.settings} if found else {}
    config = {**there.config, **changed}

    assert differences(spec, 3, config) == []
    assert alteration(spec, TopicState(3, config, there.own), spec) is None
