from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from assay.api.drift.v1.drift_pb2 import ModelStanding
from assay.api.drift.v1.window_pb2 import Performance
from assay.drift.live.gauges import SIGNALS, Gauges
from assay.drift.live.live import Live
from tests.unit.drift.live.samples import FIRING, START_MS, feature, window
from tests.unit.drift.stage import Kept

KEEP = 8


class Clock:
    def now_ms(self) -> int:
        return START_MS


@pytest.fixture
def gauges() -> Iterator[Gauges]:
    live = Live(KEEP)
    found = Gauges(live, Kept(), Clock())
    yield found
    for held in list(live._shelves):  # what one test shows is no other's
        live._shelves.pop(held)
    live._by_model.clear()
    found.show(())


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"assay_drift_{name}", labels)


def of(model: str, name: str) -> dict[str, float]:
    """The samples of a model by the last of their labels that is a name."""
    return {
        sample.labels["name"]: sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == f"assay_drift_{name}" and sample.labels["model"] == model
    }


def test_worst_signals_have_a_series_each_and_the_others_count_in_the_sum(gauges: Gauges) -> None:
    many = [feature(f"f{number:02}", FIRING, 0.01 * number, "warning") for number in range(SIGNALS + 5)]
    gauges._live.take([window(0, "many", features=[*many, feature("calm", effect=9.0)])])
    gauges.show(())
    effects = of("many", "effect")
    assert sorted(effects) == [f"f{number:02}" for number in range(5, SIGNALS + 5)]
    assert set(of("many", "signal_state").values()) == {3.0}
    assert value("firing", model="many", severity="warning") == SIGNALS + 5
    assert value("firing", model="many", severity="critical") == 0


def test_signals_that_are_no_more_are_shown_no_more(gauges: Gauges) -> None:
    gauges._live.take([window(0, "gone", features=[feature("a", FIRING, 0.3, "critical"), feature("b")])])
    gauges.show(())
    assert of("gone", "signal_state") == {"a": 3.0, "b": 1.0}
    gauges._live.take([window(1, "gone", features=[feature("b")])])
    gauges.show(())
    assert of("gone", "signal_state") == {"b": 1.0}
    assert value("firing", model="gone", severity="critical") == 0


def test_latency_and_coverage_are_those_of_the_newest_window_of_each_version(gauges: Gauges) -> None:
    for number, version, p99_ms in ((0, "1", 10.0), (1, "1", 20.0), (1, "2", 30.0)):
        found = window(number, "slow", version, performance=Performance(coverage=p99_ms / 100))
        found.operations.latency_p99_ms = p99_ms
        gauges._live.take([found])
    gauges.show(())
    labels = {"model": "slow", "quantile": "0.99"}
    assert value("latency_milliseconds", model_version="1", **labels) == 20.0
    assert value("latency_milliseconds", model_version="2", **labels) == 30.0
    assert value("latency_milliseconds", model="slow", model_version="1", quantile="0.5") is None
    assert value("coverage", model="slow", model_version="1") == 0.2


def test_standings_tell_how_far_event_time_is_and_what_found_no_match(gauges: Gauges) -> None:
    gauges.show([ModelStanding(model="far", watermark_ms=START_MS - 90_000, unmatched=3, forgotten=2)])
    assert value("watermark_age_seconds", model="far") == 90.0
    assert value("unmatched", model="far") == 3
    assert value("forgotten", model="far") == 2
    gauges.show([ModelStanding(model="other")])
    assert value("watermark_age_seconds", model="far") is None
    assert value("watermark_age_seconds", model="other") is None
