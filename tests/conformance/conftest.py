"""What is claimed of a broker is claimed of both; what the development broker is known not to do is left open."""

from __future__ import annotations

import pytest

from assay.testkit import Broker

NOT_ON_THE_DEVELOPMENT_BROKER = {
    "test_acked_records_survive_a_sigkill_of_the_broker": "acked data of the last seconds may vanish on a hard kill",
    "test_dead_member_is_evicted_after_its_session": "a dead member is never evicted",
    "test_fetch_answers_within_the_size_asked_for": "a fetch answers with the whole backlog",
    "test_timestamp_outside_the_bounds_of_its_topic_is_refused": "bounds of timestamps are not kept",
    "test_unknown_topic_is_not_made_by_asking": "asking for an unknown topic makes it, with one partition",
}


@pytest.fixture(scope="session", params=["kafka", "embedded"])
def battery_broker(request: pytest.FixtureRequest) -> Broker:
    """Each broker in turn."""
    if request.param == "embedded":
        embedded: Broker = request.getfixturevalue("embedded_broker")
        return embedded
    real: Broker = request.getfixturevalue("broker")
    if real.kind == "embedded":
        pytest.skip("NOT PROVED: Apache Kafka could not be had here")
    return real


@pytest.fixture
def bootstrap(battery_broker: Broker) -> str:
    return battery_broker.bootstrap


@pytest.fixture(autouse=True)
def _leave_open_what_is_known_to_fail(request: pytest.FixtureRequest) -> None:
    callspec = getattr(request.node, "callspec", None)
    is_embedded = callspec is not None and callspec.params.get("battery_broker") == "embedded"
    reason = NOT_ON_THE_DEVELOPMENT_BROKER.get(request.node.originalname)
    if is_embedded and reason:
        pytest.skip(f"NOT PROVED: development broker: {reason}")
