from __future__ import annotations

from collections.abc import Callable

from assay.alerts.breaches import Breach, Measurement, Recipient, State
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
    )
