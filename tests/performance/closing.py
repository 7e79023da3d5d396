"""How long it takes to close a window of 500 features: from its counts to the message that is kept and read."""

from __future__ import annotations

import time
from statistics import median

import numpy as np

from assay.contracts import load
from assay.contracts.analytical import Feature, FeatureSchema, Model, contracts_of
from assay.drift.judging.series import Stretch, judge
from assay.drift.judging.totals import Totals
from assay.drift.models import models_of
from assay.drift.references import Reference
from assay.monitoring.profiles import Numbers, Profile, profile_of

__all__ = ["FEATURES", "pane_close_ms"]

FEATURES, ROWS, REFERENCE_ROWS, WINDOWS = 500, 2_000, 20_000, 60
WARM = 10
HOUR_MS = 3_600_000


def pane_close_ms() -> float:
    """Return the median milliseconds of one window, once a few were closed."""
    chance = np.random.default_rng(7)
    schema = FeatureSchema(Feature(f"f{number:03}") for number in range(FEATURES))
    texts = contracts_of(Model("closing", schema, classes=("no", "yes"))).values()
    model = models_of([load(text.encode()) for text in texts])["closing"]
    profile = profile_of({each.name: Numbers(chance.normal(size=REFERENCE_ROWS)) for each in schema.ordered})
    reference = Reference("r", "closing", "1", profile, (), "set", 0)
    state, taken = b"", []
    for number in range(WINDOWS):
        totals = Totals(features={"r": profile.count(_rows(profile, chance))})
        stretch = Stretch(number * HOUR_MS, (number + 1) * HOUR_MS, number)
        before = time.perf_counter()
        window, state = judge(model, reference, stretch, totals, state)
        window.SerializeToString()
        taken.append(time.perf_counter() - before)
    return 1000 * median(taken[WARM:])


def _rows(profile: Profile, chance: np.random.Generator) -> dict[str, Numbers]:
    return {name: Numbers(chance.normal(size=ROWS)) for name in profile.names}
