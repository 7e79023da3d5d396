"""How promises are watched, as a contract says it: read with what is usual, and refused where it can't be meant."""

from __future__ import annotations

import pytest

from assay.contracts import (
    Contract,
    Maintenance,
    Patience,
    ServiceLevel,
    SupportChannel,
    Upstream,
    Watermark,
    Window,
    lint,
    load,
)

LINE = "mustBeLessThan: 5, scheduler: assay.window, schedule: P1D"
LATENCY = "property: latency, value: 15, unit: m"
PT5M = "{property: assay.window, value: PT5M}"


def with_levels(text: str, *levels: str) -> str:
    listed = "".join(f"  - {{{level}}}\n" for level in levels)
    return text.replace("support:", f"slaProperties:\n{listed}support:")


def with_custom(text: str, name: str, value: str) -> str:
    first = "  - {property: assay.eventTime"
    return text.replace(first, f"  - {{property: {name}, value: {value}}}\n{first}")


def with_breach(text: str, value: str) -> str:
    return text.replace(LINE, f"{LINE}, customProperties: [{{property: assay.breach, value: {value}}}]")


def loaded(text: str) -> Contract:
    return load(text.encode())


def messages(text: str) -> list[str]:
    return [finding.message for finding in lint(text.encode())]


def test_levels_are_measured_as_they_are_written(orders_text: str) -> None:
    contract = loaded(
        with_levels(
            orders_text,
            f"{LATENCY}, driver: operational, customProperties: [{PT5M}, {{property: assay.percentile, value: 95}}]",
            "id: refusals, property: ER, value: 0.02, unit: ratio",
            "property: frequency, value: 1, unit: h",
            "property: freshness, value: 2, unit: d, element: order.at",
        )
    )

    assert contract.levels == (
        ServiceLevel("latency", "latency", 900_000, 95.0, Window("PT5M"), "operational"),
        ServiceLevel("refusals", "errorRate", None, 2.0, Window("PT5M"), patience=Patience(min_records=100)),
        ServiceLevel("frequency", "frequency", 3_600_000),
        ServiceLevel("freshness", "freshness", 172_800_000),
    )


@pytest.mark.parametrize(
    "level",
    [
        LATENCY,
        "property: latency, value: soon, unit: m",
        "property: frequency, value: daily",
        "property: frequency, value: true, unit: h",
        "property: frequency, value: 1, unit: h, element: order.amount",
        "property: availability, value: 99, unit: percent",
    ],
)
def test_what_can_not_be_measured_is_a_note(orders_text: str, level: str) -> None:
    assert loaded(with_levels(orders_text, level)).levels == ()


def test_freshness_without_an_event_time_is_a_note(orders_text: str) -> None:
    text = orders_text.replace("  - {property: assay.eventTime, value: at}\n", "")
    assert loaded(with_levels(text, "property: freshness, value: 1, unit: h")).levels == ()


@pytest.mark.parametrize(("value", "is_production"), [("true", True), ("false", False), ("yes", False)])
def test_a_contract_says_whether_it_is_in_production(orders_text: str, value: str, is_production: bool) -> None:
    assert loaded(with_levels(orders_text, f"property: productionUse, value: {value}")).is_production is is_production


def test_what_a_promise_says_of_breaches_goes_before_what_the_contract_says(orders_text: str) -> None:
    general = with_custom(orders_text, "assay.breach", "{minRecords: 50, firesAfter: 2, outOf: 3}")
    own = with_breach(general, "{firesAfter: 1, resolvesAfter: 4}")

    assert loaded(orders_text).promises[0].patience == Patience()
    assert loaded(general).promises[0].patience == Patience(50, 2, 3, 1)
    assert loaded(own).promises[0].patience == Patience(50, 1, 3, 4)


def test_how_many_records_there_are_is_held_to_few_as_well(orders_text: str) -> None:
    text = with_custom(orders_text, "assay.breach", "{minRecords: 50, firesAfter: 2}")
    rows = text.replace("  - name: order\n", f"  - name: order\n    quality: [{{metric: rowCount, {LINE}}}]\n", 1)
    assert {each.metric: each.patience for each in loaded(rows).promises} == {
        "rowCount": Patience(0, 2, 2, 1),
        "nullValues": Patience(50, 2, 2, 1),
    }


def test_as_many_windows_are_looked_at_as_it_fires_after(orders_text: str) -> None:
    assert loaded(with_breach(orders_text, "{firesAfter: 3}")).promises[0].patience == Patience(0, 3, 3, 1)


def test_severity_and_impact_of_a_line_are_kept(orders_text: str) -> None:
    (promise,) = loaded(orders_text.replace(LINE, f"{LINE}, severity: warning, businessImpact: late pay")).promises
    assert (promise.severity, promise.impact) == ("warning", "late pay")


def test_watermark_upstream_and_channels_are_read(orders_text: str) -> None:
    text = with_custom(orders_text, "assay.watermark", "{delay: PT2M}")
    text = with_custom(text, "assay.upstream", "[{contract: carts}, {namespace: kafka, name: shop.carts}]")
    contract = loaded(text.replace('"#orders"', '"#orders", tool: slack, scope: issues, url: "https://chat.example"'))

    assert contract.watermark == Watermark(delay_s=120, idle_s=30)
    assert contract.upstream == (Upstream(contract="carts"), Upstream("kafka", "shop.carts"))
    assert contract.channels == (SupportChannel("#orders", "slack", "https://chat.example", "issues"),)


def test_maintenance_is_read(orders_text: str) -> None:
    once = "{from: 2026-12-01T00:00:00Z, to: 2026-12-01T06:00:00+01:00, why: move}"
    weekly = '{weekly: sunday, from: "22:00", to: "24:00", why: patches}'

    assert loaded(with_custom(orders_text, "assay.maintenance", f"[{once}, {weekly}]")).maintenance == (
        Maintenance("move", 1_796_083_200_000, 1_796_101_200_000),
        Maintenance("patches", weekday=6, from_minute=1320, to_minute=1440),
    )


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (
            f"property: latence, value: 15, unit: m, customProperties: [{PT5M}]",
            "'latence' is not measured over a window; did you mean 'latency'?",
        ),
        (
            f"property: retention, value: 15, unit: d, customProperties: [{PT5M}]",
            "'retention' is not measured over a window; take assay.window out",
        ),
        (
            f"property: frequency, value: 1, unit: h, customProperties: [{PT5M}]",
            "frequency is measured by the clock, whenever nothing comes; take assay.window out",
        ),
        (
            f"{LATENCY}, customProperties: [{{property: assay.window, value: PT7M}}]",
            "'PT7M' is no window; write P1D for a day, or minutes or hours that divide one, like PT5M",
        ),
        (
            f"property: latency, value: soon, customProperties: [{PT5M}]",
            "latency is a time above 0; write it like `value: 15, unit: m`, or take assay.window out",
        ),
        (
            f"{LATENCY}, element: order.amount, customProperties: [{PT5M}]",
            "latency is that of all records, not of 'order.amount'; take `element` out, or take assay.window out",
        ),
        (
            f"property: errorRate, value: 1, unit: percent, element: order.id, customProperties: [{PT5M}]",
            "an error rate is that of all records, not of 'order.id'; take `element` out, or take assay.window out",
        ),
        (
            f"{LATENCY}, customProperties: [{{property: assay.breach, value: {{firesAfter: 2}}}}]",
            (
                "nothing measures this service level, so assay.breach says nothing; "
                "latency is measured over a window; add assay.window, like PT5M"
            ),
        ),
        (
            "id: notes, property: frequency, value: 1, unit: h",
            "promise 'notes' is here twice; give each its own `id`",
        ),
    ],
)
def test_a_level_that_asks_to_be_measured_and_can_not_be_is_told_how(
    orders_text: str, level: str, expected: str
) -> None:
    assert messages(with_levels(orders_text, level)) == [expected]


def test_latency_asks_for_an_event_time(orders_text: str) -> None:
    text = orders_text.replace("  - {property: assay.eventTime, value: at}\n", "")
    assert messages(with_levels(text, f"{LATENCY}, customProperties: [{PT5M}]")) == [
        "latency is measured by the time of the event; name that property with assay.eventTime, or take assay.window out"
    ]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("assay.breech", "{firesAfter: 2}", "unknown name 'assay.breech'; did you mean 'assay.breach'?"),
        ("assay.breach", "{fireAfter: 2}", "unknown key 'fireAfter'; did you mean 'firesAfter'?"),
        ("assay.breach", "{firesAfter: 0}", "'firesAfter' must be at least 1"),
        ("assay.breach", "{outOf: 11}", "'outOf' must be at most 10"),
        (
            "assay.breach",
            "{firesAfter: 3, outOf: 2}",
            "firesAfter 3 is above outOf 2; so many windows are never broken at once: raise outOf, or lower firesAfter",
        ),
        ("assay.watermark", "{delay: 30}", "'delay' must be of type string; put it in quotes"),
        ("assay.watermark", "{delay: P1D}", "'delay' is 'P1D'; it must be a duration like PT30S or PT5M"),
        (
            "assay.watermark",
            "{delay: PT25H}",
            "windows would close more than a day late; write PT24H at most",
        ),
        ("assay.watermark", "{idle: PT0S}", "a partition is idle after PT1S at least, and PT24H at most"),
        (
            "assay.maintenance",
            '[{weekly: sundays, from: "02:00", to: "04:00", why: x}]',
            (
                "'weekly' is 'sundays', not one of monday, tuesday, wednesday, thursday, friday, saturday, sunday; "
                "did you mean 'sunday'?"
            ),
        ),
        (
            "assay.maintenance",
            '[{weekly: sunday, from: "2:00", to: "04:00", why: x}]',
            "from is '2:00'; write a clock like 02:00, in quotes",
        ),
        (
            "assay.maintenance",
            '[{weekly: sunday, from: "02:00", to: "02:00", why: x}]',
            "it ends where it begins; write when it is over",
        ),
        (
            "assay.maintenance",
            "[{from: 2026-13-01T00:00:00Z, to: 2026-12-01T00:00:00Z, why: x}]",
            "from is '2026-13-01T00:00:00Z'; write a time like 2026-12-01T00:00:00Z",
        ),
        (
            "assay.maintenance",
            "[{from: 2026-12-02T00:00:00Z, to: 2026-12-01T00:00:00Z, why: x}]",
            "it ends before it begins; exchange from and to",
        ),
        (
            "assay.maintenance",
            "[{from: 2026-12-02T00:00:00Z, to: 2026-12-03T00:00:00Z}]",
            "key 'why' is missing in item 0; add it",
        ),
        (
            "assay.upstream",
            "[{contract: carts, name: carts}]",
            "an upstream is a contract or a dataset; write {contract: ID}, or {namespace: ..., name: ...}",
        ),
        ("assay.upstream", "[{contract: orders}]", "a contract is not upstream of itself; take it out"),
    ],
)
def test_what_can_not_be_meant_is_told_in_one_line(orders_text: str, name: str, value: str, expected: str) -> None:
    assert messages(with_custom(orders_text, name, value)) == [expected]


def test_breach_on_a_line_that_nothing_measures_is_told(orders_text: str) -> None:
    text = with_breach(orders_text, "{firesAfter: 2}").replace("scheduler: assay.window, schedule: P1D, ", "")
    assert messages(text) == ["nothing measures this line, so assay.breach says nothing; add `scheduler: assay.window`"]


def test_breach_belongs_to_a_line_not_to_a_property(orders_text: str) -> None:
    text = orders_text.replace(
        "{name: paid,", "{name: paid, customProperties: [{property: assay.breach, value: {outOf: 2}}],"
    )
    assert messages(text)[0].startswith("'assay.breach' belongs to a contract, not to a property")
