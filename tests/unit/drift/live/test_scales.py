"""A verdict of a longer scale: which stretch it is of, and that words say so."""

from __future__ import annotations

import pytest

from assay.api.drift.v1 import window_pb2 as pb
from assay.drift.live.pictures import stretch_of
from assay.drift.live.signals import signals_of

HOUR_MS, DAY_S = 3_600_000, 86_400


def window(hour: int, scale_s: int | None) -> pb.Window:
    verdict = pb.FeatureVerdict(
        feature="tenure", state=pb.DRIFT_STATE_FIRING, n=9_000, effect=0.02, p=1e-7, scale_s=scale_s
    )
    return pb.Window(start_ms=hour * HOUR_MS, end_ms=(hour + 1) * HOUR_MS, features=[verdict])


@pytest.mark.parametrize(
    ("hour", "scale_s", "hours"),
    [
        (47, None, (47, 48)),
        (47, 3_600, (47, 48)),
        (47, DAY_S, (24, 48)),
        (50, DAY_S, (24, 48)),
        (50, 6 * 3_600, (42, 48)),
    ],
)
def test_a_picture_is_of_the_stretch_that_ended_last(hour: int, scale_s: int | None, hours: tuple[int, int]) -> None:
    assert stretch_of(window(hour, scale_s), "tenure") == (hours[0] * HOUR_MS, hours[1] * HOUR_MS)


def test_words_say_how_long_the_stretch_is() -> None:
    assert next(signals_of(window(50, DAY_S))).words.endswith("p 1.0e-07, in 24 h")
    assert " h" not in next(signals_of(window(50, None))).words
