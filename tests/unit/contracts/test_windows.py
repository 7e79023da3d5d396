"""Windows: they cover time without gap or overlap in every zone, also where clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assay.contracts import Maintenance, Window
from assay.warehouse.day import Day

ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "America/Havana",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "Asia/Beirut", "Antarctica/Troll",
]  # fmt: skip
TEXTS = ["P1D", "PT1M", "PT5M", "PT10M", "PT15M", "PT30M", "PT1H", "PT2H", "PT6H", "PT12H", "PT24H", "PT90M"]
HOUR_MS = 3_600_000
SINCE_1987, UNTIL_2040 = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000) for year in (1987, 2040))

zones, texts = st.sampled_from(ZONES), st.sampled_from(TEXTS)
moments = st.integers(SINCE_1987, UNTIL_2040)


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@given(texts, zones, moments)
def test_every_moment_is_in_one_window_and_the_next_begins_where_it_ends(text: str, zone: str, at_ms: int) -> None:
    window = Window(text)
    start_ms, end_ms = window.bounds(at_ms, zone)

    assert start_ms <= at_ms < end_ms
    assert window.bounds(start_ms, zone) == window.bounds(end_ms - 1, zone) == (start_ms, end_ms)
    assert window.after(end_ms, zone)[0] == end_ms
    assert window.bounds(start_ms - 1, zone)[1] == start_ms


@given(st.sampled_from(TEXTS[1:]), zones, moments)
def test_a_window_that_is_no_day_is_as_long_everywhere_and_divides_a_day(text: str, zone: str, at_ms: int) -> None:
    window = Window(text)
    start_ms, end_ms = window.bounds(at_ms, zone)

    assert window.minutes is not None
    assert end_ms - start_ms == window.minutes * 60_000
    assert start_ms % (window.minutes * 60_000) == 0


@given(zones, st.dates(date(1987, 1, 1), date(2040, 1, 1)))
def test_a_day_has_the_bounds_that_the_warehouse_gives_it(zone: str, day: date) -> None:
    expected = Day.parse(day.isoformat(), zone)
    if expected.start_ms < expected.end_ms:  # Samoa has no 2011-12-30
        assert Window("P1D").bounds(expected.start_ms, zone) == (expected.start_ms, expected.end_ms)


@given(zones, moments)
def test_days_of_a_zone_follow_in_whole_minutes(zone: str, at_ms: int) -> None:
    start_ms, end_ms = Window("P1D").bounds(at_ms, zone)
    assert start_ms % 60_000 == end_ms % 60_000 == 0
    assert 22 * HOUR_MS <= end_ms - start_ms <= 26 * HOUR_MS


def test_a_day_is_as_long_as_clocks_make_it() -> None:
    spring, autumn = (
        Window("P1D").bounds(ms(f"{day}T12:00:00+00:00"), "Europe/Berlin") for day in ("2026-03-29", "2026-10-25")
    )
    assert [(end - start) / HOUR_MS for start, end in (spring, autumn)] == [23, 25]


@given(texts, zones, st.sampled_from([-(10**15), -62_135_596_800_001, 253_402_300_799_999, 10**15]))
def test_a_moment_beyond_the_calendar_has_a_window_too(text: str, zone: str, at_ms: int) -> None:
    start_ms, end_ms = Window(text).bounds(at_ms, zone)
    assert start_ms <= at_ms < end_ms


@pytest.mark.parametrize(
    "text", ["", "P2D", "P7D", "PT7M", "PT5H", "PT0M", "PT25H", "PT1H30M", "PT30S", "1h", "PT05M", "P1d"]
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no window"):
        Window(text)


@pytest.mark.parametrize(
    ("text", "phrase", "span"),
    [
        ("P1D", "a day", "a day"),
        ("PT1H", "an hour", "an hour"),
        ("PT60M", "an hour", "an hour"),
        ("PT1M", "a minute", "a minute"),
        ("PT5M", "in 5 minutes", "5 minutes"),
        ("PT6H", "in 6 hours", "6 hours"),
        ("PT90M", "in 90 minutes", "90 minutes"),
    ],
)
def test_a_window_is_said_as_people_say_it(text: str, phrase: str, span: str) -> None:
    assert (Window(text).phrase, Window(text).span) == (phrase, span)


@pytest.mark.parametrize(
    ("text", "at", "zone", "words"),
    [
        ("P1D", "2013-02-08T12:00:00+00:00", "America/New_York", "2013-02-08"),
        ("P1D", "2018-11-04T12:00:00+00:00", "America/Sao_Paulo", "2018-11-04"),
        ("PT5M", "2026-11-26T10:02:00+00:00", "UTC", "2026-11-26 10:00 to 10:05 UTC"),
        ("PT5M", "2026-11-26T10:02:00+00:00", "Europe/Berlin", "2026-11-26 11:00 to 11:05 Europe/Berlin"),
        ("PT1H", "2026-11-26T23:30:00+00:00", "UTC", "2026-11-26 23:00 to 2026-11-27 00:00 UTC"),
        (
            "PT5M",
            "2026-10-25T00:31:00+00:00",
            "Europe/Berlin",
            "2026-10-25 02:30 to 02:35 Europe/Berlin (+0200)",
        ),
        (
            "PT5M",
            "2026-10-25T01:31:00+00:00",
            "Europe/Berlin",
            "2026-10-25 02:30 to 02:35 Europe/Berlin (+0100)",
        ),
        (
            "PT1H",
            "2026-10-25T00:31:00+00:00",
            "Europe/Berlin",
            "2026-10-25 02:00 to 02:00 Europe/Berlin (+0200 to +0100)",
        ),
    ],
)
def test_a_window_names_its_clock_and_which_of_two_equal_hours_it_is(text: str, at: str, zone: str, words: str) -> None:
    window = Window(text)
    assert window.words(*window.bounds(ms(at), zone), zone) == words


def test_a_time_of_maintenance_is_met_by_what_overlaps_it_and_not_by_what_touches_it() -> None:
    time = Maintenance("move", 1000, 2000)
    bounds = [(0, 1000), (0, 1001), (1500, 1600), (1999, 3000), (2000, 3000)]
    assert [time.meets(*each, "UTC") for each in bounds] == [None, "move", "move", "move", None]


def is_in(time: Maintenance, at_ms: int, zone: str) -> bool:
    """Whether the clock shows, in that minute, one that is of the maintenance."""
    clock = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone))
    minute, is_on, is_after = clock.hour * 60 + clock.minute, clock.weekday() == time.weekday, False
    if time.to_minute <= time.from_minute:
        is_after = clock.weekday() == ((time.weekday or 0) + 1) % 7 and minute < time.to_minute
        return (is_on and minute >= time.from_minute) or is_after
    return is_on and time.from_minute <= minute < time.to_minute


def offsets(start_ms: int, end_ms: int, zone: str) -> set[timedelta | None]:
    days = range(start_ms - 72 * HOUR_MS, end_ms + 72 * HOUR_MS, HOUR_MS)
    return {datetime.fromtimestamp(each / 1000, ZoneInfo(zone)).utcoffset() for each in days}


@settings(max_examples=60)
@given(zones, moments, st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440), st.integers(1, 300))
def test_weekly_maintenance_is_met_where_the_clock_of_some_minute_is_in_it(
    zone: str, at_ms: int, weekday: int, begin: int, end: int, minutes: int
) -> None:
    assume(begin != end)
    time = Maintenance("patches", weekday=weekday, from_minute=begin, to_minute=end)
    start_ms = at_ms - at_ms % 60_000
    end_ms = start_ms + minutes * 60_000

    met = time.meets(start_ms, end_ms, zone) is not None
    expected = any(is_in(time, each, zone) for each in range(start_ms, end_ms, 60_000))

    assert met or not expected
    if len(offsets(start_ms, end_ms, zone)) == 1:
        assert met == expected


@pytest.mark.parametrize(
    ("at", "met"),
    [
        ("2026-11-29T01:59:00+01:00", False),
        ("2026-11-29T02:00:00+01:00", True),
        ("2026-11-29T03:59:00+01:00", True),
        ("2026-11-29T04:00:00+01:00", False),
        ("2026-11-30T02:30:00+01:00", False),
        ("2026-07-05T02:00:00+02:00", True),
        ("2026-07-05T04:00:00+02:00", False),
    ],
)
def test_weekly_maintenance_goes_by_the_clock_of_the_contract(at: str, met: bool) -> None:
    time = Maintenance("patches", weekday=6, from_minute=120, to_minute=240)
    assert (time.meets(ms(at), ms(at) + 60_000, "Europe/Berlin") is not None) == met


def test_maintenance_over_midnight_ends_on_the_day_after() -> None:
    time = Maintenance("patches", weekday=6, from_minute=22 * 60, to_minute=2 * 60)
    sunday = datetime(2026, 11, 29, tzinfo=UTC)
    hours = [int((sunday + timedelta(hours=hour)).timestamp() * 1000) for hour in (21, 22, 25, 26)]
    assert [time.meets(each, each + HOUR_MS, "UTC") for each in hours] == [None, "patches", "patches", None]
