"""A breach of each kind, as it fires and as it is over; run it to write the golden texts anew, and read the diff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from assay.alerts.breaches import Breach, Kind, Measurement, Recipient, Role, Severity, State
from assay.alerts.messages.html import html
from assay.alerts.messages.markdown import markdown
from assay.alerts.messages.message import Message
from assay.alerts.messages.saying import Subject, say
from assay.alerts.messages.text import text
from assay.alerts.promises.evaluation import Evaluation, Outcome
from assay.contracts import Contract, Party, Promise, ServiceLevel, Window, measure
from assay.contracts.counts import Counts, measure_age
from tests.unit.alerts.routing.house import contract

__all__ = ["CASES", "FORMS", "GOLDEN"]

GOLDEN = Path(__file__).parent.parent / "golden"
FORMS: Mapping[str, Callable[[Message], str]] = {"txt": text, "md": markdown, "html": html}
HOUR = Window("PT1H")
HOUR_MS = 3_600_000
START_MS = 1_795_687_200_000  # 2026-11-26 10:00 UTC
LINKS = {
    "console": "https://assay.example/contracts/{contract}",
    "runbook": "https://wiki.example/{contract}/{promise}",
}
TOLD = (
    Recipient("checkout", "#checkout-data", Role.OWNER, "slack", "owns orders"),
    Recipient("delay-model", "#delay-model", Role.CONSUMER, kind="model"),
    Recipient("passenger-rights", "rights@airport.example", Role.CONSUMER, kind="report"),
    Recipient("billing", "billing@shop.example", Role.CONSUMER),
)
NULLS = Promise("email_nulls", "email", "nullValues", "mustBeLessOrEqualTo", (2.0,), "percent", HOUR)
VOLUME = Promise("enough", None, "rowCount", "mustBeGreaterOrEqualTo", (1000.0,), "rows", HOUR)
LATENCY = ServiceLevel("on-time", "latency", 900_000, 99.0, HOUR)
ERRORS = ServiceLevel("few-errors", "errorRate", None, 1.0, HOUR)
OFTEN = ServiceLevel("often", "frequency", 300_000)
FRESH = ServiceLevel("fresh", "freshness", 3_600_000)


def held(*, promises: tuple[Promise, ...] = (), levels: tuple[ServiceLevel, ...] = ()) -> Contract:
    return contract(id_="orders", owner=Party("checkout", "#checkout-data"), promises=promises, levels=levels)


def measured(promise: Promise | ServiceLevel, counts: Counts, hour: int = 0) -> Measurement:
    found = measure(promise, counts)
    return _at(hour, promise.id, promise.promised, found.words, found.value)


def aged(level: ServiceLevel, age_ms: int | None) -> Measurement:
    found = measure_age(level, age_ms)
    return replace(
        _at(0, level.id, level.promised, found.words, found.value),
        window="2026-11-26 10:02:10 UTC to 2026-11-26 10:07:11 UTC",
    )


def _at(hour: int, promise: str, promised: str, words: str, value: float, kind: Kind = Kind.PROMISE) -> Measurement:
    start_ms = START_MS + hour * HOUR_MS
    window = HOUR.words(start_ms, start_ms + HOUR_MS, "UTC")
    bounds = (start_ms, start_ms + HOUR_MS)
    return Measurement(
        "9f2c4e", "orders", "1.4.0", promise, promised, words, value, window, *bounds, State.FIRING, kind
    )


def evidence(*values: float | None, limit: float) -> tuple[Evaluation, ...]:
    def one(place: int, value: float | None) -> Evaluation:
        start_ms = START_MS + (place - len(values) + 1) * HOUR_MS
        outcome = Outcome.INSUFFICIENT if value is None else Outcome.BROKEN if value > limit else Outcome.KEPT
        window = (start_ms, start_ms + HOUR_MS, outcome, 1_000, 0, value or 0.0)
        return Evaluation("9f2c4e", "orders", "1.4.0", "email_nulls", *window)

    return tuple(one(place, value) for place, value in enumerate(values))


def breach(fired: Measurement, severity: Severity, *reasons: str) -> Breach:
    is_service = fired.kind is Kind.SERVICE
    begins = "warning to begin with, as all that concerns the machine" if is_service else "info to begin with"
    return Breach(fired, fired, recipients=TOLD, severity=severity, severity_reasons=(begins, *reasons))


MANY_NULLS = replace(
    breach(
        measured(NULLS, Counts(1000, 1000, {}, {"email_nulls": 74})),
        Severity.CRITICAL,
        "up, for it is 3.7 times what is allowed",
        "up, for it hits the model delay-model and the report passenger-rights",
    ),
    evidence=evidence(0.4, 0.6, None, 0.3, 0.9, 1.1, 2.8, 7.4, limit=2.0),
)
FEW_ROWS = breach(measured(VOLUME, Counts(412, 412)), Severity.WARNING, "up, for it is 41.2 % of what is promised")
LATE = breach(measured(LATENCY, Counts(500, 500, {}, {}, {900_000: 480}, 500)), Severity.INFO)
REFUSED = breach(measured(ERRORS, Counts(960, 960, {"schema": 31, "rule": 9})), Severity.WARNING)
SILENT = breach(aged(OFTEN, 754_000), Severity.WARNING, "up, for nothing new comes")
NEVER = breach(aged(OFTEN, None), Severity.WARNING, "up, for nothing new comes")
STALE = breach(aged(FRESH, 7_200_000), Severity.WARNING, "up, for nothing new comes")
FAILURE = breach(
    replace(
        _at(0, "failure", "every record keeps orders 1.4.0", "31 dead letters open from web-shop: schema: /email breaks type",
            31.0, Kind.INVALID_RECORDS),
        path="/email",
        window="2026-11-26 10:02:10 UTC to 2026-11-26 10:02:15 UTC",
        cause="type changed: /email is a number where a string is asked for (31 of 31 records of web-shop are refused)",
        first_steps=("assay dead-letters show 3fa9c01b7d20e5aa", "assay dead-letters propose 3fa9c01b7d20e5aa"),
    ),
    Severity.INFO,
)  # fmt: skip
STUCK = breach(
    replace(
        _at(0, "stuck", "records that arrive are judged", "1,204 records wait on 2 partitions, and none was judged for 30 s (orders.raw.app/0, orders.raw.app/2)", 2.0, Kind.SERVICE),
        window="2026-11-26 10:02:10 UTC to 2026-11-26 10:02:40 UTC",
        first_steps=("what does the log of assay.validation say of this partition?",),
    ),
    Severity.CRITICAL,
    "up, for records are not judged meanwhile",
)  # fmt: skip


def over(fired: Breach, resolved: Measurement, hours: int = 2) -> Breach:
    """The breach after more hours that broke it, and one that did not."""
    start_ms = fired.fired.window_start_ms + (hours - 1) * HOUR_MS
    window = HOUR.words(start_ms, start_ms + HOUR_MS, "UTC")
    latest = replace(fired.fired, window=window, window_start_ms=start_ms, window_end_ms=start_ms + HOUR_MS)
    return replace(fired, latest=latest, resolved=replace(resolved, state=State.RESOLVED))


KEPT_NULLS = over(MANY_NULLS, measured(NULLS, Counts(1000, 1000, {}, {"email_nulls": 11}), hour=2))
SETTLED = replace(
    FAILURE,
    resolved=replace(
        FAILURE.fired,
        state=State.RESOLVED,
        promised="every record keeps orders",
        measured="of 31 dead letters none is open: 31 whole again: schema: /email breaks type",
        window="2026-11-26 10:02:10 UTC to 2026-11-26 10:40:00 UTC",
        cause="",
        first_steps=(),
    ),
)
MOVING = replace(
    STUCK,
    resolved=replace(
        STUCK.fired,
        state=State.RESOLVED,
        measured="records are judged again",
        window="2026-11-26 10:11:00 UTC to 2026-11-26 10:11:00 UTC",
    ),
)
HEARD = replace(
    SILENT,
    resolved=replace(
        SILENT.fired,
        state=State.RESOLVED,
        measured="the last valid record was 2 seconds ago, promised at least every 5 minutes",
        window="2026-11-26 10:31:00 UTC to 2026-11-26 10:31:00 UTC",
    ),
)
CAUSED = (
    breach(replace(FEW_ROWS.fired, contract="invoices"), Severity.WARNING),
    breach(replace(SILENT.fired, contract="orders"), Severity.WARNING),
)

ALL = held(promises=(NULLS, VOLUME), levels=(LATENCY, ERRORS, OFTEN, FRESH))
CASES: Mapping[str, tuple[Subject, State]] = {
    "missing-values": (Subject(MANY_NULLS, ALL, links=LINKS), State.FIRING),
    "missing-values-over": (Subject(KEPT_NULLS, ALL, links=LINKS), State.RESOLVED),
    "volume": (Subject(FEW_ROWS, ALL), State.FIRING),
    "latency": (Subject(LATE, ALL), State.FIRING),
    "error-rate": (Subject(REFUSED, ALL), State.FIRING),
    "silence": (Subject(SILENT, ALL), State.FIRING),
    "silence-over": (Subject(HEARD, ALL), State.RESOLVED),
    "silence-from-the-beginning": (Subject(NEVER, ALL), State.FIRING),
    "freshness": (Subject(STALE, ALL), State.FIRING),
    "invalid-records": (Subject(FAILURE, ALL), State.FIRING),
    "invalid-records-over": (Subject(SETTLED, ALL), State.RESOLVED),
    "service": (Subject(STUCK, ALL), State.FIRING),
    "service-over": (Subject(MOVING, ALL), State.RESOLVED),
    "grouped": (Subject(STUCK, ALL, CAUSED, LINKS, {"orders": ALL, "invoices": ALL}), State.FIRING),
    "unknown-contract": (Subject(MANY_NULLS, None), State.FIRING),
}


def write() -> None:
    """Write every golden text as it is now."""
    GOLDEN.mkdir(exist_ok=True)
    for name, (subject, state) in CASES.items():
        for form, rendered in FORMS.items():
            (GOLDEN / f"{name}.{form}").write_text(rendered(say(subject, state)) + "\n")


if __name__ == "__main__":
    write()
