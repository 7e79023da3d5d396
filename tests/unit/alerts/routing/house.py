"""Contracts of one house: orders, what is made of them, and measurements about them."""

from __future__ import annotations

from assay.alerts.breaches import Kind, Measurement, State
from assay.contracts import Contract, Field, Party, Promise, ServiceLevel, SupportChannel, Topics, Upstream, Window

__all__ = ["OWNER", "contract", "measured", "promise"]

OWNER = Party("ops", "#ops", kind="owner")
MINUTE_MS = 60_000


def promise(field: str | None = "arr_delay", severity: str = "", driver: str = "") -> Promise:
    return Promise(
        "p", field, "nullValues", "mustBeLessOrEqualTo", (20.0,), "percent", severity=severity, driver=driver
    )


def contract(
    *consumers: Party,
    id_: str = "c",
    owner: Party = OWNER,
    field: str | None = "arr_delay",
    promises: tuple[Promise, ...] | None = None,
    levels: tuple[ServiceLevel, ...] = (),
    upstream: tuple[Upstream, ...] = (),
    channels: tuple[SupportChannel, ...] = (),
    is_production: bool = False,
) -> Contract:
    ends = ("raw.app", "raw.replay", "validated", "dead-letters", "dead-letters.settled")
    raw, replay, validated, dead, settled = (f"{id_}.{end}" for end in ends)
    return Contract(
        id=id_,
        version="1.0.0",
        name=id_,
        status="active",
        text=b"",
        kind="direct",
        fields=(Field("arr_delay", "number"),),
        key=(),
        topics=Topics(raw, None, replay, validated, dead, settled),
        owner=owner,
        consumers=consumers,
        promises=(promise(field),) if promises is None else promises,
        levels=levels,
        upstream=upstream,
        channels=channels,
        is_production=is_production,
    )


def measured(
    promise: str = "p", path: str | None = None, value: float = 21.0, kind: Kind | None = None, contract: str = "c"
) -> Measurement:
    kind = kind or (Kind.PROMISE if path is None else Kind.INVALID_RECORDS)
    window = "2026-11-26 10:00 to 11:00 UTC"
    words = ("promised words", "measured words", value, window, 0, 60 * MINUTE_MS)
    return Measurement("f", contract, "1.0.0", promise, *words, State.FIRING, kind, path or "")


HOUR = Window("PT1H")
LATENCY = ServiceLevel("on-time", "latency", 900_000, 99.0, HOUR)
ERRORS = ServiceLevel("errors", "errorRate", None, 1.0, HOUR)
FREQUENCY = ServiceLevel("often", "frequency", 300_000)
