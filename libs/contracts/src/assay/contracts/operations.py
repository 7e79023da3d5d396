"""What a contract says about how its promises, or its model, are watched: patience, watermark, maintenance, windows."""

from __future__ import annotations

import re
from typing import Any

from assay.contracts.formats import event_ms
from assay.contracts.maintenance import WEEKDAYS, Maintenance
from assay.contracts.model import Watermark
from assay.contracts.monitoring import Metric, Monitoring
from assay.contracts.patience import Patience
from assay.contracts.vocabulary import duration_s

__all__ = ["clock_minute", "read_maintenance", "read_monitoring", "read_patience", "read_watermark"]

_CLOCK = re.compile(r"(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)", re.ASCII)


def read_patience(general: dict[str, Any], own: dict[str, Any], min_records: int = 0) -> Patience:
    """What `assay.breach` says: of the promise itself, then of the contract, then what is usual."""
    said = {**general, **own}
    fires_after = said.get("firesAfter", 1)
    return Patience(
        min_records=said.get("minRecords", min_records),
        fires_after=fires_after,
        out_of=said.get("outOf", fires_after),
        resolves_after=said.get("resolvesAfter", 1),
    )


def read_watermark(said: dict[str, Any]) -> Watermark:
    """What `assay.watermark` says."""
    usual = Watermark()
    return Watermark(
        duration_s(said["delay"]) if "delay" in said else usual.delay_s,
        duration_s(said["idle"]) if "idle" in said else usual.idle_s,
    )


def read_maintenance(said: dict[str, Any]) -> Maintenance:
    """One time of `assay.maintenance`."""
    if "weekly" not in said:
        return Maintenance(said["why"], event_ms(said["from"]), event_ms(said["to"]))
    return Maintenance(
        said["why"],
        weekday=WEEKDAYS.index(said["weekly"]),
        from_minute=clock_minute(said["from"]),
        to_minute=clock_minute(said["to"]),
    )


def clock_minute(text: str) -> int:
    """The minute of the day that a clock like 02:30 shows; 24:00 is the end of the day.

    Raises:
        ValueError: it is no such time.
    """
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return 24 * 60 if found[1] is None else int(found[1]) * 60 + int(found[2])


def read_monitoring(said: dict[str, Any]) -> Monitoring:
    """The value of `assay.monitoring`, which the vocabulary has checked."""
    usual = Monitoring()
    window_s = duration_s(said["window"]) if "window" in said else usual.window_s

    def seconds(name: str, otherwise: int) -> int:
        return duration_s(said[name]) if name in said else otherwise

    return Monitoring(
        window_s=window_s,
        hop_s=seconds("hop", window_s),
        lateness_s=seconds("lateness", usual.lateness_s),
        horizon_s=seconds("horizon", usual.horizon_s),
        false_raises=said.get("falseRaises", usual.false_raises),
        min_coverage=said.get("minCoverage", usual.min_coverage),
        reference_rows=said.get("referenceRows", usual.reference_rows),
        segments=tuple(said.get("segments", ())),
        metrics=tuple(_metric(each) for each in said.get("metrics", ())),
        scales_s=tuple(duration_s(each) for each in said.get("scales", ())),
        pairs=said.get("pairs", usual.pairs),
        session_gap_s=seconds("sessionGap", usual.session_gap_s),
        ranking_cutoff=said.get("rankingCutoff", usual.ranking_cutoff),
    )


def _metric(said: dict[str, Any]) -> Metric:
    return Metric(
        name=said["name"],
        numerator=said["numerator"],
        denominator=said.get("denominator", "users"),
        control=said["control"],
        shares=tuple(sorted(said["shares"].items())),
        of_value=said.get("ofValue", False),
        planned_users=said.get("plannedUsers"),
        alpha=said.get("alpha", 0.05),
    )
