from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assay.alerts.breaches import Breach, Kind, Measurement, Recipient, State
from assay.alerts.messages import Notice, notices

Day = Callable[..., Measurement]
TOLD = (Recipient("airline-ops", "#ops"), Recipient("delay-model", ""))

FIRING = """\
PROMISE BROKEN: flights, 2013-02-08: arr_delay missing: 51.1 % (475 of 930 rows), promised at most 20 % a day
  promised: arr_delay missing at most 20 % a day (arr_delay_known, version 1.0.0)
  since: 2013-02-08
  told: airline-ops <#ops>, delay-model"""

RESOLVED = """\
KEPT AGAIN: flights, 2013-02-10: arr_delay missing: 2.5 % (475 of 930 rows), promised at most 20 % a day
  promised: arr_delay missing at most 20 % a day (arr_delay_known, version 1.0.0)
  broken: 2013-02-08 to 2013-02-09
  told: airline-ops <#ops>, delay-model"""


def test_firing_says_what_how_bad_since_when_and_whom(day: Day) -> None:
    breach = Breach(fired=day(8), latest=day(8), recipients=TOLD)
    assert [notice.text for notice in notices(breach, State.FIRING, 7)] == [FIRING, FIRING]


def test_resolution_says_how_long_it_was_broken(day: Day) -> None:
    breach = Breach(fired=day(8), latest=day(9), resolved=day(10, State.RESOLVED, 2.5), recipients=TOLD)
    assert notices(breach, State.RESOLVED, 7)[0].text == RESOLVED


def test_each_recipient_has_a_notice_of_its_own(day: Day) -> None:
    breach = Breach(fired=day(8), latest=day(8), recipients=TOLD)
    assert notices(breach, State.FIRING, 7)[1] == Notice(
        key="f1-691200000/firing/delay-model",
        breach="f1-691200000",
        fingerprint="f1",
        state="firing",
        contract="flights",
        promise="arr_delay_known",
        window="2013-02-08",
        promised="arr_delay missing at most 20 % a day",
        measured="arr_delay missing: 51.1 % (475 of 930 rows), promised at most 20 % a day",
        recipient="delay-model",
        contact="",
        text=FIRING,
        at_ms=7,
        kind="promise",
        cause="",
        first_steps=(),
    )


INVALID = Measurement(
    fingerprint="failure/3fa9c01b7d20e5aa",
    contract="flights",
    contract_version="2.0.0",
    promise="failure",
    promised="every record keeps flights 2.0.0",
    measured="475 dead letters open from gate-feed, 120 a minute: schema: /dep_delay breaks type, found string of # characters",
    value=475.0,
    window="2026-11-26 03:02:10 UTC to 2026-11-26 03:02:15 UTC",
    window_start_ms=0,
    window_end_ms=5_000,
    state=State.FIRING,
    kind=Kind.INVALID_RECORDS,
    path="/dep_delay",
    cause=(
        "type changed: /dep_delay is a string of 2 characters that looks like a whole number where integer is asked for "
        "(475 of 480 records of gate-feed are refused; 2.0.0 to 3.0.0: logicalType integer → string)"
    ),
    first_steps=(
        "assay dead-letters show 3fa9c01b7d20e5aa",
        "assay dead-letters propose 3fa9c01b7d20e5aa",
    ),
)

INVALID_FIRING = """\
INVALID RECORDS: flights: 475 dead letters open from gate-feed, 120 a minute: schema: /dep_delay breaks type, found string of # characters
  likely: type changed: /dep_delay is a string of 2 characters that looks like a whole number where integer is asked for (475 of 480 records of gate-feed are refused; 2.0.0 to 3.0.0: logicalType integer → string)
  first: assay dead-letters show 3fa9c01b7d20e5aa
   then: assay dead-letters propose 3fa9c01b7d20e5aa
  promised: every record keeps flights 2.0.0 (version 2.0.0)
  since: 2026-11-26 03:02:10 UTC
  told: airline-ops <#ops>, delay-model"""

INVALID_OVER = """\
OVER: flights: of 475 dead letters none is open: 475 whole again: schema: /dep_delay breaks type
  promised: every record keeps flights (version 2.0.0)
  lasted: 2026-11-26 03:02:10 UTC to 2026-11-26 04:11:00 UTC
  told: airline-ops <#ops>, delay-model"""


def test_invalid_records_say_what_how_bad_why_and_what_to_do() -> None:
    breach = Breach(fired=INVALID, latest=INVALID, recipients=TOLD)
    notice = notices(breach, State.FIRING, 7)[0]
    assert notice.text == INVALID_FIRING
    assert (notice.kind, notice.first_steps) == ("invalid records", INVALID.first_steps)


def test_the_end_of_invalid_records_says_what_became_of_them() -> None:
    over = replace(
        INVALID,
        promised="every record keeps flights",
        measured="of 475 dead letters none is open: 475 whole again: schema: /dep_delay breaks type",
        window="2026-11-26 03:02:10 UTC to 2026-11-26 04:11:00 UTC",
        state=State.RESOLVED,
        cause="",
        first_steps=(),
    )
    breach = Breach(fired=INVALID, latest=INVALID, resolved=over, recipients=TOLD)
    assert notices(breach, State.RESOLVED, 7)[0].text == INVALID_OVER


def test_hostile_words_are_harmless_in_a_notice() -> None:
    evil = "shop\n\x1b[2J<!channel> [log in](https://evil.example) `rm -rf /`\u202e"
    measurement = replace(INVALID, measured=evil, cause=evil, contract=evil, first_steps=(evil,) * 30)
    first = notices(Breach(measurement, measurement, None, TOLD), State.FIRING, 7)[0]
    assert first.text.count("\n") == 12
    for part in ("\x1b", "\u202e", "<!", "](", "://", "`"):
        assert part not in first.text
    assert "shop\\n\\x1b(2J(!channel) (log in)(https: //evil.example) 'rm -rf /'\\u202e" in first.text


@given(st.text(), st.text(max_size=2_000), st.lists(st.text(), max_size=20))
def test_a_notice_is_short_and_each_of_its_lines_printable(measured: str, cause: str, steps: list[str]) -> None:
    measurement = replace(INVALID, measured=measured, cause=cause, first_steps=tuple(steps), path=cause)
    for state in State:
        for notice in notices(Breach(measurement, measurement, measurement, TOLD), state, 7):
            lines = notice.text.split("\n")
            assert len(lines) <= 13
            assert all(line.isprintable() and len(line) < 700 for line in lines)
