"""How a model is watched: what its contract of predictions says in `assay.monitoring`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

__all__ = ["LENGTH", "SEGMENTS", "SESSIONS", "Metric", "Monitoring"]

Segment = Literal["variant", "deployment", "environment"]
SEGMENTS: tuple[Segment, ...] = get_args(Segment)
"""What predictions say of themselves and can be told apart by; a feature that is text is another way."""

SESSIONS, LENGTH = "sessions", "session:length"
"""What a metric may count of sessions: how many there are, and how many seconds they go on."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A business metric of users by variant: what is counted, over what, and against which variant.

    `numerator` and `denominator` are `outcome:NAME`, `action:NAME`, or `users`, which is 1 for each user; an outcome
    counts with its value where `of_value` says so, else as often as it happened. Of a user's sessions, `sessions` is their
    number, above or below, and `session:length` their length in seconds.
    """

    name: str
    numerator: str
    denominator: str
    control: str
    shares: tuple[tuple[str, float], ...]
    of_value: bool = False
    planned_users: int | None = None
    alpha: float = 0.05

    @property
    def is_of_sessions(self) -> bool:
        """Whether what users do is put together to sessions for it."""
        return self.denominator == SESSIONS or self.numerator in (SESSIONS, LENGTH)


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Windows of event time, what they wait for, and how many false raises a month are borne.

    A window is `window_s` long and begins every `hop_s`. Predictions that come up to `lateness_s` after their window was
    judged make a revision of it, and labels do so up to `horizon_s` after their prediction. A model that has no reference
    learns one from its first `reference_rows` rows; 0 waits for one that is set. `scales_s` are longer windows that features are
    judged in as well, each a multiple of the one before, the first of them of the window. A session of a user goes on until
    nothing was done for longer than `session_gap_s`.
    """

    window_s: int = 3600
    hop_s: int = 3600
    lateness_s: int = 24 * 3600
    horizon_s: int = 30 * 24 * 3600
    false_raises: float = 1.0
    min_coverage: float = 0.5
    reference_rows: int = 0
    segments: tuple[str, ...] = ()
    metrics: tuple[Metric, ...] = ()
    scales_s: tuple[int, ...] = ()
    session_gap_s: int = 1800
    pairs: bool = True
    """Whether it is watched how features go together, two by two."""
    ranking_cutoff: int = 10
    """Of a ranking: how many places from the top its figures look at."""

    @property
    def pane_s(self) -> int:
        """The stretches that windows are sums of; none is longer than an hour, so that hours of the week can be told apart."""
        return math.gcd(self.window_s, self.hop_s, 3600)

    @property
    def reach_s(self) -> int:
        """How far back what belongs together may be, behind the newest prediction: so long all logs are kept."""
        return self.horizon_s + self.lateness_s

    @property
    def windows_a_month(self) -> float:
        """How many windows begin in 30 days."""
        return 30 * 24 * 3600 / self.hop_s

    def at_scales(self) -> tuple[Monitoring, ...]:
        """How each scale is watched, the window first: as if it were the only one, with its share of the false raises."""
        share = self.false_raises / (1 + len(self.scales_s))
        alone = replace(self, false_raises=share, scales_s=())
        return alone, *(replace(alone, window_s=each, hop_s=each) for each in self.scales_s)

    @property
    def session_metrics(self) -> tuple[Metric, ...]:
        """The metrics that take sessions; without any, nobody's are put together."""
        return tuple(each for each in self.metrics if each.is_of_sessions)
